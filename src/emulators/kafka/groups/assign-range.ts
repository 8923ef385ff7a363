/**
 * The broker's assignor "range": of each topic, every member gets a run of partitions that lie side by side, in the
 * order of the members. Static members come first, by their instance ids, so that they keep their place.
 */
import type { AssignmentRequest } from "./assignor.ts";
import type { PartitionSets } from "./partition-sets.ts";

/** What each member is to have, by its id. */
export function assignRange({ members, partitionCounts }: AssignmentRequest): Map<string, PartitionSets> {
  const inOrder = [...members].sort((a, b) => {
    if (a.instanceId !== null && b.instanceId !== null) return compare(a.instanceId, b.instanceId);
    if (a.instanceId !== null) return -1;
    return b.instanceId !== null ? 1 : compare(a.id, b.id);
  });
  const shares = new Map(inOrder.map(({ id }) => [id, new Map<string, Set<number>>()]));
  for (const [topicId, count] of partitionCounts) {
    const readers = inOrder.filter(({ topicIds }) => topicIds.has(topicId));
    let next = 0;
    for (const [position, { id }] of readers.entries()) {
      const size = Math.floor(count / readers.length) + (position < count % readers.length ? 1 : 0);
      if (size > 0) shares.get(id)?.set(topicId, new Set(Array.from({ length: size }, (_, i) => next + i)));
      next += size;
    }
  }
  return shares;
}

const compare = (a: string, b: string) => (a < b ? -1 : Number(a > b));
