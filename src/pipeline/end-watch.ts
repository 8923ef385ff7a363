/**
 * What a run that ends with its topic still waits for: the ends of the partitions that somebody has to read, be it the
 * group or, where nothing is committed and so nobody knows what the others have read, this member alone.
 */
import type { Clock } from "../kernel/clock.ts";
import { describeCause } from "../kernel/error.ts";
import type { Log } from "../telemetry/log.ts";

export interface EndWatchOptions {
  /** Where each partition ends; one that is not named is not waited for. Without it the run has no end. */
  readonly ends: ReadonlyMap<number, number> | undefined;
  /** How far each partition has been read, by whomever. */
  readonly progress: (() => Promise<ReadonlyMap<number, number>>) | undefined;
  /** Whether only the partitions given to this member are waited for. */
  readonly ownShareOnly: boolean;
  readonly clock: Clock;
  readonly log: Log;
  /** Nothing is waited for any more. */
  readonly onThrough: () => void;
}

export interface EndWatch {
  /** Offset before which the partition's records belong to the run. */
  boundOf(partition: number): number;
  /** Whether nothing more of the partition is to be shown. */
  isRead(partition: number): boolean;
  /** The partition was read up to that offset. */
  reached(partition: number, nextOffset: number): void;
  /** The partitions that are this member's from now on. */
  assigned(partitions: ReadonlySet<number>): void;
  /** Looks now, and asks for progress from time to time until `stop`. */
  start(): void;
  stop(): void;
}

const progressIntervalMs = 1000;

export function createEndWatch(options: EndWatchOptions): EndWatch {
  const { ends, progress, ownShareOnly, clock, log, onThrough } = options;
  const waitingFor = new Map(ends);
  let share: ReadonlySet<number> | null = null;
  let stopped = false;
  let cancel = () => {};

  /** Before the group has given this member its share, it may be any. */
  const isThrough = () =>
    waitingFor.size === 0 ||
    (ownShareOnly && share !== null && ![...share].some((partition) => waitingFor.has(partition)));
  const look = () => {
    if (ends !== undefined && !stopped && isThrough()) onThrough();
  };
  const ask = () => {
    if (progress === undefined || ends === undefined || stopped) return;
    cancel = clock.after(progressIntervalMs, () => {
      progress()
        .then(
          (known) => {
            for (const [partition, bound] of waitingFor) {
              if ((known.get(partition) ?? 0) >= bound) waitingFor.delete(partition);
            }
            look();
          },
          (error: unknown) =>
            log.debug("the group's progress cannot be read", { error: describeCause(error) }),
        )
        .then(ask);
    });
  };
  const boundOf = (partition: number) => ends?.get(partition) ?? Number.POSITIVE_INFINITY;

  return {
    boundOf,
    isRead: (partition) => ends?.has(partition) === true && !waitingFor.has(partition),
    reached(partition, nextOffset) {
      if (nextOffset < boundOf(partition)) return;
      waitingFor.delete(partition);
      look();
    },
    assigned(partitions) {
      share = partitions;
      look();
    },
    start() {
      look();
      ask();
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}
