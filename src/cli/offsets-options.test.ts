import { describe, expect, test } from "@jest/globals";
import { parseResetTarget } from "./offsets-options.ts";

const nowMs = Date.parse("2026-01-31T12:00:00Z");

describe("where a group is moved to", () => {
  test.each([
    ["earliest", { kind: "earliest" }],
    ["latest", { kind: "latest" }],
    ["0", { kind: "offset", offset: 0 }],
    ["1200", { kind: "offset", offset: 1200 }],
    ["shift:-100", { kind: "shift", by: -100 }],
    ["shift:+5", { kind: "shift", by: 5 }],
    ["15m", { kind: "time", timeMs: nowMs - 900_000 }],
    ["2026-01-31", { kind: "time", timeMs: nowMs - 12 * 3_600_000 }],
  ])("%s", (text, target) => {
    expect(parseResetTarget(text, nowMs)).toEqual(target);
  });

  test.each([
    ["shift", "shift:-100"],
    ["-5", "is none of: earliest"],
    ["", "is none of: earliest"],
    ["end", "is none of: earliest"],
    ["2027-01-01", "still to come"],
  ])("%j is refused", (text, message) => {
    expect(() => parseResetTarget(text, nowMs)).toThrow(message);
  });
});
