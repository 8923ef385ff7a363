/**
 * How long the source has been silent. Only waiting counts: while the loop is busy with what it has, or the process
 * was held up, no time passes.
 */
import type { Clock } from "../kernel/clock.ts";

export interface IdleWatch {
  /** The loop has something to do. */
  busy(): void;
  /** The loop waits for the source again. */
  waiting(): void;
  stop(): void;
  readonly expired: boolean;
}

export interface IdleWatchOptions {
  readonly clock: Clock;
  /** Without it nothing ever expires. */
  readonly untilIdleMs: number | undefined;
  /** The wait for the first post, when that is longer. */
  readonly firstPostMs: number;
  readonly onIdle: () => void;
}

/** A timer this late tells of a process that was held up: posts may lie unread in the socket. */
const lateMs = 100;
const graceMs = 250;

/** Starts waiting at once. */
export function startIdleWatch({ clock, untilIdleMs, firstPostMs, onIdle }: IdleWatchOptions): IdleWatch {
  let expired = false;
  let cancel = () => {};
  const arm = (ms: number) => {
    const dueMs = clock.now() + ms;
    cancel();
    cancel = clock.after(ms, () => {
      if (clock.now() - dueMs > lateMs) return arm(graceMs);
      expired = true;
      onIdle();
    });
  };
  if (untilIdleMs === undefined) return { busy() {}, waiting() {}, stop() {}, expired };
  arm(Math.max(untilIdleMs, firstPostMs));
  return {
    busy: () => cancel(),
    waiting: () => arm(untilIdleMs),
    stop: () => cancel(),
    get expired() {
      return expired;
    },
  };
}
