/**
 * Requests may name the same thing a hundred thousand times; answering each time would cost memory without bound.
 */
/** The first of the items with each key, in order. */
export function uniqueBy<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const unique = new Map<string, T>();
  for (const item of items) {
    const key = keyOf(item);
    if (!unique.has(key)) unique.set(key, item);
  }
  return [...unique.values()];
}

/** The keys that more than one of the items has. */
export function repeatedKeys<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlySet<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const item of items) {
    const key = keyOf(item);
    (seen.has(key) ? repeated : seen).add(key);
  }
  return repeated;
}

interface NamedPartitions<P> {
  readonly name?: string;
  readonly topicId?: string;
  readonly partitions: readonly P[];
}

const topicKey = ({ name, topicId }: NamedPartitions<unknown>) => `${topicId} ${name}`;

/** Each topic and each of its partitions once, as it was named last: so Kafka reads requests. */
export function lastNamed<P extends { readonly index: number }, T extends NamedPartitions<P>>(
  topics: readonly (T & NamedPartitions<P>)[],
): readonly T[] {
  const [first] = topics;
  if (topics.length === 1 && first !== undefined && first.partitions.length <= 1) return topics;
  const merged = new Map<string, { readonly topic: T; readonly partitions: Map<number, P> }>();
  for (const topic of topics) {
    const known = merged.get(topicKey(topic)) ?? { topic, partitions: new Map<number, P>() };
    merged.set(topicKey(topic), known);
    for (const partition of topic.partitions) known.partitions.set(partition.index, partition);
  }
  return Array.from(merged.values(), ({ topic, partitions }) => ({
    ...topic,
    partitions: [...partitions.values()],
  }));
}
