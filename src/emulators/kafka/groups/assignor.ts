/**
 * What an assignor of consumer groups is asked, and what it answers.
 */
import type { PartitionSets } from "./partition-sets.ts";

export interface MemberToAssign {
  readonly id: string;
  readonly instanceId: string | null;
  /** Topics it is subscribed to, of those that there are. */
  readonly topicIds: ReadonlySet<string>;
  /** What it was to have so far. */
  readonly target: PartitionSets;
}

export interface AssignmentRequest {
  readonly members: readonly MemberToAssign[];
  /** Of every topic that a member is subscribed to, by its id. */
  readonly partitionCounts: ReadonlyMap<string, number>;
}

/** What each member is to have, by its id. */
export type Assignor = (request: AssignmentRequest) => Map<string, PartitionSets>;
