/**
 * Timestamps of single records inside a batch: exact where Node can unpack it (uncompressed, gzip, zstd). In a
 * snappy or lz4 batch the look-up stops at the batch: it answers with the batch's first offset, so that a reader
 * who starts there sees some records too many and none too few.
 * Spec: https://kafka.apache.org/documentation/#record
 */
import { batch } from "./record-batch.ts";
import { listRecords } from "./records.ts";
import type { BatchPlace } from "./segments.ts";

export interface TimedOffset {
  readonly offset: number;
  readonly timestampMs: number;
}

/** Offsets and timestamps of a batch's records in order, or null when it cannot be unpacked. */
export function listRecordTimes({ buffer, position }: BatchPlace): TimedOffset[] | null {
  const records = listRecords({ buffer, position });
  if (records === null) return null;
  const baseOffset = batch.baseOffset(buffer, position);
  const baseTimestamp = batch.baseTimestamp(buffer, position);
  const appendTime = batch.usesLogAppendTime(buffer, position) ? batch.maxTimestamp(buffer, position) : null;
  return records.map(({ offsetDelta, timestampDelta }) => ({
    offset: baseOffset + offsetDelta,
    timestampMs: appendTime ?? baseTimestamp + timestampDelta,
  }));
}

/** The batch's first record from `fromOffset` on at `timestampMs` or later; null when it has none. */
export function findRecordByTime(
  place: BatchPlace,
  fromOffset: number,
  timestampMs: number,
): TimedOffset | null {
  const times = listRecordTimes(place);
  if (times !== null) {
    return times.find((time) => time.offset >= fromOffset && time.timestampMs >= timestampMs) ?? null;
  }
  const { buffer, position } = place;
  return {
    offset: Math.max(fromOffset, batch.baseOffset(buffer, position)),
    timestampMs: Math.max(timestampMs, batch.baseTimestamp(buffer, position)),
  };
}

/** The batch's newest record, the first of several. */
export function findNewestRecord(place: BatchPlace): TimedOffset {
  const { buffer, position } = place;
  const timestampMs = batch.maxTimestamp(buffer, position);
  const newest = listRecordTimes(place)?.find((time) => time.timestampMs === timestampMs);
  return newest ?? { offset: batch.lastOffset(buffer, position), timestampMs };
}
