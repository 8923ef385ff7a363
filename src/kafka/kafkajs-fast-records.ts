/**
 * kafkajs 2.2.4 spends half of a consumer's processor time on decoding records. Its decoder of record batches is
 * replaced by `kafkajs-batch-decoder.ts` in the table of loaded modules. kafkajs loads what reads batches at its first
 * fetch: a program whose own kafkajs has fetched before keeps kafkajs's own, which is slower and gives the same.
 */
import { createRequire } from "node:module";
import {
  type BatchDecoder,
  type CodecLookup,
  createBatchDecoder,
  type KafkaJsDecoder,
} from "./kafkajs-batch-decoder.ts";

const load = createRequire(import.meta.url);
const batchDecoder = "kafkajs/src/protocol/recordBatch/v0/decoder";

/** What the replacement does again is in these; the package is pinned to one version, and a test watches them. */
export const standsFor = [batchDecoder, "kafkajs/src/protocol/recordBatch/record/v0/decoder"] as const;

/** The function that kafkajs finds. */
export function loadBatchDecoder(): BatchDecoder {
  return load(batchDecoder) as BatchDecoder;
}

/** kafkajs's table of codecs, with those that were added to it. */
export function loadCodecLookup(): CodecLookup {
  const { lookupCodecByAttributes } = load("kafkajs/src/protocol/message/compression") as {
    lookupCodecByAttributes: CodecLookup;
  };
  return lookupCodecByAttributes;
}

/** kafkajs's reader of bytes, which the batch decoder is given. */
export function loadDecoder(): new (buffer: Buffer) => KafkaJsDecoder {
  return load("kafkajs/src/protocol/decoder") as new (
    buffer: Buffer,
  ) => KafkaJsDecoder;
}

let replaced = false;

/** Replaces the function once for the process; later calls do nothing. */
export function replaceBatchDecoder(): void {
  if (replaced) return;
  replaced = true;
  const original = loadBatchDecoder();
  const loaded = load.cache[load.resolve(batchDecoder)];
  if (loaded !== undefined) loaded.exports = createBatchDecoder(original, loadCodecLookup());
}
