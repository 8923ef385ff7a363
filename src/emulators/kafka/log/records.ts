/**
 * The records inside a batch, whatever it is packed with.
 * Spec: https://kafka.apache.org/documentation/#record
 */
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { packLz4, unpackLz4 } from "./lz4.ts";
import { batch, batchHeaderBytes, type CompressionCodec } from "./record-batch.ts";
import type { BatchPlace } from "./segments.ts";
import { packSnappy, unpackSnappy } from "./snappy.ts";

export interface BatchRecord {
  /** With its length before it. */
  readonly bytes: Buffer;
  readonly offsetDelta: number;
  readonly timestampDelta: number;
  readonly key: Buffer | null;
  /** A tombstone. */
  readonly isDeletion: boolean;
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
      case "snappy":
        return unpackSnappy(packed, maxUnpackedBytes);
      case "lz4":
        return unpackLz4(packed, maxUnpackedBytes);
      case undefined:
        return null;
    }
  } catch {
    // The batch keeps its checksum, so what it holds is what the producer sent: its consumers will say.
    return null;
  }
}

/** Undoes what `listRecords` undid. Snappy and lz4 are written without making anything shorter. */
export function packRecords(codec: CompressionCodec | undefined, plain: Buffer): Buffer {
  switch (codec) {
    case "gzip":
      return gzipSync(plain);
    case "zstd":
      return zstdCompressSync(plain);
    case "snappy":
      return packSnappy(plain);
    case "lz4":
      return packLz4(plain);
    case "none":
    case undefined:
      return plain;
  }
}

/** The batch in another codec; as it is when it is in that one, or cannot be unpacked. */
export function repackBatch(bytes: Buffer, codec: CompressionCodec): Buffer {
  const from = batch.compression(bytes, 0);
  if (from === codec) return bytes;
  const plain = unpack(from, bytes.subarray(batchHeaderBytes));
  if (plain === null) return bytes;
  const fresh = Buffer.concat([bytes.subarray(0, batchHeaderBytes), packRecords(codec, plain)]);
  batch.setCompression(fresh, 0, codec);
  batch.seal(fresh);
  return fresh;
}

/** Signed, zigzag. Null at the end of the bytes. */
function readVarlong(bytes: Buffer, at: number): { value: number; end: number } | null {
  // Nearly all are short; only timestamps may need more than a double holds on the way.
  const first = bytes[at];
  if (first !== undefined && first < 0x80) return { value: (first >>> 1) ^ -(first & 1), end: at + 1 };
  let raw = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return null;
    raw |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) return { value: Number(BigInt.asIntN(64, (raw >> 1n) ^ -(raw & 1n))), end: at + i + 1 };
  }
  return null;
}

/** A batch's records in order, or null when it cannot be unpacked. */
export function listRecords({ buffer, position }: BatchPlace): BatchRecord[] | null {
  const end = position + batch.byteLength(buffer, position);
  const packed = buffer.subarray(position + batchHeaderBytes, end);
  const plain = unpack(batch.compression(buffer, position), packed);
  if (plain === null) return null;
  const records: BatchRecord[] = [];
  let at = 0;
  for (let left = batch.recordCount(buffer, position); left > 0; left--) {
    const length = readVarlong(plain, at);
    if (length === null || length.value < 1) return null;
    const timestampDelta = readVarlong(plain, length.end + 1);
    const offsetDelta = timestampDelta && readVarlong(plain, timestampDelta.end);
    const keyLength = offsetDelta && readVarlong(plain, offsetDelta.end);
    if (timestampDelta === null || offsetDelta === null || keyLength === null) return null;
    const keyEnd = keyLength.end + Math.max(0, keyLength.value);
    const valueLength = readVarlong(plain, keyEnd);
    const next = length.end + length.value;
    if (valueLength === null || next > plain.length) return null;
    records.push({
      bytes: plain.subarray(at, next),
      offsetDelta: offsetDelta.value,
      timestampDelta: timestampDelta.value,
      key: keyLength.value < 0 ? null : plain.subarray(keyLength.end, keyEnd),
      isDeletion: valueLength.value < 0,
    });
    at = next;
  }
  return records;
}
