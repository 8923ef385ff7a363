/**
 * A transactional producer by single requests, for what kafkajs's own producer would hide.
 */
import { freshName, openRequests, type RawPartition, type RequestConnection } from "./kafka-clients.ts";

const transactionCoordinator = 1;
const earlyMs = 1_600_000_000_000;

export interface TransactionalRequests extends AsyncDisposable {
  readonly transactionalId: string;
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly connection: RequestConnection;
  add(topic: string, partitions?: readonly number[]): Promise<unknown>;
  write(
    topic: string,
    firstSequence: number,
    values: readonly string[],
    partition?: number,
  ): Promise<unknown>;
  /** The same of records with keys, at an early time. */
  writeKeyed(
    topic: string,
    firstSequence: number,
    records: readonly (readonly [key: string, value: string])[],
  ): Promise<unknown>;
  addOffsets(groupId: string): Promise<unknown>;
  commitOffset(groupId: string, topic: string, offset: number): Promise<unknown>;
  end(outcome: "commit" | "abort"): Promise<unknown>;
}

/** What a broker answers while it works on what was asked before, or has yet to load its coordinators. */
const passing = new Set([
  "CONCURRENT_TRANSACTIONS",
  "GROUP_LOAD_IN_PROGRESS",
  "GROUP_COORDINATOR_NOT_AVAILABLE",
  "NOT_COORDINATOR_FOR_GROUP",
]);

/** Asks again while the answer is a passing one: so clients do. */
export async function whenSettled<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!passing.has((error as { type?: string }).type ?? "")) throw error;
    }
  }
}

export async function openTransactional(
  bootstrap: string,
  {
    transactionalId = freshName("tx"),
    timeoutMs = 60_000,
  }: { transactionalId?: string; timeoutMs?: number } = {},
): Promise<TransactionalRequests> {
  const connection = await openRequests(bootstrap);
  // A fresh broker makes its log of transactions once somebody asks for a coordinator.
  await whenSettled(() =>
    connection.findGroupCoordinator({ groupId: transactionalId, coordinatorType: transactionCoordinator }),
  );
  const { producerId, producerEpoch } = await whenSettled(() =>
    connection.initProducerId({ transactionalId, transactionTimeout: timeoutMs }),
  );
  const who = { transactionalId, producerId, producerEpoch };
  return {
    ...who,
    connection,
    add: (topic, partitions = [0]) =>
      whenSettled(() => connection.addPartitionsToTxn({ ...who, topics: [{ topic, partitions }] })),
    write(topic, firstSequence, values, partition = 0) {
      const messages = values.map((value) => ({ value }));
      const topicData = [{ topic, partitions: [{ partition, firstSequence, messages }] }];
      return connection.produce({ ...who, acks: -1, timeout: 5_000, topicData });
    },
    writeKeyed(topic, firstSequence, records) {
      const messages = records.map(([key, value]) => ({ key, value, timestamp: String(earlyMs) }));
      const topicData = [{ topic, partitions: [{ partition: 0, firstSequence, messages }] }];
      return connection.produce({ ...who, acks: -1, timeout: 5_000, topicData });
    },
    addOffsets: (groupId) => whenSettled(() => connection.addOffsetsToTxn({ ...who, groupId })),
    commitOffset(groupId, topic, offset) {
      const partitions = [{ partition: 0, offset: String(offset) }];
      return whenSettled(() =>
        connection.txnOffsetCommit({ ...who, groupId, topics: [{ topic, partitions }] }),
      );
    },
    end: (outcome) =>
      whenSettled(() => connection.endTxn({ ...who, transactionResult: outcome === "commit" })),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

export type Isolation = "read_committed" | "read_uncommitted";

/** What partition 0 of a topic answers from `offset` on, once it has more to show, or after `waitMs`. */
export async function fetchFrom(
  connection: RequestConnection,
  topic: string,
  offset: number,
  isolation: Isolation,
  waitMs = 0,
): Promise<RawPartition> {
  const { responses } = await connection.fetch({
    replicaId: -1,
    isolationLevel: isolation === "read_committed" ? 1 : 0,
    maxWaitTime: waitMs,
    minBytes: 1,
    maxBytes: 1e6,
    topics: [{ topic, partitions: [{ partition: 0, fetchOffset: String(offset), maxBytes: 1e6 }] }],
  });
  const partition = responses[0]?.partitions[0];
  if (partition === undefined) throw new Error("the answer has no partition");
  return partition;
}
