/**
 * Rules as code: `birdwire rules plan`, `apply` and `list` against the X emulator, and against an X that makes trouble.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as readText } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { startXEmulator } from "../../src/emulators/x/start.ts";
import { createSystemClock } from "../../src/kernel/clock.ts";
import { repositoryRoot } from "../support/birdwire.ts";
import { runBirdwireHere, startEmulatorsHere } from "../support/birdwire-here.ts";

const path = "/2/tweets/search/stream/rules";

async function openDesk(limits: { rules?: number } = {}, scenarios?: string) {
  const x = await startXEmulator({
    source: { kind: "generated", count: 0 },
    limits,
    ...(scenarios === undefined ? {} : { scenarios }),
  });
  const folder = await mkdtemp(join(tmpdir(), "birdwire-rules-"));
  const ask = async (body?: unknown): Promise<{ data?: { id: string; value: string; tag?: string }[] }> => {
    const headers = { authorization: "Bearer any", "content-type": "application/json" };
    const how = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
    return (await fetch(`${x.url}${path}`, how)).json() as never;
  };
  return {
    url: x.url,
    folder,
    write: (text: string) => writeFile(join(folder, "rules.yaml"), text),
    rules: (...args: string[]) =>
      runBirdwireHere(["rules", ...args], {
        env: { BIRDWIRE_X_URL: x.url, X_BEARER_TOKEN: "any" },
        cwd: folder,
      }),
    add: (...rules: { value: string; tag?: string }[]) => ask({ add: rules }),
    held: async () => ((await ask()).data ?? []).map(({ value, tag }) => `${tag ?? ""} ${value}`).sort(),
    async [Symbol.asyncDispose]() {
      await x[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

async function listen(answer: RequestListener) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const wanted = `rules:
  - tag: python
    value: python lang:en -is:retweet
    note: the language
  - tag: music
    value: BTS OR concert
  - { tag: news, value: weather }
  - { tag: same, value: fish }
  - { tag: theirs-too, value: cats }
`;

async function openMixedDesk() {
  const desk = await openDesk();
  await desk.add(
    { value: "old stuff", tag: "birdwire:old" },
    { value: "BTS", tag: "birdwire:music" },
    { value: "weather", tag: "birdwire:weather" },
    { value: "fish", tag: "birdwire:same" },
    { value: "cats", tag: "theirs" },
    { value: "dogs" },
  );
  await desk.write(wanted);
  return desk;
}

describe("plan and apply", () => {
  test("show added, changed, removed, unchanged and foreign rules, and do exactly that; a second apply does nothing", async () => {
    await using desk = await openMixedDesk();
    const before = await desk.held();
    const plan = await desk.rules("plan");
    expect(plan).toMatchObject({ code: 0, stderr: "" });
    expect(plan.stdout.replaceAll(/id \d+/g, "id N")).toBe(
      `rules.yaml to ${desk.url}: 1 to add, 2 to change, 1 to remove, 1 unchanged, 1 held by others, 1 foreign
  + python: python lang:en -is:retweet (rules.yaml:2)
  ~ music: BTS OR concert (rules.yaml:5)
      was: BTS
  ~ news: weather (rules.yaml:7)
      was tagged: weather (taken off and added again, since X cannot change a tag)
  = same: fish (rules.yaml:8)
  ! theirs-too: cats (rules.yaml:9)
      X has this rule (id N) under the tag "theirs", which is not Birdwire's ("birdwire:..."), and takes no second one:
      its posts come with that tag, and it is left alone
  - old: old stuff (id N)
  ? no tag: dogs (id N)
      not Birdwire's: left alone
`,
    );
    expect((await desk.rules("plan", "--fail-on-changes")).code).toBe(3);
    expect((await desk.rules("apply", "--dry-run")).code).toBe(0);
    expect(await desk.held()).toEqual(before);

    const applied = await desk.rules("apply");
    expect(applied).toMatchObject({ code: 0, stdout: plan.stdout });
    expect(applied.stderr).toMatch(/as rules.yaml says: 3 added, 3 removed, 6 in all/);
    const after = [
      " dogs",
      "birdwire:music BTS OR concert",
      "birdwire:news weather",
      "birdwire:python python lang:en -is:retweet",
      "birdwire:same fish",
      "theirs cats",
    ];
    expect(await desk.held()).toEqual(after);

    const again = await desk.rules("apply");
    expect(again).toMatchObject({ code: 0, stderr: "" });
    expect(again.stdout).toMatch(/: 4 unchanged, 1 held by others, 1 foreign\n/);
    expect((await desk.rules("plan", "--fail-on-changes")).code).toBe(0);
    expect(await desk.held()).toEqual(after);
  });

  test("show what X refuses with a caret under the place, and change nothing then", async () => {
    await using desk = await openMixedDesk();
    const before = await desk.held();
    await desk.write(`- { tag: good, value: snow }\n- { tag: music, value: "猫 (cat or dog)" }\n`);
    const plan = await desk.rules("plan");
    expect(plan.code).toBe(2);
    expect(plan.stdout.replaceAll(/id \d+/g, "id N")).toContain(`  x music: 猫 (cat or dog) (rules.yaml:2)
      X refuses it:
        猫 (cat or dog)
                ^ Ambiguous use of or as a keyword. Use OR to logically join two clauses, or "or" to find occurrences of or in text (at position 8)
      X has: BTS (id N)
`);
    const applied = await desk.rules("apply");
    expect(applied).toMatchObject({ code: 2, stdout: plan.stdout });
    expect(applied.stderr).toMatch(/nothing was changed, since X would refuse a part/);
    expect(await desk.held()).toEqual(before);
  });

  test("tell of a cap before anything is changed, and make room where they can", async () => {
    await using desk = await openDesk({ rules: 3 });
    await desk.add({ value: "a", tag: "birdwire:a" }, { value: "theirs" });
    await desk.write(["b", "c", "d"].map((word) => `- { tag: ${word}, value: ${word}1 }\n`).join(""));
    const refused = await desk.rules("apply");
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stdout).toMatch(/too many rules: there would be 4, and X takes 3/);
    expect(await desk.held()).toEqual([" theirs"]);

    await desk.write("- { tag: b, value: b1 }\n- { tag: c, value: c1 }\n");
    expect(await desk.rules("apply")).toMatchObject({ code: 0 });
    expect(await desk.held()).toEqual([" theirs", "birdwire:b b1", "birdwire:c c1"]);
  });

  test("never leave X without a rule in silence", async () => {
    await using desk = await openDesk();
    await desk.add({ value: "snow", tag: "birdwire:a" });
    await desk.write("rules: []\n");
    expect((await desk.rules("plan")).stdout).toMatch(/X would hold no rule at all/);
    const refused = await desk.rules("apply");
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/--allow-empty/) });
    expect(await desk.held()).toEqual(["birdwire:a snow"]);
    expect(await desk.rules("apply", "--allow-empty")).toMatchObject({ code: 0 });
    expect(await desk.held()).toEqual([]);
    expect((await desk.rules("apply")).stderr).toMatch(/X holds no rule at all/);
  });

  test("as JSON are for programs", async () => {
    await using desk = await openMixedDesk();
    const { stdout } = await desk.rules("plan", "--format", "json");
    expect(JSON.parse(stdout)).toMatchObject({
      x: desk.url,
      file: "rules.yaml",
      changes: true,
      refused: false,
      counts: { add: 1, change: 2, remove: 1, unchanged: 1, refused: 0, held: 1, foreign: 1 },
      rules: expect.arrayContaining([
        expect.objectContaining({
          action: "change",
          tag: "music",
          line: 5,
          before: { tag: "music", value: "BTS" },
        }),
      ]),
    });
  });

  test("take 1,000 rules of 1,024 characters at once", async () => {
    await using desk = await openDesk();
    const rules = Array.from({ length: 1000 }, (_, n) => {
      const head = `word${n} OR "`;
      return { tag: `t${n}`, value: `${head}${"x".repeat(1023 - head.length)}"` };
    });
    await desk.write(JSON.stringify(rules));
    const applied = await desk.rules("apply", "--format", "json");
    expect({ ...applied, stdout: JSON.parse(applied.stdout).counts }).toMatchObject({
      code: 0,
      stdout: { add: 1000 },
    });
    expect(await desk.held()).toHaveLength(1000);
  });
});

test("list shows the rules of X, ours and those of others", async () => {
  await using desk = await openDesk();
  expect(await desk.rules("list")).toMatchObject({ code: 0, stdout: "id  whose  tag  value\n" });
  await desk.add(
    { value: "cats", tag: "birdwire:a" },
    { value: "dogs\u001b[31m", tag: "theirs" },
    { value: "fish" },
  );
  const { stdout, stderr } = await desk.rules("list");
  expect(stdout.replaceAll(/\d{15,}/g, "N").replaceAll(/ {2,}/g, "  ")).toBe(
    "id  whose  tag  value\nN  birdwire  a  cats\nN  other  theirs  dogs\\u001b[31m\nN  other  -  fish\n",
  );
  expect(stderr).toMatch(/3 rules, 1 of them Birdwire's; X takes 1000/);
  const { stdout: json } = await desk.rules("list", "--format", "json");
  expect(JSON.parse(json)).toMatchObject({
    cap: 1000,
    rules: [
      { ours: true, tag: "a" },
      { ours: false, tag: "theirs" },
      { ours: false, tag: "" },
    ],
  });
});

describe("an X that", () => {
  const problem = (status: number, title: string) => ({
    status,
    body: JSON.stringify({ title, detail: title }),
  });
  test.each<[string, { status: number; body: string }, number, RegExp]>([
    [
      "refuses the token",
      problem(401, "Unauthorized"),
      5,
      /does not accept the bearer token.*X_BEARER_TOKEN/s,
    ],
    ["gives no access", problem(403, "client-forbidden"), 5, /no access/],
    ["has no credits", problem(402, "CreditsDepleted"), 6, /no credits are left|has no credits left/],
    [
      "limits the rate",
      problem(429, "Too Many Requests"),
      4,
      /limits the rate.*; its rate window ends in 100 s/,
    ],
    ["is down", problem(503, "Service Unavailable"), 4, /could not answer/],
    ["is a web page", { status: 200, body: "<html>" }, 4, /connection to X at .* broke|could not answer/],
  ])("%s is told by every command in a sentence", async (_title, answer, code, message) => {
    await using server = await listen((request, response) => {
      request.resume();
      const headers = {
        "content-type": "application/json",
        date: new Date(1_767_225_500_000).toUTCString(),
        "x-rate-limit-reset": "1767225600",
      };
      response.writeHead(answer.status, headers).end(answer.body);
    });
    await using desk = await openDesk();
    await desk.write("- {tag: a, value: cat}\n");
    for (const command of ["plan", "apply", "list"]) {
      const result = await desk.rules(command, "--x-url", server.url);
      expect({ command, code: result.code, stdout: result.stdout }).toEqual({ command, code, stdout: "" });
      expect(result.stderr).toMatch(message);
    }
  });

  test("fails half-way has what was done told, and the next apply does the rest", async () => {
    await using desk = await openDesk();
    await desk.add({ value: "old", tag: "birdwire:old" }, { value: "older", tag: "birdwire:older" });
    await desk.write("- {tag: a, value: cat}\n- {tag: older, value: dog}\n");
    // Adds pass, and deletes meet an X that is down.
    await using server = await listen(async (request, response) => {
      const body = await readText(request);
      if (body.includes('"delete"')) return void response.writeHead(503).end("{}");
      const { headers, method = "GET", url = "/" } = request;
      const answer = await fetch(`${desk.url}${url}`, {
        method,
        headers: { authorization: `${headers.authorization}`, "content-type": "application/json" },
        ...(method === "GET" ? {} : { body }),
      });
      response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
    });
    const broken = await desk.rules("apply", "--x-url", server.url);
    expect(broken.code).toBe(4);
    expect(broken.stderr).toMatch(
      /stopped half-way: 2 added, 0 removed; `birdwire rules apply` does what is left/,
    );
    expect(broken.stderr).toMatch(/could not answer its rules/);
    expect(await desk.rules("apply")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/: 2 to remove, 2 unch/),
    });
    expect(await desk.held()).toEqual(["birdwire:a cat", "birdwire:older dog"]);
  });

  test.each<[string, number, RegExp]>([
    ["rules-500@call=1", 4, /could not answer its rules: 500/],
    ["rules-503@call=2", 4, /could not answer its rules: 503/],
    [
      "rules-429@call=3",
      4,
      /limits the rate .*its rate window ends at 20.*stopped half-way|stopped half-way.*limits/s,
    ],
    ["rules-401@call=1", 5, /does not accept the bearer token/],
    ["rules-partial", 4, /stopped half-way: 1 added, 0 removed/],
    ["rules-cap", 2, /takes no more rules/],
  ])("plays %s is told, and the next apply ends as it should", async (scenario, code, message) => {
    await using desk = await openDesk({}, scenario);
    await desk.write("- {tag: a, value: cat}\n- {tag: b, value: dog}\n");
    const first = await desk.rules("apply");
    expect(first.stderr).toMatch(message);
    expect(first.code).toBe(code);
    while ((await desk.rules("apply")).code !== 0) expect(scenario).toMatch(/503/);
    expect(await desk.held()).toEqual(["birdwire:a cat", "birdwire:b dog"]);
  });

  test("has a rule that was not there a moment ago ends well", async () => {
    await using desk = await openDesk({}, "rules-duplicate");
    await desk.write("- {tag: a, value: cat}\n- {tag: b, value: dog}\n");
    expect(await desk.rules("apply")).toMatchObject({ code: 0 });
    expect(await desk.held()).toHaveLength(2);
  });

  test("is not there, and a missing token, are told, too", async () => {
    await using desk = await openDesk();
    await desk.write("- {tag: a, value: cat}\n");
    expect(await desk.rules("plan", "--x-url", "http://127.0.0.1:9")).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/cannot be reached.*birdwire up/s),
    });
    const args = ["rules", "plan", "--rules", "docs/samples/rules.yaml"];
    expect(await runBirdwireHere(args)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/X_BEARER_TOKEN/),
    });
  });
});

test("a rules file that is wrong, or not there, is told before X is asked", async () => {
  await using desk = await openDesk();
  expect(await desk.rules("plan")).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/the rules file rules.yaml cannot be read: there is no such file/),
  });
  await desk.write("rules:\n  - tag: birdwire:a\n    value: cat\n  - tag: b\n    value: #dog\n");
  const { code, stderr } = await desk.rules("apply");
  expect(code).toBe(2);
  expect(stderr).toMatch(/rules.yaml has 2 mistakes:\n {2}rules.yaml:2:10: .*\n {2}rules.yaml:5:12: /);
});

describe("test", () => {
  const sample = `${repositoryRoot}docs/samples/posts.ndjson`;
  const here = (...args: string[]) => runBirdwireHere(["rules", "test", ...args]);
  const rulesFile = ["--rules", "docs/samples/rules.yaml"];

  test("shows what the rules match in recorded posts, in all and each, and what that would cost", async () => {
    const { code, stdout, stderr } = await here(
      "docs/samples/posts.ndjson",
      ...rulesFile,
      "--unmatched",
      "1",
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(
      stdout,
    ).toBe(`docs/samples/posts.ndjson: 12 posts, 2026-01-01T00:00:00.000Z to 2026-01-01T00:00:11.000Z (11 s)
    matched   share      alone  rule
          3   25.0%          3  python: python -is:retweet (docs/samples/rules.yaml:3)
          3   25.0%          3  music: BTS OR "new album" OR #NowPlaying (docs/samples/rules.yaml:7)
          0    0.0%          0  weather: (snow OR rain OR storm) (from:metoffice OR place_country:GB) lang:en -is:retweet (docs/samples/rules.yaml:10)  <- matches nothing
6 posts of 12 (50.0%) would be delivered; 6 match no rule
  line 3: Kafka für alle: ein Topic, drei Partitionen, keine Ausreden
cost: 6 post reads at $0.005 is $0.03, whatever the number of rules a post matches
  with users expanded up to $0.06 more: 6 users at $0.01, twice a post's price, as X may bill each user that comes with a post
  X counts a post and a user once a UTC day
a day at this pace: 43,200 posts, $216.00, with users expanded up to $648.00, a guess from so short a time
`);
  });

  test("reads gzip and lines that are no posts, and prints JSON", async () => {
    await using desk = await openDesk();
    const text = await readFile(sample, "utf8");
    const file = join(desk.folder, "posts.ndjson.gz");
    await writeFile(file, gzipSync(`${text}${text}{"errors":[]}\nno JSON\n`));
    const { code, stdout } = await here(file, ...rulesFile, "--format", "json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      posts: 12,
      repeated: 12,
      notPosts: 1,
      malformed: 1,
      matched: 6,
      unmatched: 6,
      rules: [
        { tag: "python", matched: 3, share: 0.25, alone: 3 },
        { matched: 3 },
        { tag: "weather", matched: 0 },
      ],
      cost: { postsUsd: 0.03, users: 6, usersUsd: 0.06 },
      perDay: { posts: 43_200, postsUsd: 216 },
    });
  });

  test("finds what X would refuse, and tells what it cannot evaluate", async () => {
    await using desk = await openDesk();
    await desk.write('- {tag: a, value: "cat or x"}\n- {tag: b, value: "python from_affiliate_of:x"}\n');
    expect(await desk.rules("test", sample)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/rules.yaml:1: a\n {4}cat or x\n {8}\^ Ambiguous use of or/),
    });
    await desk.write('- {tag: b, value: "python from_affiliate_of:x"}\n');
    expect(await desk.rules("test", sample)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /b: python from.*matches nothing\n +warning: 'from_affiliate_of' cannot be evaluated/,
      ),
    });
  });

  test("a recording or rules that are not there end with 2", async () => {
    await using desk = await openDesk();
    expect(await desk.rules("test", sample)).toMatchObject({ code: 2 });
    await desk.write("rules: []\n");
    expect(await desk.rules("test", sample)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/names no rule/),
    });
    await desk.write("- {tag: b, value: python}\n");
    expect(await desk.rules("test", "nope.ndjson")).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/nope/),
    });
    expect(await desk.rules("test")).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/takes <file>/),
    });
  });
});

test("produce takes the rules of the same file, shows what X refuses, and plan finds nothing left to do", async () => {
  const clock = createSystemClock(10);
  await using up = await startEmulatorsHere(["--x-replay", "docs/samples/posts.ndjson", "--x-rate", "max"], {
    clock,
  });
  const env = { ...up.env, X_BEARER_TOKEN: "any" };
  const rulesFile = ["--rules", "docs/samples/rules.yaml"];
  const produced = await runBirdwireHere(["produce", ...rulesFile, "--max-tweets", "6"], { env, clock });
  expect(produced).toMatchObject({ code: 0, stderr: expect.stringMatching(/"?added"?[=:]3/) });
  const refused = await runBirdwireHere(["produce", "--rule", "bad=cat or dog"], { env, clock });
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/X refuses the rule bad .*\(at position 5\)\n {2}cat or dog\n {6}\^/);
  const plan = await runBirdwireHere(["rules", "plan", ...rulesFile, "--fail-on-changes"], { env, clock });
  expect(plan).toMatchObject({ code: 0, stdout: expect.stringMatching(/: 3 unchanged\n/) });
});

test("Ctrl-C stops before the next request", async () => {
  await using desk = await openDesk();
  await desk.write("- {tag: a, value: cat}\n");
  const stop = new AbortController();
  stop.abort(new Error("SIGINT"));
  const result = await runBirdwireHere(["rules", "list", "--x-url", desk.url], {
    env: { X_BEARER_TOKEN: "any" },
    interruption: stop.signal,
  });
  expect(result).toMatchObject({ code: 0, stdout: "" });
  expect(result.stderr).toMatch(/stopped/);
});
