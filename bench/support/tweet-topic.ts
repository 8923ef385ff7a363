/**
 * A topic full of Tweets for those that read: posts mapped and framed as `produce` does, four partitions.
 */
import kafkajs from "kafkajs";
import { createCodec } from "../../src/avro/codec.ts";
import { TweetVersions } from "../../src/generated/tweet.ts";
import { parseSubjectName, type SchemaId } from "../../src/kernel/brand.ts";
import { createRegistryClient } from "../../src/registry/client.ts";
import { mapPost } from "../../src/tweets/map-post.ts";
import { isTweetVersion, latestTweetVersion } from "../../src/tweets/version.ts";
import { encodeFrame } from "../../src/wire/frame.ts";
import { createPosts } from "./posts.ts";

export interface TopicOrder {
  readonly brokers: string;
  readonly registry: string;
  readonly topic: string;
  readonly records: number;
  /** Of the Tweets. Default: the latest. */
  readonly version?: number;
  /** So many schemas under the same subject write in turn, which differ from that version in their docs. */
  readonly writers?: number;
}

const partitions = 4;
const batchRecords = 1000;
/** Different posts; the topic repeats them under other ids as often as it takes. */
const distinctPosts = 5000;

/** Registers all versions, makes and fills the topic; gives the mean size of a record's value in bytes. */
export async function fillTopic(order: TopicOrder): Promise<number> {
  const { topic, records, version = latestTweetVersion } = order;
  if (!isTweetVersion(version)) throw new Error(`there is no version ${version} of Tweet`);
  const registry = createRegistryClient({ url: order.registry });
  const subject = parseSubjectName(`${topic}-value`);
  const ids = [];
  for (const { json } of TweetVersions) {
    ids.push((await registry.register(subject, json, { level: "FULL_TRANSITIVE" })).id);
  }
  const [id, schema] = [ids[version - 1], TweetVersions[version - 1]];
  if (id === undefined || schema === undefined) throw new Error(`version ${version} is not registered`);
  const codec = createCodec(schema.json);
  const writers = order.writers === undefined ? [id] : await registerWriters(order.writers);
  const count = Math.max(distinctPosts, writers.length);
  const messages = createPosts(count).map((line, index) => {
    const mapped = mapPost(JSON.parse(line), { version, ingestedAtMs: 1_700_000_000_000 });
    if (mapped.kind === "rejected") throw new Error(mapped.message);
    const writer = writers[index % writers.length] ?? id;
    return { key: mapped.tweet.id, value: encodeFrame(writer, codec.encode(mapped.tweet)) };
  });
  const { Kafka, logLevel, Partitioners } = kafkajs;
  const kafka = new Kafka({ brokers: [order.brokers], clientId: "bench", logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }] });
  await admin.disconnect();
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  for (let sent = 0; sent < records; sent += batchRecords) {
    const from = sent % count;
    const batch = messages.slice(from, from + Math.min(batchRecords, records - sent));
    await producer.send({ topic, messages: batch });
  }
  await producer.disconnect();
  return messages.reduce((sum, { value }) => sum + value.length, 0) / messages.length;

  async function registerWriters(wanted: number): Promise<SchemaId[]> {
    const parsed: unknown = JSON.parse(schema?.json ?? "");
    const registered: SchemaId[] = [];
    for (let writer = 0; writer < wanted; writer++) {
      const text = JSON.stringify({ ...(parsed as object), doc: `Writer ${writer}.` });
      // The level is set once.
      const options = writer === 0 ? { level: "NONE" } : {};
      registered.push((await registry.register(subject, text, options)).id);
    }
    return registered;
  }
}
