/**
 * One partition: its batches, where it starts and ends, who waits for more, what its producers sent last, and how
 * far its transactions are decided.
 */
import { ErrorCode } from "../protocol/error-codes.ts";
import type { Chunks } from "../protocol/writer.ts";
import { type CleanupRules, createCleaner } from "./cleaner.ts";
import { encodeMarker, type Marker } from "./control-batch.ts";
import { leaderEpoch } from "./leader-epoch.ts";
import { type AbortedTransaction, createPartitionTransactions } from "./partition-transactions.ts";
import { createProducerStates } from "./producer-states.ts";
import { batch, type CompressionCodec, readProducedBatch } from "./record-batch.ts";
import {
  checkRecordTimes,
  findNewestRecord,
  findRecordByTime,
  type RecordError,
  type TimedOffset,
} from "./record-times.ts";
import { listRecords, repackBatch } from "./records.ts";
import { createRolls } from "./rolls.ts";
import { createSegments } from "./segments.ts";

/** What a topic's configuration says about appending; read anew for each batch. */
export interface AppendRules {
  /** What the partition may hold in memory, whatever its topic wants kept. */
  readonly capacityBytes: number;
  readonly maxMessageBytes: number;
  readonly stampOnAppend: boolean;
  /** How far a record's time may lie before and after the broker's. */
  readonly timestampBeforeMaxMs: number;
  readonly timestampAfterMaxMs: number;
  /** The codec that batches are kept in; null: as they come. */
  readonly compression: CompressionCodec | null;
  readonly cleanup: CleanupRules;
}

export type AppendOutcome =
  | { readonly kind: "appended"; readonly baseOffset: number; readonly logAppendTimeMs: number }
  | {
      readonly kind: "refused";
      readonly code: ErrorCode;
      /** What Kafka tells the client beside the code. */
      readonly message: string | null;
      /** Whether the answer tells where the log starts. */
      readonly isFoundAtLog: boolean;
      /** Of single records, where they are what is wrong. */
      readonly recordErrors?: readonly RecordError[];
    };

export interface AppendedBytes {
  readonly total: number;
  /** Those that the append made stable, earlier ones with them. */
  readonly stable: number;
}

export interface PartitionLog {
  readonly startOffset: number;
  /** The offset of the next record: the high watermark too, as there is one replica. */
  readonly endOffset: number;
  /** Where the first undecided transaction starts, or the end: committed records lie below. */
  readonly lastStableOffset: number;
  readonly byteLength: number;
  /** Takes what a producer sent for this partition. `nowMs` is the broker's time. */
  append(records: Buffer, rules: AppendRules, nowMs: number): AppendOutcome;
  /** Ends a producer's transaction here, if it has one, and refuses older epochs of it from now on. */
  appendMarker(marker: Marker): void;
  /** The caller checks first that `offset` lies within start and end. */
  read(offset: number, maxBytes: number, atLeastOne: boolean, beforeOffset?: number): Chunks;
  /** Aborted transactions with records or markers from `fromOffset` on and below `beforeOffset`. */
  listAborted(fromOffset: number, beforeOffset: number): AbortedTransaction[];
  /** Moves the start up to `offset` and drops the batches before it. Returns the start. */
  deleteBefore(offset: number): number;
  /** Closes the newest segment and cleans up, however little of the rest is new. */
  roll(rules: CleanupRules, nowMs: number): void;
  /** Drops what is too old and compacts, as the topic's settings say. */
  cleanUp(rules: CleanupRules, nowMs: number): void;
  /** First record at `timestampMs` or later. */
  findByTime(timestampMs: number): TimedOffset | null;
  findNewest(): TimedOffset | null;
  /** Calls back at each append, and with null when the partition is gone. */
  watch(watcher: (appended: AppendedBytes | null) => void): () => void;
  /** The partition is deleted: whoever waits is told. */
  close(): void;
}

const refuse = (code: ErrorCode, { isFoundAtLog = true } = {}): AppendOutcome => ({
  kind: "refused",
  code,
  message: null,
  isFoundAtLog,
});

export function createPartitionLog(): PartitionLog {
  const segments = createSegments();
  const producers = createProducerStates();
  const transactions = createPartitionTransactions();
  const rolls = createRolls(segments);
  const cleaner = createCleaner(segments, rolls, transactions);
  const watchers = new Set<(appended: AppendedBytes | null) => void>();
  let startOffset = 0;
  let endOffset = 0;
  /** Of the last append: markers come without. */
  let lastCleanup: CleanupRules | null = null;

  const lastStableOffset = () => Math.max(startOffset, transactions.firstOpenOffset() ?? endOffset);

  const startAt = (offset: number) => {
    startOffset = Math.max(startOffset, offset);
    while (segments.batchCount > 0 && segments.oldestLastOffset() < startOffset) segments.dropOldest();
    transactions.forgetBefore(startOffset);
    rolls.forgetBefore(startOffset);
  };

  /** Drops the oldest batches, but never the newest, until the rest fits. */
  const fitInto = (capacityBytes: number) => {
    if (segments.byteLength <= capacityBytes) return;
    let start = startOffset;
    while (segments.byteLength > capacityBytes && segments.batchCount > 1) start = segments.dropOldest();
    startAt(start);
  };

  /** Kafka keeps no record without a key where only the latest of each key is to stay. */
  const lacksKey = (records: Buffer) =>
    listRecords({ buffer: records, position: 0 })?.some(({ key }) => key === null) ?? false;

  /** Takes a whole batch at the end; `settle` says what it means for transactions, given its base offset. */
  const write = (bytes: Buffer, recordCount: number, settle: (baseOffset: number) => void) => {
    const baseOffset = endOffset;
    const stableBefore = lastStableOffset();
    batch.setBaseOffset(bytes, 0, baseOffset);
    batch.setLeaderEpoch(bytes, 0, leaderEpoch);
    segments.append(bytes);
    endOffset = baseOffset + recordCount;
    settle(baseOffset);
    if (watchers.size === 0) return;
    const stableNow = lastStableOffset();
    let stable = stableNow === endOffset && stableBefore === baseOffset ? bytes.length : 0;
    if (stable === 0 && stableNow > stableBefore) {
      stable = segments.read(stableBefore, Number.MAX_SAFE_INTEGER, true, stableNow).byteLength;
    }
    for (const watcher of watchers) watcher({ total: bytes.length, stable });
  };

  return {
    get startOffset() {
      return startOffset;
    },
    get endOffset() {
      return endOffset;
    },
    get lastStableOffset() {
      return lastStableOffset();
    },
    get byteLength() {
      return segments.byteLength;
    },
    append(sent, rules, nowMs) {
      const read = readProducedBatch(sent);
      if (read.kind === "problem") return { kind: "refused", ...read.problem };
      const records = read.bytes;
      if (records.length > rules.maxMessageBytes) {
        return refuse(ErrorCode.messageTooLarge, { isFoundAtLog: false });
      }
      if (records.length > rules.cleanup.segmentBytes) {
        return refuse(ErrorCode.recordListTooLarge, { isFoundAtLog: false });
      }
      const mistimed = rules.stampOnAppend ? null : checkRecordTimes(records, rules, nowMs);
      if (mistimed !== null) return { ...mistimed, isFoundAtLog: true };
      if (rules.cleanup.isCompacted && lacksKey(records)) {
        return refuse(ErrorCode.invalidRecord);
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
        if (verdict.kind === "refused") return refuse(verdict.code);
        if (verdict.kind === "duplicate") {
          const { baseOffset, timestampMs } = verdict;
          return { kind: "appended", baseOffset, logAppendTimeMs: timestampMs };
        }
      }
      const isTransactional = batch.isTransactional(records, 0);
      if (!isTransactional && transactions.isOpen(produced.producerId)) {
        return refuse(ErrorCode.invalidTxnState);
      }
      const baseOffset = endOffset;
      const kept = rules.compression === null ? records : repackBatch(records, rules.compression);
      if (rules.stampOnAppend) batch.setLogAppendTime(kept, 0, nowMs);
      rolls.onAppend(kept, baseOffset, rules.cleanup);
      lastCleanup = rules.cleanup;
      write(kept, produced.recordCount, () => {
        if (isIdempotent) producers.record(produced, baseOffset, batch.maxTimestamp(kept, 0));
        if (isTransactional) transactions.onWrite(produced.producerId, baseOffset);
      });
      fitInto(rules.capacityBytes);
      return { kind: "appended", baseOffset, logAppendTimeMs: rules.stampOnAppend ? nowMs : -1 };
    },
    appendMarker(marker) {
      const { producerId, epoch, isCommit } = marker;
      const bytes = encodeMarker(marker);
      if (lastCleanup !== null) rolls.onAppend(bytes, endOffset, lastCleanup);
      write(bytes, 1, (offset) => {
        producers.raiseEpoch(producerId, epoch);
        transactions.onMarker(producerId, offset, isCommit);
      });
    },
    read: segments.read,
    listAborted: transactions.listAborted,
    deleteBefore(offset) {
      startAt(offset);
      return startOffset;
    },
    cleanUp(rules, nowMs) {
      if (rules.isDeleted) startAt(rolls.startAfterRetention(rules, endOffset, nowMs));
      if (rules.isCompacted) cleaner.compact(rules, lastStableOffset(), nowMs);
    },
    roll(rules, nowMs) {
      rolls.close(endOffset);
      if (rules.isDeleted) startAt(rolls.startAfterRetention(rules, endOffset, nowMs));
      if (rules.isCompacted) cleaner.compact({ ...rules, minDirtyRatio: 0 }, lastStableOffset(), nowMs);
    },
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
