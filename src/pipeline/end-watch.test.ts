import { describe, expect, test } from "@jest/globals";
import { createManualClock } from "../kernel/clock.ts";
import { silentLog } from "../telemetry/log.ts";
import { createEndWatch, type EndWatchOptions } from "./end-watch.ts";

function setUp(options: Partial<EndWatchOptions> = {}) {
  const clock = createManualClock(1000);
  const through: number[] = [];
  const watch = createEndWatch({
    ends: new Map([
      [0, 10],
      [1, 20],
    ]),
    progress: undefined,
    ownShareOnly: false,
    clock,
    log: silentLog,
    onThrough: () => through.push(clock.now()),
    ...options,
  });
  watch.start();
  return { clock, watch, through };
}

describe("a watch of the ends of a topic", () => {
  test("waits for the end of each partition, whosever it is", () => {
    const { watch, through } = setUp();
    watch.assigned(new Set([0]));
    watch.reached(0, 9);
    expect(watch.isRead(0)).toBe(false);
    watch.reached(0, 10);
    expect(watch.isRead(0)).toBe(true);
    expect(through).toEqual([]);
    watch.reached(1, 25);
    expect(through).toEqual([1000]);
  });

  test("takes for read what progress tells, asked once a second, also after it failed", async () => {
    const told = [new Error("away"), new Map([[0, 10]]), new Map([[1, 20]])];
    const { clock, watch, through } = setUp({
      progress: async () => {
        const next = told.shift();
        if (next instanceof Map) return next;
        throw next;
      },
    });
    await clock.advance(1000);
    await clock.advance(1000);
    expect(watch.isRead(0)).toBe(true);
    expect(through).toEqual([]);
    await clock.advance(1000);
    expect(through).toEqual([4000]);
    watch.stop();
    await clock.advance(5000);
    expect(through).toEqual([4000]);
  });

  test("has no end where none is given, and is through at once where nothing is to be read", () => {
    const endless = setUp({ ends: undefined, ownShareOnly: true });
    endless.watch.assigned(new Set());
    endless.watch.reached(0, 1000);
    expect(endless.through).toEqual([]);
    expect(setUp({ ends: new Map() }).through).toEqual([1000]);
  });
});

describe("a watch of a member's own share", () => {
  test("waits for the partitions that are the member's", () => {
    const { watch, through } = setUp({ ownShareOnly: true });
    watch.reached(1, 20);
    expect(through).toEqual([]);
    watch.assigned(new Set([0, 2]));
    expect(through).toEqual([]);
    watch.reached(0, 10);
    expect(through).toEqual([1000]);
  });

  test("waits for those that a rebalance gives it, and no longer for those it takes away", () => {
    const { watch, through } = setUp({ ownShareOnly: true });
    watch.assigned(new Set([0]));
    watch.assigned(new Set([0, 1]));
    watch.reached(0, 10);
    expect(through).toEqual([]);
    watch.assigned(new Set([0]));
    expect(through).toEqual([1000]);
  });

  test("is through with a share of nothing, but not before it is known", () => {
    const { watch, through } = setUp({ ownShareOnly: true });
    expect(through).toEqual([]);
    watch.assigned(new Set());
    expect(through).toEqual([1000]);
  });
});
