/**
 * A consumer group of KIP-848 as data: its members, what they are subscribed to, who is to have what, and who has it.
 * Spec: https://cwiki.apache.org/confluence/display/KAFKA/KIP-848, and Kafka 4.1 where it says nothing.
 */
import { ErrorCode } from "../protocol/error-codes.ts";
import type { Topic, Topics } from "../topics.ts";
import { assignors, defaultAssignor } from "./assignors.ts";
import type { Deadline } from "./deadline.ts";
import { noPartitions, type PartitionSets, unite } from "./partition-sets.ts";
import type { MemberAssignment } from "./reconcile-member.ts";
import { parseTopicRegex } from "./topic-regex.ts";

export interface ConsumerMember {
  readonly id: string;
  readonly instanceId: string | null;
  rackId: string | null;
  clientId: string;
  clientHost: string;
  rebalanceTimeoutMs: number;
  topicNames: ReadonlySet<string>;
  /** Empty: none. */
  topicRegex: string;
  /** Null: whichever the others want. */
  assignor: string | null;
  assignment: MemberAssignment;
  /** Ends when it is not heard of. */
  readonly session: Deadline;
  /** Ends when it does not give up what it was told to. */
  readonly revocation: Deadline;
}

export interface ConsumerGroup {
  readonly id: string;
  readonly topics: Pick<Topics, "byName" | "byId" | "list">;
  /** Goes up with every change of members, subscriptions or topics. */
  epoch: number;
  /** The epoch that `target` was made for. */
  assignmentEpoch: number;
  /** In order of joining. */
  readonly members: Map<string, ConsumerMember>;
  /** Member id of each static member. */
  readonly staticMembers: Map<string, string>;
  /** What each member is to have. */
  target: Map<string, PartitionSets>;
  /** Names of the topics that each regular expression of a member matched when they were last looked through. */
  matched: Map<string, readonly string[]>;
  /** Topics the group was subscribed to when its epoch last went up, with their ids and partitions. */
  knownTopics: string;
}

export type ConsumerGroupState = "Empty" | "Assigning" | "Reconciling" | "Stable";

/** Member epochs with a meaning of their own. */
export const joining = 0;
export const leaving = -1;
/** Of a static member that will be back. */
export const leavingForAWhile = -2;

export function createConsumerGroup(id: string, topics: ConsumerGroup["topics"]): ConsumerGroup {
  return {
    id,
    topics,
    epoch: 0,
    assignmentEpoch: 0,
    members: new Map(),
    staticMembers: new Map(),
    target: new Map(),
    matched: new Map(),
    knownTopics: "",
  };
}

export function stateOf(group: ConsumerGroup): ConsumerGroupState {
  if (group.members.size === 0) return "Empty";
  if (group.epoch > group.assignmentEpoch) return "Assigning";
  for (const { assignment } of group.members.values()) {
    if (assignment.state !== "Stable" || assignment.epoch !== group.assignmentEpoch) return "Reconciling";
  }
  return "Stable";
}

/** Those of the topics there are. */
function subscribedTopics(group: ConsumerGroup, member: ConsumerMember): Topic[] {
  const names = new Set([...member.topicNames, ...(group.matched.get(member.topicRegex) ?? [])]);
  return [...names].flatMap((name) => group.topics.byName(name) ?? []);
}

export function isSubscribedTo(group: ConsumerGroup, topic: string): boolean {
  for (const { topicNames, topicRegex } of group.members.values()) {
    if (topicNames.has(topic) || group.matched.get(topicRegex)?.includes(topic) === true) return true;
  }
  return false;
}

/** The assignor that most members ask for. */
export function electAssignor(group: ConsumerGroup): string {
  const votes = new Map<string, number>();
  for (const { assignor } of group.members.values()) {
    if (assignor !== null) votes.set(assignor, (votes.get(assignor) ?? 0) + 1);
  }
  const [winner] = [...votes].sort(([, a], [, b]) => b - a);
  return winner?.[0] ?? defaultAssignor;
}

/** Sees to it that the next heartbeat makes a new target. */
export function raiseEpoch(group: ConsumerGroup): void {
  group.epoch++;
  rememberTopics(group);
}

/** The topics as they are now count as known. */
export function rememberTopics(group: ConsumerGroup): void {
  group.knownTopics = describeTopics(group);
}

/** Raises the epoch when topics that members are subscribed to came, went or grew. */
export function noticeTopics(group: ConsumerGroup): void {
  if (describeTopics(group) !== group.knownTopics) raiseEpoch(group);
}

function describeTopics(group: ConsumerGroup): string {
  const known = new Map<string, string>();
  for (const member of group.members.values()) {
    for (const { name, id, partitions } of subscribedTopics(group, member)) {
      known.set(name, `${name} ${id} ${partitions.length}`);
    }
  }
  return [...known.values()].sort().join();
}

/** Looks through the topics for those that the members' regular expressions match. */
export function matchTopics(group: ConsumerGroup): void {
  const before = group.matched;
  group.matched = new Map();
  let isChanged = false;
  for (const { topicRegex } of group.members.values()) {
    if (topicRegex === "" || group.matched.has(topicRegex)) continue;
    const parsed = parseTopicRegex(topicRegex);
    const names = Array.from(group.topics.list(), ({ name }) => name).filter(
      (name) => parsed.kind === "valid" && parsed.matches(name),
    );
    group.matched.set(topicRegex, names);
    isChanged ||= names.join() !== (before.get(topicRegex) ?? []).join();
  }
  if (isChanged) raiseEpoch(group);
}

/** Shares out the partitions anew when the group's epoch has gone up. */
export function updateTarget(group: ConsumerGroup): void {
  if (group.epoch === group.assignmentEpoch) return;
  const partitionCounts = new Map<string, number>();
  const members = Array.from(group.members.values(), (member) => {
    const topics = subscribedTopics(group, member);
    for (const { id, partitions } of topics) partitionCounts.set(id, partitions.length);
    const topicIds = new Set(topics.map(({ id }) => id));
    const { id, instanceId } = member;
    return { id, instanceId, topicIds, target: group.target.get(id) ?? noPartitions };
  });
  const assign = assignors.get(electAssignor(group));
  group.target = assign?.({ members, partitionCounts }) ?? new Map();
  group.assignmentEpoch = group.epoch;
}

/** What the members have, or may still have. */
export function takenPartitions(group: ConsumerGroup): PartitionSets {
  return unite(
    ...Array.from(group.members.values(), ({ assignment }) => [
      assignment.assigned,
      assignment.pendingRevocation,
    ]).flat(),
  );
}

/** Takes a member out; the others share its work from their next heartbeats on. */
export function removeConsumerMember(group: ConsumerGroup, member: ConsumerMember): void {
  forgetConsumerMember(group, member);
  raiseEpoch(group);
}

/** The same without a trace: somebody else takes its place. */
export function forgetConsumerMember(group: ConsumerGroup, member: ConsumerMember): void {
  member.session.clear();
  member.revocation.clear();
  group.members.delete(member.id);
  group.target.delete(member.id);
  if (member.instanceId !== null && group.staticMembers.get(member.instanceId) === member.id) {
    group.staticMembers.delete(member.instanceId);
  }
}

/** A member that leaves by LeaveGroup, as an administrator's tool lets it: by its id, or by its instance id alone. */
export function leaveConsumerGroup(
  group: ConsumerGroup,
  memberId: string,
  instanceId: string | null,
): ErrorCode {
  const ownerId = instanceId === null ? memberId : group.staticMembers.get(instanceId);
  const member = group.members.get(ownerId ?? "");
  if (member === undefined) return ErrorCode.unknownMemberId;
  if (memberId !== "" && memberId !== member.id) return ErrorCode.fencedInstanceId;
  removeConsumerMember(group, member);
  return ErrorCode.none;
}

/** What is wrong with the epoch of a member that reads or writes offsets. */
export function checkMemberEpoch(group: ConsumerGroup, memberId: string, epoch: number): ErrorCode {
  const member = group.members.get(memberId);
  if (member === undefined) return ErrorCode.unknownMemberId;
  return epoch === member.assignment.epoch ? ErrorCode.none : ErrorCode.staleMemberEpoch;
}

/** What is wrong with a commit; `knowsEpochs` is false in versions from before member epochs. */
export function checkCommit(
  group: ConsumerGroup,
  { memberId, generationId }: { readonly memberId: string; readonly generationId: number },
  knowsEpochs: boolean,
): ErrorCode {
  if (generationId < 0 && group.members.size === 0) return ErrorCode.none;
  if (!knowsEpochs && group.members.has(memberId)) return ErrorCode.unsupportedVersion;
  return checkMemberEpoch(group, memberId, generationId);
}
