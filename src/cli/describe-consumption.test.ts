import { describe, expect, test } from "@jest/globals";
import { createConsumeTally } from "../telemetry/tally.ts";
import { consumptionRows, describeConsumption, progressIntervalMs } from "./describe-consumption.ts";

function createTally() {
  const tally = createConsumeTally();
  let nowMs = 0;
  return { tally, describe: describeConsumption(tally, () => nowMs), advance: (ms: number) => (nowMs += ms) };
}

describe("how a consumer gets on", () => {
  test("is its rate since the last time, its lag over the partitions, and the versions in their order", () => {
    const { tally, describe, advance } = createTally();
    tally.consumed = 300;
    tally.printed = 290;
    tally.lags.set(0, 4).set(2, 3);
    tally.versions.set("10", 1).set("2", 289);
    advance(2000);
    expect(describe()).toBe("consumed 300 (150.0/s), printed 290, lag 7, version 2: 289, version 10: 1");
    expect(consumptionRows(tally)).toEqual([
      ["version 2", "289"],
      ["version 10", "1"],
      ["lag", "7"],
    ]);
    tally.consumed = 305;
    advance(10_000);
    expect(describe()).toContain("consumed 305 (0.5/s)");
  });

  test("tells nothing of a lag that it has not heard of", () => {
    const { tally, describe } = createTally();
    expect(describe()).toBe("consumed 0 (0.0/s), printed 0");
    expect(consumptionRows(tally)).toEqual([]);
  });

  test.each([
    [true, false, 2000],
    [true, true, 10_000],
    [false, false, 10_000],
  ])("is told more often where a person watches and nothing else is shown there", (stderr, stdout, ms) => {
    const host = { stderr: { isTTY: stderr }, stdout: { isTTY: stdout } };
    expect(progressIntervalMs(host as Parameters<typeof progressIntervalMs>[0])).toBe(ms);
  });
});
