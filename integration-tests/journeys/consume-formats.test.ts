/**
 * The recorded posts of the documentation through the topic, and what `consume` makes of them in each format.
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { repositoryRoot } from "../support/birdwire.ts";
import { runBirdwireHere, startEmulatorsHere } from "../support/birdwire-here.ts";
import { readJsonLines, readSummary } from "../support/screen.ts";

interface Tweet {
  readonly id: string;
  readonly text: string;
  readonly lang: string | null;
}

let up: Awaited<ReturnType<typeof startEmulatorsHere>>;
beforeAll(async () => {
  up = await startEmulatorsHere();
  const replay = ["--replay", `${repositoryRoot}docs/samples/posts.ndjson`];
  expect((await runBirdwireHere(["produce", ...replay], { env: up.env })).code).toBe(0);
});
afterAll(async () => await up[Symbol.asyncDispose]());

const consume = (...args: readonly string[]) =>
  runBirdwireHere(["consume", "--from-beginning", "--until-end", ...args], { env: up.env });

const ids = (tweets: readonly Tweet[]) => tweets.map(({ id }) => id).sort();

async function readTweets(...args: readonly string[]): Promise<Tweet[]> {
  const { code, stderr, stdout } = await consume("--format", "json", ...args);
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  return readJsonLines<Tweet>(stdout);
}

describe("consume --format", () => {
  test("csv is a header, then a row for each record", async () => {
    const { code, stdout } = await consume("--format", "csv");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^created_at,id,text,author_id,.*,public_metrics\.like_count,/);
    for (const { id } of await readTweets()) expect(stdout).toContain(`,${id},`);
  });

  test("csv has its header where there is no record", async () => {
    const run = await runBirdwireHere(
      ["consume", "--until-end", "--format", "csv", "--group", "nothing-new"],
      { env: up.env },
    );
    expect(run.stdout).toMatch(/^created_at,id,text,[^\n]*\r\n$/);
  });

  test("template is a line for each record", async () => {
    const { stdout } = await consume("--format", "template", "--template", "{id}|{lang}|{text:json}");
    const expected = (await readTweets()).map(
      ({ id, lang, text }) => `${id}|${lang ?? ""}|${JSON.stringify(text)}`,
    );
    expect(stdout.trimEnd().split("\n").sort()).toEqual(expected.sort());
  });

  test.each([
    ["table", /^root\n \|-- created_at: string \(nullable = false\)\n.*?\n\n-{43}\nBatch: 0\n/s],
    ["pretty", /^root\n \|-- created_at: string \(nullable = false\)\n.*?\n\ntwitter\[\d\]@0 /s],
  ])("%s has the schema first, once, with --print-schema", async (format, begins) => {
    const { stdout } = await consume("--print-schema", "--format", format, "--batch-interval", "20ms");
    expect(stdout).toMatch(begins);
    expect(stdout.match(/^root$/gm)).toHaveLength(1);
  });

  test.each([
    [["--print-schema", "--format", "csv"], /--print-schema goes with --format table and pretty/],
    [["--format", "template"], /--format template takes --template/],
    [["--template", "{id}"], /--template goes with --format template/],
    [
      ["--format", "template", "--template", "{id}: {txt}"],
      /there is no field txt; did you mean text\?\n {2}\{id\}: \{txt\}\n {9}\^/,
    ],
  ])("is refused before anything is asked of a server: %j", async (args, says) => {
    const nowhere = { BIRDWIRE_BROKERS: "localhost:1", BIRDWIRE_REGISTRY_URL: "http://localhost:1" };
    const { code, stdout, stderr } = await runBirdwireHere(["consume", ...args], { env: nowhere });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(says);
  });
});

describe("consume --filter and --tag", () => {
  test("show the records of which it holds, and count the others", async () => {
    const all = await readTweets();
    const { code, stdout, stderr } = await consume(
      "--format",
      "json",
      "--filter",
      "lower(text) contains 'kafka' and created_at > timestamp '2020-01-01'",
    );
    expect(code).toBe(0);
    const expected = all.filter(({ text }) => text.toLowerCase().includes("kafka"));
    expect(expected.length).toBeGreaterThan(1);
    expect(ids(readJsonLines<Tweet>(stdout))).toEqual(ids(expected));
    const summary = readSummary(stderr);
    expect(summary).toMatchObject({ consumed: all.length, printed: expected.length });
    expect(summary["left out by the filter"]).toBe(all.length - expected.length);
  });

  test("commit what they leave out", async () => {
    const group = ["--group", "filtered", "--format", "json"];
    const none = await consume(...group, "--filter", "false = true");
    expect({ code: none.code, stdout: none.stdout }).toEqual({ code: 0, stdout: "" });
    expect((await consume(...group)).stdout).toBe("");
  });

  test("--tag keeps tweets that matched a rule of that tag", async () => {
    const tagged = await readTweets("--tag", "python", "--tag", "none");
    const byFilter = await readTweets("--filter", "'python' in matching_rules.tag");
    expect(ids(tagged)).toEqual(ids(byFilter));
    expect(await readTweets("--tag", "none")).toEqual([]);
  });

  test.each([
    ["lng = 'en'", /did you mean lang\?\n {2}lng = 'en'\n {2}\^/],
    ["lang = 'en' &", /"&" means nothing\n {2}lang = 'en' &\n {14}\^/],
  ])("are refused before anything is asked of a server: %s", async (filter, says) => {
    const nowhere = { BIRDWIRE_BROKERS: "localhost:1", BIRDWIRE_REGISTRY_URL: "http://localhost:1" };
    const { code, stderr } = await runBirdwireHere(["consume", "--filter", filter], { env: nowhere });
    expect(code).toBe(2);
    expect(stderr).toMatch(says);
  });

  test("--tag is refused for a topic whose records name no rules", async () => {
    const { code, stderr } = await consume("--topic", "twitter.dlq", "--tag", "python");
    expect(code).toBe(2);
    expect(stderr).toContain("records of this topic name no rules");
  });
});
