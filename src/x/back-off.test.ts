import { describe, expect, test } from "@jest/globals";
import { type BackOffKind, backOffMs, withJitter } from "./back-off.ts";

describe("backOffMs", () => {
  test.each<[BackOffKind, number[]]>([
    ["network", [250, 500, 750, 1000]],
    ["server", [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 320_000]],
    ["rate-limit", [60_000, 120_000, 240_000, 480_000, 900_000, 900_000]],
    ["too-many-connections", [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]],
  ])("grows for %s as X asks", (kind, waits) => {
    expect(waits.map((_, index) => backOffMs(kind, index + 1))).toEqual(waits);
  });

  test("is 16 s at most for network errors", () => {
    expect([63, 64, 65, 5000].map((failures) => backOffMs("network", failures))).toEqual([
      15_750, 16_000, 16_000, 16_000,
    ]);
  });
});

test("withJitter adds up to a quarter and takes nothing away", () => {
  expect(withJitter(1000, () => 0)).toBe(1000);
  expect(withJitter(1000, () => 0.9999)).toBeLessThanOrEqual(1250);
  expect(withJitter(0, () => 0.5)).toBe(0);
});
