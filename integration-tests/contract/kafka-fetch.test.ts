// What clients may rely on about reading records and finding offsets.
import { expect } from "@jest/globals";
import type { ConsumedBatch } from "../../src/kafka/port.ts";
import { parseTopicName } from "../../src/kernel/brand.ts";
import {
  adapterOf,
  createTopic,
  freshName,
  rawKafkaOf,
  read,
  readRaw,
  record,
  send,
} from "../support/kafka-clients.ts";
import { describeKafka } from "../support/kafka-targets.ts";

const text = (bytes: Buffer | null) => (bytes === null ? null : bytes.toString());

describeKafka("Reading from Kafka", ({ test, bootstrap }) => {
  test("a batch tells where it ends and where its partition ends", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    await send(client, topic, [record("a"), record("b")]);
    await send(client, topic, [record("c")]);
    await using consumer = await client.openConsumer({
      topics: [topic],
      groupId: freshName("g"),
      startAt: "earliest",
    });
    const batches: ConsumedBatch[] = [];
    await consumer.run(async (batch) => {
      batches.push(batch);
      if (batch.nextOffset === batch.highWatermark) await consumer.stop();
    });
    expect(batches.flatMap(({ records }) => records.map(({ offset }) => offset))).toEqual([0, 1, 2]);
    expect(batches.at(-1)).toMatchObject({ topic, partition: 0, nextOffset: 3, highWatermark: 3 });
  });

  test("from the latest on, only what is sent after joining is read", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 2);
    await send(client, topic, [record("before"), record("before")]);
    await using consumer = await client.openConsumer({
      topics: [topic],
      groupId: freshName("g"),
      startAt: "latest",
    });
    const values: (string | null)[] = [];
    const running = consumer.run(async ({ records }) => {
      values.push(...records.map(({ value }) => text(value)));
      if (values.length >= 2) await consumer.stop();
    });
    await consumer.joined();
    await send(client, topic, [record("after"), record("after")]);
    await running;
    expect(values).toEqual(["after", "after"]);
  });

  test("several topics are read by one consumer", async () => {
    const client = adapterOf(bootstrap());
    const topics = [await createTopic(client, 1), await createTopic(client, 2)];
    for (const topic of topics) await send(client, topic, [record(topic), record(topic)]);
    const back = await read(client, 4, { topics });
    expect(back.map((one) => [one.topic, text(one.value)]).sort()).toEqual(
      topics
        .flatMap((topic) => [
          [topic, topic],
          [topic, topic],
        ])
        .sort(),
    );
  });

  test("zstd by another producer is undone", async () => {
    const client = adapterOf(bootstrap());
    const kafka = rawKafkaOf(bootstrap());
    const topic = await createTopic(client, 1);
    const producer = kafka.producer({ createPartitioner: () => () => 0 });
    await producer.connect();
    await producer.send({ topic, compression: 4, messages: [{ value: "zstd" }] });
    await producer.disconnect();
    expect((await read(client, 1, { topics: [topic] })).map(({ value }) => text(value))).toEqual(["zstd"]);
  });

  test("a topic that is not there is unknown-topic", async () => {
    const topic = parseTopicName(freshName("missing"));
    const opened = adapterOf(bootstrap()).openConsumer({
      topics: [topic],
      groupId: freshName("g"),
      startAt: "latest",
    });
    await expect(opened).rejects.toMatchObject({ code: "unknown-topic" });
  });

  test("what retention deleted moves the first offset, and readers start there", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1, {
      "retention.bytes": "1048576",
      "segment.bytes": "1048576",
    });
    await using producer = await client.openProducer();
    await using admin = await client.openAdmin();
    const values = Array.from({ length: 10 }, () => record("x".repeat(50_000)));
    const earliest = async () => (await admin.offsets(topic))[0]?.earliest ?? 0;
    for (let round = 0; round < 10; round++) await producer.send(topic, values);
    while ((await earliest()) === 0) await producer.send(topic, [record("more")]);
    const first = await earliest();
    const [back] = await read(client, 1, { topics: [topic] });
    expect(back?.offset).toBeGreaterThanOrEqual(first);
    expect(first % 10).toBe(0);
  });

  test("a group whose position is not there any more goes on at the first record, and commits nothing", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    const groupId = freshName("g");
    await send(client, topic, [record("a"), record("b")]);
    {
      await using first = await client.openConsumer({ topics: [topic], groupId, startAt: "earliest" });
      await first.run(async () => {
        await first.commit([{ topic, partition: 0, nextOffset: 1000 }]);
        await first.stop();
      });
    }
    await using consumer = await client.openConsumer({ topics: [topic], groupId, startAt: "latest" });
    const offsets: number[] = [];
    await consumer.run(async ({ records }) => {
      offsets.push(...records.map(({ offset }) => offset));
      await consumer.stop();
    });
    const admin = rawKafkaOf(bootstrap()).admin();
    await admin.connect();
    const [group] = await admin.fetchOffsets({ groupId, topics: [topic] });
    await admin.disconnect();
    expect(offsets).toEqual([0, 1]);
    expect(group?.partitions).toEqual([expect.objectContaining({ partition: 0, offset: "1000" })]);
  });
});

describeKafka("kafkajs reading from Kafka", ({ test, bootstrap }) => {
  test("a record larger than the size limits is still read", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 2);
    const values = Array.from({ length: 10 }, (_, n) => String(n).repeat(20_000));
    for (const value of values) await send(client, topic, [record(value, value.slice(0, 1))]);
    const back = await readRaw(rawKafkaOf(bootstrap()), topic, 10, {
      maxBytes: 1000,
      maxBytesPerPartition: 500,
    });
    expect(new Set(back.map(({ message }) => message.value?.toString()))).toEqual(new Set(values));
  });

  test("a fetch that waits is answered when a record comes, long before its time is up", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    const kafka = rawKafkaOf(bootstrap());
    const consumer = kafka.consumer({ groupId: freshName("raw"), maxWaitTimeInMs: 25_000 });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const started = new Promise((resolve) => consumer.on("consumer.fetch_start", resolve));
    const got = new Promise<void>((resolve) => {
      consumer.run({ eachMessage: async () => resolve() });
    });
    await started;
    const sentAtMs = Date.now();
    await send(client, topic, [record("a")]);
    await got;
    expect(Date.now() - sentAtMs).toBeLessThan(20_000);
    // A stop waits for the next fetch, which waits for a record.
    const stopped = consumer.disconnect();
    await send(client, topic, [record("b")]);
    await stopped;
  });

  test("offsets by time: the first record at or after it, or the end", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    await using producer = await client.openProducer();
    for (const timestampMs of [1000, 2000, 3000]) {
      await producer.send(topic, [
        { ...record("a"), timestampMs: timestampMs * 1_000_000 },
        { ...record("b"), timestampMs: timestampMs * 1_000_000 + 5 },
      ]);
    }
    const admin = rawKafkaOf(bootstrap()).admin();
    await admin.connect();
    const offsets: string[] = [];
    for (const timestampMs of [0, 1_000_000_005, 1_000_000_006, 2_000_000_001, 3_000_000_006]) {
      const [found] = await admin.fetchTopicOffsetsByTimestamp(topic, timestampMs);
      offsets.push(found?.offset ?? "none");
    }
    await admin.disconnect();
    expect(offsets).toEqual(["0", "1", "2", "3", "6"]);
  });
});
