/**
 * The broker's assignor "uniform", its default: every member gets as many partitions as any other, as far as their
 * subscriptions allow, and keeps what it has where that does not stand in the way.
 */
import type { AssignmentRequest, MemberToAssign } from "./assignor.ts";
import type { PartitionSets } from "./partition-sets.ts";

interface Share {
  readonly member: MemberToAssign;
  readonly partitions: Map<string, Set<number>>;
  size: number;
}

/** What each member is to have, by its id. */
export function assignUniform({ members, partitionCounts }: AssignmentRequest): Map<string, PartitionSets> {
  const shares: Share[] = members.map((member) => ({ member, partitions: new Map(), size: 0 }));
  const isGiven = new Map(
    Array.from(partitionCounts, ([id, count]) => [id, new Array<boolean>(count).fill(false)]),
  );
  const give = (share: Share, topicId: string, partition: number) => {
    const partitions = share.partitions.get(topicId) ?? new Set<number>();
    share.partitions.set(topicId, partitions.add(partition));
    share.size++;
  };
  for (const share of shares) {
    for (const [topicId, partitions] of share.member.target) {
      if (!share.member.topicIds.has(topicId)) continue;
      const given = isGiven.get(topicId);
      for (const partition of partitions) {
        if (given === undefined || given[partition] !== false) continue;
        given[partition] = true;
        give(share, topicId, partition);
      }
    }
  }
  for (const [topicId, given] of isGiven) {
    const readers = shares.filter(({ member }) => member.topicIds.has(topicId));
    for (const [partition, isTaken] of given.entries()) {
      const share = isTaken ? undefined : smallest(readers);
      if (share !== undefined) give(share, topicId, partition);
    }
  }
  while (moveOne(shares, give));
  return new Map(shares.map(({ member, partitions }) => [member.id, partitions]));
}

function smallest(shares: readonly Share[]): Share | undefined {
  let found: Share | undefined;
  for (const share of shares) if (found === undefined || share.size < found.size) found = share;
  return found;
}

/** Moves a partition to a member that has at least two less and may read it. False when there is none. */
function moveOne(
  shares: readonly Share[],
  give: (share: Share, topicId: string, partition: number) => void,
): boolean {
  for (const from of [...shares].sort((a, b) => b.size - a.size)) {
    for (const [topicId, partitions] of from.partitions) {
      const to = smallest(shares.filter(({ member }) => member.topicIds.has(topicId)));
      if (to === undefined || to.size > from.size - 2) continue;
      const last = Math.max(...partitions);
      partitions.delete(last);
      if (partitions.size === 0) from.partitions.delete(topicId);
      from.size--;
      give(to, topicId, last);
      return true;
    }
  }
  return false;
}
