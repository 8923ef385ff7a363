/**
 * Timestamps of single records inside a batch: exact where Node can unpack it (uncompressed, gzip, zstd). In a
 * snappy or lz4 batch the look-up stops at the batch: it answers with the batch's first offset, so that a reader
 * who starts there sees some records too many and none too few.
 * Spec: https://kafka.apache.org/documentation/#record
 */
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import type { CompressionCodec } from "./record-batch.ts";
import { batch, batchHeaderBytes } from "./record-batch.ts";
import type { BatchPlace } from "./segments.ts";

export interface TimedOffset {
  readonly offset: number;
  readonly timestampMs: number;
}

/** A batch that unpacks to more is treated as one that cannot be unpacked. */
const maxUnpackedBytes = 64 * 1024 * 1024;

function unpack(codec: CompressionCodec | undefined, packed: Buffer): Buffer | null {
  try {
    switch (codec) {
      case "none":
        return packed;
      case "gzip":
        return gunzipSync(packed, { maxOutputLength: maxUnpackedBytes });
      case "zstd":
        return zstdDecompressSync(packed, { maxOutputLength: maxUnpackedBytes });
      default:
        return null;
    }
  } catch {
    // The batch keeps its checksum, so what it holds is what the producer sent: its consumers will say.
    return null;
  }
}

/** Signed, zigzag. Null at the end of the bytes. */
function readVarlong(bytes: Buffer, at: number): { value: number; end: number } | null {
  let raw = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return null;
    raw |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) return { value: Number(BigInt.asIntN(64, (raw >> 1n) ^ -(raw & 1n))), end: at + i + 1 };
  }
  return null;
}

/** Offsets and timestamps of a batch's records in order, or null when it cannot be unpacked. */
export function listRecordTimes({ buffer, position }: BatchPlace): TimedOffset[] | null {
  const end = position + batch.byteLength(buffer, position);
  const records = unpack(
    batch.compression(buffer, position),
    buffer.subarray(position + batchHeaderBytes, end),
  );
  if (records === null) return null;
  const baseOffset = batch.baseOffset(buffer, position);
  const baseTimestamp = batch.baseTimestamp(buffer, position);
  const appendTime = batch.usesLogAppendTime(buffer, position) ? batch.maxTimestamp(buffer, position) : null;
  const times: TimedOffset[] = [];
  let at = 0;
  for (let left = batch.recordCount(buffer, position); left > 0; left--) {
    const length = readVarlong(records, at);
    if (length === null || length.value < 1) return null;
    const timestampDelta = readVarlong(records, length.end + 1);
    const offsetDelta = timestampDelta && readVarlong(records, timestampDelta.end);
    if (timestampDelta === null || offsetDelta === null) return null;
    times.push({
      offset: baseOffset + offsetDelta.value,
      timestampMs: appendTime ?? baseTimestamp + timestampDelta.value,
    });
    at = length.end + length.value;
  }
  return times;
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
