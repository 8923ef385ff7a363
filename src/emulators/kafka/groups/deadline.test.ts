import { describe, expect, test } from "@jest/globals";
import { type Clock, createManualClock } from "../../../kernel/clock.ts";
import { createDeadline } from "./deadline.ts";

/** A clock whose timers come `lateMs` after their time, as they do when the event loop was blocked. */
function createLateClock(lateMs: () => number) {
  const manual = createManualClock();
  const clock: Clock = { ...manual, after: (ms, callback) => manual.after(ms + lateMs(), callback) };
  return { manual, clock };
}

describe("a deadline", () => {
  test("expires on time, once", async () => {
    const clock = createManualClock();
    let expired = 0;
    createDeadline(clock, () => expired++).set(100);
    await clock.advance(99);
    expect(expired).toBe(0);
    await clock.advance(1000);
    expect(expired).toBe(1);
  });

  test("starts over when it is set again, and never comes once it is cleared", async () => {
    const clock = createManualClock();
    let expired = 0;
    const deadline = createDeadline(clock, () => expired++);
    deadline.set(100);
    await clock.advance(90);
    deadline.set(100);
    await clock.advance(90);
    expect(expired).toBe(0);
    deadline.clear();
    await clock.advance(1000);
    expect(expired).toBe(0);
  });

  test("gives one more chance when its timer comes late", async () => {
    let late = 3_000;
    const { manual, clock } = createLateClock(() => late);
    const expiredAt: number[] = [];
    createDeadline(clock, () => expiredAt.push(manual.now())).set(10_000);
    late = 0;
    await manual.advance(13_000);
    expect(expiredAt).toEqual([]);
    await manual.advance(60_000);
    expect(expiredAt).toEqual([19_000]);
  });

  test("gives no second chance", async () => {
    const { manual, clock } = createLateClock(() => 500);
    const expiredAt: number[] = [];
    createDeadline(clock, () => expiredAt.push(manual.now())).set(10_000);
    await manual.advance(60_000);
    expect(expiredAt).toEqual([10_000 + 500 + 1_000 + 500]);
  });
});
