/**
 * Timestamps of single records inside a batch. In one that cannot be unpacked the look-up stops at the batch: it
 * answers with the batch's first offset, so that a reader who starts there sees some records too many and none too
 * few.
 * Spec: https://kafka.apache.org/documentation/#record
 */
import { ErrorCode } from "../protocol/error-codes.ts";
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

/** What is wrong with one record of a batch. */
export interface RecordError {
  readonly batchIndex: number;
  readonly message: string;
}

/** The refusal of a batch with records whose time lies too far from the broker's, or null. A negative time is none. */
export function checkRecordTimes(
  records: Buffer,
  rules: { readonly timestampBeforeMaxMs: number; readonly timestampAfterMaxMs: number },
  nowMs: number,
) {
  const earliestMs = nowMs - rules.timestampBeforeMaxMs;
  const latestMs = nowMs + rules.timestampAfterMaxMs;
  // The header knows the newest; only a limit to the past needs every record.
  const mayHold = batch.maxTimestamp(records, 0) <= latestMs && !(earliestMs > 0);
  if (mayHold) return null;
  const recordErrors: RecordError[] = [];
  for (const { offset, timestampMs } of listRecordTimes({ buffer: records, position: 0 }) ?? []) {
    if (timestampMs < 0 || (timestampMs >= earliestMs && timestampMs <= latestMs)) continue;
    const message = `Timestamp ${timestampMs} of message with offset ${offset} is out of range. The timestamp should be within [${earliestMs}, ${latestMs}]`;
    recordErrors.push({ batchIndex: offset, message });
  }
  if (recordErrors.length === 0) return null;
  return {
    kind: "refused",
    code: ErrorCode.invalidTimestamp,
    message: "One or more records have been rejected due to invalid timestamp",
    recordErrors,
  } as const;
}

/** The batch's newest record, the first of several. */
export function findNewestRecord(place: BatchPlace): TimedOffset {
  const { buffer, position } = place;
  const timestampMs = batch.maxTimestamp(buffer, position);
  const newest = listRecordTimes(place)?.find((time) => time.timestampMs === timestampMs);
  return newest ?? { offset: batch.lastOffset(buffer, position), timestampMs };
}
