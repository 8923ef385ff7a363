import { describe, expect, test } from "@jest/globals";
import { createManualClock } from "../../../kernel/clock.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { listBatches, numberedBatch } from "../testing/batches.ts";
import { openRawClient } from "../testing/raw-client.ts";
import { openSession, type Session } from "../testing/session.ts";
import { produce } from "./00-produce.ts";
import { fetch } from "./01-fetch.ts";
import { listOffsets } from "./02-list-offsets.ts";
import { offsetFetch } from "./09-offset-fetch.ts";
import { deleteTopics } from "./20-delete-topics.ts";
import { initProducerId } from "./22-init-producer-id.ts";
import { addPartitionsToTxn } from "./24-add-partitions-to-txn.ts";
import { addOffsetsToTxn } from "./25-add-offsets-to-txn.ts";
import { endTxn } from "./26-end-txn.ts";
import { txnOffsetCommit } from "./28-txn-offset-commit.ts";

const readCommitted = { isolationLevel: 1 };

interface Given {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** A producer of the transactional id "x" by single requests. */
async function openProducer({ client }: Session, timeoutMs = 60_000) {
  const request = { transactionalId: "x", transactionTimeoutMs: timeoutMs };
  let given = await client.call(initProducerId, 4, request);
  if (given.errorCode === ErrorCode.concurrentTransactions) {
    given = await client.call(initProducerId, 4, request);
  }
  const { producerId, producerEpoch } = given;
  return producerOf(client, { producerId, producerEpoch });
}

function producerOf(client: Session["client"], given: Given) {
  const who = { transactionalId: "x", ...given };
  return {
    ...given,
    async add(version = 3, topics = [{ name: "t", partitions: [0] }]) {
      const answer = await client.call(addPartitionsToTxn, version, { ...who, topics });
      return answer.topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode));
    },
    async write(count: number, baseSequence: number, isTransactional = true) {
      const bytes = numberedBatch(count, { ...given, baseSequence, isTransactional });
      const records = { buffers: [bytes], byteLength: bytes.length };
      const topics = [{ name: "t", partitions: [{ index: 0, records }] }];
      const answer = await client.call(produce, 9, { transactionalId: "x", acks: -1, topics });
      return answer.topics[0]?.partitions[0]?.errorCode;
    },
    end: async (committed: boolean, version = 3) =>
      (await client.call(endTxn, version, { ...who, committed })).errorCode,
    addOffsets: async (groupId = "g", version = 3) =>
      (await client.call(addOffsetsToTxn, version, { ...who, groupId })).errorCode,
    async commitOffset(offset: number, more: object = {}, version = 3) {
      const partitions = [{ index: 0, offset, metadata: "" }];
      const body = { ...who, groupId: "g", topics: [{ name: "t", partitions }], ...more };
      const answer = await client.call(txnOffsetCommit, version, body);
      return answer.topics[0]?.partitions[0]?.errorCode;
    },
  };
}

async function committedOffset({ client }: Session, requireStable = false) {
  const topics = [{ name: "t", partitions: [0] }];
  const answer = await client.call(offsetFetch, 7, { groupId: "g", topics, requireStable });
  return answer.topics[0]?.partitions[0];
}

async function openWithTopic(options = {}) {
  const session = await openSession(options);
  await session.createTopic("t", 2);
  return session;
}

describe("a transaction", () => {
  test.each([
    [0, 0, 0],
    [1, 1, 1],
    [2, 2, 2],
    [3, 4, 4],
  ])("is written through versions %d, %d and %d and then committed", async (adding, offsets, ending) => {
    await using session = await openWithTopic();
    const producer = await openProducer(session);
    expect(await producer.add(adding)).toEqual([0]);
    expect(await producer.write(3, 0)).toBe(0);
    expect(await producer.addOffsets("g", offsets)).toBe(0);
    expect(await producer.commitOffset(7, {}, offsets)).toBe(0);
    expect(await session.fetch("t", 0, 0, readCommitted)).toMatchObject({
      highWatermark: 3,
      lastStableOffset: 0,
      abortedTransactions: [],
      bytes: Buffer.alloc(0),
    });
    expect(await committedOffset(session)).toMatchObject({ offset: -1, errorCode: 0 });
    expect(await committedOffset(session, true)).toMatchObject({
      offset: -1,
      errorCode: ErrorCode.unstableOffsetCommit,
    });
    expect(await producer.end(true, ending)).toBe(0);
    const read = await session.fetch("t", 0, 0, readCommitted);
    expect(read).toMatchObject({ highWatermark: 4, lastStableOffset: 4, abortedTransactions: [] });
    expect(listBatches(read.bytes)).toEqual([
      { baseOffset: 0, count: 3 },
      { baseOffset: 3, count: 1 },
    ]);
    expect(await committedOffset(session, true)).toMatchObject({ offset: 7, errorCode: 0 });
  });

  test("that is aborted is listed to readers of committed records, for as long as they meet it", async () => {
    await using session = await openWithTopic();
    const producer = await openProducer(session);
    const { producerId } = producer;
    await producer.add();
    await producer.addOffsets();
    await producer.commitOffset(7);
    await producer.write(2, 0);
    await producer.write(2, 2);
    expect(await producer.end(false)).toBe(0);
    await session.produce("t", 0, numberedBatch(1));
    const aborted = [{ producerId, firstOffset: 0 }];
    const listed = async (offset: number, more: object = {}) =>
      (await session.fetch("t", 0, offset, { ...readCommitted, ...more })).abortedTransactions;
    expect(await listed(0)).toEqual(aborted);
    expect(await listed(4)).toEqual(aborted);
    expect(await listed(5)).toEqual([]);
    expect((await session.fetch("t", 0, 0)).abortedTransactions).toBeNull();
    expect(await committedOffset(session)).toMatchObject({ offset: -1 });
  });

  test("holds back what is written after it began, and only in its partition", async () => {
    await using session = await openWithTopic();
    const producer = await openProducer(session);
    await session.produce("t", 0, numberedBatch(2));
    await producer.add();
    await producer.write(1, 0);
    await session.produce("t", 0, numberedBatch(2));
    await session.produce("t", 1, numberedBatch(1));
    const read = await session.fetch("t", 0, 0, readCommitted);
    expect(listBatches(read.bytes)).toEqual([{ baseOffset: 0, count: 2 }]);
    expect(read).toMatchObject({ highWatermark: 5, lastStableOffset: 2 });
    expect(await session.fetch("t", 1, 0, readCommitted)).toMatchObject({ lastStableOffset: 1 });
    const latest = async (isolationLevel: number, timestampMs: number) => {
      const topics = [{ name: "t", partitions: [{ index: 0, timestampMs }] }];
      const answer = await session.client.call(listOffsets, 5, { isolationLevel, topics });
      return answer.topics[0]?.partitions[0]?.offset;
    };
    expect([await latest(0, -1), await latest(1, -1)]).toEqual([5, 2]);
    expect(await latest(1, 1_000)).toBe(0);
  });

  test("wakes readers of committed records when it ends, not before", async () => {
    const clock = createManualClock(1);
    await using session = await openWithTopic({ clock });
    const producer = await openProducer(session);
    await producer.add();
    await using other = await openRawClient(session.emulator.port);
    const partitions = [{ index: 0, fetchOffset: 0, partitionMaxBytes: 1e6 }];
    const topics = [{ name: "t", partitions }];
    const poll = { maxWaitMs: 60_000, minBytes: 1, maxBytes: 1e6, isolationLevel: 1, topics };
    let isAnswered = false;
    const answer = other.call(fetch, 11, poll).then((found) => {
      isAnswered = true;
      return found.topics[0]?.partitions[0];
    });
    await producer.write(1, 0);
    expect(isAnswered).toBe(false);
    await producer.end(true);
    expect(await answer).toMatchObject({ lastStableOffset: 2 });
  });

  test("opens again after each end, with sequences going on", async () => {
    await using session = await openWithTopic();
    const producer = await openProducer(session);
    for (let round = 0; round < 3; round++) {
      await producer.add();
      expect(await producer.write(2, round * 2)).toBe(0);
      expect(await producer.end(round !== 1)).toBe(0);
    }
    expect(session.emulator.inspectTopic("t")?.[0]).toMatchObject({ endOffset: 9 });
  });

  test("is undone when its producer is silent for its time-out, and the producer is fenced", async () => {
    const clock = createManualClock(1);
    await using session = await openWithTopic({ clock });
    const producer = await openProducer(session, 5_000);
    await producer.add();
    await producer.write(1, 0);
    await clock.advance(4_999);
    expect((await session.fetch("t", 0, 0)).highWatermark).toBe(1);
    await clock.advance(1);
    expect(await session.fetch("t", 0, 0, readCommitted)).toMatchObject({
      highWatermark: 2,
      lastStableOffset: 2,
      abortedTransactions: [{ firstOffset: 0 }],
    });
    expect(await producer.end(true, 1)).toBe(ErrorCode.invalidProducerEpoch);
    expect(await producer.end(true, 2)).toBe(ErrorCode.producerFenced);
    expect(await producer.write(1, 1)).toBe(ErrorCode.invalidProducerEpoch);
  });

  test("lets a topic be deleted under it", async () => {
    await using session = await openWithTopic();
    const producer = await openProducer(session);
    await producer.add();
    await producer.write(1, 0);
    await session.client.call(deleteTopics, 5, { topicNames: ["t"] });
    await session.createTopic("t", 1);
    expect(await producer.end(true)).toBe(0);
    expect(session.emulator.inspectTopic("t")?.[0]).toMatchObject({ endOffset: 0 });
  });
});

describe("InitProducerId", () => {
  test("raises the epoch of a transactional id each time, and fences the earlier producer", async () => {
    await using session = await openWithTopic();
    const first = await openProducer(session);
    const second = await openProducer(session);
    expect(second).toMatchObject({ producerId: first.producerId, producerEpoch: first.producerEpoch + 1 });
    expect(await first.add(1)).toEqual([ErrorCode.invalidProducerEpoch]);
    expect(await first.add(2)).toEqual([ErrorCode.producerFenced]);
    expect(await first.addOffsets()).toBe(ErrorCode.producerFenced);
    expect(await first.commitOffset(1)).toBe(ErrorCode.invalidProducerEpoch);
    expect(await first.end(true)).toBe(ErrorCode.producerFenced);
    expect(await first.write(1, 0)).toBe(ErrorCode.invalidProducerEpoch);
    expect(await second.add()).toEqual([0]);
    expect(await second.write(1, 0)).toBe(0);
  });

  test("aborts what an earlier producer left open, and says meanwhile to ask again", async () => {
    await using session = await openWithTopic();
    const first = await openProducer(session);
    await first.add();
    await first.write(2, 0);
    const request = { transactionalId: "x", transactionTimeoutMs: 1_000 };
    const { client } = session;
    expect(await client.call(initProducerId, 4, request)).toMatchObject({
      errorCode: ErrorCode.concurrentTransactions,
      producerId: -1,
    });
    expect(await client.call(initProducerId, 4, request)).toMatchObject({ errorCode: 0, producerEpoch: 2 });
    expect((await session.fetch("t", 0, 0, readCommitted)).abortedTransactions).toMatchObject([
      { firstOffset: 0 },
    ]);
  });

  test("raises a producer's own epoch once, however often it repeats the request", async () => {
    await using session = await openWithTopic();
    const { producerId, producerEpoch } = await openProducer(session);
    const ask = (epoch: number, id = producerId, version = 4) =>
      session.client.call(initProducerId, version, {
        transactionalId: "x",
        transactionTimeoutMs: 1_000,
        producerId: id,
        producerEpoch: epoch,
      });
    const raised = { errorCode: 0, producerId, producerEpoch: producerEpoch + 1 };
    expect(await ask(producerEpoch)).toMatchObject(raised);
    expect(await ask(producerEpoch)).toMatchObject(raised);
    expect(await ask(producerEpoch + 1)).toMatchObject({ ...raised, producerEpoch: producerEpoch + 2 });
    expect(await ask(producerEpoch)).toMatchObject({ errorCode: ErrorCode.producerFenced });
    expect(await ask(producerEpoch, producerId, 3)).toMatchObject({
      errorCode: ErrorCode.invalidProducerEpoch,
    });
    expect(await ask(0, producerId + 1)).toMatchObject({ errorCode: ErrorCode.producerFenced });
    expect(await ask(-1)).toMatchObject({ errorCode: ErrorCode.invalidRequest });
  });

  test.each([
    ["an empty transactional id", { transactionalId: "" }, ErrorCode.invalidRequest],
    ["a time-out of 0", { transactionTimeoutMs: 0 }, ErrorCode.invalidTransactionTimeout],
    [
      "a time-out above Kafka's limit",
      { transactionTimeoutMs: 900_001 },
      ErrorCode.invalidTransactionTimeout,
    ],
  ])("refuses %s", async (_, more, errorCode) => {
    await using session = await openSession();
    const request = { transactionalId: "x", transactionTimeoutMs: 1_000, ...more };
    expect(await session.client.call(initProducerId, 4, request)).toMatchObject({
      errorCode,
      producerId: -1,
    });
  });
});

describe("what belongs to no open transaction", () => {
  test("is not written", async () => {
    await using session = await openWithTopic();
    const producer = await openProducer(session);
    expect(await producer.write(1, 0)).toBe(ErrorCode.invalidTxnState);
    await producer.add(3, [{ name: "t", partitions: [1] }]);
    expect(await producer.write(1, 0)).toBe(ErrorCode.invalidTxnState);
    expect(await producer.commitOffset(1)).toBe(ErrorCode.invalidTxnState);
    await producer.add();
    expect(await producer.write(1, 0)).toBe(0);
    expect(await producer.write(1, 1, false)).toBe(ErrorCode.invalidTxnState);
    await producer.end(true);
    expect(await producer.write(1, 1)).toBe(ErrorCode.invalidTxnState);
    expect(await producer.write(1, 1, false)).toBe(0);
    const bytes = numberedBatch(1, { ...producer, baseSequence: 2, isTransactional: true });
    expect(await session.produce("t", 0, bytes)).toMatchObject({
      errorCode: ErrorCode.transactionalIdAuthorizationFailed,
    });
  });

  test("cannot be ended, save by repeating how it ended", async () => {
    await using session = await openWithTopic();
    const producer = await openProducer(session);
    expect(await producer.end(true)).toBe(ErrorCode.invalidTxnState);
    await producer.add();
    expect([await producer.end(true), await producer.end(true)]).toEqual([0, 0]);
    expect(await producer.end(false)).toBe(ErrorCode.invalidTxnState);
    await producer.add();
    expect([await producer.end(false), await producer.end(false)]).toEqual([0, 0]);
    expect(await producer.end(true)).toBe(ErrorCode.invalidTxnState);
  });

  test("is refused as a whole when one partition is not there", async () => {
    await using session = await openWithTopic();
    const producer = await openProducer(session);
    expect(await producer.add(3, [{ name: "t", partitions: [0, 7] }])).toEqual([
      ErrorCode.operationNotAttempted,
      ErrorCode.unknownTopicOrPartition,
    ]);
    expect(await producer.end(true)).toBe(ErrorCode.invalidTxnState);
  });

  test.each([
    ["an id that nobody holds", { transactionalId: "y" }, ErrorCode.invalidProducerIdMapping],
    ["no id", { transactionalId: "" }, ErrorCode.invalidRequest],
    ["another producer's id", { producerId: 1 }, ErrorCode.invalidProducerIdMapping],
    ["an epoch to come", { producerEpoch: 9 }, ErrorCode.producerFenced],
  ])("as %s is refused", async (_, more, errorCode) => {
    await using session = await openWithTopic();
    const { producerId, producerEpoch } = await openProducer(session);
    const who = { transactionalId: "x", producerId, producerEpoch, ...more };
    expect(await session.client.call(endTxn, 3, { ...who, committed: true })).toMatchObject({ errorCode });
    expect(await session.client.call(addOffsetsToTxn, 3, { ...who, groupId: "g" })).toMatchObject({
      errorCode,
    });
  });

  test.each([
    ["no group", { groupId: "" }, ErrorCode.invalidGroupId],
    ["a generation of a group that is not there", { generationId: 1 }, ErrorCode.illegalGeneration],
    ["a topic that is not there", { topics: [{ name: "no", partitions: [{}] }] }, 3],
    [
      "too much metadata",
      { topics: [{ name: "t", partitions: [{ metadata: "x".repeat(5000) }] }] },
      ErrorCode.offsetMetadataTooLarge,
    ],
  ])("as offsets with %s is refused", async (_, more, errorCode) => {
    await using session = await openWithTopic();
    const producer = await openProducer(session);
    await producer.addOffsets();
    expect(await producer.commitOffset(1, more)).toBe(errorCode);
    expect(await producer.addOffsets("")).toBe(ErrorCode.invalidGroupId);
  });
});
