// What clients may rely on about writing records.
import { expect } from "@jest/globals";
import { partitionOfKey } from "../../src/kafka/kafkajs-partitioner.ts";
import { parseTopicName } from "../../src/kernel/brand.ts";
import {
  adapterOf,
  createTopic,
  freshName,
  openRequests,
  rawKafkaOf,
  read,
  readRaw,
  record,
  send,
} from "../support/kafka-clients.ts";
import { describeKafka } from "../support/kafka-targets.ts";

const text = (bytes: Buffer | null) => (bytes === null ? null : bytes.toString());
const numbered = (count: number) => Array.from({ length: count }, (_, n) => record(`value ${n}`, `key ${n}`));

describeKafka("Producing to Kafka", ({ test, bootstrap }) => {
  test("keys, values, headers and times come back as they were", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
    await send(client, topic, [
      {
        key: Buffer.from("k"),
        value: bytes,
        headers: { text: "é👩‍🚀", binary: bytes },
        timestampMs: 1_600_000_000_123,
      },
      { key: Buffer.alloc(0), value: Buffer.alloc(0), timestampMs: 1_600_000_000_122 },
      { key: null, value: Buffer.from("no key"), timestampMs: 1_600_000_000_124 },
    ]);
    const base = { topic, partition: 0, headers: {} };
    expect(await read(client, 3, { topics: [topic] })).toEqual([
      {
        ...base,
        offset: 0,
        timestampMs: 1_600_000_000_123,
        key: Buffer.from("k"),
        value: bytes,
        headers: { text: Buffer.from("é👩‍🚀"), binary: bytes },
      },
      { ...base, offset: 1, timestampMs: 1_600_000_000_122, key: Buffer.alloc(0), value: Buffer.alloc(0) },
      { ...base, offset: 2, timestampMs: 1_600_000_000_124, key: null, value: Buffer.from("no key") },
    ]);
  });

  test("a tombstone is a null, not an empty value", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    await send(client, topic, [record(null, "gone")]);
    expect(await read(client, 1, { topics: [topic] })).toMatchObject([
      { key: Buffer.from("gone"), value: null },
    ]);
  });

  test("a record without a time gets that of its sending", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    const before = Date.now();
    await send(client, topic, [record("a")]);
    const after = Date.now();
    const [first] = await read(client, 1, { topics: [topic] });
    expect(first?.timestampMs).toBeGreaterThanOrEqual(before);
    expect(first?.timestampMs).toBeLessThanOrEqual(after);
  });

  test("keyed records lie where Kafka's own clients put them, in their order", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 4);
    const records = Array.from({ length: 200 }, (_, n) => record(String(n), `key ${n % 10}`));
    await send(client, topic, records);
    const back = await read(client, 200, { topics: [topic] });
    for (const { key, partition } of back) expect(partition).toBe(partitionOfKey(key ?? Buffer.alloc(0), 4));
    for (const partition of [0, 1, 2, 3]) {
      const values = back
        .filter((one) => one.partition === partition)
        .map(({ value }) => Number(text(value)));
      expect(values).toEqual([...values].sort((one, other) => one - other));
    }
  });

  test("records without a key are spread over all partitions", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 4);
    await send(
      client,
      topic,
      Array.from({ length: 40 }, (_, n) => record(String(n))),
    );
    await using admin = await client.openAdmin();
    expect((await admin.offsets(topic)).map(({ latest }) => latest)).toEqual([10, 10, 10, 10]);
  });

  test("sends that overlap are written in their order", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    await using producer = await client.openProducer();
    await Promise.all(numbered(50).map((one) => producer.send(topic, [one])));
    const back = await read(client, 50, { topics: [topic] });
    expect(back.map(({ value }) => text(value))).toEqual(numbered(50).map(({ value }) => text(value)));
  });

  test("closing a producer waits for the sends under way", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    const producer = await client.openProducer();
    const sends = numbered(20).map((one) => producer.send(topic, [one]));
    await producer[Symbol.asyncDispose]();
    await Promise.all(sends);
    expect(await read(client, 20, { topics: [topic] })).toHaveLength(20);
  });

  test("gzip is undone for the reader", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    await using producer = await client.openProducer({ compression: "gzip" });
    await producer.send(topic, numbered(100));
    const back = await read(client, 100, { topics: [topic] });
    expect(back.map(({ value }) => text(value))).toEqual(numbered(100).map(({ value }) => text(value)));
  });

  test("a topic that is not there is unknown-topic, and none is made", async () => {
    const client = adapterOf(bootstrap());
    const topic = parseTopicName(freshName("missing"));
    await using producer = await client.openProducer();
    await expect(producer.send(topic, [record("a")])).rejects.toMatchObject({
      code: "unknown-topic",
      details: { topic },
    });
    await using admin = await client.openAdmin();
    expect(await admin.topics()).not.toContain(topic);
  });

  test("a record that is too large is named, its neighbours are written, and later records too", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    await using producer = await client.openProducer();
    const large = record("x".repeat(1_100_000));
    await expect(producer.send(topic, [record("a"), large])).rejects.toMatchObject({
      code: "record-too-large",
      message: expect.stringContaining(topic),
      details: { topic, index: 1, bytes: 1_100_000 },
    });
    await producer.send(topic, [record("b")]);
    expect((await read(client, 2, { topics: [topic] })).map(({ value }) => text(value))).toEqual(["a", "b"]);
  });

  test("no record is taken for a repetition after a send that was refused in part", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 2, { "max.message.bytes": "2000" });
    const keys = ["a", "b", "c", "d", "e", "f", "g", "h"];
    const inFirst = keys.find((key) => partitionOfKey(Buffer.from(key), 2) === 0) ?? "";
    const inSecond = keys.find((key) => partitionOfKey(Buffer.from(key), 2) === 1) ?? "";
    await using producer = await client.openProducer();
    // One request: partition 0 takes its batch, partition 1 refuses its own.
    const parted = producer.send(topic, [record("one", inFirst), record("x".repeat(5000), inSecond)]);
    await expect(parted).rejects.toMatchObject({ code: "record-too-large", details: { index: 1 } });
    await producer.send(topic, [record("two", inFirst)]);
    const back = await read(client, 2, { topics: [topic] });
    expect(new Set(back.map(({ value }) => text(value)))).toEqual(new Set(["one", "two"]));
  });
});

describeKafka("kafkajs producing to Kafka", ({ test, bootstrap }) => {
  for (const [whose, acks] of [
    ["none", 0],
    ["the leader's", 1],
    ["all replicas'", -1],
  ] as const) {
    test(`with acknowledgement: ${whose}`, async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 1);
      const kafka = rawKafkaOf(bootstrap());
      const producer = kafka.producer({ createPartitioner: () => () => 0 });
      await producer.connect();
      const results = await producer.send({ topic, acks, messages: [{ key: "k", value: "v" }] });
      expect(results.map(({ baseOffset }) => baseOffset)).toEqual(acks === 0 ? [] : ["0"]);
      const [back] = await readRaw(kafka, topic, 1);
      await producer.disconnect();
      expect(back?.message).toMatchObject({ offset: "0", key: Buffer.from("k"), value: Buffer.from("v") });
    });
  }

  for (const [codec, compression] of [
    ["none", 0],
    ["gzip", 1],
    ["snappy", 2],
    ["lz4", 3],
    ["zstd", 4],
  ] as const) {
    test(`in codec: ${codec}`, async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 1);
      const kafka = rawKafkaOf(bootstrap());
      const producer = kafka.producer({ createPartitioner: () => () => 0 });
      await producer.connect();
      const values = Array.from({ length: 300 }, (_value, n) => `${n} ${"lorem ipsum ".repeat(n % 40)}`);
      await producer.send({ topic, compression, messages: values.map((value) => ({ value })) });
      await producer.disconnect();
      const back = await readRaw(kafka, topic, 300);
      expect(back.map(({ message }) => message.value?.toString())).toEqual(values);
      expect(back.map(({ message }) => Number(message.offset))).toEqual(values.map((_value, n) => n));
    });
  }

  test("a batch that an idempotent producer repeats is written once; one out of order is refused", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    await using connection = await openRequests(bootstrap());
    const { producerId, producerEpoch } = await connection.initProducerId({ transactionTimeout: 60_000 });
    const produce = (firstSequence: number, values: string[]) =>
      connection.produce({
        acks: -1,
        timeout: 5000,
        producerId,
        producerEpoch,
        topicData: [
          {
            topic,
            partitions: [{ partition: 0, firstSequence, messages: values.map((value) => ({ value })) }],
          },
        ],
      });
    await produce(0, ["a", "b"]);
    await produce(0, ["a", "b"]);
    await expect(produce(7, ["later"])).rejects.toMatchObject({ type: "OUT_OF_ORDER_SEQUENCE_NUMBER" });
    await produce(2, ["c"]);
    const back = await read(client, 3, { topics: [topic] });
    expect(back.map(({ value }) => text(value))).toEqual(["a", "b", "c"]);
    await using admin = await client.openAdmin();
    expect(await admin.offsets(topic)).toEqual([{ partition: 0, earliest: 0, latest: 3 }]);
  });

  test("each of a producer's last five batches may come again; an older one is out of order", async () => {
    const topic = await createTopic(adapterOf(bootstrap()), 1);
    await using connection = await openRequests(bootstrap());
    const producer = await connection.initProducerId({ transactionTimeout: 60_000 });
    const produce = async (firstSequence: number, values: string[], more: object = {}) => {
      const messages = values.map((value) => ({ value }));
      const topicData = [{ topic, partitions: [{ partition: 0, firstSequence, messages }] }];
      const answer = await connection.produce({ acks: -1, timeout: 5000, ...producer, ...more, topicData });
      return answer.topics[0]?.partitions[0]?.baseOffset;
    };
    const offsets = [];
    for (const n of [0, 1, 2, 3, 4, 5]) offsets.push(await produce(n * 2, ["a", "b"]));
    for (const n of [1, 5, 3]) offsets.push(await produce(n * 2, ["a", "b"]));
    expect(offsets).toEqual(["0", "2", "4", "6", "8", "10", "2", "10", "6"]);
    const outOfOrder = expect.objectContaining({ type: "OUT_OF_ORDER_SEQUENCE_NUMBER" });
    await expect(produce(0, ["a", "b"])).rejects.toEqual(outOfOrder);
    await expect(produce(10, ["a"])).rejects.toEqual(outOfOrder);
    await expect(produce(13, ["a"])).rejects.toEqual(outOfOrder);
    const next = { producerEpoch: producer.producerEpoch + 1 };
    await expect(produce(12, ["a"], next)).rejects.toEqual(outOfOrder);
    expect(await produce(0, ["c"], next)).toBe("12");
    await expect(produce(12, ["a"])).rejects.toMatchObject({ type: "INVALID_PRODUCER_EPOCH" });
    expect(await produce(1, ["d"], next)).toBe("13");
  });

  test("a producer that the partition does not know may begin at any sequence", async () => {
    const topic = await createTopic(adapterOf(bootstrap()), 1);
    await using connection = await openRequests(bootstrap());
    const producer = await connection.initProducerId({ transactionTimeout: 60_000 });
    const partitions = [{ partition: 0, firstSequence: 41, messages: [{ value: "a" }] }];
    const answer = await connection.produce({
      acks: -1,
      timeout: 5000,
      ...producer,
      topicData: [{ topic, partitions }],
    });
    expect(answer.topics[0]?.partitions[0]).toMatchObject({ baseOffset: "0" });
  });

  test("producer ids differ", async () => {
    await using connection = await openRequests(bootstrap());
    const ids = new Set<string>();
    for (let n = 0; n < 5; n++)
      ids.add((await connection.initProducerId({ transactionTimeout: 60_000 })).producerId);
    expect(ids.size).toBe(5);
  });
});
