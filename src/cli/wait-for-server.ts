/**
 * A server that is not up yet when a run starts: asked again and again for a bounded time, and said so. Servers of a
 * deployment start in any order.
 */
import type { Clock } from "../kernel/clock.ts";
import { BirdwireError } from "../kernel/error.ts";
import type { Log } from "../telemetry/log.ts";
import { hintOf } from "./exit-codes.ts";
import { heed, Interrupted } from "./heed.ts";

export interface WaitOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** From the first failure on; 0 does not wait. */
  readonly limitMs: number;
  /** Ends the wait at once, also while an answer is waited for. */
  readonly signal: AbortSignal;
  /** Told why there is a wait, and null when it is over. */
  readonly onWaiting?: ((reason: string | null) => void) | undefined;
}

const firstPauseMs = 500;
const maxPauseMs = 10_000;

export type Waited<T> = { readonly kind: "done"; readonly value: T } | { readonly kind: "stopped" };

/**
 * Does `work`, again after a failure that may pass. Rejects with the last failure when the time is over, and at once
 * with one that does not pass.
 */
export async function waitForServer<T>(work: () => Promise<T>, options: WaitOptions): Promise<Waited<T>> {
  const { clock, log, limitMs, signal, onWaiting } = options;
  let giveUpAtMs: number | null = null;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, maxPauseMs)) {
    try {
      const value = await heed(signal, work());
      if (giveUpAtMs !== null) {
        log.info("the server answers now");
        onWaiting?.(null);
      }
      return { kind: "done", value };
    } catch (error) {
      if (error instanceof Interrupted) return { kind: "stopped" };
      if (limitMs === 0 || !mayPass(error)) throw error;
      giveUpAtMs ??= clock.now() + limitMs;
      const leftMs = giveUpAtMs - clock.now();
      if (leftMs <= 0) throw error;
      const inMs = Math.min(pauseMs, leftMs);
      const hint = hintOf(error);
      log.warn(`${error.message}; waiting for it`, {
        nextTryInMs: Math.round(inMs),
        givingUpInMs: Math.round(leftMs),
        ...(pauseMs === firstPauseMs && hint !== undefined && { hint }),
      });
      onWaiting?.(error.message);
      await clock.sleep(inMs, signal).catch(() => {});
      if (signal.aborted) return { kind: "stopped" };
    }
  }
}

/** Not what a wrong port or a missing certificate looks like, though that may pass as well. */
function mayPass(error: unknown): error is BirdwireError {
  return error instanceof BirdwireError && error.retriable && error.details.suspicion === undefined;
}
