/**
 * The recorded posts of the documentation through the topic, and what `consume` makes of them in each format.
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { repositoryRoot } from "../support/birdwire.ts";
import { runBirdwireHere, startEmulatorsHere } from "../support/birdwire-here.ts";
import { readJsonLines } from "../support/screen.ts";

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
