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
  readonly message: string;
}

/**
 * What is wrong with `records` as the one batch that a producer may send for a partition; null when nothing is.
 * Compressed records are not unpacked: that they can be is the consumer's to find, as the checksum vouches for them.
 */
export function checkProducedBatch(records: Buffer): BatchProblem | null {
  // To Kafka, a batch that is not whole is none.
  const isCutShort = { code: ErrorCode.invalidRecord, message: "There is no whole record batch." };
  if (records.length < at.magic + 1) return isCutShort;
  const length = batch.byteLength(records, 0);
  const magic = records[at.magic] ?? 0;
  if (length < lengthEnd + minOldBatchBytes) {
    return {
      code: ErrorCode.corruptMessage,
      message: "The record batch's length is less than its header's.",
    };
  }
  if (magic > 2) return { code: ErrorCode.corruptMessage, message: `There is no message format ${magic}.` };
  if (length > records.length) return isCutShort;
  if (magic < 2) {
    return {
      code: ErrorCode.invalidRecord,
      message: `Message format ${magic} is not supported; format 2 is.`,
    };
  }
  if (length < batchHeaderBytes) {
    return {
      code: ErrorCode.corruptMessage,
      message: "The record batch's length is less than its header's.",
    };
  }
  if (length < records.length) {
    return {
      code: ErrorCode.invalidRecord,
      message: "Produce requests with version 3 and above carry exactly one record batch for each partition.",
    };
  }
  if (crc32c(records, at.attributes) !== records.readUInt32BE(at.crc)) {
    return { code: ErrorCode.corruptMessage, message: "The record batch's checksum is wrong." };
  }
  const attributes = records.readInt16BE(at.attributes);
  if (batch.compression(records, 0) === undefined) {
    return { code: ErrorCode.unknownServerError, message: "The compression codec is unknown." };
  }
  if ((attributes & controlBit) !== 0) {
    return { code: ErrorCode.invalidRecord, message: "Clients must not write control batches." };
  }
  const count = batch.recordCount(records, 0);
  if (count < 1 || batch.lastOffsetDelta(records, 0) !== count - 1) {
    return { code: ErrorCode.invalidRecord, message: "The record count does not fit the last offset delta." };
  }
  if ((attributes & 0x07) === 0 && !holdsRecords(records, count)) {
    return {
      code: ErrorCode.invalidRecord,
      message: "The records do not fill the batch as its header says.",
    };
  }
  const hasProducer = batch.producerId(records, 0) >= 0;
  if (hasProducer && (batch.baseSequence(records, 0) < 0 || batch.producerEpoch(records, 0) < 0)) {
    return { code: ErrorCode.invalidRecord, message: "A producer id without a sequence number and epoch." };
  }
  if (!hasProducer && (attributes & transactionalBit) !== 0) {
    return { code: ErrorCode.invalidRecord, message: "A transactional batch without a producer id." };
  }
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
