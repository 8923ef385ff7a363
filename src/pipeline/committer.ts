/**
 * Positions that the consume loop has reached, on their way into the group.
 */
import type { Position, RecordConsumer } from "../kafka/port.ts";
import type { Clock } from "../kernel/clock.ts";

export interface Committer {
  /** Every record before the position was shown, or given up. */
  reached(position: Position): void;
  /** Whether something of the partition was reached in this run. */
  knows(position: Position): boolean;
  /** Stores what was reached; rejects with the error of an earlier commit, too. */
  commit(): Promise<void>;
  /** The same, but never rejects; what it failed with is told by `onFailure`, and by the next commit. */
  commitNow(): Promise<void>;
  /** Commits no more by itself. */
  close(): void;
}

const commitIntervalMs = 1000;

/**
 * Commits what was reached no later than a second after it, whether or not another batch comes. `onFailure` is told of
 * a commit of its own that failed.
 */
export function createCommitter(consumer: RecordConsumer, clock: Clock, onFailure: () => void): Committer {
  const known = new Set<string>();
  const reached = new Map<string, Position>();
  let failure: { readonly error: unknown } | undefined;
  let cancelDue: (() => void) | undefined;
  const keyOf = ({ topic, partition }: Position) => `${topic}/${partition}`;
  const commit = async () => {
    cancelDue?.();
    cancelDue = undefined;
    if (failure !== undefined) throw failure.error;
    if (reached.size === 0) return;
    const positions = [...reached.values()];
    reached.clear();
    await consumer.commit(positions);
  };
  const commitNow = () =>
    commit().catch((error: unknown) => {
      failure ??= { error };
      onFailure();
    });
  return {
    reached(position) {
      known.add(keyOf(position));
      reached.set(keyOf(position), position);
      cancelDue ??= clock.after(commitIntervalMs, () => void commitNow());
    },
    knows: (position) => known.has(keyOf(position)),
    commit,
    commitNow,
    close: () => cancelDue?.(),
  };
}
