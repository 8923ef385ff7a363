/**
 * Compaction: of the batches before an offset, the latest record of each key stays, with its offset. Deletions stay
 * for a while, so that readers learn of them; records of aborted transactions go, markers stay. Batches that cannot
 * be unpacked stay whole. Spec: https://kafka.apache.org/documentation/#compaction
 */
import { batch, batchHeaderBytes, headerAt, writeInt64At } from "./record-batch.ts";
import { type BatchRecord, listRecords, packRecords } from "./records.ts";

export interface CompactionInput {
  /** Whole batches, in order. */
  readonly batches: readonly Buffer[];
  readonly isAborted: (producerId: number, offset: number) => boolean;
  /** By offset of a deletion: when it may go. Kept from one compaction to the next, and changed by it. */
  readonly deletionsUntilMs: Map<number, number>;
  readonly deleteRetentionMs: number;
  readonly nowMs: number;
}

/** The batches that are left. */
export function compactBatches(input: CompactionInput): Buffer[] {
  const { batches, isAborted, deletionsUntilMs, deleteRetentionMs, nowMs } = input;
  const isUndone = (bytes: Buffer) =>
    batch.isTransactional(bytes, 0) && isAborted(batch.producerId(bytes, 0), batch.baseOffset(bytes, 0));
  const latest = new Map<string, number>();
  for (const bytes of batches) {
    if (batch.isControl(bytes, 0) || isUndone(bytes)) continue;
    const baseOffset = batch.baseOffset(bytes, 0);
    for (const { key, offsetDelta } of listRecords({ buffer: bytes, position: 0 }) ?? []) {
      if (key !== null) latest.set(key.toString("latin1"), baseOffset + offsetDelta);
    }
  }

  const stays = ({ key, isDeletion }: BatchRecord, offset: number) => {
    if (key === null || latest.get(key.toString("latin1")) !== offset) {
      deletionsUntilMs.delete(offset);
      return false;
    }
    if (!isDeletion) return true;
    const untilMs = deletionsUntilMs.get(offset) ?? nowMs + deleteRetentionMs;
    if (nowMs >= untilMs && deletionsUntilMs.delete(offset)) return false;
    deletionsUntilMs.set(offset, untilMs);
    return true;
  };

  return batches.flatMap((bytes) => {
    if (batch.isControl(bytes, 0)) return [bytes];
    if (isUndone(bytes)) return [];
    const records = listRecords({ buffer: bytes, position: 0 });
    if (records === null) return [bytes];
    const baseOffset = batch.baseOffset(bytes, 0);
    const kept = records.filter((record) => stays(record, baseOffset + record.offsetDelta));
    if (kept.length === records.length) return [bytes];
    return kept.length === 0 ? [] : [withRecords(bytes, kept)];
  });
}

/** The batch with some of its records: first and last offset stay what they were. */
function withRecords(bytes: Buffer, records: readonly BatchRecord[]): Buffer {
  const plain = Buffer.concat(records.map((record) => record.bytes));
  const packed = packRecords(batch.compression(bytes, 0), plain);
  const fresh = Buffer.concat([bytes.subarray(0, batchHeaderBytes), packed]);
  fresh.writeInt32BE(records.length, headerAt.recordCount);
  if (!batch.usesLogAppendTime(bytes, 0)) {
    const newest = records.reduce((max, { timestampDelta }) => Math.max(max, timestampDelta), -Infinity);
    writeInt64At(fresh, headerAt.maxTimestamp, batch.baseTimestamp(bytes, 0) + newest);
  }
  batch.seal(fresh);
  return fresh;
}
