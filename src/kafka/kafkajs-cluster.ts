/**
 * kafkajs below its consumer: single fetches from a partition's leader. Its consumer reads in groups only, which takes
 * seconds to join, needs rights of its own, and leaves the group behind.
 */
import { createRequire } from "node:module";
import type { Kafka, KafkaMessage } from "kafkajs";

export interface Fetched {
  readonly partition: number;
  readonly highWatermark: string;
  readonly abortedTransactions: readonly unknown[] | undefined;
  readonly messages: readonly FetchedMessage[];
}

export type FetchedMessage = KafkaMessage & {
  /** Of the record batch; absent in message sets older than Kafka 0.11. */
  readonly batchContext?: { readonly firstOffset: string; readonly lastOffsetDelta: number };
};

export interface FetchRequest {
  readonly isolationLevel: number;
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { partition: number; fetchOffset: string; maxBytes: number }[];
  }[];
}

export interface ListOffsetsRequest {
  readonly replicaId: number;
  readonly isolationLevel: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { partition: number; timestamp: number }[];
  }[];
}

export interface OffsetCommitRequest {
  readonly groupId: string;
  readonly groupGenerationId: number;
  readonly memberId: string;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { partition: number; offset: string }[];
  }[];
}

/** The parts of kafkajs's Cluster and Broker that reading needs. They throw kafkajs's errors. */
export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  refreshMetadata(): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number }[];
  /** Partitions by the node that leads them. */
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  findBroker(node: { nodeId: string }): Promise<{
    fetch(request: FetchRequest): Promise<{ readonly responses: readonly { partitions: Fetched[] }[] }>;
    listOffsets(request: ListOffsetsRequest): Promise<{
      readonly responses: readonly { partitions: { partition: number; offset: string }[] }[];
    }>;
  }>;
  findGroupCoordinator(group: { groupId: string }): Promise<{
    offsetCommit(request: OffsetCommitRequest): Promise<unknown>;
  }>;
  fetchTopicsOffset(
    topics: readonly { topic: string; partitions: { partition: number }[]; fromBeginning: boolean }[],
  ): Promise<{ readonly partitions: readonly { partition: number; offset: string }[] }[]>;
}

/** What the protocol calls READ_COMMITTED. */
export const readCommitted = 1;

/** A cluster over the client's own sockets and retries. */
export function createCluster(kafka: Kafka): Cluster {
  const key = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === "private:Kafka:createCluster",
  );
  const create: unknown = key === undefined ? undefined : (kafka as unknown as Record<symbol, unknown>)[key];
  if (typeof create !== "function") {
    throw new TypeError("kafkajs makes its clusters elsewhere: version 2.2.4 is needed");
  }
  return create({ allowAutoTopicCreation: false, metadataMaxAge: 300_000, isolationLevel: readCommitted });
}

type BatchClass = new (
  topic: string,
  fetchedOffset: string,
  fetched: Fetched,
) => { readonly messages: readonly FetchedMessage[] };

let batchClass: BatchClass | undefined;

/** What readers may see of what was fetched: neither control records, nor what was aborted, nor what lies before. */
export function visibleMessages(
  topic: string,
  fetchedOffset: number,
  fetched: Fetched,
): readonly FetchedMessage[] {
  batchClass ??= createRequire(import.meta.url)("kafkajs/src/consumer/batch") as BatchClass;
  return new batchClass(topic, String(fetchedOffset), fetched).messages;
}
