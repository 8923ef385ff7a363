/**
 * kafkajs 2.2.4 spends half of a consumer's processor time on decoding records. Its record decoder is replaced by
 * `kafkajs-record-decoder.ts` in the table of loaded modules. kafkajs loads what reads records at its first fetch: a
 * program whose own kafkajs has fetched before keeps kafkajs's own, which is slower and gives the same.
 */
import { createRequire } from "node:module";
import { createRecordDecoder, type KafkaJsDecoder, type RecordDecoder } from "./kafkajs-record-decoder.ts";

const load = createRequire(import.meta.url);
const recordDecoder = "kafkajs/src/protocol/recordBatch/record/v0/decoder";

/** The function inside kafkajs; the package is pinned to one version, and a test watches its source. */
export function loadRecordDecoder(): RecordDecoder {
  return load(recordDecoder) as RecordDecoder;
}

/** kafkajs's reader of bytes, which the record decoder is given. */
export function loadDecoder(): new (buffer: Buffer) => KafkaJsDecoder {
  return load("kafkajs/src/protocol/decoder") as new (
    buffer: Buffer,
  ) => KafkaJsDecoder;
}

let replaced = false;

/** Replaces the function once for the process; later calls do nothing. */
export function replaceRecordDecoder(): void {
  if (replaced) return;
  replaced = true;
  const original = loadRecordDecoder();
  const loaded = load.cache[load.resolve(recordDecoder)];
  if (loaded !== undefined) loaded.exports = createRecordDecoder(original);
}
