/**
 * A fast clock that does not run away from a process that is held up: each turn of the event loop moves it on by a few
 * real milliseconds at most, so that a time limit is never missed for want of CPU, only for want of an answer.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, createManualClock } from "../../src/kernel/clock.ts";

export interface PacedClock extends Clock, AsyncDisposable {}

/** Real time between two steps, and the most that a step counts for. */
const tickMs = 4;
const mostMs = 8;

/** Starts at the time of day and goes `speed` times as fast, until it is disposed of. */
export function startPacedClock(speed: number): PacedClock {
  const clock = createManualClock(Date.now());
  let running = true;
  const run = async () => {
    let lastMs = performance.now();
    while (running) {
      await sleep(tickMs);
      const nowMs = performance.now();
      await clock.advance(Math.min(nowMs - lastMs, mostMs) * speed);
      lastMs = performance.now();
    }
  };
  const stopped = run();
  return {
    now: () => Math.floor(clock.now()),
    sleep: clock.sleep,
    after: clock.after,
    async [Symbol.asyncDispose]() {
      running = false;
      await stopped;
    },
  };
}
