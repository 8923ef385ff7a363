// What clients may rely on about transactions.
import { expect } from "@jest/globals";
import type { Kafka, Producer } from "kafkajs";
import { parseTopicName } from "../../src/kernel/brand.ts";
import { adapterOf, createTopic, freshName, rawKafkaOf, readRaw } from "../support/kafka-clients.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import { fetchFrom, openTransactional } from "../support/kafka-transactions.ts";

/** Long enough for a broker to abort what timed out. */
const patienceMs = 15_000;

async function openProducer(
  kafka: Kafka,
  transactionalId = freshName("tx"),
): Promise<Producer & AsyncDisposable> {
  const producer = kafka.producer({
    transactionalId,
    maxInFlightRequests: 1,
    idempotent: true,
    createPartitioner: () => () => 0,
  });
  await producer.connect();
  return Object.assign(producer, { [Symbol.asyncDispose]: () => producer.disconnect() });
}

const refusal = (type: RegExp) => expect.objectContaining({ type: expect.stringMatching(type) });
const fenced = refusal(/^(PRODUCER_FENCED|INVALID_PRODUCER_EPOCH)$/);

/** Values from offset 0 on, of a reader that takes what is there. */
async function valuesIn(kafka: Kafka, topic: string, count: number) {
  const back = await readRaw(kafka, topic, count);
  return back.map(({ message }) => message.value?.toString());
}

describeKafka("kafkajs in transactions on Kafka", ({ test, bootstrap }) => {
  test("what is committed is read, with a marker's offset after it", async () => {
    const topic = await createTopic(adapterOf(bootstrap()), 1);
    const kafka = rawKafkaOf(bootstrap());
    await using producer = await openProducer(kafka);
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ value: "a" }, { value: "b" }] });
    await transaction.send({ topic, messages: [{ value: "c" }] });
    await transaction.commit();
    expect(await valuesIn(kafka, topic, 3)).toEqual(["a", "b", "c"]);
    await using admin = await adapterOf(bootstrap()).openAdmin();
    expect(await admin.offsets(topic)).toMatchObject([{ latest: 4 }]);
  });

  test("what is aborted is passed over by readers of committed records", async () => {
    const topic = await createTopic(adapterOf(bootstrap()), 1);
    const kafka = rawKafkaOf(bootstrap());
    await using producer = await openProducer(kafka);
    const aborted = await producer.transaction();
    await aborted.send({ topic, messages: [{ value: "undone" }] });
    await aborted.abort();
    await using plain = await adapterOf(bootstrap()).openProducer();
    await plain.send(topic, [{ key: null, value: Buffer.from("after") }]);
    expect(await valuesIn(kafka, topic, 1)).toEqual(["after"]);
    await using reader = await openTransactional(bootstrap());
    const committed = await fetchFrom(reader.connection, topic, 0, "read_committed");
    expect(committed.abortedTransactions).toMatchObject([{ firstOffset: "0" }]);
    const all = await fetchFrom(reader.connection, topic, 0, "read_uncommitted");
    expect(all.abortedTransactions).toEqual([]);
    expect(all.messages.map(({ offset }) => offset)).toEqual(["0", "1", "2"]);
  });

  test("offsets that are sent count once the transaction is committed, and not when it is aborted", async () => {
    const topic = await createTopic(adapterOf(bootstrap()), 1);
    const kafka = rawKafkaOf(bootstrap());
    const groupId = freshName("group");
    const admin = kafka.admin();
    await admin.connect();
    const committed = async () => {
      const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] });
      return answer?.partitions[0]?.offset;
    };
    const topics = (offset: string) => [{ topic, partitions: [{ partition: 0, offset }] }];
    await using producer = await openProducer(kafka);
    const first = await producer.transaction();
    await first.sendOffsets({ consumerGroupId: groupId, topics: topics("5") });
    const during = await committed();
    await first.abort();
    const afterAbort = await committed();
    await using other = await openProducer(kafka);
    const second = await other.transaction();
    await second.sendOffsets({ consumerGroupId: groupId, topics: topics("7") });
    await second.commit();
    // The marker reaches a real broker's offsets a moment after the commit is answered.
    let afterCommit = await committed();
    while (afterCommit === "-1") afterCommit = await committed();
    await admin.disconnect();
    expect({ during, afterAbort, afterCommit }).toEqual({ during: "-1", afterAbort: "-1", afterCommit: "7" });
  });

  test("a newer producer of the same id fences the older one", async () => {
    const topic = await createTopic(adapterOf(bootstrap()), 1);
    const kafka = rawKafkaOf(bootstrap());
    const id = freshName("tx");
    await using older = await openProducer(kafka, id);
    const stale = await older.transaction();
    await stale.send({ topic, messages: [{ value: "stale" }] });
    await using newer = await openProducer(kafka, id);
    const fresh = await newer.transaction();
    await fresh.send({ topic, messages: [{ value: "fresh" }] });
    await expect(stale.commit()).rejects.toEqual(fenced);
    await fresh.commit();
    expect(await valuesIn(kafka, topic, 1)).toEqual(["fresh"]);
  });
});

describeKafka("Transactions on Kafka, request by request", ({ test, bootstrap }) => {
  test("records of an open transaction hold back what comes after, for readers of committed records", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    await using producer = await openTransactional(bootstrap());
    await using plain = await client.openProducer();
    await plain.send(topic, [{ key: null, value: Buffer.from("before") }]);
    await producer.add(topic);
    await producer.write(topic, 0, ["inside"]);
    await plain.send(topic, [{ key: null, value: Buffer.from("beside") }]);
    const { connection } = producer;
    const open = await fetchFrom(connection, topic, 0, "read_committed");
    expect(open).toMatchObject({ highWatermark: "3", lastStableOffset: "1", abortedTransactions: [] });
    expect(open.messages.map(({ offset }) => offset)).toEqual(["0"]);
    expect((await fetchFrom(connection, topic, 0, "read_uncommitted")).messages).toHaveLength(3);
    await using reader = await openTransactional(bootstrap());
    const woken = fetchFrom(reader.connection, topic, 1, "read_committed", patienceMs);
    await producer.end("commit");
    expect((await woken).messages.slice(0, 2).map(({ value }) => value?.toString())).toEqual([
      "inside",
      "beside",
    ]);
  });

  test("a producer's transactions follow each other, over several partitions and topics", async () => {
    const client = adapterOf(bootstrap());
    const [one, two] = [await createTopic(client, 2), await createTopic(client, 1)];
    await using producer = await openTransactional(bootstrap());
    for (let round = 0; round < 3; round++) {
      await producer.add(one, [0, 1]);
      await producer.add(two);
      await producer.write(one, round, [`round ${round}`]);
      await producer.write(one, round, [`round ${round}`], 1);
      await producer.write(two, round, [`round ${round}`]);
      await producer.end(round === 1 ? "abort" : "commit");
    }
    const kafka = rawKafkaOf(bootstrap());
    expect(await valuesIn(kafka, two, 2)).toEqual(["round 0", "round 2"]);
    expect((await valuesIn(kafka, one, 4)).sort()).toEqual(["round 0", "round 0", "round 2", "round 2"]);
  });

  test("a batch where no transaction was announced is refused", async () => {
    const topic = await createTopic(adapterOf(bootstrap()), 2);
    await using producer = await openTransactional(bootstrap());
    await expect(producer.write(topic, 0, ["a"])).rejects.toEqual(refusal(/^INVALID_TXN_STATE$/));
    await producer.add(topic, [1]);
    await expect(producer.write(topic, 0, ["a"])).rejects.toEqual(refusal(/^INVALID_TXN_STATE$/));
    await producer.add(topic, [0]);
    await producer.write(topic, 0, ["a"]);
    await producer.end("commit");
  });

  test("offsets of a group that was not announced are refused", async () => {
    const topic = await createTopic(adapterOf(bootstrap()), 1);
    await using producer = await openTransactional(bootstrap());
    // Kafka announces a partition of its own log of offsets. Names that differ by one in their last letter have hashes
    // that differ by one, and so never share such a partition.
    const stem = freshName("group");
    const [announced, other] = [`${stem}a`, `${stem}b`];
    await producer.addOffsets(announced);
    await producer.commitOffset(announced, topic, 1);
    await expect(producer.commitOffset(other, topic, 1)).rejects.toEqual(refusal(/^INVALID_TXN_STATE$/));
    await producer.end("abort");
  });

  test("nothing can be ended but an open transaction; its outcome can be repeated and not changed", async () => {
    const topic = await createTopic(adapterOf(bootstrap()), 1);
    await using producer = await openTransactional(bootstrap());
    const invalid = refusal(/^INVALID_TXN_STATE$/);
    await expect(producer.end("commit")).rejects.toEqual(invalid);
    await producer.add(topic);
    await producer.end("commit");
    await producer.end("commit");
    await expect(producer.end("abort")).rejects.toEqual(invalid);
    await producer.add(topic);
    await producer.end("abort");
    await producer.end("abort");
    await expect(producer.end("commit")).rejects.toEqual(invalid);
  });

  test("a partition that is not there keeps the others out of the transaction", async () => {
    const topic = await createTopic(adapterOf(bootstrap()), 1);
    await using producer = await openTransactional(bootstrap());
    await expect(producer.add(topic, [7])).rejects.toEqual(refusal(/^UNKNOWN_TOPIC_OR_PARTITION$/));
    await expect(producer.add(topic, [0, 7])).rejects.toEqual(
      // Both are in the answer, in no fixed order, and kafkajs throws the first.
      refusal(/^(OPERATION_NOT_ATTEMPTED|UNKNOWN_TOPIC_OR_PARTITION)$/),
    );
    await expect(producer.add(parseTopicName(freshName("missing")))).rejects.toEqual(
      refusal(/^UNKNOWN_TOPIC_OR_PARTITION$/),
    );
    await expect(producer.end("commit")).rejects.toEqual(refusal(/^INVALID_TXN_STATE$/));
  });

  test("a fenced producer can write, add and end nothing", async () => {
    const topic = await createTopic(adapterOf(bootstrap()), 1);
    await using older = await openTransactional(bootstrap());
    await older.add(topic);
    await older.write(topic, 0, ["stale"]);
    const { transactionalId } = older;
    await using newer = await openTransactional(bootstrap(), { transactionalId });
    expect(newer).toMatchObject({ producerId: older.producerId, producerEpoch: older.producerEpoch + 2 });
    await expect(older.write(topic, 1, ["stale"])).rejects.toEqual(fenced);
    await expect(older.add(topic)).rejects.toEqual(fenced);
    await expect(older.addOffsets("g")).rejects.toEqual(fenced);
    await expect(older.end("commit")).rejects.toEqual(fenced);
    const { abortedTransactions } = await fetchFrom(newer.connection, topic, 0, "read_committed");
    expect(abortedTransactions).toMatchObject([{ producerId: older.producerId, firstOffset: "0" }]);
    await newer.add(topic);
    await newer.write(topic, 0, ["fresh"]);
    await newer.end("commit");
  });

  test("a transaction that is left open is aborted after its time-out", async () => {
    const topic = await createTopic(adapterOf(bootstrap()), 1);
    await using producer = await openTransactional(bootstrap(), { timeoutMs: 1_000 });
    await producer.add(topic);
    await producer.write(topic, 0, ["late"]);
    await using reader = await openTransactional(bootstrap());
    const { lastStableOffset, abortedTransactions } = await fetchFrom(
      reader.connection,
      topic,
      0,
      "read_committed",
      patienceMs,
    );
    expect(lastStableOffset).toBe("2");
    expect(abortedTransactions).toMatchObject([{ firstOffset: "0" }]);
    await expect(producer.end("commit")).rejects.toEqual(fenced);
    await expect(producer.write(topic, 1, ["later"])).rejects.toEqual(fenced);
  });

  for (const [what, more, type] of [
    ["a time-out of 0", { transactionTimeout: 0 }, /^INVALID_TRANSACTION_TIMEOUT$/],
    [
      "a time-out beyond a quarter of an hour",
      { transactionTimeout: 900_001 },
      /^INVALID_TRANSACTION_TIMEOUT$/,
    ],
    ["an empty transactional id", { transactionalId: "" }, /^INVALID_REQUEST$/],
  ] as const) {
    test(`a producer with ${what} is refused`, async () => {
      await using producer = await openTransactional(bootstrap());
      const request = { transactionalId: freshName("tx"), transactionTimeout: 60_000, ...more };
      await expect(producer.connection.initProducerId(request)).rejects.toEqual(refusal(type));
    });
  }

  for (const [what, more] of [
    ["a transactional id that nobody holds", { transactionalId: "nobody" }],
    ["another producer's id", { producerId: "1" }],
  ] as const) {
    test(`a transaction of ${what} is refused`, async () => {
      await using producer = await openTransactional(bootstrap());
      const { transactionalId, producerId, producerEpoch, connection } = producer;
      const who = { transactionalId, producerId, producerEpoch, ...more };
      const unmapped = refusal(/^INVALID_PRODUCER_ID_MAPPING$/);
      await expect(connection.endTxn({ ...who, transactionResult: true })).rejects.toEqual(unmapped);
      await expect(connection.addOffsetsToTxn({ ...who, groupId: "g" })).rejects.toEqual(unmapped);
    });
  }
});
