import { describe, expect, test } from "@jest/globals";
import { createManualClock } from "../kernel/clock.ts";
import { startIdleWatch } from "./idle-watch.ts";

function setUp(untilIdleMs: number | undefined, firstPostMs = 10_000) {
  const clock = createManualClock();
  let idle = 0;
  const watch = startIdleWatch({ clock, untilIdleMs, firstPostMs, onIdle: () => idle++ });
  return { clock, watch, idle: () => idle };
}

describe("the idle watch", () => {
  test("gives the first post more time than the others", async () => {
    const { clock, watch, idle } = setUp(3000);
    await clock.advance(9999);
    expect(idle()).toBe(0);
    watch.busy();
    watch.waiting();
    await clock.advance(2999);
    expect(idle()).toBe(0);
    await clock.advance(1);
    expect(idle()).toBe(1);
    expect(watch.expired).toBe(true);
  });

  test("does not run while the loop is busy, nor after it was stopped", async () => {
    const { clock, watch, idle } = setUp(3000);
    watch.busy();
    await clock.advance(60_000);
    watch.waiting();
    watch.stop();
    await clock.advance(60_000);
    expect(idle()).toBe(0);
  });

  test("gives a process that was held up a moment to read what has come meanwhile", () => {
    const timers: (() => void)[] = [];
    let nowMs = 0;
    const clock = {
      ...createManualClock(),
      now: () => nowMs,
      after: (_ms: number, callback: () => void) => {
        timers.push(callback);
        return () => {};
      },
    };
    let idle = 0;
    startIdleWatch({ clock, untilIdleMs: 3000, firstPostMs: 3000, onIdle: () => idle++ });
    nowMs = 9000;
    timers.shift()?.();
    expect(idle).toBe(0);
    nowMs = 9250;
    timers.shift()?.();
    expect(idle).toBe(1);
  });

  test("never expires without a time", async () => {
    const { clock, idle } = setUp(undefined);
    await clock.advance(1_000_000);
    expect(idle()).toBe(0);
  });
});
