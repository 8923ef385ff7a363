/**
 * The offsets that a group has committed: kept while the group and the topic exist. Those committed in a
 * transaction wait beside them until it ends.
 */
export interface CommittedOffset {
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly metadata: string;
}

/** Longest metadata text of a commit, in UTF-16 units, as Kafka's `offset.metadata.max.bytes`. */
export const maxOffsetMetadataLength = 4096;

export interface GroupOffsets {
  readonly size: number;
  get(topic: string, partition: number): CommittedOffset | undefined;
  set(topic: string, partition: number, committed: CommittedOffset): void;
  /** Commits in the transaction of a producer. */
  setPending(producerId: number, topic: string, partition: number, committed: CommittedOffset): void;
  /** True while a transaction that has committed for the partition is undecided. */
  isPending(topic: string, partition: number): boolean;
  /** A producer's transaction ended: its commits count, or never were. */
  settle(producerId: number, isCommit: boolean): void;
  /** False when there was none. */
  delete(topic: string, partition: number): boolean;
  deleteTopic(topic: string): void;
  topics(): { readonly topic: string; readonly partitions: readonly number[] }[];
}

type ByTopic = Map<string, Map<number, CommittedOffset>>;

function put(byTopic: ByTopic, topic: string, partition: number, committed: CommittedOffset): void {
  const partitions = byTopic.get(topic) ?? new Map<number, CommittedOffset>();
  byTopic.set(topic, partitions);
  partitions.set(partition, committed);
}

export function createGroupOffsets(): GroupOffsets {
  const byTopic: ByTopic = new Map();
  const pending = new Map<number, ByTopic>();
  return {
    get size() {
      return byTopic.size + pending.size;
    },
    get: (topic, partition) => byTopic.get(topic)?.get(partition),
    set: (topic, partition, committed) => put(byTopic, topic, partition, committed),
    setPending(producerId, topic, partition, committed) {
      const own: ByTopic = pending.get(producerId) ?? new Map();
      pending.set(producerId, own);
      put(own, topic, partition, committed);
    },
    isPending(topic, partition) {
      for (const own of pending.values()) if (own.get(topic)?.has(partition)) return true;
      return false;
    },
    settle(producerId, isCommit) {
      const own = pending.get(producerId);
      pending.delete(producerId);
      if (own === undefined || !isCommit) return;
      for (const [topic, partitions] of own) {
        for (const [partition, committed] of partitions) put(byTopic, topic, partition, committed);
      }
    },
    delete(topic, partition) {
      const partitions = byTopic.get(topic);
      const had = partitions?.delete(partition) ?? false;
      if (partitions?.size === 0) byTopic.delete(topic);
      return had;
    },
    deleteTopic(topic) {
      byTopic.delete(topic);
      for (const own of pending.values()) own.delete(topic);
    },
    topics: () => [...byTopic].map(([topic, partitions]) => ({ topic, partitions: [...partitions.keys()] })),
  };
}
