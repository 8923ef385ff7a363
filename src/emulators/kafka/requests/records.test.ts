/**
 * Produce, Fetch, ListOffsets, DeleteRecords and OffsetForLeaderEpoch, over the wire.
 */
import { describe, expect, test } from "@jest/globals";
import { ErrorCode } from "../protocol/error-codes.ts";
import { encodeBatch, listBatches, numberedBatch } from "../testing/batches.ts";
import { encodeRequest, openRawClient } from "../testing/raw-client.ts";
import { openSession } from "../testing/session.ts";
import { produce } from "./00-produce.ts";
import { fetch } from "./01-fetch.ts";
import { listOffsets } from "./02-list-offsets.ts";
import { metadata } from "./03-metadata.ts";
import { createTopics } from "./19-create-topics.ts";
import { deleteTopics } from "./20-delete-topics.ts";
import { deleteRecords } from "./21-delete-records.ts";
import { initProducerId } from "./22-init-producer-id.ts";
import { offsetForLeaderEpoch } from "./23-offset-for-leader-epoch.ts";

const chunksOf = (bytes: Buffer) => ({ buffers: [bytes], byteLength: bytes.length });
const range = ([min, max]: readonly [number, number]) =>
  Array.from({ length: max - min + 1 }, (_, i) => min + i);

describe("Produce", () => {
  test.each(range([3, 12]))("version %d keeps the batch as it came, at the next offset", async (version) => {
    await using session = await openSession();
    await session.createTopic("t", 1);
    expect(await session.produce("t", 0, numberedBatch(3), version)).toMatchObject({
      errorCode: 0,
      baseOffset: 0,
    });
    expect(await session.produce("t", 0, numberedBatch(2), version)).toMatchObject({
      errorCode: 0,
      baseOffset: 3,
    });
    const { bytes } = await session.fetch("t", 0, 0);
    expect(bytes.subarray(16, numberedBatch(3).length)).toEqual(numberedBatch(3).subarray(16));
    expect(listBatches(bytes)).toEqual([
      { baseOffset: 0, count: 3 },
      { baseOffset: 3, count: 2 },
    ]);
  });

  test.each([0, 1, 2])("version %d ends the connection", async (version) => {
    await using session = await openSession();
    await session.createTopic("t", 1);
    await expect(session.produce("t", 0, numberedBatch(1), version)).rejects.toThrow("closed");
  });

  test.each([
    ["a topic that does not exist", "other", 0, numberedBatch(1), 9, ErrorCode.unknownTopicOrPartition],
    ["a partition that does not exist", "t", 1, numberedBatch(1), 9, ErrorCode.unknownTopicOrPartition],
    ["a negative partition", "t", -1, numberedBatch(1), 9, ErrorCode.unknownTopicOrPartition],
    [
      "zstd before version 7",
      "t",
      0,
      numberedBatch(1, { codec: "zstd" }),
      6,
      ErrorCode.unsupportedCompressionType,
    ],
    ["a batch larger than the topic takes", "t", 0, numberedBatch(200), 9, ErrorCode.messageTooLarge],
    ["no bytes", "t", 0, Buffer.alloc(0), 9, ErrorCode.invalidRecord],
  ])("refuses %s", async (_, topic, index, bytes, version, errorCode) => {
    await using session = await openSession();
    await session.createTopic("t", 1, { "max.message.bytes": "1000" });
    expect(await session.produce(topic, index, bytes, version)).toMatchObject({ errorCode });
    expect(session.emulator.inspectTopic("t")?.[0]).toMatchObject({ endOffset: 0 });
  });

  test("refuses acks 2", async () => {
    await using session = await openSession();
    await session.createTopic("t", 1);
    const topics = [{ name: "t", partitions: [{ index: 0, records: chunksOf(numberedBatch(1)) }] }];
    const answer = await session.client.call(produce, 9, { acks: 2, topics });
    expect(answer.topics[0]?.partitions[0]).toMatchObject({ errorCode: ErrorCode.invalidRequiredAcks });
  });

  test("answers for each partition by itself", async () => {
    await using session = await openSession();
    await session.createTopic("t", 2);
    const partitions = [0, 7, 1].map((index) => ({ index, records: chunksOf(numberedBatch(1)) }));
    const answer = await session.client.call(produce, 9, { acks: 1, topics: [{ name: "t", partitions }] });
    expect(answer.topics[0]?.partitions.map(({ errorCode }) => errorCode)).toEqual([0, 3, 0]);
  });

  test("of an idempotent producer: a batch again, and one that skips another", async () => {
    await using session = await openSession();
    await session.createTopic("t", 1);
    const { producerId, producerEpoch } = await session.client.call(initProducerId, 4, {
      transactionalId: null,
    });
    const batch = (baseSequence: number) => numberedBatch(2, { producerId, producerEpoch, baseSequence });
    const answers = [];
    for (const sequence of [0, 2, 0, 2, 6, 4]) answers.push(await session.produce("t", 0, batch(sequence)));
    expect(answers.map(({ errorCode, baseOffset }) => [errorCode, baseOffset])).toEqual([
      [0, 0],
      [0, 2],
      [0, 0],
      [0, 2],
      [ErrorCode.outOfOrderSequence, -1],
      [0, 4],
    ]);
  });

  test("tells the broker's time where the topic says LogAppendTime", async () => {
    await using session = await openSession();
    await session.createTopic("t", 1, { "message.timestamp.type": "LogAppendTime" });
    const before = Date.now();
    const { logAppendTimeMs } = await session.produce("t", 0, numberedBatch(1));
    expect(logAppendTimeMs).toBeGreaterThanOrEqual(before);
    expect(logAppendTimeMs).toBeLessThanOrEqual(Date.now());
  });
});

describe("InitProducerId", () => {
  test("never gives an id twice", async () => {
    await using session = await openSession();
    const ids = [];
    for (let i = 0; i < 5; i++) ids.push((await session.client.call(initProducerId, 0, {})).producerId);
    expect(new Set(ids).size).toBe(5);
  });
});

describe("Fetch", () => {
  test.each(range([4, 12]))("version %d reads by topic name", async (version) => {
    await using session = await openSession();
    await session.createTopic("t", 1);
    await session.produce("t", 0, numberedBatch(3));
    const fetched = await session.fetch("t", 0, 0, { version });
    expect(fetched).toMatchObject({ errorCode: 0, highWatermark: 3 });
    expect(listBatches(fetched.bytes)).toEqual([{ baseOffset: 0, count: 3 }]);
  });

  test.each(range([13, 17]))("version %d reads by topic id", async (version) => {
    await using session = await openSession();
    await session.createTopic("t", 1);
    await session.produce("t", 0, numberedBatch(3));
    const { topics } = await session.client.call(metadata, 12, { topics: [{ name: "t" }] });
    const topicId = topics[0]?.topicId ?? "";
    const wanted = (id: string) => ({
      maxBytes: 1e6,
      topics: [{ topicId: id, partitions: [{ index: 0, fetchOffset: 0, partitionMaxBytes: 1e6 }] }],
    });
    const answer = await session.client.call(fetch, version, wanted(topicId));
    expect(answer.topics[0]?.topicId).toBe(topicId);
    expect(listBatches(answer.topics[0]?.partitions[0]?.records?.buffers[0] ?? Buffer.alloc(0))).toHaveLength(
      1,
    );
    const unknown = await session.client.call(fetch, version, wanted("f".repeat(32)));
    expect(unknown.topics[0]?.partitions[0]).toMatchObject({ errorCode: ErrorCode.unknownTopicId });
  });

  test.each([
    ["beyond the end", "t", 0, 4, ErrorCode.offsetOutOfRange],
    ["below the start", "t", 0, 1, ErrorCode.offsetOutOfRange],
    ["of an unknown topic", "other", 0, 0, ErrorCode.unknownTopicOrPartition],
    ["of an unknown partition", "t", 9, 0, ErrorCode.unknownTopicOrPartition],
  ])("of an offset %s is an error, told at once", async (_, topic, index, offset, errorCode) => {
    await using session = await openSession();
    await session.createTopic("t", 1);
    await session.produce("t", 0, numberedBatch(3));
    await session.client.call(deleteRecords, 2, {
      topics: [{ name: "t", partitions: [{ index: 0, offset: 2 }] }],
    });
    const partitions = [{ index, fetchOffset: offset, partitionMaxBytes: 1e6 }];
    const answer = await session.client.call(fetch, 11, {
      maxWaitMs: 600_000,
      minBytes: 1,
      maxBytes: 1e6,
      topics: [{ name: topic, partitions }],
    });
    expect(answer.topics[0]?.partitions[0]).toMatchObject({ errorCode });
  });

  test("tells nothing else with an offset that is out of range", async () => {
    const bytes = numberedBatch(3).length;
    await using session = await openSession({ retentionBytes: bytes * 2 });
    await session.createTopic("t", 1);
    for (let i = 0; i < 5; i++) await session.produce("t", 0, numberedBatch(3));
    expect(await session.fetch("t", 0, 8)).toMatchObject({
      errorCode: ErrorCode.offsetOutOfRange,
      logStartOffset: -1,
      highWatermark: -1,
    });
    expect(listBatches((await session.fetch("t", 0, 9)).bytes)[0]).toEqual({ baseOffset: 9, count: 3 });
  });

  test("gives one batch at least, even over the limits, and no second one over them", async () => {
    await using session = await openSession();
    await session.createTopic("t", 2);
    for (const index of [0, 0, 1]) await session.produce("t", index, numberedBatch(100));
    const batchBytes = numberedBatch(100).length;
    expect(listBatches((await session.fetch("t", 0, 0, { maxBytes: 1 })).bytes)).toHaveLength(1);
    expect(listBatches((await session.fetch("t", 0, 0, { partitionMaxBytes: 1 })).bytes)).toHaveLength(1);
    const partitions = [0, 1].map((index) => ({ index, fetchOffset: 0, partitionMaxBytes: batchBytes * 2 }));
    const answer = await session.client.call(fetch, 11, {
      maxBytes: batchBytes * 2,
      topics: [{ name: "t", partitions }],
    });
    expect(answer.topics[0]?.partitions.map(({ records }) => records?.byteLength)).toEqual([
      batchBytes * 2,
      0,
    ]);
  });

  test("waits for the bytes it asks for, and is woken by the append that brings them", async () => {
    await using session = await openSession();
    await session.createTopic("t", 1);
    const batchBytes = numberedBatch(3).length;
    await using reader = await openRawClient(session.emulator.port);
    const partitions = [{ index: 0, fetchOffset: 0, partitionMaxBytes: 1e6 }];
    const waiting = reader.call(fetch, 11, {
      maxWaitMs: 600_000,
      minBytes: batchBytes * 2,
      maxBytes: 1e6,
      topics: [{ name: "t", partitions }],
    });
    await session.produce("t", 0, numberedBatch(3));
    await session.produce("t", 0, numberedBatch(3));
    const answer = await waiting;
    expect(answer.topics[0]?.partitions[0]?.records?.byteLength).toBe(batchBytes * 2);
  });

  test("answers empty after the longest wait", async () => {
    await using session = await openSession();
    await session.createTopic("t", 1);
    const answer = await session.client.call(fetch, 11, {
      maxWaitMs: 20,
      minBytes: 1,
      maxBytes: 1e6,
      topics: [{ name: "t", partitions: [{ index: 0, fetchOffset: 0, partitionMaxBytes: 1e6 }] }],
    });
    expect(answer.topics[0]?.partitions[0]).toMatchObject({ errorCode: 0, records: { byteLength: 0 } });
  });

  test("that waits is told when the topic is deleted", async () => {
    await using session = await openSession();
    await session.createTopic("t", 1);
    await using reader = await openRawClient(session.emulator.port);
    const partitions = [{ index: 0, fetchOffset: 0, partitionMaxBytes: 1e6 }];
    const topics = [{ name: "t", partitions }];
    const waiting = reader.call(fetch, 11, { maxWaitMs: 600_000, minBytes: 1, maxBytes: 1e6, topics });
    await session.client.call(deleteTopics, 5, { topicNames: ["t"] });
    expect((await waiting).topics[0]?.partitions[0]).toMatchObject({
      errorCode: ErrorCode.unknownTopicOrPartition,
    });
  });

  test("never grants a session", async () => {
    await using session = await openSession();
    expect(await session.client.call(fetch, 11, { sessionId: 0, sessionEpoch: 0 })).toMatchObject({
      sessionId: 0,
    });
    expect(await session.client.call(fetch, 11, { sessionId: 5, sessionEpoch: 1 })).toMatchObject({
      errorCode: ErrorCode.fetchSessionIdNotFound,
    });
  });

  test("of a leader epoch to come is refused", async () => {
    await using session = await openSession();
    await session.createTopic("t", 1);
    const partitions = [{ index: 0, fetchOffset: 0, partitionMaxBytes: 1, currentLeaderEpoch: 3 }];
    const answer = await session.client.call(fetch, 11, { topics: [{ name: "t", partitions }] });
    expect(answer.topics[0]?.partitions[0]).toMatchObject({ errorCode: ErrorCode.unknownLeaderEpoch });
  });
});

describe("ListOffsets", () => {
  const times = [100, 200, 300];
  const lookUps: [string, number, number, object][] = [
    ["latest", -1, 1, { errorCode: 0, offset: 3, timestampMs: -1 }],
    ["earliest", -2, 1, { errorCode: 0, offset: 1, timestampMs: -1 }],
    ["a time between two records", 150, 1, { errorCode: 0, offset: 1, timestampMs: 200 }],
    ["a time after all", 301, 1, { errorCode: 0, offset: -1, timestampMs: -1 }],
    ["a time before all", 0, 10, { errorCode: 0, offset: 1, timestampMs: 200, leaderEpoch: 0 }],
    ["the newest record", -3, 7, { errorCode: 0, offset: 2, timestampMs: 300 }],
    ["the newest record, before it was known", -3, 6, { errorCode: ErrorCode.unsupportedVersion }],
    ["the earliest local offset", -4, 8, { errorCode: 0, offset: 1 }],
    ["the last tiered offset", -5, 9, { errorCode: 0, offset: -1 }],
    ["a timestamp without a meaning", -6, 10, { errorCode: ErrorCode.unsupportedVersion }],
  ];
  test.each(lookUps)("finds %s", async (_, timestampMs, version, expected) => {
    await using session = await openSession();
    await session.createTopic("t", 1);
    await session.produce("t", 0, encodeBatch({ records: times.map((time) => ({ timestampMs: time })) }));
    const topics = [{ name: "t", partitions: [{ index: 0, offset: 1 }] }];
    expect((await session.client.call(deleteRecords, 0, { topics })).topics[0]?.partitions[0]).toEqual({
      index: 0,
      lowWatermark: 1,
      errorCode: 0,
    });
    const answer = await session.client.call(listOffsets, version, {
      topics: [{ name: "t", partitions: [{ index: 0, timestampMs }] }],
    });
    expect(answer.topics[0]?.partitions[0]).toMatchObject(expected);
  });

  test("does not know what does not exist", async () => {
    await using session = await openSession();
    const topics = [{ name: "other", partitions: [{ index: 0, timestampMs: -1 }] }];
    expect((await session.client.call(listOffsets, 1, { topics })).topics[0]?.partitions[0]).toMatchObject({
      errorCode: ErrorCode.unknownTopicOrPartition,
      offset: -1,
    });
  });
});

describe("DeleteRecords", () => {
  test.each([
    [-1, { errorCode: 0, lowWatermark: 3 }],
    [3, { errorCode: 0, lowWatermark: 3 }],
    [4, { errorCode: ErrorCode.offsetOutOfRange, lowWatermark: -1 }],
    [-2, { errorCode: ErrorCode.offsetOutOfRange, lowWatermark: -1 }],
  ])("before offset %d of three records", async (offset, expected) => {
    await using session = await openSession();
    await session.createTopic("t", 1);
    await session.produce("t", 0, numberedBatch(3));
    const topics = [{ name: "t", partitions: [{ index: 0, offset }] }];
    const answer = await session.client.call(deleteRecords, 2, { topics });
    expect(answer.topics[0]?.partitions[0]).toMatchObject(expected);
  });
});

describe("OffsetForLeaderEpoch", () => {
  test.each([
    [0, -1, { errorCode: 0, leaderEpoch: 0, endOffset: 3 }],
    [1, -1, { errorCode: 0, leaderEpoch: -1, endOffset: -1 }],
    [0, 5, { errorCode: ErrorCode.unknownLeaderEpoch }],
  ])("of epoch %d, for a client at epoch %d", async (leaderEpoch, currentLeaderEpoch, expected) => {
    await using session = await openSession();
    await session.createTopic("t", 1);
    await session.produce("t", 0, numberedBatch(3));
    const partitions = [{ index: 0, currentLeaderEpoch, leaderEpoch }];
    const answer = await session.client.call(offsetForLeaderEpoch, 4, {
      topics: [{ name: "t", partitions }],
    });
    expect(answer.topics[0]?.partitions[0]).toMatchObject(expected);
  });
});

test("a broker that is asked for the same partition over and over still answers within its limit", async () => {
  await using session = await openSession();
  await session.client.call(createTopics, 7, {
    topics: [{ name: "t", partitionCount: 1, replicationFactor: 1 }],
  });
  const large = encodeBatch({ records: [{ value: "x".repeat(1_000_000) }] });
  await session.produce("t", 0, large);
  const partitions = Array.from({ length: 1_000 }, () => ({
    index: 0,
    fetchOffset: 0,
    partitionMaxBytes: 2e9,
  }));
  session.client.send(encodeRequest(fetch, 11, { maxBytes: 2e9, topics: [{ name: "t", partitions }] }));
  const frame = await session.client.nextFrame();
  expect(frame?.length).toBeLessThan(56 * 1024 * 1024);
});
