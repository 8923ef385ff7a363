// What our client reads of the end of a topic, without a group.
import { expect } from "@jest/globals";
import { deleteRecords } from "../../src/emulators/kafka/requests/21-delete-records.ts";
import type { OutgoingRecord, TailBatch, TailOptions } from "../../src/kafka/port.ts";
import { parseTopicName, type TopicName } from "../../src/kernel/brand.ts";
import { adapterOf, createTopic, freshName, record, send } from "../support/kafka-clients.ts";
import { openClient } from "../support/kafka-requests.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import { fetchFrom, openTransactional } from "../support/kafka-transactions.ts";

const whole: TailOptions = { maxRecords: Number.POSITIVE_INFINITY };
const startMs = 1_600_000_000_000;

const at = (timestampMs: number, key: string, value: string | null): OutgoingRecord => ({
  key: Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
  timestampMs,
});
const numbered = (count: number, first = 0) =>
  Array.from({ length: count }, (_, index) => record(`value ${first + index}`, `key ${first + index}`));

describeKafka("The tail of a topic on Kafka", ({ test, bootstrap }) => {
  const read = async (topic: TopicName, options: TailOptions = whole) => {
    await using reader = await adapterOf(bootstrap()).openReader();
    const batches: TailBatch[] = [];
    for await (const batch of reader.tail(topic, options)) batches.push(batch);
    return batches;
  };
  const recordsOf = (batches: readonly TailBatch[]) => batches.flatMap(({ records }) => records);
  const valuesOf = (batches: readonly TailBatch[]) => recordsOf(batches).map(({ value }) => String(value));

  test("is empty where the topic is", async () => {
    expect(await read(await createTopic(adapterOf(bootstrap()), 3))).toEqual([]);
  });

  test("is all of it, each record once, as it was sent", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 3);
    await send(client, topic, numbered(500));
    await send(client, topic, [
      { key: Buffer.from("h"), value: Buffer.from("v"), headers: { a: "b" }, timestampMs: startMs },
    ]);
    const batches = await read(topic);
    const records = recordsOf(batches);
    expect(new Set(records.map(({ key }) => String(key))).size).toBe(501);
    expect(records).toHaveLength(501);
    expect(records.find(({ key }) => String(key) === "h")).toMatchObject({
      topic,
      value: Buffer.from("v"),
      headers: { a: Buffer.from("b") },
      timestampMs: startMs,
    });
    expect(batches.at(-1)).toMatchObject({ done: 501, total: 501 });
  });

  test("is the newest records of each partition, in their order", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 2);
    await send(client, topic, numbered(400));
    const all = recordsOf(await read(topic));
    const last = recordsOf(await read(topic, { maxRecords: 60 }));
    for (const partition of [0, 1]) {
      const inPartition = <T extends { readonly partition: number }>(records: readonly T[]) =>
        records.filter((one) => one.partition === partition);
      expect(inPartition(last)).toEqual(inPartition(all).slice(-30));
    }
  });

  test("is more than one answer has room for", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    const value = "x".repeat(400_000);
    for (let first = 0; first < 10; first += 2) {
      await send(client, topic, [record(value, `${first}`), record(value, `${first + 1}`)]);
    }
    const batches = await read(topic);
    expect(recordsOf(batches).map(({ key }) => Number(key))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(batches.length).toBeGreaterThan(1);
    expect(batches.map(({ done }) => done)).toEqual(batches.map(({ nextOffset }) => nextOffset));
  });

  test("goes on from where an earlier one came to", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    await send(client, topic, numbered(3));
    const from = new Map((await read(topic)).map(({ partition, nextOffset }) => [partition, nextOffset]));
    expect(await read(topic, { ...whole, from })).toEqual([]);
    await send(client, topic, numbered(2, 3));
    expect(valuesOf(await read(topic, { ...whole, from }))).toEqual(["value 3", "value 4"]);
  });

  test("ends where the topic ended when it was asked for", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    await send(client, topic, numbered(3));
    await using reader = await client.openReader();
    const values: string[] = [];
    for await (const { records } of reader.tail(topic, whole)) {
      values.push(...records.map(({ value }) => String(value)));
      await send(client, topic, numbered(1, 3));
    }
    expect(values).toEqual(["value 0", "value 1", "value 2"]);
  });

  test("has tombstones, and no records that compaction took", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1, {
      "cleanup.policy": "compact",
      "segment.ms": "1000",
      "min.cleanable.dirty.ratio": "0.01",
    });
    await send(client, topic, [at(startMs, "a", "1"), at(startMs, "b", "1"), at(startMs, "a", "2")]);
    await send(client, topic, [at(startMs + 1, "a", "3"), at(startMs + 1, "b", "2")]);
    await send(client, topic, [at(startMs + 10_000, "z", null)]);
    await using requests = await openTransactional(bootstrap());
    const firstOffset = async () =>
      (await fetchFrom(requests.connection, topic, 0, "read_uncommitted")).messages[0]?.offset;
    while ((await firstOffset()) === "0")
      await fetchFrom(requests.connection, topic, 6, "read_committed", 50);
    const shown = (batches: readonly TailBatch[]) =>
      recordsOf(batches).map(({ offset, key, value }) => `${offset} ${key} ${value}`);
    expect(shown(await read(topic))).toEqual(["3 a 3", "4 b 2", "5 z null"]);
    expect(shown(await read(topic, { maxRecords: 4 }))).toEqual(["3 a 3", "4 b 2", "5 z null"]);
  });

  test("has neither control records nor what was aborted, and ends before what is undecided", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    await using one = await openTransactional(bootstrap());
    await one.add(topic);
    await one.write(topic, 0, ["committed"]);
    await one.end("commit");
    await using two = await openTransactional(bootstrap());
    await two.add(topic);
    await two.write(topic, 0, ["aborted"]);
    await two.end("abort");
    await send(client, topic, [record("plain")]);
    await using three = await openTransactional(bootstrap());
    await three.add(topic);
    await three.write(topic, 0, ["undecided"]);
    let batches = await read(topic);
    // Markers come a moment after the decision is answered.
    while (valuesOf(batches).length < 2) batches = await read(topic);
    expect(valuesOf(batches)).toEqual(["committed", "plain"]);
    expect(batches.at(-1)?.nextOffset).toBe(5);
    await three.end("abort");
  });

  test("ends after control records alone", async () => {
    const topic = await createTopic(adapterOf(bootstrap()), 1);
    await using producer = await openTransactional(bootstrap());
    await producer.add(topic);
    await producer.write(topic, 0, ["aborted"]);
    await producer.end("abort");
    let batches = await read(topic);
    while (batches.length === 0) batches = await read(topic);
    expect(batches).toMatchObject([{ records: [], nextOffset: 2, done: 2, total: 2 }]);
  });

  test("has nothing of what was deleted", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    await send(client, topic, numbered(5));
    await using raw = await openClient(bootstrap());
    await raw.call(deleteRecords, 2, {
      topics: [{ name: topic, partitions: [{ index: 0, offset: 3 }] }],
      timeoutMs: 10_000,
    });
    expect(valuesOf(await read(topic))).toEqual(["value 3", "value 4"]);
  });

  test("skips what is deleted while it is read", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    const value = "x".repeat(400_000);
    for (let first = 0; first < 8; first += 2) {
      await send(client, topic, [record(value, `${first}`), record(value, `${first + 1}`)]);
    }
    await using raw = await openClient(bootstrap());
    await using reader = await client.openReader();
    const keys: number[] = [];
    for await (const { records } of reader.tail(topic, whole)) {
      if (keys.length === 0) {
        await raw.call(deleteRecords, 2, {
          topics: [{ name: topic, partitions: [{ index: 0, offset: 6 }] }],
          timeoutMs: 10_000,
        });
      }
      keys.push(...records.map(({ key }) => Number(key)));
    }
    expect(keys).toEqual([0, 1, 6, 7]);
  });

  test("leaves no group behind, and stops when it is told to", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 2);
    await send(client, topic, numbered(100));
    const stop = new AbortController();
    await using reader = await client.openReader();
    const batches: TailBatch[] = [];
    for await (const batch of reader.tail(topic, { ...whole, signal: stop.signal })) {
      batches.push(batch);
      stop.abort();
    }
    expect(batches).toHaveLength(1);
  });

  test("is that of no topic where there is none", async () => {
    await expect(read(parseTopicName(freshName("none")))).rejects.toMatchObject({
      name: "KafkaError",
      code: "unknown-topic",
    });
  });
});
