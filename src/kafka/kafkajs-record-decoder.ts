/**
 * A record of a Kafka record batch, decoded in plain numbers. Spec: Kafka protocol, "Record Batch" (KIP-98), whose
 * headers are KIP-82. kafkajs 2.2.4 makes several BigInts and objects for each number of a record; here whatever is
 * not ordinary (numbers that may pass 2^53, bytes cut short, negative lengths) is left to kafkajs's own decoder.
 */

/** kafkajs's reader of bytes; a record has one of its own. */
export interface KafkaJsDecoder {
  readonly buffer: Buffer;
  offset: number;
}

/** What kafkajs read from the head of the record's batch; 64-bit numbers are decimal text. */
export interface BatchContext {
  readonly firstOffset?: string;
  readonly firstTimestamp?: string;
  readonly maxTimestamp?: string;
  readonly magicByte?: number;
  readonly isControlBatch?: boolean;
  readonly timestampType?: number;
}

type HeaderContent = Buffer | null;

/** A message as kafkajs hands it out. */
export interface DecodedRecord {
  readonly magicByte: number | undefined;
  readonly attributes: number;
  readonly timestamp: string;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Record<string, HeaderContent | HeaderContent[]>;
  readonly isControlRecord: boolean;
  readonly batchContext: BatchContext;
}

export type RecordDecoder = (decoder: KafkaJsDecoder, batchContext?: BatchContext) => DecodedRecord;

const logAppendTime = 1;
const maxVarintBytes = 4;
/** 49 bits: added to a base below the margin they stay exact. */
const maxVarlongBytes = 7;
const largestBase = 2 ** 52;

/** Exactly what `original` gives or throws, sooner. */
export function createRecordDecoder(original: RecordDecoder): RecordDecoder {
  // The records of a batch share its context object; its text is parsed once.
  let context: BatchContext | null = null;
  let baseTimestamp = Number.NaN;
  let baseOffset = Number.NaN;
  let bytes: Buffer = Buffer.alloc(0);
  let at = 0;

  /** NaN where there is no number of at most `maxBytes` bytes. */
  const readVarint = (maxBytes: number): number => {
    let zigzag = 0;
    let scale = 1;
    for (let count = 0; count < maxBytes; count++) {
      const byte = bytes[at++];
      if (byte === undefined) return Number.NaN;
      if (byte < 0x80) {
        zigzag += byte * scale;
        return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
      }
      zigzag += (byte & 0x7f) * scale;
      scale *= 0x80;
    }
    return Number.NaN;
  };

  /** undefined where the bytes are not all there. */
  const readBytes = (): Buffer | null | undefined => {
    const length = readVarint(maxVarintBytes);
    if (length === -1) return null;
    const start = at;
    // NaN is neither.
    if (!(length >= 0 && start + length <= bytes.length)) return undefined;
    at = start + length;
    return bytes.subarray(start, at);
  };

  /** undefined where a header is none, or its name is one that assignment treats otherwise. */
  const readHeaders = (): DecodedRecord["headers"] | undefined => {
    const count = readVarint(maxVarintBytes);
    const headers: DecodedRecord["headers"] = {};
    if (count === -1) return headers;
    if (!(count >= 0)) return undefined;
    for (let index = 0; index < count; index++) {
      const name = readBytes();
      const content = readBytes();
      if (name === null || name === undefined || content === undefined) return undefined;
      const key = name.toString("utf8");
      if (key === "__proto__") return undefined;
      const before = headers[key];
      if (before === undefined) headers[key] = content;
      else headers[key] = Array.isArray(before) ? before.concat([content]) : [before, content];
    }
    return headers;
  };

  return (decoder, batchContext = {}) => {
    if (!Buffer.isBuffer(decoder.buffer) || decoder.buffer.length === 0 || decoder.offset !== 0) {
      return original(decoder, batchContext);
    }
    if (context !== batchContext) {
      context = batchContext;
      baseTimestamp = toBase(batchContext.firstTimestamp);
      baseOffset = toBase(batchContext.firstOffset);
    }
    bytes = decoder.buffer;
    at = 1;
    const timestamp = baseTimestamp + readVarint(maxVarlongBytes);
    const offset = baseOffset + readVarint(maxVarintBytes);
    const key = readBytes();
    const value = readBytes();
    const headers = readHeaders();
    if (
      Number.isNaN(timestamp + offset) ||
      key === undefined ||
      value === undefined ||
      headers === undefined
    ) {
      return original(decoder, batchContext);
    }
    decoder.offset = at;
    const { maxTimestamp, timestampType, magicByte, isControlBatch = false } = batchContext;
    return {
      magicByte,
      attributes: bytes.readInt8(0),
      timestamp: timestampType === logAppendTime && maxTimestamp ? maxTimestamp : String(timestamp),
      offset: String(offset),
      key,
      value,
      headers,
      isControlRecord: isControlBatch,
      batchContext,
    };
  };
}

/** NaN for whatever a delta may lead out of exact numbers. */
function toBase(text: string | undefined): number {
  const base = Number(text);
  return Math.abs(base) <= largestBase && String(base) === text ? base : Number.NaN;
}
