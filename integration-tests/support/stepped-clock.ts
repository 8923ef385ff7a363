/**
 * Time that goes faster than it does, and never faster than the process keeps up with: it moves on in small steps, at
 * most one each turn of the event loop. Where a machine under load would miss what came before a deadline, the deadline
 * waits.
 */
import type { Clock } from "../../src/kernel/clock.ts";

export interface SteppedClock extends Clock, Disposable {}

/** `stepMs` of its time go by each turn, of which there are at most a thousand a second. Runs until it is disposed. */
export function startSteppedClock(stepMs: number): SteppedClock {
  let nowMs = Date.now();
  let nextKey = 0;
  const due = new Map<number, { readonly at: number; readonly callback: () => void }>();
  const tick = () => {
    nowMs += stepMs;
    const ready = [...due].filter(([, timer]) => timer.at <= nowMs).sort(([, a], [, b]) => a.at - b.at);
    for (const [key, { callback }] of ready) if (due.delete(key)) callback();
  };
  const ticking = setInterval(tick, 1);
  const clock: SteppedClock = {
    now: () => nowMs,
    after(ms, callback) {
      const key = nextKey++;
      due.set(key, { at: nowMs + Math.max(0, ms), callback });
      return () => void due.delete(key);
    },
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const onAbort = () => {
          cancel();
          reject(signal?.reason);
        };
        const cancel = clock.after(ms, () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        });
        signal?.addEventListener("abort", onAbort, { once: true });
      });
    },
    [Symbol.dispose]: () => clearInterval(ticking),
  };
  return clock;
}
