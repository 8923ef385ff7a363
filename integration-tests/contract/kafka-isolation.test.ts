// What readers of committed records may rely on, whatever transactions run side by side.
import { expect } from "@jest/globals";
import { ErrorCode } from "../../src/emulators/kafka/protocol/error-codes.ts";
import { produce } from "../../src/emulators/kafka/requests/00-produce.ts";
import { deleteRecords } from "../../src/emulators/kafka/requests/21-delete-records.ts";
import { initProducerId } from "../../src/emulators/kafka/requests/22-init-producer-id.ts";
import { txnOffsetCommit } from "../../src/emulators/kafka/requests/28-txn-offset-commit.ts";
import { encodeBatch, listBatches } from "../../src/emulators/kafka/testing/batches.ts";
import { adapterOf, createTopic, freshName, rawKafkaOf, readRaw } from "../support/kafka-clients.ts";
import { openMember, settleGroup } from "../support/kafka-members.ts";
import { fetchPartition, latest, lookUp, openClient, writeBatch } from "../support/kafka-requests.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import { openTransactional, whenSettled } from "../support/kafka-transactions.ts";
import { only } from "../support/kafka-wire.ts";

const {
  none,
  fencedInstanceId,
  illegalGeneration,
  invalidProducerEpoch,
  invalidTxnState,
  outOfOrderSequence,
  producerFenced,
  unknownMemberId,
} = ErrorCode;

describeKafka("A reader of committed records on Kafka", ({ test, bootstrap }) => {
  const newTopic = (partitions = 1) => createTopic(adapterOf(bootstrap()), partitions);

  const valuesIn = async (topic: string, count: number) => {
    const back = await readRaw(rawKafkaOf(bootstrap()), topic, count);
    return back.map(({ message }) => message.value?.toString());
  };

  test("is shown interleaved transactions as they are decided, without what was aborted", async () => {
    const topic = await newTopic();
    await using one = await openTransactional(bootstrap());
    await using two = await openTransactional(bootstrap());
    await using client = await openClient(bootstrap());
    const stable = async () => (await lookUp(client, topic, latest, { isCommittedOnly: true })).offset;
    for (const producer of [one, two]) await producer.add(topic);
    await one.write(topic, 0, ["one 0"]);
    await two.write(topic, 0, ["two 0", "two 1"]);
    await one.write(topic, 1, ["one 1"]);
    expect(await stable()).toBe(0);
    // The later one is decided first: the earlier one still holds everything back.
    await two.end("abort");
    await writeBatch(client, topic, { records: [{ value: "plain" }] });
    expect(await stable()).toBe(0);
    expect((await fetchPartition(client, topic, 0, { isCommittedOnly: true })).bytes).toHaveLength(0);
    await one.end("commit");
    while ((await stable()) === 0);
    expect(await stable()).toBe(7);
    expect(await lookUp(client, topic, latest)).toMatchObject({ offset: 7 });
    const { abortedTransactions } = await fetchPartition(client, topic, 0, { isCommittedOnly: true });
    expect(abortedTransactions).toEqual([{ producerId: Number(two.producerId), firstOffset: 1 }]);
    expect(await valuesIn(topic, 3)).toEqual(["one 0", "one 1", "plain"]);
  });

  test("is told of the aborted transactions that touch what it is given, and of no others", async () => {
    const topic = await newTopic();
    await using producer = await openTransactional(bootstrap());
    await using client = await openClient(bootstrap());
    let sequence = 0;
    for (const outcome of ["abort", "commit", "abort", "commit"] as const) {
      await producer.add(topic);
      await producer.write(topic, sequence, [`${outcome} ${sequence++}`, `${outcome} ${sequence++}`]);
      await producer.end(outcome);
    }
    while ((await lookUp(client, topic, latest, { isCommittedOnly: true })).offset < 12);
    const abortedFrom = async (offset: number) => {
      const { abortedTransactions } = await fetchPartition(client, topic, offset, { isCommittedOnly: true });
      return abortedTransactions?.map(({ firstOffset }) => firstOffset);
    };
    expect(await abortedFrom(0)).toEqual([0, 6]);
    expect(await abortedFrom(1)).toEqual([0, 6]);
    expect(await abortedFrom(3)).toEqual([6]);
    expect(await abortedFrom(9)).toEqual([]);
    expect(await valuesIn(topic, 4)).toEqual(["commit 2", "commit 3", "commit 6", "commit 7"]);
    const uncommitted = await fetchPartition(client, topic, 0);
    expect(listBatches(uncommitted.bytes).map(({ baseOffset }) => baseOffset)).toEqual([
      0, 2, 3, 5, 6, 8, 9, 11,
    ]);
  });

  test("finds no record by its time that is not decided yet", async () => {
    const topic = await newTopic();
    await using producer = await openTransactional(bootstrap());
    await using client = await openClient(bootstrap());
    await writeBatch(client, topic, { records: [{ value: "before", timestampMs: 1_000 }] });
    await producer.add(topic);
    await producer.write(topic, 0, ["inside"]);
    const after = (isCommittedOnly: boolean) => lookUp(client, topic, 2_000, { isCommittedOnly });
    expect(await after(false)).toMatchObject({ errorCode: none, offset: 1 });
    expect(await after(true)).toMatchObject({ errorCode: none, offset: -1 });
    await producer.end("commit");
    while ((await after(true)).offset !== 1);
  });
});

describeKafka("A producer on Kafka", ({ test, bootstrap }) => {
  const newTopic = (partitions = 1) => createTopic(adapterOf(bootstrap()), partitions);

  test("counts its sequence in each partition by itself", async () => {
    const topic = await newTopic(2);
    await using client = await openClient(bootstrap());
    const { producerId, producerEpoch } = await client.call(initProducerId, 4, {
      transactionalId: null,
      transactionTimeoutMs: 60_000,
    });
    const write = (partition: number, baseSequence: number, count = 1) => {
      const records = Array.from({ length: count }, () => ({ value: "a" }));
      return writeBatch(client, topic, { records, producerId, producerEpoch, baseSequence }, { partition });
    };
    expect(await write(0, 0, 3)).toMatchObject({ errorCode: none, baseOffset: 0 });
    expect(await write(1, 0)).toMatchObject({ errorCode: none, baseOffset: 0 });
    expect(await write(1, 3)).toMatchObject({ errorCode: outOfOrderSequence, baseOffset: -1 });
    expect(await write(0, 3)).toMatchObject({ errorCode: none, baseOffset: 3 });
    expect(await write(1, 1)).toMatchObject({ errorCode: none, baseOffset: 1 });
    // Again, as after an answer that was lost.
    expect(await write(0, 0, 3)).toMatchObject({ errorCode: none, baseOffset: 0 });
    expect(await write(0, 3)).toMatchObject({ errorCode: none, baseOffset: 3 });
    expect(await lookUp(client, topic, latest)).toMatchObject({ offset: 4 });
  });

  test("counts up to 2^31 - 1 and on from 0", async () => {
    const topic = await newTopic();
    await using client = await openClient(bootstrap());
    const { producerId, producerEpoch } = await client.call(initProducerId, 4, {
      transactionalId: null,
      transactionTimeoutMs: 60_000,
    });
    const write = (baseSequence: number, count: number) => {
      const records = Array.from({ length: count }, () => ({ value: "a" }));
      return writeBatch(client, topic, { records, producerId, producerEpoch, baseSequence });
    };
    const last = 2 ** 31 - 1;
    expect(await write(last - 1, 1)).toMatchObject({ errorCode: none, baseOffset: 0 });
    expect(await write(last, 3)).toMatchObject({ errorCode: none, baseOffset: 1 });
    expect(await write(3, 1)).toMatchObject({ errorCode: outOfOrderSequence });
    expect(await write(2, 1)).toMatchObject({ errorCode: none, baseOffset: 4 });
    expect(await write(last, 3)).toMatchObject({ errorCode: none, baseOffset: 1 });
  });

  test("is known to the partition after its records were deleted", async () => {
    const topic = await newTopic();
    await using client = await openClient(bootstrap());
    const { producerId, producerEpoch } = await client.call(initProducerId, 4, {
      transactionalId: null,
      transactionTimeoutMs: 60_000,
    });
    const write = (baseSequence: number) =>
      writeBatch(client, topic, { records: [{ value: "a" }], producerId, producerEpoch, baseSequence });
    for (const sequence of [0, 1]) await write(sequence);
    const topics = [{ name: topic, partitions: [{ index: 0, offset: -1 }] }];
    await client.call(deleteRecords, 2, { topics, timeoutMs: 10_000 });
    expect(await write(5)).toMatchObject({ errorCode: outOfOrderSequence });
    expect(await write(1)).toMatchObject({ errorCode: none, baseOffset: 1 });
    expect(await write(2)).toMatchObject({ errorCode: none, baseOffset: 2, logStartOffset: 2 });
  });

  test("goes on counting over its transactions, also after one that was aborted", async () => {
    const topic = await newTopic();
    await using producer = await openTransactional(bootstrap());
    await producer.add(topic);
    await producer.write(topic, 0, ["a", "b"]);
    await producer.end("abort");
    await producer.add(topic);
    await producer.write(topic, 2, ["c"]);
    await expect(producer.write(topic, 0, ["d"])).rejects.toMatchObject({
      type: "OUT_OF_ORDER_SEQUENCE_NUMBER",
    });
    await producer.end("commit");
    const back = await readRaw(rawKafkaOf(bootstrap()), topic, 1);
    expect(back.map(({ message }) => [message.offset, message.value?.toString()])).toEqual([["3", "c"]]);
  });

  test("in a transaction writes no record beside it", async () => {
    const topic = await newTopic();
    await using producer = await openTransactional(bootstrap());
    await using client = await openClient(bootstrap());
    await producer.add(topic);
    await producer.write(topic, 0, ["inside"]);
    const { producerEpoch } = producer;
    const beside = { records: [{ value: "beside" }], producerId: Number(producer.producerId), producerEpoch };
    const refused = await writeBatch(client, topic, { ...beside, baseSequence: 1 });
    expect(refused).toMatchObject({ errorCode: invalidTxnState, baseOffset: -1 });
    await producer.end("commit");
    expect((await lookUp(client, topic, latest)).offset).toBeLessThanOrEqual(2);
  });

  test("can have its epoch raised by the producer that holds it, and by no older one", async () => {
    await using producer = await openTransactional(bootstrap());
    await using client = await openClient(bootstrap());
    const { transactionalId, producerId, producerEpoch } = producer;
    const raise = async (epoch: number) => {
      const who = { transactionalId, transactionTimeoutMs: 60_000, producerId: Number(producerId) };
      const answer = await client.call(initProducerId, 4, { ...who, producerEpoch: epoch });
      return answer.errorCode === none ? answer.producerEpoch : `error ${answer.errorCode}`;
    };
    expect(await raise(producerEpoch)).toBe(producerEpoch + 1);
    // Its answer may have been lost: asking again changes nothing.
    expect(await raise(producerEpoch)).toBe(producerEpoch + 1);
    expect(await raise(producerEpoch + 1)).toBe(producerEpoch + 2);
    expect(await raise(producerEpoch)).toBe(`error ${producerFenced}`);
    expect(await raise(producerEpoch + 7)).toBe(`error ${producerFenced}`);
  });

  test("of a transaction's batch has to name its transactional id, in the epoch it was given", async () => {
    const topic = await newTopic();
    await using producer = await openTransactional(bootstrap());
    await using client = await openClient(bootstrap());
    await producer.add(topic);
    const write = async (producerEpoch: number, transactionalId = producer.transactionalId) => {
      const records = [{ value: "a" }];
      const producerId = Number(producer.producerId);
      const bytes = encodeBatch({
        records,
        producerId,
        producerEpoch,
        baseSequence: 0,
        isTransactional: true,
      });
      const partitions = [{ index: 0, records: { buffers: [bytes], byteLength: bytes.length } }];
      const topics = [{ name: topic, partitions }];
      const answer = await client.call(produce, 9, { transactionalId, acks: -1, timeoutMs: 5_000, topics });
      return only(only(answer.topics).partitions).errorCode;
    };
    expect(await write(producer.producerEpoch + 1)).toBe(invalidProducerEpoch);
    expect(await write(producer.producerEpoch)).toBe(none);
    await producer.end("commit");
  });

  test("commits a group's offsets as one of its members, if it says so", async () => {
    const topic = await newTopic();
    const groupId = freshName("g");
    await using member = await openMember(bootstrap(), groupId, { instanceId: "one" });
    await settleGroup([member]);
    await using producer = await openTransactional(bootstrap());
    await producer.addOffsets(groupId);
    const { memberId, generationId } = member;
    const commit = async (who: {
      memberId?: string;
      generationId?: number;
      groupInstanceId?: string | null;
    }) => {
      const partitions = [{ index: 0, offset: 1, metadata: "" }];
      const answer = await member.client.call(txnOffsetCommit, 3, {
        transactionalId: producer.transactionalId,
        producerId: Number(producer.producerId),
        producerEpoch: producer.producerEpoch,
        groupId,
        memberId: "",
        generationId: -1,
        groupInstanceId: null,
        ...who,
        topics: [{ name: topic, partitions }],
      });
      return only(only(answer.topics).partitions).errorCode;
    };
    expect(await commit({ memberId, generationId: generationId + 1 })).toBe(illegalGeneration);
    expect(await commit({ memberId: "m", generationId })).toBe(unknownMemberId);
    expect(await commit({ memberId: "m", generationId, groupInstanceId: "one" })).toBe(fencedInstanceId);
    expect(await commit({ memberId, generationId, groupInstanceId: "one" })).toBe(none);
    expect(await commit({})).toBe(none);
    await whenSettled(() => producer.end("abort"));
  });
});
