/**
 * When a partition is compacted: its batches belong to segments in Kafka's sense, of which the newest is never
 * touched, and a compaction waits until enough of the others is new.
 */
import { compactBatches } from "./compaction.ts";
import type { PartitionTransactions } from "./partition-transactions.ts";
import { batch } from "./record-batch.ts";
import type { Segments } from "./segments.ts";

/** What a topic's configuration says about old records. */
export interface CleanupRules {
  readonly isDeleted: boolean;
  readonly isCompacted: boolean;
  /** -1: for ever. */
  readonly retentionMs: number;
  /** How long deletions stay after they were first compacted. */
  readonly deleteRetentionMs: number;
  readonly segmentBytes: number;
  readonly segmentMs: number;
  /** Share of the closed segments' bytes that must be new. */
  readonly minDirtyRatio: number;
}

export interface Cleaner {
  /** A batch is about to be appended: it may open a segment. */
  onAppend(bytes: Buffer, baseOffset: number, rules: CleanupRules): void;
  /** Compacts closed segments below `stableOffset`, if it is time. */
  compact(rules: CleanupRules, stableOffset: number, nowMs: number): void;
}

export function createCleaner(segments: Segments, transactions: PartitionTransactions): Cleaner {
  const deletionsUntilMs = new Map<number, number>();
  /** Of the newest segment, which is open. */
  let openedAt = 0;
  let openBytes = 0;
  let openedMs = 0;
  let compactedTo = 0;

  const bytesBetween = (from: number, before: number) =>
    from >= before ? 0 : segments.read(from, Number.MAX_SAFE_INTEGER, true, before).byteLength;

  return {
    onAppend(bytes, baseOffset, { segmentBytes, segmentMs }) {
      const timestampMs = batch.maxTimestamp(bytes, 0);
      const isFull = openBytes + bytes.length > segmentBytes || timestampMs - openedMs > segmentMs;
      if (openBytes === 0 || isFull) {
        openedAt = baseOffset;
        openBytes = 0;
        openedMs = timestampMs;
      }
      openBytes += bytes.length;
    },
    compact({ deleteRetentionMs, minDirtyRatio }, stableOffset, nowMs) {
      const before = Math.min(openedAt, stableOffset);
      const dirtyBytes = bytesBetween(compactedTo, before);
      const isDirty = dirtyBytes > 0 && dirtyBytes >= minDirtyRatio * bytesBetween(0, before);
      const isDeletionDue = [...deletionsUntilMs.values()].some((untilMs) => untilMs <= nowMs);
      if (!isDirty && !isDeletionDue) return;
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
