/**
 * A record batch of message format 2, seen from outside: its header, and what may be written into it without
 * touching the records (base offset and leader epoch lie before the checksum's range).
 * Spec: https://kafka.apache.org/documentation/#recordbatch
 */
import { crc32c } from "../protocol/crc32c.ts";
import { ErrorCode } from "../protocol/error-codes.ts";

/** Bytes up to the first record. */
export const batchHeaderBytes = 61;
/** Bytes before the length's range: base offset and the length itself. */
export const lengthEnd = 12;

/** Where each field of the header lies. */
export const headerAt = {
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
} as const;

export const compressionCodecs = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
export type CompressionCodec = (typeof compressionCodecs)[number];

const at = headerAt;

const logAppendTimeBit = 0x08;
export const transactionalBit = 0x10;
export const controlBit = 0x20;

function int64At(buffer: Buffer, offset: number): number {
  return buffer.readInt32BE(offset) * 0x1_0000_0000 + buffer.readUInt32BE(offset + 4);
}

/** As int64 on the wire. */
export function writeInt64At(buffer: Buffer, offset: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  buffer.writeInt32BE(high, offset);
  buffer.writeUInt32BE(value - high * 0x1_0000_0000, offset + 4);
}

/** Accessors take the buffer and where the batch starts in it. */
export const batch = {
  baseOffset: (b: Buffer, o: number) => int64At(b, o),
  /** Bytes of the whole batch. */
  byteLength: (b: Buffer, o: number) => b.readInt32BE(o + at.length) + lengthEnd,
  lastOffset: (b: Buffer, o: number) => int64At(b, o) + b.readInt32BE(o + at.lastOffsetDelta),
  lastOffsetDelta: (b: Buffer, o: number) => b.readInt32BE(o + at.lastOffsetDelta),
  baseTimestamp: (b: Buffer, o: number) => int64At(b, o + at.baseTimestamp),
  maxTimestamp: (b: Buffer, o: number) => int64At(b, o + at.maxTimestamp),
  usesLogAppendTime: (b: Buffer, o: number) => (b.readInt16BE(o + at.attributes) & logAppendTimeBit) !== 0,
  /** Undefined for a codec number that Kafka does not know. */
  compression: (b: Buffer, o: number): CompressionCodec | undefined =>
    compressionCodecs[b.readInt16BE(o + at.attributes) & 0x07],
  producerId: (b: Buffer, o: number) => int64At(b, o + at.producerId),
  producerEpoch: (b: Buffer, o: number) => b.readInt16BE(o + at.producerEpoch),
  baseSequence: (b: Buffer, o: number) => b.readInt32BE(o + at.baseSequence),
  recordCount: (b: Buffer, o: number) => b.readInt32BE(o + at.recordCount),
  isTransactional: (b: Buffer, o: number) => (b.readInt16BE(o + at.attributes) & transactionalBit) !== 0,
  /** Holds a transaction's marker instead of a producer's records. */
  isControl: (b: Buffer, o: number) => (b.readInt16BE(o + at.attributes) & controlBit) !== 0,

  setBaseOffset: (b: Buffer, o: number, offset: number) => writeInt64At(b, o, offset),
  setLeaderEpoch: (b: Buffer, o: number, epoch: number) => void b.writeInt32BE(epoch, o + at.leaderEpoch),
  /** Marks the batch as stamped by the broker. This lies in the checksum's range, so the checksum is renewed. */
  setLogAppendTime(b: Buffer, o: number, timestampMs: number): void {
    b.writeInt16BE(b.readInt16BE(o + at.attributes) | logAppendTimeBit, o + at.attributes);
    writeInt64At(b, o + at.maxTimestamp, timestampMs);
    b.writeUInt32BE(crc32c(b, o + at.attributes, o + batch.byteLength(b, o)), o + at.crc);
  },
  /** Says what the records are packed with. The checksum is to be renewed after it. */
  setCompression(b: Buffer, o: number, codec: CompressionCodec): void {
    const others = b.readInt16BE(o + at.attributes) & ~0x07;
    b.writeInt16BE(others | compressionCodecs.indexOf(codec), o + at.attributes);
  },
  /** Gives a batch that fills its buffer its length and checksum. */
  seal(b: Buffer): void {
    b.writeInt32BE(b.length - lengthEnd, at.length);
    b.writeUInt32BE(crc32c(b, at.attributes), at.crc);
  },
} as const;

/** What follows the length in the shortest message of the oldest format. */
const minOldBatchBytes = 14;

export interface BatchProblem {
  readonly code: ErrorCode;
  /** As Kafka puts it; mostly it leaves the client with the code. */
  readonly message: string | null;
  /** Kafka finds it when it appends, and tells where the log starts; anything else it finds before it looks for the log. */
  readonly isFoundAtLog: boolean;
}

const beforeLog = (code: ErrorCode, message: string | null = null): BatchProblem => ({
  code,
  message,
  isFoundAtLog: false,
});
const atLog = (code: ErrorCode): BatchProblem => ({ code, message: null, isFoundAtLog: true });

type FoundBatch =
  | { readonly kind: "whole"; readonly length: number }
  /** Nothing, or the begin of a batch: Kafka cuts it off. */
  | { readonly kind: "none" }
  | { readonly kind: "corrupt"; readonly message: string };

/** The batch that starts at `position`, whatever is in it. */
function findBatch(records: Buffer, position: number): FoundBatch {
  const left = records.length - position;
  if (left < lengthEnd) return { kind: "none" };
  const length = batch.byteLength(records, position);
  const size = length - lengthEnd;
  if (size < minOldBatchBytes) {
    const message = `Record size ${size} is less than the minimum record overhead (${minOldBatchBytes})`;
    return { kind: "corrupt", message };
  }
  if (left <= at.magic) return { kind: "none" };
  const magic = records.readInt8(position + at.magic);
  if (magic < 0 || magic > 2) return { kind: "corrupt", message: `Invalid magic found in record: ${magic}` };
  return length > left ? { kind: "none" } : { kind: "whole", length };
}

export type ProducedBatch =
  | { readonly kind: "batch"; readonly bytes: Buffer }
  | { readonly kind: "problem"; readonly problem: BatchProblem };

/**
 * The one batch that a producer may send for a partition, without what a half one after it would be, or what is wrong
 * with it. Compressed records are not unpacked: that they can be is the consumer's to find, as the checksum vouches
 * for them.
 */
export function readProducedBatch(records: Buffer): ProducedBatch {
  const first = findBatch(records, 0);
  const refuse = (problem: BatchProblem): ProducedBatch => ({ kind: "problem", problem });
  if (first.kind === "corrupt") return refuse(beforeLog(ErrorCode.corruptMessage, first.message));
  if (first.kind === "none" || records.readInt8(at.magic) < 2) {
    return refuse(beforeLog(ErrorCode.invalidRecord));
  }
  if (first.length < batchHeaderBytes) return refuse(beforeLog(ErrorCode.corruptMessage));
  const second = findBatch(records, first.length);
  if (second.kind === "whole") return refuse(beforeLog(ErrorCode.invalidRecord));
  if (second.kind === "corrupt") return refuse(beforeLog(ErrorCode.corruptMessage));
  const bytes = records.subarray(0, first.length);
  const problem = checkBatch(bytes);
  return problem === null ? { kind: "batch", bytes } : refuse(problem);
}

function checkBatch(bytes: Buffer): BatchProblem | null {
  if (crc32c(bytes, at.attributes) !== bytes.readUInt32BE(at.crc)) return beforeLog(ErrorCode.corruptMessage);
  const attributes = bytes.readInt16BE(at.attributes);
  if (batch.compression(bytes, 0) === undefined) return atLog(ErrorCode.unknownServerError);
  // Those are the brokers' own.
  if ((attributes & controlBit) !== 0) return atLog(ErrorCode.invalidRecord);
  const count = batch.recordCount(bytes, 0);
  if (count < 1 || batch.lastOffsetDelta(bytes, 0) !== count - 1) return atLog(ErrorCode.invalidRecord);
  if ((attributes & 0x07) === 0 && !holdsRecords(bytes, count)) return atLog(ErrorCode.invalidRecord);
  const hasProducer = batch.producerId(bytes, 0) >= 0;
  const isIncomplete = batch.baseSequence(bytes, 0) < 0 || batch.producerEpoch(bytes, 0) < 0;
  if (hasProducer && isIncomplete) return atLog(ErrorCode.invalidRecord);
  if (!hasProducer && (attributes & transactionalBit) !== 0) return atLog(ErrorCode.invalidRecord);
  return null;
}

/** True when exactly `count` records lie between the header and the end. */
function holdsRecords(records: Buffer, count: number): boolean {
  let position = batchHeaderBytes;
  for (let i = 0; i < count; i++) {
    let length = 0;
    let shift = 0;
    let byte: number;
    do {
      byte = records[position++] ?? 0x100;
      if (byte > 0xff || shift > 28) return false;
      length += (byte & 0x7f) * 2 ** shift;
      shift += 7;
    } while (byte >= 0x80);
    // Zigzag: an odd number is a negative length.
    if (length % 2 === 1) return false;
    position += length / 2;
    if (position > records.length) return false;
  }
  return position === records.length;
}
