/**
 * A record batch as kafkajs 2.2.4 decodes it, sooner: its head is read here, its records by
 * `kafkajs-record-decoder.ts`, without a reader of bytes and a slice for each. A batch that is not ordinary is left to
 * kafkajs's own decoder from its first byte on. Spec: Kafka protocol, "Record Batch" (KIP-98).
 */
import {
  type BatchContext,
  type DecodedRecord,
  decodeRecords,
  logAppendTime,
} from "./kafkajs-record-decoder.ts";

/** kafkajs's reader of a fetch response's bytes. */
export interface KafkaJsDecoder {
  readonly buffer: Buffer;
  offset: number;
}

export interface DecodedBatch extends Omit<BatchContext, "magicByte"> {
  readonly records: DecodedRecord[];
}

/** Moves the reader past the batch, or as far as its length says when it rejects. */
export type BatchDecoder = (decoder: KafkaJsDecoder) => Promise<DecodedBatch>;

interface Codec {
  decompress(bytes: Buffer): Promise<Buffer>;
}

/** kafkajs's table of codecs: null for no compression; throws for one that is not implemented. */
export type CodecLookup = (attributes: number) => Codec | null;

/** Offset and length, which are not counted in the length. */
const prefixBytes = 12;
const headBytes = 61;
const appendTimeFlag = 0x8;
const transactionalFlag = 0x10;
const controlFlag = 0x20;

/** Exactly what `original` gives or rejects with. */
export function createBatchDecoder(original: BatchDecoder, lookupCodec: CodecLookup): BatchDecoder {
  return async (decoder) => {
    const { buffer: bytes, offset: start } = decoder;
    if (start + headBytes > bytes.length) return await original(decoder);
    const end = start + prefixBytes + bytes.readInt32BE(start + 8);
    if (end < start + headBytes || end > bytes.length) return await original(decoder);

    const attributes = bytes.readInt16BE(start + 21);
    const head = {
      firstOffset: bytes.readBigInt64BE(start).toString(),
      firstTimestamp: bytes.readBigInt64BE(start + 27).toString(),
      partitionLeaderEpoch: bytes.readInt32BE(start + 12),
      inTransaction: (attributes & transactionalFlag) > 0,
      isControlBatch: (attributes & controlFlag) > 0,
      lastOffsetDelta: bytes.readInt32BE(start + 23),
      producerId: bytes.readBigInt64BE(start + 43).toString(),
      producerEpoch: bytes.readInt16BE(start + 51),
      firstSequence: bytes.readInt32BE(start + 53),
      maxTimestamp: bytes.readBigInt64BE(start + 35).toString(),
      timestampType: (attributes & appendTimeFlag) > 0 ? logAppendTime : 0,
    };
    const count = bytes.readInt32BE(start + 57);
    if (count < 0) return await original(decoder);
    decoder.offset = end;
    const context = { ...head, magicByte: bytes.readInt8(start + 16) };
    const codec = lookupCodec(attributes);
    const records =
      codec === null
        ? decodeRecords(bytes, start + headBytes, end, count, context)
        : await decompressed(codec, bytes.subarray(start + headBytes, end), count, context);
    if (records !== undefined) return { ...head, records };
    decoder.offset = start;
    return await original(decoder);
  };
}

async function decompressed(codec: Codec, packed: Buffer, count: number, context: BatchContext) {
  // kafkajs asks no codec for no records.
  if (count === 0) return [];
  const bytes = await codec.decompress(packed);
  return Buffer.isBuffer(bytes) ? decodeRecords(bytes, 0, bytes.length, count, context) : undefined;
}
