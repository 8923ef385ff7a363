/**
 * Record batches for tests, written out byte by byte from Kafka's description of message format 2, without the
 * room's own reader of them.
 */
import { gzipSync, zstdCompressSync } from "node:zlib";
import { crc32c } from "../protocol/crc32c.ts";

export interface TestRecord {
  readonly key?: string;
  readonly value?: string | null;
  readonly timestampMs?: number;
}

export interface TestBatch {
  readonly records: readonly TestRecord[];
  readonly codec?: "none" | "gzip" | "snappy" | "lz4" | "zstd";
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly isTransactional?: boolean;
}

const codecs = ["none", "gzip", "snappy", "lz4", "zstd"];

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value >= 0 ? value * 2 : -value * 2 - 1;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}

function text(value: string | null | undefined): Buffer {
  if (value === null || value === undefined) return varint(-1);
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(bytes.length), bytes]);
}

/** One batch as a producer sends it; its base offset is 0. Snappy and lz4 hold bytes that nobody can unpack. */
export function encodeBatch({
  records,
  codec = "none",
  producerId = -1,
  producerEpoch = -1,
  baseSequence = -1,
  isTransactional = false,
}: TestBatch): Buffer {
  const times = records.map(({ timestampMs }) => timestampMs ?? 1_000);
  const baseTimestamp = times[0] ?? 0;
  const plain = Buffer.concat(
    records.map((record, i) => {
      const body = Buffer.concat([
        Buffer.from([0]),
        varint((times[i] ?? 0) - baseTimestamp),
        varint(i),
        text(record.key),
        text(record.value),
        varint(0),
      ]);
      return Buffer.concat([varint(body.length), body]);
    }),
  );
  const packed = codec === "gzip" ? gzipSync(plain) : codec === "zstd" ? zstdCompressSync(plain) : plain;
  const checked = Buffer.alloc(40 + packed.length);
  checked.writeInt16BE(codecs.indexOf(codec) | (isTransactional ? 0x10 : 0), 0);
  checked.writeInt32BE(records.length - 1, 2);
  checked.writeBigInt64BE(BigInt(baseTimestamp), 6);
  checked.writeBigInt64BE(BigInt(Math.max(...times)), 14);
  checked.writeBigInt64BE(BigInt(producerId), 22);
  checked.writeInt16BE(producerEpoch, 30);
  checked.writeInt32BE(baseSequence, 32);
  checked.writeInt32BE(records.length, 36);
  packed.copy(checked, 40);
  return withChecksum(checked);
}

/** The batch around what its checksum covers (attributes to the end). */
export function withChecksum(checked: Buffer): Buffer {
  const head = Buffer.alloc(21);
  head.writeInt32BE(9 + checked.length, 8);
  head.writeInt32BE(-1, 12);
  head[16] = 2;
  head.writeUInt32BE(crc32c(checked), 17);
  return Buffer.concat([head, checked]);
}

/** `count` records with the values "0", "1", ... */
export function numberedBatch(count: number, more: Omit<TestBatch, "records"> = {}): Buffer {
  return encodeBatch({ records: Array.from({ length: count }, (_, i) => ({ value: String(i) })), ...more });
}

/** Base offsets and record counts of the batches in `bytes`. */
export function listBatches(bytes: Buffer): { baseOffset: number; count: number }[] {
  const batches: { baseOffset: number; count: number }[] = [];
  for (let at = 0; at < bytes.length; at += 12 + bytes.readInt32BE(at + 8)) {
    batches.push({ baseOffset: Number(bytes.readBigInt64BE(at)), count: bytes.readInt32BE(at + 57) });
  }
  return batches;
}
