/**
 * The end of a producing loop: what was received is acknowledged before it is over, but not for ever after a signal.
 */
import type { Clock } from "../kernel/clock.ts";
import type { ProduceTally } from "../telemetry/tally.ts";
import { PipelineError } from "./dead-letter.ts";

/** How long the brokers have, after a signal, to acknowledge what was received. */
const drainLimitMs = 10_000;

export interface DrainTools {
  readonly clock: Clock;
  readonly tally: ProduceTally;
  readonly signal: AbortSignal;
  /** What was received. Default `posts`. */
  readonly what?: string;
}

/** Waits for what is under way; once the run was told to end, only so long. Rejects with PipelineError `not-drained` then. */
export async function drain(
  work: () => Promise<unknown>,
  { clock, tally, signal, what = "posts" }: DrainTools,
): Promise<void> {
  const done = new AbortController();
  const giveUp = (async () => {
    await aborted(signal, done.signal);
    await clock.sleep(drainLimitMs, done.signal);
    const open = tally.received - tally.produced - tally.duplicates - tally.deadLettered - tally.beyondLimit;
    throw new PipelineError(
      "not-drained",
      `${open} ${what} were not acknowledged by the brokers within ${drainLimitMs / 1000} s of the signal`,
      { details: { [what]: open } },
    );
  })();
  // Rejects as well when it is no longer needed.
  giveUp.catch(() => {});
  try {
    await Promise.race([work(), giveUp]);
  } finally {
    done.abort();
  }
}

/** Resolves when `signal` is aborted, rejects when `done` is. */
function aborted(signal: AbortSignal, done: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true, signal: done });
    done.addEventListener("abort", () => reject(done.reason), { once: true });
  });
}
