/**
 * One partition: its batches, where it starts and ends, who waits for more, and what its producers sent last.
 */
import { ErrorCode } from "../protocol/error-codes.ts";
import type { Chunks } from "../protocol/writer.ts";
import { createProducerStates } from "./producer-states.ts";
import { batch, checkProducedBatch } from "./record-batch.ts";
import { findNewestRecord, findRecordByTime, type TimedOffset } from "./record-times.ts";
import { createSegments } from "./segments.ts";

/** What a topic's configuration says about appending; read anew for each batch. */
export interface AppendRules {
  readonly retentionBytes: number;
  readonly maxMessageBytes: number;
  readonly stampOnAppend: boolean;
}

export type AppendOutcome =
  | { readonly kind: "appended"; readonly baseOffset: number; readonly logAppendTimeMs: number }
  | { readonly kind: "refused"; readonly code: ErrorCode; readonly message: string };

export interface PartitionLog {
  readonly startOffset: number;
  /** The offset of the next record: high watermark and last stable offset too, as there is one replica. */
  readonly endOffset: number;
  readonly byteLength: number;
  /** Takes what a producer sent for this partition. `nowMs` is the broker's time. */
  append(records: Buffer, rules: AppendRules, nowMs: number): AppendOutcome;
  /** The caller checks first that `offset` lies within start and end. */
  read(offset: number, maxBytes: number, atLeastOne: boolean): Chunks;
  /** Moves the start up to `offset` and drops the batches before it. Returns the start. */
  deleteBefore(offset: number): number;
  /** Drops the oldest batches, but never the newest, until the rest fits. */
  retain(retentionBytes: number): void;
  /** First record at `timestampMs` or later. */
  findByTime(timestampMs: number): TimedOffset | null;
  findNewest(): TimedOffset | null;
  /** Calls back at each append with its bytes, and with null when the partition is gone. */
  watch(watcher: (appendedBytes: number | null) => void): () => void;
  /** The partition is deleted: whoever waits is told. */
  close(): void;
}

/** There is one broker, so leadership never changes. */
export const leaderEpoch = 0;

export function createPartitionLog(): PartitionLog {
  const segments = createSegments();
  const producers = createProducerStates();
  const watchers = new Set<(appendedBytes: number | null) => void>();
  let startOffset = 0;
  let endOffset = 0;

  const retain = (retentionBytes: number) => {
    while (segments.byteLength > retentionBytes && segments.batchCount > 1) {
      startOffset = Math.max(startOffset, segments.dropOldest());
    }
  };

  return {
    get startOffset() {
      return startOffset;
    },
    get endOffset() {
      return endOffset;
    },
    get byteLength() {
      return segments.byteLength;
    },
    append(records, rules, nowMs) {
      const problem = checkProducedBatch(records);
      if (problem !== null) return { kind: "refused", ...problem };
      if (records.length > rules.maxMessageBytes) {
        return {
          kind: "refused",
          code: ErrorCode.messageTooLarge,
          message: `A record batch of ${records.length} bytes; the topic takes ${rules.maxMessageBytes}.`,
        };
      }
      const produced = {
        producerId: batch.producerId(records, 0),
        epoch: batch.producerEpoch(records, 0),
        baseSequence: batch.baseSequence(records, 0),
        recordCount: batch.recordCount(records, 0),
      };
      const isIdempotent = produced.producerId >= 0;
      if (isIdempotent) {
        const verdict = producers.check(produced);
        if (verdict.kind === "refused") return verdict;
        if (verdict.kind === "duplicate") {
          return {
            kind: "appended",
            baseOffset: verdict.baseOffset,
            logAppendTimeMs: rules.stampOnAppend ? verdict.timestampMs : -1,
          };
        }
      }
      const baseOffset = endOffset;
      batch.setBaseOffset(records, 0, baseOffset);
      batch.setLeaderEpoch(records, 0, leaderEpoch);
      if (rules.stampOnAppend) batch.setLogAppendTime(records, 0, nowMs);
      segments.append(records);
      endOffset = baseOffset + produced.recordCount;
      if (isIdempotent) producers.record(produced, baseOffset, nowMs);
      retain(rules.retentionBytes);
      for (const watcher of watchers) watcher(records.length);
      return { kind: "appended", baseOffset, logAppendTimeMs: rules.stampOnAppend ? nowMs : -1 };
    },
    read: segments.read,
    deleteBefore(offset) {
      startOffset = Math.max(startOffset, offset);
      while (segments.batchCount > 0 && segments.oldestLastOffset() < startOffset) segments.dropOldest();
      return startOffset;
    },
    retain,
    findByTime(timestampMs) {
      let from = startOffset;
      for (;;) {
        const place = segments.findByTimestamp(from, timestampMs);
        if (place === null) return null;
        const found = findRecordByTime(place, from, timestampMs);
        if (found !== null) return found;
        // The batch's newest record lies below the log start, or its header promised more than it holds.
        from = batch.lastOffset(place.buffer, place.position) + 1;
        if (from >= endOffset) return null;
      }
    },
    findNewest() {
      const place = segments.findNewest();
      return place === null ? null : findNewestRecord(place);
    },
    watch(watcher) {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    close() {
      for (const watcher of watchers) watcher(null);
      watchers.clear();
    },
  };
}
