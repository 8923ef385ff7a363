import { describe, expect, test } from "@jest/globals";
import { parseClockSpeed, parseXAccessOptions } from "./x-access-options.ts";

describe("what the X emulator allows", () => {
  test("is nothing but the emulator's defaults without options", () => {
    expect(parseXAccessOptions({})).toEqual({});
    expect(parseClockSpeed(undefined)).toBe(1);
  });

  test("names apps by token and tier, a token with = in it too, and caps hold for each", () => {
    expect(
      parseXAccessOptions({ "x-app": ["a=ppu", "b64==enterprise"], "x-usage-cap": 5, "x-credits": 2 }),
    ).toEqual({
      apps: [
        { token: "a", tier: "pay-per-use", limits: { postsPerMonth: 5 }, credits: 2 },
        { token: "b64=", tier: "enterprise", limits: { postsPerMonth: 5 }, credits: 2 },
      ],
      limits: { postsPerMonth: 5 },
      credits: 2,
    });
  });

  test("takes durations and the shorter word for a tier", () => {
    expect(
      parseXAccessOptions({
        "x-tier": "ppu",
        "x-ghost": "10s",
        "x-rule-delay": "500ms",
        "x-too-many": "replace",
      }),
    ).toEqual({ tier: "pay-per-use", ghostMs: 10_000, ruleDelayMs: 500, policy: "replace" });
  });

  test.each([
    [{ "x-app": ["a"] }, "TOKEN=TIER"],
    [{ "x-app": ["=ppu"] }, "TOKEN=TIER"],
    [{ "x-app": ["a=gold"] }, "enterprise"],
    [{ "x-app": ["a=ppu", "a=enterprise"] }, "twice"],
    [{ "x-usage-cap": 0.5 }, "whole number"],
    [{ "x-credits": -1 }, "dollars"],
    [{ "x-ghost": "soon" }, "duration"],
  ])("refuses %j", (args, hint) => {
    expect(() => parseXAccessOptions(args)).toThrow(hint);
  });

  test.each([0, -1, Number.NaN, 1e9])("refuses a clock at %d times", (speed) => {
    expect(() => parseClockSpeed(speed)).toThrow("--x-clock-speed");
  });
});
