/**
 * What kafkajs read from a partition, as our batch.
 */
import type { Batch, IHeaders, KafkaMessage } from "kafkajs";
import type { TopicName } from "../kernel/brand.ts";
import type { ConsumedBatch, ConsumedRecord } from "./port.ts";

const noHeaders: ConsumedRecord["headers"] = Object.freeze({});

/** `heartbeat` is called through the batch and must not throw. */
export function toConsumedBatch(batch: Batch, heartbeat: () => Promise<void>): ConsumedBatch {
  const { partition, messages } = batch;
  const topic = batch.topic as TopicName;
  return {
    topic,
    partition,
    records: messages.map((message) => toRecord(topic, partition, message)),
    nextOffset: Number(batch.lastOffset()) + 1,
    highWatermark: Number(batch.highWatermark),
    heartbeat,
  };
}

/** A message of kafkajs as our record. */
export function toRecord(topic: TopicName, partition: number, message: KafkaMessage): ConsumedRecord {
  return {
    topic,
    partition,
    offset: Number(message.offset),
    timestampMs: Number(message.timestamp),
    key: message.key,
    value: message.value,
    headers: toHeaders(message.headers),
  };
}

/** Of a name that is there more than once the last one counts, as in Kafka's own clients. */
function toHeaders(headers: IHeaders | undefined): ConsumedRecord["headers"] {
  if (headers === undefined) return noHeaders;
  const names = Object.keys(headers);
  if (names.length === 0) return noHeaders;
  const entries: [string, Buffer][] = [];
  for (const name of names) {
    const content = headers[name];
    const last = Array.isArray(content) ? content.at(-1) : content;
    if (last !== undefined && last !== null) entries.push([name, Buffer.from(last)]);
  }
  return entries.length === 0 ? noHeaders : Object.fromEntries(entries);
}
