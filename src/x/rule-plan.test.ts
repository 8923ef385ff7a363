import { describe, expect, test } from "@jest/globals";
import { planRules } from "./rule-plan.ts";

const stored = (id: string, value: string, tag: string) => ({ id, value, tag });

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
    ).toEqual({ add: [{ tag: "f", value: "lol OR lmao" }], remove: [], unchanged: [kept], foreign: [] });
  });

  test("removes stale rules of ours and never anyone else's", () => {
    const stale = stored("1", "old", "birdwire:old");
    const plan = planRules(
      [{ tag: "l", value: "love" }],
      [stale, stored("2", "x", "theirs"), stored("3", "y", "")],
    );
    expect(plan.remove).toEqual([stale]);
  });

  test("takes a rule off and adds it again when its tag changed", () => {
    const before = stored("1", "love", "birdwire:old");
    expect(planRules([{ tag: "new", value: "love" }], [before])).toMatchObject({
      add: [{ tag: "new", value: "love" }],
      remove: [before],
    });
  });

  test("leaves a rule of someone else with the same value in place and reports it", () => {
    const theirs = stored("1", "love", "theirs");
    const rule = { tag: "l", value: "love" };
    expect(planRules([rule], [theirs])).toEqual({
      add: [],
      remove: [],
      unchanged: [],
      foreign: [{ rule, stored: theirs }],
    });
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
