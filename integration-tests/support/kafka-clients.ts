/**
 * Clients and short cuts for the Kafka contract: our adapter, kafkajs as anybody uses it, and single requests.
 */
import { createRequire } from "node:module";
import kafkajs, { type Kafka, type KafkaMessage } from "kafkajs";
import { createKafkaJsClient } from "../../src/kafka/kafkajs.ts";
import { guardRequestQueue } from "../../src/kafka/kafkajs-request-queue.ts";
import type { ConsumedRecord, ConsumerOptions, KafkaClient, OutgoingRecord } from "../../src/kafka/port.ts";
import { parseTopicName, type TopicName } from "../../src/kernel/brand.ts";
import { silentLog } from "../../src/telemetry/log.ts";
import { storedLz4, storedSnappy } from "./stored-codecs.ts";

let names = 0;

/** A name no other case uses, also when the broker outlives the run. */
export function freshName(stem: string): string {
  return `${stem}-${process.pid}-${Date.now().toString(36)}-${names++}`;
}

export function adapterOf(bootstrap: string): KafkaClient {
  return createKafkaJsClient({ brokers: [bootstrap], clientId: "contract", log: silentLog });
}

/** kafkajs itself, mute, with every codec. */
export function rawKafkaOf(bootstrap: string): Kafka {
  guardRequestQueue();
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.Snappy] = () => storedSnappy;
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.LZ4] = () => storedLz4;
  return new kafkajs.Kafka({
    brokers: [bootstrap],
    clientId: "contract-raw",
    logLevel: kafkajs.logLevel.NOTHING,
  });
}

/** A fresh topic, which keeps records of any age. */
export async function createTopic(
  client: KafkaClient,
  partitions: number,
  config: Readonly<Record<string, string>> = {},
): Promise<TopicName> {
  const topic = parseTopicName(freshName("contract"));
  await using admin = await client.openAdmin();
  await admin.createTopic({ topic, partitions, config: { "retention.ms": "-1", ...config } });
  return topic;
}

export function record(value: string | null, key: string | null = null): OutgoingRecord {
  return {
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
  };
}

export async function send(
  client: KafkaClient,
  topic: TopicName,
  records: readonly OutgoingRecord[],
): Promise<void> {
  await using producer = await client.openProducer();
  await producer.send(topic, records);
}

/** Resolves once the broker's coordinators are loaded: a fresh one answers "loading", which kafkajs takes for an end. */
export async function warmUp(bootstrap: string): Promise<void> {
  const client = adapterOf(bootstrap);
  const topic = await createTopic(client, 1);
  await send(client, topic, [record("warm")]);
  await read(client, 1, { topics: [topic] });
}

/** The first `count` records a fresh group is given, committed batch by batch. */
export async function read(
  client: KafkaClient,
  count: number,
  options: Partial<ConsumerOptions> & Pick<ConsumerOptions, "topics">,
): Promise<ConsumedRecord[]> {
  const records: ConsumedRecord[] = [];
  await using consumer = await client.openConsumer({
    groupId: freshName("group"),
    startAt: "earliest",
    ...options,
  });
  await consumer.run(async (batch) => {
    records.push(...batch.records);
    await consumer.commit([batch]);
    if (records.length >= count) await consumer.stop();
  });
  return records;
}

/** The first `count` messages a fresh group of raw kafkajs is given. */
export async function readRaw(
  kafka: Kafka,
  topic: string,
  count: number,
  options: {
    maxBytes?: number;
    maxBytesPerPartition?: number;
    maxWaitTimeInMs?: number;
    minBytes?: number;
  } = {},
): Promise<{ partition: number; message: KafkaMessage }[]> {
  const messages: { partition: number; message: KafkaMessage }[] = [];
  const consumer = kafka.consumer({ groupId: freshName("raw"), maxWaitTimeInMs: 200, ...options });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on("consumer.crash", ({ payload }) => reject(payload.error));
      consumer
        .run({
          eachMessage: async ({ partition, message }) => {
            messages.push({ partition, message });
            if (messages.length === count) resolve();
          },
        })
        .catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
  return messages;
}

/** One partition of a Fetch answer; offsets as decimal text. */
export interface RawPartition {
  readonly highWatermark: string;
  readonly lastStableOffset: string;
  readonly abortedTransactions: readonly { producerId: string; firstOffset: string }[];
  readonly messages: readonly { offset: string; value: Buffer | null }[];
}

/** One connection that sends single requests, as kafkajs's own parts do below its producer and consumer. */
export interface RequestConnection extends AsyncDisposable {
  initProducerId(request: object): Promise<{ producerId: string; producerEpoch: number }>;
  produce(request: object): Promise<{
    topics: { partitions: { partition: number; baseOffset: string }[] }[];
  }>;
  fetch(request: object): Promise<{ responses: { partitions: RawPartition[] }[] }>;
  findGroupCoordinator(request: object): Promise<unknown>;
  addPartitionsToTxn(request: object): Promise<unknown>;
  addOffsetsToTxn(request: object): Promise<unknown>;
  txnOffsetCommit(request: object): Promise<unknown>;
  endTxn(request: object): Promise<unknown>;
  joinGroup(request: object): Promise<{ generationId: number; memberId: string; leaderId: string }>;
  syncGroup(request: object): Promise<unknown>;
  heartbeat(request: object): Promise<unknown>;
}

export async function openRequests(bootstrap: string): Promise<RequestConnection> {
  const load = createRequire(import.meta.url);
  const Broker = load("kafkajs/src/broker");
  const createPoolBuilder = load("kafkajs/src/cluster/connectionPoolBuilder");
  const createSocketFactory = load("kafkajs/src/network/socketFactory");
  const { createLogger, LEVELS } = load("kafkajs/src/loggers");
  const logger = createLogger({ level: LEVELS.NOTHING, logCreator: () => () => {} });
  const pool = createPoolBuilder({
    logger,
    socketFactory: createSocketFactory(),
    brokers: [bootstrap],
    clientId: "contract-requests",
    requestTimeout: 30_000,
    connectionTimeout: 3000,
  });
  guardRequestQueue();
  const broker = new Broker({ connectionPool: await pool.build(), logger });
  await broker.connect();
  return Object.assign(broker, { [Symbol.asyncDispose]: () => broker.disconnect() });
}
