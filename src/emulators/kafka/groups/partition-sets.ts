/**
 * Sets of partitions by topic id, as members of consumer groups have, lose and get them. No topic has an empty set.
 */
export type PartitionSets = ReadonlyMap<string, ReadonlySet<number>>;

/** As messages carry them. */
export interface TopicPartitions {
  readonly topicId: string;
  readonly partitions: readonly number[];
}

export const noPartitions: PartitionSets = new Map();

function keep(sets: PartitionSets, isKept: (topicId: string, partition: number) => boolean): PartitionSets {
  const kept = new Map<string, Set<number>>();
  for (const [topicId, partitions] of sets) {
    const left = new Set([...partitions].filter((partition) => isKept(topicId, partition)));
    if (left.size > 0) kept.set(topicId, left);
  }
  return kept;
}

const has = (sets: PartitionSets, topicId: string, partition: number) =>
  sets.get(topicId)?.has(partition) === true;

export const intersect = (a: PartitionSets, b: PartitionSets): PartitionSets =>
  keep(a, (topicId, partition) => has(b, topicId, partition));

export const subtract = (a: PartitionSets, b: PartitionSets): PartitionSets =>
  keep(a, (topicId, partition) => !has(b, topicId, partition));

export function unite(...all: readonly PartitionSets[]): PartitionSets {
  const united = new Map<string, Set<number>>();
  for (const sets of all) {
    for (const [topicId, partitions] of sets) {
      const known = united.get(topicId) ?? new Set<number>();
      united.set(topicId, known);
      for (const partition of partitions) known.add(partition);
    }
  }
  return united;
}

export function sameSets(a: PartitionSets, b: PartitionSets): boolean {
  if (a.size !== b.size) return false;
  for (const [topicId, partitions] of a) {
    if (b.get(topicId)?.size !== partitions.size) return false;
    for (const partition of partitions) if (!has(b, topicId, partition)) return false;
  }
  return true;
}

/** True when the list names a partition of the sets. */
export const overlaps = (list: readonly TopicPartitions[], sets: PartitionSets): boolean =>
  list.some(({ topicId, partitions }) => partitions.some((partition) => has(sets, topicId, partition)));

/** True when the sets hold every partition that the list names. */
export const holdAll = (sets: PartitionSets, list: readonly TopicPartitions[]): boolean =>
  list.every(({ topicId, partitions }) => partitions.every((partition) => has(sets, topicId, partition)));

export const countPartitions = (sets: PartitionSets): number =>
  [...sets.values()].reduce((sum, { size }) => sum + size, 0);

export const listPartitions = (sets: PartitionSets): { topicId: string; partitions: number[] }[] =>
  Array.from(sets, ([topicId, partitions]) => ({
    topicId,
    partitions: [...partitions].sort((a, b) => a - b),
  }));
