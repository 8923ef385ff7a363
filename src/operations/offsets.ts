/**
 * Where a consumer group stands in a topic, and moving it: what there is, what a move would do, and the move.
 */
import type { GroupMember, KafkaAdmin } from "../kafka/port.ts";
import type { TopicName } from "../kernel/brand.ts";
import { OperationError } from "./error.ts";

export type OffsetsPort = Pick<
  KafkaAdmin,
  "offsets" | "committed" | "members" | "offsetsAt" | "storePositions"
>;

export interface GroupPlace {
  readonly group: string;
  readonly topic: TopicName;
}

export interface PartitionStanding extends GroupPlace {
  readonly partition: number;
  /** The next offset that the group reads; null where it has stored none. */
  readonly committed: number | null;
  readonly earliest: number;
  /** Offset after the last record. */
  readonly end: number;
  /** Offsets that the group has not read and that are still held; null without a position. */
  readonly lag: number | null;
}

export interface GroupStanding {
  readonly members: readonly GroupMember[];
  readonly partitions: readonly PartitionStanding[];
}

/** Throws OperationError `no-such-group` for one without member or position; KafkaError `unknown-topic`. */
export async function readStanding(admin: OffsetsPort, place: GroupPlace): Promise<GroupStanding> {
  const standing = await lookUp(admin, place);
  const { members, partitions } = standing;
  if (members.length === 0 && partitions.every(({ committed }) => committed === null)) {
    throw new OperationError(
      "no-such-group",
      `group ${place.group} has no members, and no position in topic ${place.topic}`,
    );
  }
  return standing;
}

async function lookUp(admin: OffsetsPort, { group, topic }: GroupPlace): Promise<GroupStanding> {
  const offsets = await admin.offsets(topic);
  const positions = await admin.committed(group, topic);
  const known = new Map(positions.map(({ partition, nextOffset }) => [partition, nextOffset]));
  const partitions = offsets.map(({ partition, earliest, latest }): PartitionStanding => {
    const committed = known.get(partition) ?? null;
    const lag = committed === null ? null : Math.max(0, latest - Math.max(committed, earliest));
    return { group, topic, partition, committed, earliest, end: latest, lag };
  });
  return { members: await admin.members(group), partitions };
}

/** Where a group is moved to. */
export type ResetTarget =
  | { readonly kind: "earliest" }
  | { readonly kind: "latest" }
  | { readonly kind: "offset"; readonly offset: number }
  /** To the first record of that time or later, in milliseconds since the epoch. */
  | { readonly kind: "time"; readonly timeMs: number }
  /** From where it is: forward, or back where negative. */
  | { readonly kind: "shift"; readonly by: number };

export interface Move extends GroupPlace {
  readonly partition: number;
  readonly from: number | null;
  readonly to: number;
  /** What was asked for, where the partition does not hold it. */
  readonly wanted?: number;
}

export interface ResetPlan {
  readonly moves: readonly Move[];
  /** While there are any the move is refused. */
  readonly members: readonly GroupMember[];
}

export interface ResetOptions extends GroupPlace {
  readonly target: ResetTarget;
  /** Default: all. */
  readonly partitions?: readonly number[] | undefined;
}

/**
 * What a reset would do; nothing is changed. Throws OperationError `no-such-partition`, and `no-position` for a shift
 * of what has none; KafkaError `unknown-topic`.
 */
export async function planReset(admin: OffsetsPort, options: ResetOptions): Promise<ResetPlan> {
  const { group, topic, target, partitions } = options;
  const standing = await lookUp(admin, options);
  const missing = partitions?.find((partition) =>
    standing.partitions.every((known) => known.partition !== partition),
  );
  if (missing !== undefined) {
    throw new OperationError(
      "no-such-partition",
      `topic ${topic} has no partition ${missing}: it has ${standing.partitions.length}, numbered from 0`,
    );
  }
  const chosen = standing.partitions.filter(({ partition }) => partitions?.includes(partition) ?? true);
  const byTime =
    target.kind === "time"
      ? new Map((await admin.offsetsAt(topic, target.timeMs)).map((at) => [at.partition, at.nextOffset]))
      : undefined;
  const moves = chosen.map((of): Move => {
    const { partition, committed, earliest, end } = of;
    const wanted = byTime?.get(partition) ?? wantedOffset(target, of);
    const to = Math.min(Math.max(wanted, earliest), end);
    return { group, topic, partition, from: committed, to, ...(to !== wanted && { wanted }) };
  });
  return { moves, members: standing.members };
}

/** Moves the group. Throws KafkaError `group-active` when it has members, also some that came after the plan. */
export async function applyReset(admin: OffsetsPort, { moves }: ResetPlan): Promise<void> {
  const [first] = moves;
  if (first === undefined) return;
  await admin.storePositions(
    first.group,
    moves.map(({ topic, partition, to }) => ({ topic, partition, nextOffset: to })),
  );
}

function wantedOffset(target: ResetTarget, standing: PartitionStanding): number {
  const { committed, earliest, end } = standing;
  switch (target.kind) {
    case "earliest":
      return earliest;
    case "latest":
    case "time":
      return end;
    case "offset":
      return target.offset;
    case "shift":
      if (committed !== null) return committed + target.by;
      throw new OperationError(
        "no-position",
        `group ${standing.group} has no position in partition ${standing.partition} of ${standing.topic} to shift`,
      );
  }
}
