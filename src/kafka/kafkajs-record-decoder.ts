/**
 * The records of a Kafka record batch, decoded in plain numbers. Spec: Kafka protocol, "Record Batch" (KIP-98), whose
 * headers are KIP-82. kafkajs 2.2.4 makes several BigInts and objects for each number of a record. Whatever is not
 * ordinary (numbers that may pass 2^53, bytes cut short, negative lengths) is not decoded here.
 */

/** What the head of a batch says; 64-bit numbers are decimal text. */
export interface BatchHead {
  readonly firstOffset: string;
  readonly firstTimestamp: string;
  readonly partitionLeaderEpoch: number;
  readonly inTransaction: boolean;
  readonly isControlBatch: boolean;
  readonly lastOffsetDelta: number;
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly maxTimestamp: string;
  readonly timestampType: number;
}

export interface BatchContext extends BatchHead {
  readonly magicByte: number;
}

type HeaderContent = Buffer | null;

/** A message as kafkajs hands it out. */
export interface DecodedRecord {
  readonly magicByte: number;
  readonly attributes: number;
  readonly timestamp: string;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Record<string, HeaderContent | HeaderContent[]>;
  readonly isControlRecord: boolean;
  readonly batchContext: BatchContext;
}

/** The batch's timestamps are the broker's, and all the same. */
export const logAppendTime = 1;
/** Less than any varint that is read. */
const none = -(2 ** 30);
/** A delta of 49 bits more stays exact. */
const largestBase = 2 ** 52;

/**
 * `count` records that stand in `bytes` from `start` on and before `end`, as kafkajs decodes them; undefined where one
 * of them is not ordinary.
 */
export function decodeRecords(
  bytes: Buffer,
  start: number,
  end: number,
  count: number,
  batchContext: BatchContext,
): DecodedRecord[] | undefined {
  const { magicByte, maxTimestamp, isControlBatch } = batchContext;
  const isAppendTime = batchContext.timestampType === logAppendTime;
  const baseTimestamp = Number(batchContext.firstTimestamp);
  const baseOffset = Number(batchContext.firstOffset);
  if (Math.max(Math.abs(baseTimestamp), Math.abs(baseOffset)) > largestBase) return undefined;
  const records: DecodedRecord[] = [];
  let at = start;
  const timestampText = createDecimals();
  const offsetText = createDecimals();

  /** `none` where there is no number of at most 28 bits. */
  const readVarint = (): number => {
    let zigzag = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) return none;
      zigzag |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (zigzag >>> 1) ^ -(zigzag & 1);
    }
    return none;
  };

  /** NaN where there is no number of at most 49 bits. */
  const readVarlong = (): number => {
    const from = at;
    const short = readVarint();
    if (short !== none) return short;
    at = from;
    let zigzag = 0;
    for (let scale = 1; scale < 2 ** 49; scale *= 0x80) {
      const byte = bytes[at++];
      if (byte === undefined) return Number.NaN;
      zigzag += (byte & 0x7f) * scale;
      if (byte < 0x80) return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    }
    return Number.NaN;
  };

  /** undefined where the bytes are not all there. */
  const readBytes = (): Buffer | null | undefined => {
    const length = readVarint();
    if (length === -1) return null;
    const from = at;
    if (length < 0 || from + length > end) return undefined;
    at = from + length;
    return bytes.subarray(from, at);
  };

  /** undefined where a header is none, or its name is one that assignment treats otherwise. */
  const readHeaders = (): DecodedRecord["headers"] | undefined => {
    const count = readVarint();
    const headers: DecodedRecord["headers"] = {};
    if (count === -1) return headers;
    if (count < 0) return undefined;
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

  for (let index = 0; index < count; index++) {
    const length = readVarint();
    const recordEnd = at + length;
    const attributes = bytes[at++];
    const timestamp = baseTimestamp + readVarlong();
    const offsetDelta = readVarint();
    const key = readBytes();
    const value = readBytes();
    const headers = readHeaders();
    // A length that is none, or a record read past its end.
    if (at > recordEnd || recordEnd > end) return undefined;
    if (attributes === undefined || Number.isNaN(timestamp) || offsetDelta === none) return undefined;
    if (key === undefined || value === undefined || headers === undefined) return undefined;
    records.push({
      magicByte,
      attributes: (attributes << 24) >> 24,
      timestamp: isAppendTime ? maxTimestamp : timestampText(timestamp),
      offset: offsetText(baseOffset + offsetDelta),
      key,
      value,
      headers,
      isControlRecord: isControlBatch,
      batchContext,
    });
    at = recordEnd;
  }
  return records;
}

/** Integers as text. The text of a large one costs more than all else in a record; neighbours share its front. */
function createDecimals(): (integer: number) => string {
  let front = 0;
  let frontText = "";
  return (integer) => {
    const thisFront = Math.floor(integer / 1e6);
    const rest = integer - thisFront * 1e6;
    // Otherwise zeros would be missing between the two.
    if (thisFront < 1000 || rest < 100_000) return String(integer);
    if (thisFront !== front) {
      front = thisFront;
      frontText = String(thisFront);
    }
    return frontText + String(rest);
  };
}
