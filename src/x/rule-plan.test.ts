import { describe, expect, test } from "@jest/globals";
import { planRules } from "./rule-plan.ts";

const stored = (id: string, value: string, tag: string) => ({ id, value, tag });

const nothing = { add: [], remove: [], unchanged: [], changed: [], foreign: [], others: [] };

describe("planRules", () => {
  test("adds what is missing and keeps what is there", () => {
    const kept = stored("1", "love", "birdwire:l");
    expect(
      planRules(
        [
          { tag: "l", value: "love" },
          { tag: "f", value: " lol OR lmao " },
        ],
        [kept],
      ),
    ).toEqual({ ...nothing, add: [{ tag: "f", value: "lol OR lmao" }], unchanged: [kept] });
  });

  test("removes stale rules of ours and never anyone else's", () => {
    const stale = stored("1", "old", "birdwire:old");
    const plan = planRules(
      [{ tag: "l", value: "love" }],
      [stale, stored("2", "x", "theirs"), stored("3", "y", "")],
    );
    expect(plan.remove).toEqual([stale]);
    expect(plan.others.map(({ id }) => id)).toEqual(["2", "3"]);
  });

  test("takes a rule off and adds it again when its tag changed", () => {
    const before = stored("1", "love", "birdwire:old");
    expect(planRules([{ tag: "new", value: "love" }], [before])).toMatchObject({
      add: [{ tag: "new", value: "love" }],
      remove: [before],
      changed: [{ kind: "tag", rule: { tag: "new", value: "love" }, stored: before }],
    });
  });

  test("calls it a change when a tag goes with one value and comes with another", () => {
    const before = stored("1", "love", "birdwire:l");
    const rule = { tag: "l", value: "love OR like" };
    expect(planRules([rule], [before])).toEqual({
      ...nothing,
      add: [rule],
      remove: [before],
      changed: [{ kind: "value", rule, stored: before }],
    });
  });

  test("does not guess which of several rules of one tag became which", () => {
    const before = [stored("1", "a", "birdwire:t"), stored("2", "b", "birdwire:t")];
    const after = [
      { tag: "t", value: "c" },
      { tag: "t", value: "d" },
    ];
    expect(planRules(after, before)).toEqual({ ...nothing, add: after, remove: before });
  });

  test("does not guess which of two new rules the one before became", () => {
    const before = [stored("1", "a", "birdwire:t")];
    const after = [
      { tag: "t", value: "c" },
      { tag: "t", value: "d" },
    ];
    expect(planRules(after, before)).toEqual({ ...nothing, add: after, remove: before });
  });

  test("a value that swaps its tag with another's is two changes of tags", () => {
    const before = [stored("1", "a", "birdwire:x"), stored("2", "b", "birdwire:y")];
    const after = [
      { tag: "y", value: "a" },
      { tag: "x", value: "b" },
    ];
    expect(planRules(after, before).changed.map(({ kind, rule }) => [kind, rule.value])).toEqual([
      ["tag", "a"],
      ["tag", "b"],
    ]);
  });

  test("leaves a rule of someone else with the same value in place and reports it", () => {
    const theirs = stored("1", "love", "theirs");
    const rule = { tag: "l", value: "love" };
    expect(planRules([rule], [theirs])).toEqual({ ...nothing, foreign: [{ rule, stored: theirs }] });
  });

  test("takes the same rule given twice for one", () => {
    const rule = { tag: "l", value: "love" };
    expect(planRules([rule, rule], []).add).toEqual([rule]);
  });

  test.each([
    [
      "one value under two tags",
      [
        { tag: "a", value: "love" },
        { tag: "b", value: "love" },
      ],
    ],
    ["an empty value", [{ tag: "a", value: "  " }]],
  ])("refuses %s", (_, rules) => {
    expect(() => planRules(rules, [])).toThrow(expect.objectContaining({ code: "x-invalid-rule" }));
  });
});
