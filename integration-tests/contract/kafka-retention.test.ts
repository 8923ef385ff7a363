// What clients may rely on about what a topic keeps: segments, retention, deletions, and records that were deleted.
import { expect } from "@jest/globals";
import kafkajs, { type CompressionTypes } from "kafkajs";
import { batch, headerAt } from "../../src/emulators/kafka/log/record-batch.ts";
import { listRecords } from "../../src/emulators/kafka/log/records.ts";
import { ErrorCode } from "../../src/emulators/kafka/protocol/error-codes.ts";
import { deleteRecords } from "../../src/emulators/kafka/requests/21-delete-records.ts";
import { incrementalAlterConfigs } from "../../src/emulators/kafka/requests/44-incremental-alter-configs.ts";
import type { TestRecord } from "../../src/emulators/kafka/testing/batches.ts";
import { listBatches } from "../../src/emulators/kafka/testing/batches.ts";
import type { RawClient } from "../../src/emulators/kafka/testing/raw-client.ts";
import { adapterOf, createTopic, rawKafkaOf, readRaw } from "../support/kafka-clients.ts";
import {
  earliest,
  fetchPartition,
  latest,
  lookUp,
  newest,
  openClient,
  writeBatch,
} from "../support/kafka-requests.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import { openTransactional } from "../support/kafka-transactions.ts";
import { only } from "../support/kafka-wire.ts";

const { none, invalidTimestamp, messageTooLarge, offsetOutOfRange } = ErrorCode;

const compacting = {
  "cleanup.policy": "compact",
  "segment.ms": "1000",
  "min.cleanable.dirty.ratio": "0.01",
};
const startMs = 1_600_000_000_000;
const hourMs = 3_600_000;
const mebibyte = 1_048_576;

const at = (timestampMs: number, ...records: TestRecord[]) => ({
  records: records.map((record) => ({ ...record, timestampMs })),
});

/** Where the log starts, once that is past `offset`. */
async function startAfter(client: RawClient, topic: string, offset: number): Promise<number> {
  for (;;) {
    const found = await lookUp(client, topic, earliest);
    if (found.offset > offset) return found.offset;
    const end = await lookUp(client, topic, latest);
    await fetchPartition(client, topic, end.offset, { waitMs: 50 });
  }
}

async function removeBefore(client: RawClient, topic: string, offset: number) {
  const topics = [{ name: topic, partitions: [{ index: 0, offset }] }];
  const answer = await client.call(deleteRecords, 2, { topics, timeoutMs: 10_000 });
  const { errorCode, lowWatermark } = only(only(answer.topics).partitions);
  return errorCode === none ? lowWatermark : `error ${errorCode}`;
}

/** Resolves once the first batch has no more records than that. */
async function untilCompacted(client: RawClient, topic: string, count: number): Promise<void> {
  const end = (await lookUp(client, topic, latest)).offset;
  for (;;) {
    const { bytes } = await fetchPartition(client, topic, 0);
    if (bytes.readInt32BE(headerAt.recordCount) <= count) return;
    await fetchPartition(client, topic, end, { waitMs: 50 });
  }
}

describeKafka("A topic on Kafka", ({ test, bootstrap }) => {
  const newTopic = (config: Readonly<Record<string, string>> = {}) =>
    createTopic(adapterOf(bootstrap()), 1, config);

  const { None, GZIP, Snappy, LZ4, ZSTD } = kafkajs.CompressionTypes;
  const codecs: readonly [string, CompressionTypes][] = [
    ["no codec", None],
    ["gzip", GZIP],
    ["snappy", Snappy],
    ["lz4", LZ4],
    ["zstd", ZSTD],
  ];
  for (const [codec, compression] of codecs) {
    test(`finds single records by their time inside a batch of ${codec}`, async () => {
      const topic = await newTopic();
      const producer = rawKafkaOf(bootstrap()).producer();
      await producer.connect();
      for (const times of [
        [100, 300, 200],
        [150, 400, 500],
      ]) {
        const messages = times.map((ms) => ({ value: `${ms}`, timestamp: String(startMs + ms) }));
        await producer.send({ topic, compression, messages });
      }
      await producer.disconnect();
      await using client = await openClient(bootstrap());
      const found = [];
      for (const ms of [0, 100, 101, 300, 301, 400, 500, 501]) {
        const { offset, timestampMs } = await lookUp(client, topic, startMs + ms);
        found.push(offset === -1 ? null : [offset, timestampMs - startMs]);
      }
      expect(found).toEqual([[0, 100], [0, 100], [1, 300], [1, 300], [4, 400], [4, 400], [5, 500], null]);
      expect(await lookUp(client, topic, newest)).toMatchObject({ offset: 5, timestampMs: startMs + 500 });
    });
  }

  test("can lose its first records, also from the middle of a batch, and never gets them back", async () => {
    const topic = await newTopic();
    await using client = await openClient(bootstrap());
    for (const ms of [100, 200, 300]) {
      await writeBatch(client, topic, at(startMs + ms, { value: "a" }, { value: "b" }));
    }
    expect(await removeBefore(client, topic, 3)).toBe(3);
    expect(await removeBefore(client, topic, 1)).toBe(3);
    expect(await removeBefore(client, topic, 7)).toBe(`error ${offsetOutOfRange}`);
    expect(await lookUp(client, topic, earliest)).toMatchObject({ offset: 3 });
    expect(await lookUp(client, topic, 0)).toMatchObject({ offset: 3, timestampMs: startMs + 200 });
    const inside = await fetchPartition(client, topic, 3);
    expect(inside).toMatchObject({ errorCode: none, logStartOffset: 3, highWatermark: 6 });
    // Batches stay whole: readers pass over what comes before the offset they asked for.
    expect(listBatches(inside.bytes)).toEqual([
      { baseOffset: 2, count: 2 },
      { baseOffset: 4, count: 2 },
    ]);
    for (const offset of [2, 7]) {
      const outside = { errorCode: offsetOutOfRange, highWatermark: -1, logStartOffset: -1 };
      expect(await fetchPartition(client, topic, offset)).toMatchObject(outside);
    }
    const back = await readRaw(rawKafkaOf(bootstrap()), topic, 3);
    expect(back.map(({ message }) => message.offset)).toEqual(["3", "4", "5"]);
  });

  test("can lose all its records, and counts its offsets on", async () => {
    const topic = await newTopic();
    await using client = await openClient(bootstrap());
    await writeBatch(client, topic, at(startMs, { value: "a" }, { value: "b" }));
    expect(await removeBefore(client, topic, -1)).toBe(2);
    expect(await lookUp(client, topic, earliest)).toMatchObject({ offset: 2 });
    expect(await lookUp(client, topic, 0)).toMatchObject({ errorCode: none, offset: -1 });
    const written = await writeBatch(client, topic, at(startMs, { value: "c" }));
    expect(written).toMatchObject({ baseOffset: 2, logStartOffset: 2 });
  });

  test("that keeps so many bytes loses whole segments, and no more than it may", async () => {
    const topic = await newTopic({
      "retention.bytes": String(2 * mebibyte),
      "segment.bytes": String(mebibyte),
    });
    await using client = await openClient(bootstrap());
    const value = "x".repeat(600_000);
    // One to a segment: two do not fit. Four are the fewest that are more than is kept.
    for (let n = 0; n < 6; n++) await writeBatch(client, topic, at(startMs, { value }));
    const start = await startAfter(client, topic, 1);
    expect(start).toBe(2);
    expect(await lookUp(client, topic, latest)).toMatchObject({ offset: 6 });
  });

  test("keeps a record beyond its time while a younger one lies in its segment", async () => {
    const nowMs = Date.now();
    const config = { "retention.ms": String(hourMs), "segment.ms": String(10 * hourMs) };
    const [mixed, old] = [await newTopic(config), await newTopic(config)];
    await using client = await openClient(bootstrap());
    await writeBatch(client, mixed, at(nowMs - 2 * hourMs, { value: "old" }));
    await writeBatch(client, mixed, at(nowMs, { value: "young" }));
    await writeBatch(client, old, at(nowMs - 2 * hourMs, { value: "old" }));
    expect(await startAfter(client, old, 0)).toBe(1);
    expect(await lookUp(client, mixed, earliest)).toMatchObject({ offset: 0 });
    // In a segment of its own it goes.
    const apart = await newTopic({ ...config, "segment.ms": "1000" });
    await writeBatch(client, apart, at(nowMs - 2 * hourMs, { value: "old" }));
    await writeBatch(client, apart, at(nowMs, { value: "young" }));
    expect(await startAfter(client, apart, 0)).toBe(1);
  });

  test("is compacted inside its batches, and forgets deletions when their time is up", async () => {
    await using client = await openClient(bootstrap());
    /** The first records, as many as are expected: the last of them is the last of all. */
    const shown = async (topic: string, count: number) => {
      const back = await readRaw(rawKafkaOf(bootstrap()), topic, count);
      return back.map(({ message: { offset, key, value } }) => `${offset} ${key} ${value}`);
    };
    const topics: { keeping: string; forgetting: string }[] = [];
    for (const codec of ["none", "gzip", "zstd"] as const) {
      const keeping = await newTopic({ ...compacting, "delete.retention.ms": "86400000" });
      const forgetting = await newTopic({ ...compacting, "delete.retention.ms": "0" });
      topics.push({ keeping, forgetting });
      for (const topic of [keeping, forgetting]) {
        const first = ["a 1", "b 1", "c 1", "a 2"].map((text) => ({
          key: text[0] ?? "",
          value: text.slice(2),
        }));
        await writeBatch(client, topic, { ...at(startMs, ...first), codec });
        await writeBatch(client, topic, { ...at(startMs + 1, { key: "b", value: null }), codec });
        await writeBatch(client, topic, at(startMs + 10_000, { key: "c", value: "open" }));
        await writeBatch(client, topic, at(startMs + 10_001, { key: "c", value: "open too" }));
      }
    }
    for (const { keeping, forgetting } of topics) {
      for (const topic of [keeping, forgetting]) await untilCompacted(client, topic, 2);
      // The open segment is left as it is: "c" is in it twice, and does not yet replace what lies before.
      const open = ["5 c open", "6 c open too"];
      for (const topic of [keeping, forgetting]) {
        expect(await shown(topic, 5)).toEqual(["2 c 1", "3 a 2", "4 b null", ...open]);
      }
    }
    // A deletion goes at the next compaction after its time, and there is one when another segment was closed.
    for (const { keeping, forgetting } of topics) {
      for (const topic of [keeping, forgetting]) {
        await writeBatch(client, topic, at(startMs + 20_000, { key: "d", value: "last" }));
      }
    }
    for (const { keeping, forgetting } of topics) {
      for (const topic of [keeping, forgetting]) await untilCompacted(client, topic, 1);
      expect(await shown(keeping, 4)).toEqual(["3 a 2", "4 b null", "6 c open too", "7 d last"]);
      expect(await shown(forgetting, 3)).toEqual(["3 a 2", "6 c open too", "7 d last"]);
      expect(await lookUp(client, forgetting, earliest)).toMatchObject({ offset: 0 });
      expect(await lookUp(client, forgetting, latest)).toMatchObject({ offset: 8 });
    }
  });

  test("is compacted whatever its batches are packed with, and without what was aborted", async () => {
    await using client = await openClient(bootstrap());
    const kafka = rawKafkaOf(bootstrap());
    await using transactions = await openTransactional(bootstrap());
    const producer = kafka.producer();
    await producer.connect();
    const topics = [];
    for (const [, compression] of codecs) {
      const topic = await newTopic({ ...compacting, "delete.retention.ms": "0" });
      topics.push(topic);
      const send = (atMs: number, ...pairs: string[]) => {
        const messages = pairs.map((pair) => ({
          key: pair.slice(0, 1),
          value: pair.slice(2),
          timestamp: String(startMs + atMs),
        }));
        return producer.send({ topic, compression, messages });
      };
      await send(0, "a 1", "b 1", "c 1", "a 2");
      await transactions.add(topic);
      await transactions.writeKeyed(topic, 0, [["b", "aborted"]]);
      await transactions.end("abort");
      // The marker may come a moment after the answer.
      while ((await lookUp(client, topic, latest, { isCommittedOnly: true })).offset < 6);
      await send(5_000, "c 2");
      // Later than the marker by more than a segment.
      await writeBatch(client, topic, at(Date.now() + 60_000, { key: "z", value: "open" }));
    }
    await producer.disconnect();
    for (const topic of topics) {
      await untilCompacted(client, topic, 2);
      const keys: string[] = [];
      for (let offset = 0; offset < 8; ) {
        const { bytes } = await fetchPartition(client, topic, offset);
        for (let position = 0; position < bytes.length; position += batch.byteLength(bytes, position)) {
          const baseOffset = batch.baseOffset(bytes, position);
          offset = batch.lastOffset(bytes, position) + 1;
          if (batch.isControl(bytes, position)) continue;
          const records = listRecords({ buffer: bytes, position }) ?? [];
          keys.push(...records.map(({ offsetDelta, key }) => `${baseOffset + offsetDelta} ${key}`));
        }
      }
      expect(keys).toEqual(["1 b", "3 a", "6 c", "7 z"]);
    }
  });

  test("may stamp its records itself", async () => {
    const topic = await newTopic({ "message.timestamp.type": "LogAppendTime" });
    await using client = await openClient(bootstrap());
    const written = await writeBatch(client, topic, at(startMs, { value: "a" }, { value: "b" }));
    const { logAppendTimeMs } = written;
    expect(logAppendTimeMs).toBeGreaterThan(startMs + hourMs);
    expect(await lookUp(client, topic, 0)).toMatchObject({ offset: 0, timestampMs: logAppendTimeMs });
    expect(await lookUp(client, topic, newest)).toMatchObject({ offset: 0, timestampMs: logAppendTimeMs });
    const back = await readRaw(rawKafkaOf(bootstrap()), topic, 2);
    const stamp = String(logAppendTimeMs);
    expect(back.map(({ message }) => message.timestamp)).toEqual([stamp, stamp]);
    const plain = await newTopic();
    expect(await writeBatch(client, plain, at(startMs, { value: "a" }))).toMatchObject({
      logAppendTimeMs: -1,
    });
  });

  test("takes no record whose time is too far from its own, and says which", async () => {
    const nowMs = Date.now();
    const limits = {
      "message.timestamp.before.max.ms": String(24 * hourMs),
      "message.timestamp.after.max.ms": String(24 * hourMs),
    };
    const topic = await newTopic(limits);
    await using client = await openClient(bootstrap());
    const record = (days: number) => ({ value: "a", timestampMs: nowMs + days * 24 * hourMs });
    for (const days of [-1.5, 1.5]) {
      const refused = await writeBatch(client, topic, { records: [record(0), record(days)] });
      expect(refused).toMatchObject({ errorCode: invalidTimestamp, baseOffset: -1 });
      expect(refused.recordErrors).toMatchObject([{ batchIndex: 1 }]);
    }
    const taken = { records: [record(-0.5), record(0), record(0.5)] };
    expect(await writeBatch(client, topic, taken)).toMatchObject({ errorCode: none, baseOffset: 0 });
    // By default a record may be of any age, and an hour early.
    const usual = await newTopic();
    expect((await writeBatch(client, usual, { records: [record(1)] })).errorCode).toBe(invalidTimestamp);
    expect((await writeBatch(client, usual, { records: [record(-9_999)] })).errorCode).toBe(none);
  });

  test("that wants more replicas in sync than it has is written to all the same", async () => {
    const topic = await newTopic({ "min.insync.replicas": "2" });
    await using client = await openClient(bootstrap());
    const written = await writeBatch(client, topic, at(startMs, { value: "a" }));
    expect(written).toMatchObject({ errorCode: none, baseOffset: 0 });
  });

  test("takes batches up to its limit, which can be changed meanwhile", async () => {
    const topic = await newTopic({ "max.message.bytes": "10000" });
    await using client = await openClient(bootstrap());
    const batch = at(startMs, { value: "x".repeat(12_000) });
    expect(await writeBatch(client, topic, batch)).toMatchObject({
      errorCode: messageTooLarge,
      baseOffset: -1,
    });
    const configs = [{ name: "max.message.bytes", value: "20000", operation: 0 }];
    const resources = [{ resourceType: 2, resourceName: topic, configs }];
    await client.call(incrementalAlterConfigs, 1, { resources });
    // A broker learns of it a moment later.
    let written = await writeBatch(client, topic, batch);
    while (written.errorCode === messageTooLarge) written = await writeBatch(client, topic, batch);
    expect(written).toMatchObject({ errorCode: none, baseOffset: 0 });
  });

  for (const [type, number] of [
    ["uncompressed", 0],
    ["gzip", 1],
    ["snappy", 2],
    ["lz4", 3],
    ["zstd", 4],
  ] as const) {
    test(`of compression.type=${type} keeps every batch so`, async () => {
      const topic = await newTopic({ "compression.type": type });
      await using client = await openClient(bootstrap());
      for (const codec of ["none", "gzip", "zstd"] as const) {
        await writeBatch(client, topic, { ...at(startMs, { value: codec }, { value: codec }), codec });
      }
      for (const offset of [0, 2, 4]) {
        const { bytes } = await fetchPartition(client, topic, offset);
        expect(bytes.readInt16BE(21) & 7).toBe(number);
      }
      const times = await lookUp(client, topic, startMs);
      expect(times).toMatchObject({ offset: 0, timestampMs: startMs });
    });
  }
});
