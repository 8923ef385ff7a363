import { describe, expect, test } from "@jest/globals";
import { parseTimeOption } from "./time-option.ts";

const nowMs = Date.UTC(2026, 0, 31, 12);

describe("a time on the command line", () => {
  test.each([
    ["2h", nowMs - 7_200_000],
    ["0", nowMs],
    ["2026-01-31", Date.UTC(2026, 0, 31)],
    ["2026-01-31T10:30", Date.UTC(2026, 0, 31, 10, 30)],
    ["2026-01-31T10:30:15.250Z", Date.UTC(2026, 0, 31, 10, 30, 15, 250)],
    ["2026-01-31T10:30:00+02:00", Date.UTC(2026, 0, 31, 8, 30)],
  ])("%s", (text, ms) => {
    expect(parseTimeOption("from-time", text, nowMs)).toBe(ms);
  });

  test.each(["yesterday", "2026", "2026-13-01", "12:00", "", "-2h"])("%j is none", (text) => {
    expect(() => parseTimeOption("from-time", text, nowMs)).toThrow(/--from-time .* is neither a time/);
  });

  test("may be left out", () => {
    expect(parseTimeOption("from-time", undefined, nowMs)).toBeUndefined();
  });
});
