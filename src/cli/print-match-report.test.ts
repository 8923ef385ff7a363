import { describe, expect, test } from "@jest/globals";
import type { MatchTally } from "../rules/match-tally.ts";
import { dailyFactor, printMatchReport } from "./print-match-report.ts";

const tally = (over: Partial<MatchTally>): MatchTally => ({
  posts: 101,
  repeated: 0,
  notPosts: 0,
  matched: 50,
  users: 20,
  firstAtMs: 0,
  lastAtMs: 3_600_000,
  rules: [{ matched: 50, alone: 50 }],
  ...over,
});
const print = (over: Partial<MatchTally>) =>
  printMatchReport(
    {
      file: "p",
      rulesFile: "r",
      rules: [{ tag: "t", value: "v", line: 1, warnings: [] }],
      tally: tally(over),
      malformed: 0,
      unmatched: [],
    },
    "text",
  );

describe("dailyFactor", () => {
  test.each([
    ["an hour of posts at even distances", {}, 24 * (100 / 101)],
    ["two posts a day apart", { posts: 2, lastAtMs: 86_400_000 }, 0.5],
    ["one post", { posts: 1 }, null],
    ["posts at one time", { lastAtMs: 0 }, null],
    ["posts without time", { firstAtMs: null, lastAtMs: null }, null],
  ])("%s", (_title, over, expected) => {
    expect(dailyFactor(tally(over))).toEqual(expected);
  });
});

describe("printMatchReport", () => {
  test("tells the cost of a day, and of which time it is a guess", () => {
    expect(print({})).toMatch(
      /a day at this pace: 1,188 posts, \$5\.94, with users expanded up to \$10\.69\n/,
    );
    expect(print({ lastAtMs: 60_000 })).toMatch(/a guess from so short a time/);
    expect(print({ posts: 1 })).toMatch(/a day: the posts span no time/);
  });

  test("warns where the month's cap would be passed", () => {
    expect(print({})).not.toMatch(/warning/);
    expect(print({ posts: 10_001, matched: 5000 })).toMatch(/warning: 3,599,640 posts in 30 days/);
  });

  test("of no post at all is a report, too", () => {
    const over = { posts: 0, matched: 0, users: 0, firstAtMs: null, lastAtMs: null, rules: [] };
    expect(print(over)).toMatch(/^p: 0 posts\n.*0 posts of 0 \(0\.0%\) would be delivered/s);
  });

  test("text of posts and rules does not steer the terminal", () => {
    const report = {
      file: "p",
      rulesFile: "r",
      rules: [],
      tally: tally({ rules: [] }),
      malformed: 0,
      unmatched: [{ line: 3, id: "1", text: "a\u001b[31m\nb" }],
    };
    expect(printMatchReport(report, "text")).toContain("  line 3: a\\u001b[31m\\nb\n");
  });
});
