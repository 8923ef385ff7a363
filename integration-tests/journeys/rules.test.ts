import { describe, expect, test } from "@jest/globals";
import { createSystemClock } from "../../src/kernel/clock.ts";
import { runBirdwireHere, startEmulatorsHere } from "../support/birdwire-here.ts";
import { openRulesDesk } from "../support/rules-desk.ts";

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
  const desk = await openRulesDesk();
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
    await using desk = await openRulesDesk({ rules: 3 });
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
    await using desk = await openRulesDesk();
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
    await using desk = await openRulesDesk();
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
  await using desk = await openRulesDesk();
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

test("a rules file that is wrong, or not there, is told before X is asked", async () => {
  await using desk = await openRulesDesk();
  expect(await desk.rules("plan")).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/the rules file rules.yaml cannot be read: there is no such file/),
  });
  await desk.write("rules:\n  - tag: birdwire:a\n    value: cat\n  - tag: b\n    value: #dog\n");
  const { code, stderr } = await desk.rules("apply");
  expect(code).toBe(2);
  expect(stderr).toMatch(/rules.yaml has 2 mistakes:\n {2}rules.yaml:2:10: .*\n {2}rules.yaml:5:12: /);
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
  await using desk = await openRulesDesk();
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
