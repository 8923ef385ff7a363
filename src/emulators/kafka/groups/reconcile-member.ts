/**
 * How a member of a consumer group gets from what it has to what it is to have: it gives up first, and gets what
 * others have given up; it moves on to the epoch of the target once there is nothing left that it has to give up.
 * Spec: KIP-848, "Reconciliation of the group".
 */
import {
  intersect,
  noPartitions,
  overlaps,
  type PartitionSets,
  subtract,
  type TopicPartitions,
  unite,
} from "./partition-sets.ts";

/** Unrevoked: it was told to give something up. Unreleased: it waits for what others have not given up yet. */
export type MemberState = "Stable" | "UnrevokedPartitions" | "UnreleasedPartitions";

export interface MemberAssignment {
  readonly state: MemberState;
  readonly epoch: number;
  readonly previousEpoch: number;
  /** What it may read. */
  readonly assigned: PartitionSets;
  /** What it was told to give up, and may still have. */
  readonly pendingRevocation: PartitionSets;
}

export interface ReconcileSurroundings {
  readonly target: PartitionSets;
  readonly targetEpoch: number;
  /** What any member has, or may still have. */
  readonly taken: () => PartitionSets;
  /** What the member says it has; null when it does not say. */
  readonly owned: readonly TopicPartitions[] | null;
}

/** The member's next assignment; the same object when nothing changes. */
export function reconcileMember(
  member: MemberAssignment,
  surroundings: ReconcileSurroundings,
): MemberAssignment {
  switch (member.state) {
    case "Stable":
      if (member.epoch === surroundings.targetEpoch) return member;
      return nextAssignment(member, member.epoch, surroundings);
    case "UnrevokedPartitions":
      if (mayStillOwn(member.pendingRevocation, surroundings.owned)) return member;
      return nextAssignment(member, member.epoch + 1, surroundings);
    case "UnreleasedPartitions":
      return nextAssignment(member, member.epoch, surroundings);
  }
}

const mayStillOwn = (sets: PartitionSets, owned: readonly TopicPartitions[] | null) =>
  owned === null || overlaps(owned, sets);

function nextAssignment(
  member: MemberAssignment,
  epoch: number,
  { target, targetEpoch, taken, owned }: ReconcileSurroundings,
): MemberAssignment {
  const kept = intersect(member.assigned, target);
  const pendingRevocation = subtract(member.assigned, kept);
  const previousEpoch = member.epoch;
  if (pendingRevocation.size > 0 && mayStillOwn(pendingRevocation, owned)) {
    return { state: "UnrevokedPartitions", epoch, previousEpoch, assigned: kept, pendingRevocation };
  }
  const wanted = subtract(target, kept);
  const others = wanted.size === 0 ? noPartitions : intersect(wanted, taken());
  const isWaiting = others.size > 0;
  return {
    state: isWaiting ? "UnreleasedPartitions" : "Stable",
    epoch: targetEpoch,
    previousEpoch,
    assigned: unite(kept, subtract(wanted, others)),
    pendingRevocation: noPartitions,
  };
}
