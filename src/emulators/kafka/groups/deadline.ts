/**
 * A timer that forgives a blocked event loop: when it fires late, what would have put it off may lie unread in a
 * socket, since timers run before sockets are read. Then it waits once more before it calls anyone dead.
 */
import type { Clock } from "../../../kernel/clock.ts";

/** Lateness up to here is the event loop's usual grain. */
const tolerableMs = 50;
const minGraceMs = 1_000;

export interface Deadline {
  /** Starts, or starts over. */
  set(timeoutMs: number): void;
  clear(): void;
}

export function createDeadline(clock: Clock, onExpire: () => void): Deadline {
  let cancel: (() => void) | undefined;

  const arm = (waitMs: number, timeoutMs: number, isGrace: boolean) => {
    const dueAt = clock.now() + waitMs;
    cancel = clock.after(waitMs, () => {
      cancel = undefined;
      const lateMs = clock.now() - dueAt;
      if (!isGrace && lateMs > tolerableMs) {
        arm(Math.min(timeoutMs, Math.max(minGraceMs, 2 * lateMs)), timeoutMs, true);
        return;
      }
      onExpire();
    });
  };

  return {
    set(timeoutMs) {
      cancel?.();
      arm(timeoutMs, timeoutMs, false);
    },
    clear() {
      cancel?.();
      cancel = undefined;
    },
  };
}
