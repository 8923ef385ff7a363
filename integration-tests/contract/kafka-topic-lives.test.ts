// What clients may rely on while topics change under them: deleted, made anew, given more partitions.
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { ErrorCode } from "../../src/emulators/kafka/protocol/error-codes.ts";
import { fetch } from "../../src/emulators/kafka/requests/01-fetch.ts";
import { metadata } from "../../src/emulators/kafka/requests/03-metadata.ts";
import { createTopics } from "../../src/emulators/kafka/requests/19-create-topics.ts";
import { deleteTopics } from "../../src/emulators/kafka/requests/20-delete-topics.ts";
import { createPartitions } from "../../src/emulators/kafka/requests/37-create-partitions.ts";
import type { RawClient } from "../../src/emulators/kafka/testing/raw-client.ts";
import { adapterOf, createTopic, freshName, rawKafkaOf } from "../support/kafka-clients.ts";
import {
  earliest,
  fetchPartition,
  latest,
  lookUp,
  openClient,
  writeBatch,
} from "../support/kafka-requests.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import { only } from "../support/kafka-wire.ts";

const { none, invalidPartitions, unknownTopicId, unknownTopicOrPartition } = ErrorCode;

async function remove(client: RawClient, topic: string): Promise<number> {
  const answer = await client.call(deleteTopics, 5, { topicNames: [topic], timeoutMs: 10_000 });
  return only(answer.responses).errorCode;
}

/** Makes the topic, which was deleted a moment ago: a broker may need another moment. */
async function remake(client: RawClient, topic: string): Promise<void> {
  // Its records are of no age in particular.
  const configs = [{ name: "retention.ms", value: "-1" }];
  const topics = [{ name: topic, partitionCount: 1, replicationFactor: 1, configs }];
  const { errorCode } = only((await client.call(createTopics, 7, { topics, timeoutMs: 10_000 })).topics);
  expect(errorCode).toBe(none);
  await untilPartitions(client, topic, 1);
}

/** Without making it. */
async function describe(client: RawClient, name: string) {
  const request = { topics: [{ name, topicId: "0".repeat(32) }], allowAutoTopicCreation: false };
  return only((await client.call(metadata, 12, request)).topics);
}

async function untilPartitions(client: RawClient, topic: string, count: number): Promise<void> {
  for (;;) {
    const { partitions } = await describe(client, topic);
    if (partitions.filter(({ errorCode }) => errorCode === none).length === count) return;
  }
}

async function grow(client: RawClient, topic: string, count: number): Promise<number> {
  const topics = [{ name: topic, count, assignments: null }];
  return only((await client.call(createPartitions, 2, { topics, timeoutMs: 10_000 })).results).errorCode;
}

const batch = (value: string) => ({ records: [{ value }] });

/** Far more than a client takes that asks for metadata every 300 ms. */
const missesAfterMs = 10_000;

describeKafka("A topic on Kafka that", ({ test, bootstrap }) => {
  const newTopic = (partitions = 1) => createTopic(adapterOf(bootstrap()), partitions);

  test("was deleted is unknown to whoever writes, reads or asks for offsets", async () => {
    const topic = await newTopic();
    await using client = await openClient(bootstrap());
    await writeBatch(client, topic, batch("a"));
    expect(await remove(client, topic)).toBe(none);
    while ((await describe(client, topic)).errorCode !== unknownTopicOrPartition);
    const unknown = { errorCode: unknownTopicOrPartition };
    expect(await writeBatch(client, topic, batch("b"))).toMatchObject({ ...unknown, baseOffset: -1 });
    expect(await fetchPartition(client, topic, 0)).toMatchObject({ ...unknown, highWatermark: -1 });
    expect(await lookUp(client, topic, earliest)).toMatchObject({ ...unknown, offset: -1 });
    expect(await remove(client, topic)).toBe(unknownTopicOrPartition);
  });

  test("is deleted answers a fetch that waits on it", async () => {
    const topic = await newTopic();
    await using client = await openClient(bootstrap());
    await using reader = await openClient(bootstrap());
    const startMs = Date.now();
    const waiting = fetchPartition(reader, topic, 0, { waitMs: 20_000 });
    await remove(client, topic);
    expect(await waiting).toMatchObject({ bytes: Buffer.alloc(0) });
    expect(Date.now() - startMs).toBeLessThan(20_000 / 3);
  });

  test("is made anew under its old name starts from nothing, under another id", async () => {
    const topic = await newTopic();
    await using client = await openClient(bootstrap());
    const producer = { producerId: 4_000_000_000 + process.pid, producerEpoch: 0 };
    for (const baseSequence of [0, 1]) {
      await writeBatch(client, topic, { ...batch("old"), ...producer, baseSequence });
    }
    const { topicId } = await describe(client, topic);
    await remove(client, topic);
    await remake(client, topic);
    const fresh = await describe(client, topic);
    expect(fresh.topicId).not.toBe(topicId);
    expect(await lookUp(client, topic, latest)).toMatchObject({ errorCode: none, offset: 0 });
    // Nor does it remember who wrote to the old one.
    const again = await writeBatch(client, topic, { ...batch("new"), ...producer, baseSequence: 1 });
    expect(again).toMatchObject({ errorCode: none, baseOffset: 0 });
    const byId = async (id: string) => {
      const partitions = [{ index: 0, fetchOffset: 0, partitionMaxBytes: 1e6 }];
      const more = { replicaId: -1, maxWaitMs: 0, minBytes: 1, maxBytes: 1e6, sessionEpoch: -1 };
      const answer = await client.call(fetch, 13, { ...more, topics: [{ topicId: id, partitions }] });
      return only(only(answer.topics).partitions);
    };
    expect(await byId(topicId)).toMatchObject({ errorCode: unknownTopicId });
    expect(await byId(fresh.topicId)).toMatchObject({ errorCode: none, highWatermark: 1 });
  });

  test("grows has its new partitions empty, and the old ones as they were", async () => {
    const topic = await newTopic(2);
    await using client = await openClient(bootstrap());
    await writeBatch(client, topic, batch("a"), { partition: 1 });
    expect((await writeBatch(client, topic, batch("b"), { partition: 2 })).errorCode).toBe(
      unknownTopicOrPartition,
    );
    expect(await grow(client, topic, 3)).toBe(none);
    await untilPartitions(client, topic, 3);
    expect(await lookUp(client, topic, latest, { partition: 1 })).toMatchObject({ offset: 1 });
    expect(await writeBatch(client, topic, batch("b"), { partition: 2 })).toMatchObject({ baseOffset: 0 });
    for (const count of [3, 2, 0]) expect(await grow(client, topic, count)).toBe(invalidPartitions);
    expect(await grow(client, freshName("missing"), 3)).toBe(unknownTopicOrPartition);
  });

  test("grows while it is read: the members of a group come to read the new partitions too", async () => {
    const topic = await newTopic(1);
    await using client = await openClient(bootstrap());
    const consumer = rawKafkaOf(bootstrap()).consumer({
      groupId: freshName("g"),
      metadataMaxAge: 300,
      maxWaitTimeInMs: 100,
    });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const got: string[] = [];
    let look = () => {};
    const gets = (value: string) =>
      new Promise<void>((resolve) => {
        look = () => {
          if (got.includes(value)) resolve();
        };
        look();
      });
    try {
      await consumer.run({
        eachMessage: async ({ partition, message }) => {
          got.push(`${partition}: ${message.value}`);
          look();
        },
      });
      await writeBatch(client, topic, batch("before"));
      await gets("0: before");
      // One time in thirty kafkajs misses that a topic grew, if it asked just then; it sees when it grows again.
      const expected = ["0: before"];
      for (let isRead = false; !isRead; ) {
        const count = expected.length + 1;
        expect(count).toBeLessThan(5);
        await grow(client, topic, count);
        await untilPartitions(client, topic, count);
        await writeBatch(client, topic, batch("after"), { partition: count - 1 });
        expected.push(`${count - 1}: after`);
        isRead = await Promise.race([
          gets(`${count - 1}: after`).then(() => true),
          sleep(missesAfterMs, false),
        ]);
      }
      for (const each of expected) await gets(each);
      expect([...got].sort()).toEqual(expected);
    } finally {
      await consumer.disconnect();
    }
  });

  test("is deleted while it is read leaves the reader's other topics alone", async () => {
    const [gone, staying] = [await newTopic(), await newTopic()];
    await using client = await openClient(bootstrap());
    await remove(client, gone);
    while ((await describe(client, gone)).errorCode === none);
    await writeBatch(client, staying, batch("here"));
    const partitions = [{ index: 0, fetchOffset: 0, partitionMaxBytes: 1e6 }];
    const more = { replicaId: -1, maxWaitMs: 10_000, minBytes: 1, maxBytes: 1e6, sessionEpoch: -1 };
    const topics = [gone, staying].map((name) => ({ name, partitions }));
    const answer = await client.call(fetch, 11, { ...more, topics });
    const found = answer.topics.map(({ name, partitions: [each] }) => [
      name,
      each?.errorCode,
      each?.highWatermark,
    ]);
    expect(new Map(found.map(([name, ...rest]) => [name, rest]))).toEqual(
      new Map([
        [gone, [unknownTopicOrPartition, -1]],
        [staying, [none, 1]],
      ]),
    );
  });
});
