/**
 * `birdwire rules test`: what rules match in a recording, and what that would cost.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { repositoryRoot } from "../support/birdwire.ts";
import { runBirdwireHere } from "../support/birdwire-here.ts";
import { openRulesDesk } from "../support/rules-desk.ts";

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
    await using desk = await openRulesDesk();
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
    await using desk = await openRulesDesk();
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
    await using desk = await openRulesDesk();
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
