/**
 * The offsets that a group has committed: kept while the group and the topic exist.
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
  /** False when there was none. */
  delete(topic: string, partition: number): boolean;
  deleteTopic(topic: string): void;
  topics(): { readonly topic: string; readonly partitions: readonly number[] }[];
}

export function createGroupOffsets(): GroupOffsets {
  const byTopic = new Map<string, Map<number, CommittedOffset>>();
  return {
    get size() {
      return byTopic.size;
    },
    get: (topic, partition) => byTopic.get(topic)?.get(partition),
    set(topic, partition, committed) {
      const partitions = byTopic.get(topic) ?? new Map<number, CommittedOffset>();
      byTopic.set(topic, partitions);
      partitions.set(partition, committed);
    },
    delete(topic, partition) {
      const partitions = byTopic.get(topic);
      const had = partitions?.delete(partition) ?? false;
      if (partitions?.size === 0) byTopic.delete(topic);
      return had;
    },
    deleteTopic: (topic) => void byTopic.delete(topic),
    topics: () => [...byTopic].map(([topic, partitions]) => ({ topic, partitions: [...partitions.keys()] })),
  };
}
