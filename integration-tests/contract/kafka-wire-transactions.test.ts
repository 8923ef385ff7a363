// The Kafka contract, request by request: producers' ids and transactions.
import { expect } from "@jest/globals";
import { ErrorCode } from "../../src/emulators/kafka/protocol/error-codes.ts";
import { produce } from "../../src/emulators/kafka/requests/00-produce.ts";
import { offsetFetch } from "../../src/emulators/kafka/requests/09-offset-fetch.ts";
import { initProducerId } from "../../src/emulators/kafka/requests/22-init-producer-id.ts";
import { addPartitionsToTxn } from "../../src/emulators/kafka/requests/24-add-partitions-to-txn.ts";
import { addOffsetsToTxn } from "../../src/emulators/kafka/requests/25-add-offsets-to-txn.ts";
import { endTxn } from "../../src/emulators/kafka/requests/26-end-txn.ts";
import { txnOffsetCommit } from "../../src/emulators/kafka/requests/28-txn-offset-commit.ts";
import { numberedBatch } from "../../src/emulators/kafka/testing/batches.ts";
import { freshName } from "../support/kafka-clients.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import { declareWireCases, only, openWire, whenSettled } from "../support/kafka-wire.ts";
import { openMember } from "../support/kafka-wire-groups.ts";
import {
  addPartitions,
  commitOffset,
  committedOffset,
  end,
  openProducer,
  type Producer,
  readCommitted,
  write,
} from "../support/kafka-wire-transactions.ts";

/** First versions that tell a fenced producer by a code of its own. */
const fencedSince = { init: 4, addPartitions: 2, addOffsets: 2, end: 2 } as const;
const fencedIn = (version: number, since: number) =>
  version >= since ? ErrorCode.producerFenced : ErrorCode.invalidProducerEpoch;

describeKafka("Transactions, request by request", (kafka) => {
  const { test, bootstrap } = kafka;
  declareWireCases(kafka, [
    {
      api: initProducerId,
      does: "gives an idempotent producer an id of its own",
      async run(wire, version) {
        const body = { transactionalId: null, transactionTimeoutMs: 60_000 };
        const first = await whenSettled(() => wire.call(initProducerId, version, body));
        const second = await wire.call(initProducerId, version, body);
        expect(first).toMatchObject({ throttleTimeMs: 0, errorCode: 0, producerEpoch: 0 });
        expect(first.producerId).toBeGreaterThanOrEqual(0);
        expect(second.producerId).not.toBe(first.producerId);
      },
    },
    {
      api: initProducerId,
      does: "raises the epoch of a transactional id, and fences who had it",
      async run(wire, version) {
        const body = { transactionalId: freshName("tx"), transactionTimeoutMs: 60_000 };
        const first = await whenSettled(() => wire.call(initProducerId, version, body));
        const second = await whenSettled(() => wire.call(initProducerId, version, body));
        expect(first).toMatchObject({ errorCode: 0, producerEpoch: 0 });
        expect(second).toMatchObject({ errorCode: 0, producerId: first.producerId, producerEpoch: 1 });
        const late = {
          transactionalId: body.transactionalId,
          producerId: first.producerId,
          producerEpoch: 0,
        };
        expect(await end(wire.prepare, 3, late, true)).toMatchObject({ errorCode: ErrorCode.producerFenced });
      },
    },
    {
      api: initProducerId,
      does: "raises its own epoch for a producer that tells what it had",
      since: 3,
      async run(wire, version) {
        const producer = await openProducer(wire);
        const ask = (producerEpoch: number, producerId = producer.producerId) =>
          whenSettled(() =>
            wire.call(initProducerId, version, {
              ...producer,
              transactionTimeoutMs: 60_000,
              producerId,
              producerEpoch,
            }),
          );
        expect(await ask(0)).toMatchObject({
          errorCode: 0,
          producerEpoch: 1,
          producerId: producer.producerId,
        });
        // The answer may have been lost: the same again.
        expect(await ask(0)).toMatchObject({ errorCode: 0, producerEpoch: 1 });
        expect(await ask(1)).toMatchObject({ errorCode: 0, producerEpoch: 2 });
        const fenced = { errorCode: fencedIn(version, fencedSince.init), producerId: -1, producerEpoch: -1 };
        expect(await ask(0)).toMatchObject(fenced);
        expect(await ask(2, producer.producerId + 1_000_000)).toMatchObject(fenced);
      },
    },
    {
      api: initProducerId,
      does: "refuses time-outs and ids that cannot be",
      async run(wire, version) {
        const code = async (transactionalId: string, transactionTimeoutMs: number) => {
          const body = { transactionalId, transactionTimeoutMs };
          const { errorCode, producerId } = await whenSettled(() => wire.call(initProducerId, version, body));
          expect(producerId).toBe(-1);
          return errorCode;
        };
        expect(await code(freshName("tx"), 0)).toBe(ErrorCode.invalidTransactionTimeout);
        expect(await code(freshName("tx"), 900_001)).toBe(ErrorCode.invalidTransactionTimeout);
        expect(await code("", 60_000)).toBe(ErrorCode.invalidRequest);
      },
    },
    {
      api: addPartitionsToTxn,
      does: "takes partitions into a transaction",
      async run(wire, version) {
        const [a, b] = [await wire.createTopic(2), await wire.createTopic()];
        const producer = await openProducer(wire);
        const added = await addPartitions(
          wire.call,
          version,
          producer,
          { name: a.name, partitions: [0, 1] },
          { name: b.name, partitions: [0] },
        );
        expect(added).toEqual({ [`${a.name} 0`]: 0, [`${a.name} 1`]: 0, [`${b.name} 0`]: 0 });
        expect(await write(wire, b.name, producer, 0)).toMatchObject({ errorCode: 0, baseOffset: 0 });
        expect(await end(wire.prepare, 3, producer, true)).toMatchObject({ errorCode: 0 });
      },
    },
    {
      api: addPartitionsToTxn,
      does: "takes none where one is not there, and refuses whom it does not know",
      async run(wire, version) {
        const { name } = await wire.createTopic();
        const producer = await openProducer(wire);
        const add = async (who: Partial<Producer>, ...topics: { name: string; partitions: number[] }[]) =>
          addPartitions(wire.call, version, { ...producer, ...who }, ...topics);
        const known = { name, partitions: [0] };
        expect(await add({}, known, { name: "missing", partitions: [3] })).toEqual({
          [`${name} 0`]: ErrorCode.operationNotAttempted,
          "missing 3": ErrorCode.unknownTopicOrPartition,
        });
        const one = `${name} 0`;
        expect(await add({ producerId: producer.producerId + 1_000_000 }, known)).toEqual({
          [one]: ErrorCode.invalidProducerIdMapping,
        });
        expect(await add({ transactionalId: freshName("none") }, known)).toEqual({
          [one]: ErrorCode.invalidProducerIdMapping,
        });
        expect(await add({ producerEpoch: 9 }, known)).toEqual({
          [one]: fencedIn(version, fencedSince.addPartitions),
        });
        expect(await add({ transactionalId: "" }, known)).toEqual({ [one]: ErrorCode.invalidRequest });
      },
    },
    {
      api: addOffsetsToTxn,
      does: "takes a group's commits into a transaction",
      async run(wire, version) {
        const producer = await openProducer(wire);
        const groupId = freshName("g");
        const answer = await whenSettled(() => wire.call(addOffsetsToTxn, version, { ...producer, groupId }));
        expect(answer).toEqual({ throttleTimeMs: 0, errorCode: 0 });
        expect(await end(wire.prepare, 3, producer, false)).toMatchObject({ errorCode: 0 });
      },
    },
    {
      api: addOffsetsToTxn,
      does: "refuses whom it does not know",
      async run(wire, version) {
        const producer = await openProducer(wire);
        const code = async (more: object) =>
          (
            await whenSettled(() =>
              wire.call(addOffsetsToTxn, version, { ...producer, groupId: freshName("g"), ...more }),
            )
          ).errorCode;
        expect(await code({ producerId: producer.producerId + 1_000_000 })).toBe(
          ErrorCode.invalidProducerIdMapping,
        );
        expect(await code({ producerEpoch: 7 })).toBe(fencedIn(version, fencedSince.addOffsets));
        expect(await code({ transactionalId: "" })).toBe(ErrorCode.invalidRequest);
      },
    },
    {
      api: endTxn,
      does: "commits, and aborts",
      async run(wire, version) {
        const { name } = await wire.createTopic();
        const producer = await openProducer(wire);
        const partition = { name, partitions: [0] };
        await addPartitions(wire.prepare, 3, producer, partition);
        expect(await write(wire, name, producer, 0)).toMatchObject({ errorCode: 0 });
        expect(await readCommitted(wire, name)).toEqual({
          highWatermark: 2,
          lastStableOffset: 0,
          abortedTransactions: [],
        });
        expect(await end(wire.call, version, producer, true)).toMatchObject({
          throttleTimeMs: 0,
          errorCode: 0,
        });
        await addPartitions(wire.prepare, 3, producer, partition);
        expect(await write(wire, name, producer, 2)).toMatchObject({ errorCode: 0, baseOffset: 3 });
        expect(await end(wire.call, version, producer, false)).toMatchObject({ errorCode: 0 });
        let seen = await readCommitted(wire, name);
        while (seen.lastStableOffset < 6) seen = await readCommitted(wire, name);
        expect(seen).toEqual({
          highWatermark: 6,
          lastStableOffset: 6,
          abortedTransactions: [{ producerId: producer.producerId, firstOffset: 3 }],
        });
      },
    },
    {
      api: endTxn,
      does: "refuses a transaction that did not begin, and whom it does not know",
      async run(wire, version) {
        const producer = await openProducer(wire);
        const code = async (more: Partial<Producer>, committed = true) =>
          (await end(wire.call, version, { ...producer, ...more }, committed)).errorCode;
        expect(await code({})).toBe(ErrorCode.invalidTxnState);
        expect(await code({ producerId: producer.producerId + 1_000_000 })).toBe(
          ErrorCode.invalidProducerIdMapping,
        );
        expect(await code({ transactionalId: freshName("none") })).toBe(ErrorCode.invalidProducerIdMapping);
        expect(await code({ producerEpoch: 8 })).toBe(fencedIn(version, fencedSince.end));
        const { name } = await wire.createTopic();
        await addPartitions(wire.prepare, 3, producer, { name, partitions: [0] });
        expect(await code({}, true)).toBe(0);
        expect(await code({}, true)).toBe(0);
        expect(await code({}, false)).toBe(ErrorCode.invalidTxnState);
      },
    },
    {
      api: txnOffsetCommit,
      does: "commits offsets that count once the transaction is committed",
      async run(wire, version) {
        const { name } = await wire.createTopic();
        const producer = await openProducer(wire);
        const groupId = freshName("g");
        await wire.prepare(addOffsetsToTxn, 3, { ...producer, groupId });
        expect(await commitOffset(wire.call, version, producer, groupId, name)).toBe(0);
        expect(await committedOffset(wire, groupId, name)).toBe(-1);
        await end(wire.prepare, 3, producer, true);
        let offset = await committedOffset(wire, groupId, name);
        while (offset === -1) offset = await committedOffset(wire, groupId, name);
        expect(offset).toBe(7);
      },
    },
    {
      api: txnOffsetCommit,
      does: "refuses whom it does not know, and what is not there",
      async run(wire, version) {
        const { name } = await wire.createTopic();
        const producer = await openProducer(wire);
        const { groupId, ...member } = await openMember(wire, freshName("g"));
        await wire.prepare(addOffsetsToTxn, 3, { ...producer, groupId });
        const code = (more: object = {}, topic = name, index = 0) =>
          commitOffset(wire.call, version, producer, groupId, topic, more, index);
        expect(await code({}, "missing")).toBe(ErrorCode.unknownTopicOrPartition);
        expect(await code({}, name, 9)).toBe(ErrorCode.unknownTopicOrPartition);
        expect(await code({ producerId: producer.producerId + 1_000_000 })).toBe(
          ErrorCode.invalidProducerIdMapping,
        );
        expect(await code({ producerEpoch: 4 })).toBe(ErrorCode.invalidProducerEpoch);
        const idle = await openProducer(wire);
        const other = await commitOffset(wire.call, version, idle, freshName("other"), name);
        expect(other).toBe(version < 4 ? ErrorCode.invalidTxnState : ErrorCode.transactionAbortable);
        if (version >= 3) {
          expect(await code({ ...member, generationId: 5 })).toBe(ErrorCode.illegalGeneration);
          expect(await code({ ...member, memberId: "stranger" })).toBe(ErrorCode.unknownMemberId);
          expect(await code(member)).toBe(0);
        }
        await end(wire.prepare, 3, producer, false);
      },
    },
    {
      api: offsetFetch,
      does: "tells an offset that a transaction has yet to decide, where it is asked to",
      since: 7,
      async run(wire, version) {
        const { name } = await wire.createTopic();
        const producer = await openProducer(wire);
        const groupId = freshName("g");
        await wire.prepare(addOffsetsToTxn, 3, { ...producer, groupId });
        expect(await commitOffset(wire.prepare, 3, producer, groupId, name)).toBe(0);
        const topics = [{ name, partitions: [0] }];
        const requireStable = true;
        const answer = await wire.call(
          offsetFetch,
          version,
          version < 8 ? { groupId, topics, requireStable } : { groups: [{ groupId, topics }], requireStable },
        );
        const told = version < 8 ? answer.topics : only(answer.groups).topics;
        expect(only(only(told).partitions)).toMatchObject({
          offset: -1,
          errorCode: ErrorCode.unstableOffsetCommit,
        });
        await end(wire.prepare, 3, producer, false);
        let offset = await committedOffset(wire, groupId, name, true);
        while (offset !== -1) offset = await committedOffset(wire, groupId, name, true);
      },
    },
  ]);

  test("a producer that comes back while its transaction is open has it aborted, and asks again", async () => {
    await using wire = await openWire(bootstrap());
    const { name } = await wire.createTopic();
    const producer = await openProducer(wire);
    await addPartitions(wire.prepare, 3, producer, { name, partitions: [0] });
    expect(await write(wire, name, producer, 0)).toMatchObject({ errorCode: 0 });
    const { transactionalId } = producer;
    const body = { transactionalId, transactionTimeoutMs: 60_000 };
    const first = await wire.call(initProducerId, 4, body);
    expect(first.errorCode).toBe(ErrorCode.concurrentTransactions);
    const { producerId, producerEpoch } = await openProducer(wire, transactionalId);
    expect([producerId, producerEpoch > producer.producerEpoch]).toEqual([producer.producerId, true]);
    expect(await readCommitted(wire, name)).toMatchObject({
      lastStableOffset: 3,
      abortedTransactions: [{ producerId, firstOffset: 0 }],
    });
    expect((await write(wire, name, producer, 2)).errorCode).toBe(ErrorCode.invalidProducerEpoch);
  });

  for (const version of [3, 9, 11]) {
    test(`Produce ${version} refuses a batch of no transaction that was begun`, async () => {
      await using wire = await openWire(bootstrap());
      const { name } = await wire.createTopic();
      const producer = await openProducer(wire);
      expect((await write(wire, name, producer, 0, version)).errorCode).toBe(
        version < 11 ? ErrorCode.invalidTxnState : ErrorCode.transactionAbortable,
      );
    });
  }

  test("Produce 12 takes a batch into the producer's transaction by itself", async () => {
    await using wire = await openWire(bootstrap());
    const { name } = await wire.createTopic();
    const producer = await openProducer(wire);
    expect(await write(wire, name, producer, 0, 12)).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(await readCommitted(wire, name)).toMatchObject({ highWatermark: 2, lastStableOffset: 0 });
    expect(await end(wire.prepare, 3, producer, true)).toMatchObject({ errorCode: 0 });
    let seen = await readCommitted(wire, name);
    while (seen.lastStableOffset < 3) seen = await readCommitted(wire, name);
    expect(seen).toEqual({ highWatermark: 3, lastStableOffset: 3, abortedTransactions: [] });
  });

  test("a batch outside the transaction that its producer has open is refused", async () => {
    await using wire = await openWire(bootstrap());
    const { name } = await wire.createTopic();
    const producer = await openProducer(wire);
    await addPartitions(wire.prepare, 3, producer, { name, partitions: [0] });
    expect(await write(wire, name, producer, 0)).toMatchObject({ errorCode: 0 });
    const batch = numberedBatch(1, { ...producer, baseSequence: 2 });
    const records = { buffers: [batch], byteLength: batch.length };
    const topics = [{ name, partitions: [{ index: 0, records }] }];
    const answer = await wire.call(produce, 9, { acks: -1, timeoutMs: 5000, topics });
    expect(only(only(answer.topics).partitions).errorCode).toBe(ErrorCode.invalidTxnState);
    await end(wire.prepare, 3, producer, false);
  });
});
