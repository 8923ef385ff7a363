/**
 * Transactional producers by single requests, in whatever version a case is about.
 */
import { produce } from "../../src/emulators/kafka/requests/00-produce.ts";
import { fetch } from "../../src/emulators/kafka/requests/01-fetch.ts";
import { offsetFetch } from "../../src/emulators/kafka/requests/09-offset-fetch.ts";
import { initProducerId } from "../../src/emulators/kafka/requests/22-init-producer-id.ts";
import { addPartitionsToTxn } from "../../src/emulators/kafka/requests/24-add-partitions-to-txn.ts";
import { endTxn } from "../../src/emulators/kafka/requests/26-end-txn.ts";
import { txnOffsetCommit } from "../../src/emulators/kafka/requests/28-txn-offset-commit.ts";
import { encodeBatch } from "../../src/emulators/kafka/testing/batches.ts";
import { freshName } from "./kafka-clients.ts";
import { only, type Wire, whenSettled } from "./kafka-wire.ts";

/** How a producer names itself in each request. */
export interface Producer {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** A new producer of that id, made beside the case's own requests. */
export async function openProducer(wire: Wire, transactionalId = freshName("tx")): Promise<Producer> {
  const body = { transactionalId, transactionTimeoutMs: 60_000 };
  const { errorCode, producerId, producerEpoch } = await wire.prepare(initProducerId, 4, body);
  if (errorCode !== 0) throw new Error(`no producer id: ${errorCode}`);
  return { transactionalId, producerId, producerEpoch };
}

/** Codes by "topic partition". */
export async function addPartitions(
  ask: Wire["call"],
  version: number,
  producer: Producer,
  ...topics: { name: string; partitions: number[] }[]
) {
  const answer = await whenSettled(() => ask(addPartitionsToTxn, version, { ...producer, topics }));
  return Object.fromEntries(
    answer.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ index, errorCode }) => [`${name} ${index}`, errorCode]),
    ),
  );
}

/** What the broker says of a batch of two in partition 0. */
export async function write(
  wire: Wire,
  topic: string,
  producer: Producer,
  baseSequence: number,
  version = 9,
) {
  const { transactionalId } = producer;
  // Of now, as the markers are: else each would begin a segment of its own.
  const record = { value: "v", timestampMs: Date.now() };
  const batch = encodeBatch({ records: [record, record], ...producer, baseSequence, isTransactional: true });
  const records = { buffers: [batch], byteLength: batch.length };
  const topics = [{ name: topic, partitions: [{ index: 0, records }] }];
  const answer = await wire.call(produce, version, { transactionalId, acks: -1, timeoutMs: 5000, topics });
  return only(only(answer.topics).partitions);
}

/** Commits or aborts. */
export const end = (ask: Wire["call"], version: number, producer: Producer, committed: boolean) =>
  whenSettled(() => ask(endTxn, version, { ...producer, committed }));

/** What a reader of committed records is told from the start on. */
export async function readCommitted(wire: Wire, topic: string) {
  const partitions = [{ index: 0, fetchOffset: 0, partitionMaxBytes: 1e6 }];
  const topics = [{ name: topic, partitions }];
  const answer = await wire.call(fetch, 11, { maxBytes: 1e6, isolationLevel: 1, topics });
  const { highWatermark, lastStableOffset, abortedTransactions } = only(only(answer.topics).partitions);
  return { highWatermark, lastStableOffset, abortedTransactions };
}

/** The code for the one partition. */
export async function commitOffset(
  ask: Wire["call"],
  version: number,
  producer: Producer,
  groupId: string,
  topic: string,
  more: object = {},
  index = 0,
) {
  const topics = [{ name: topic, partitions: [{ index, offset: 7, metadata: "m" }] }];
  const body = { ...producer, groupId, generationId: -1, memberId: "", topics, ...more };
  const answer = await whenSettled(() => ask(txnOffsetCommit, version, body));
  return only(only(answer.topics).partitions).errorCode;
}

/** What counts as committed for partition 0; or "error CODE". */
export async function committedOffset(wire: Wire, groupId: string, topic: string, requireStable = false) {
  const topics = [{ name: topic, partitions: [0] }];
  const answer = await wire.call(offsetFetch, 7, { groupId, topics, requireStable });
  const { offset, errorCode } = only(only(answer.topics).partitions);
  return errorCode === 0 ? offset : `error ${errorCode}`;
}
