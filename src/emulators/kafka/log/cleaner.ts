/**
 * When a partition is compacted: the newest of Kafka's segments is never touched, and a compaction waits until
 * enough of the others is new: deletions whose time is up wait for it too.
 */
import { compactBatches } from "./compaction.ts";
import type { PartitionTransactions } from "./partition-transactions.ts";
import { bytesBetween, type Rolls } from "./rolls.ts";
import type { Segments } from "./segments.ts";

/** What a topic's configuration says about old records. */
export interface CleanupRules {
  readonly isDeleted: boolean;
  readonly isCompacted: boolean;
  /** -1: for ever. */
  readonly retentionMs: number;
  /** What is left when segments go because there are too many; -1: all of them. */
  readonly retentionBytes: number;
  /** How long deletions stay after they were first compacted. */
  readonly deleteRetentionMs: number;
  readonly segmentBytes: number;
  readonly segmentMs: number;
  /** Share of the closed segments' bytes that must be new. */
  readonly minDirtyRatio: number;
}

export interface Cleaner {
  /** Compacts closed segments below `stableOffset`, if it is time. */
  compact(rules: CleanupRules, stableOffset: number, nowMs: number): void;
}

export function createCleaner(
  segments: Segments,
  rolls: Rolls,
  transactions: PartitionTransactions,
): Cleaner {
  const deletionsUntilMs = new Map<number, number>();
  let compactedTo = 0;

  return {
    compact({ deleteRetentionMs, minDirtyRatio }, stableOffset, nowMs) {
      const before = Math.min(rolls.openedAt, stableOffset);
      const dirtyBytes = bytesBetween(segments, compactedTo, before);
      const isDirty = dirtyBytes > 0 && dirtyBytes >= minDirtyRatio * bytesBetween(segments, 0, before);
      if (!isDirty) return;
      compactedTo = before;
      const { isAborted } = transactions;
      segments.replaceBefore(before, (batches) =>
        compactBatches({ batches, isAborted, deletionsUntilMs, deleteRetentionMs, nowMs }),
      );
      // What is due and still there lay in batches that retention has dropped since.
      for (const [offset, untilMs] of deletionsUntilMs) {
        if (untilMs <= nowMs && deleteRetentionMs > 0) deletionsUntilMs.delete(offset);
      }
    },
  };
}
