/**
 * A consumer group as data: its state, its members, and what the members agree on.
 * Spec: the classic group protocol, https://kafka.apache.org/protocol.html and KIP-62, KIP-345, KIP-394.
 */
import { ErrorCode } from "../protocol/error-codes.ts";
import type { Deadline } from "./deadline.ts";

/** As DescribeGroups and ListGroups name them. */
export type GroupState = "Empty" | "PreparingRebalance" | "CompletingRebalance" | "Stable";

export interface MemberProtocol {
  readonly name: string;
  readonly metadata: Buffer;
}

export interface JoinAnswer {
  readonly errorCode: ErrorCode;
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leader: string;
  readonly skipAssignment: boolean;
  readonly memberId: string;
  readonly members: { memberId: string; groupInstanceId: string | null; metadata: Buffer }[];
}

export interface SyncAnswer {
  readonly errorCode: ErrorCode;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Buffer;
}

export interface Member {
  id: string;
  readonly groupInstanceId: string | null;
  clientId: string;
  clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  /** By preference. */
  protocols: readonly MemberProtocol[];
  assignment: Buffer;
  /** Set while its JoinGroup waits for the others. */
  answerJoin: ((answer: JoinAnswer) => void) | null;
  /** Set while its SyncGroup waits for the leader's. */
  answerSync: ((answer: SyncAnswer) => void) | null;
  readonly session: Deadline;
}

export interface Group {
  readonly id: string;
  state: GroupState;
  generationId: number;
  protocolType: string | null;
  protocolName: string | null;
  leaderId: string | null;
  /** In order of joining. */
  readonly members: Map<string, Member>;
  /** Ids handed out (error 79) whose owners have not come back yet. */
  readonly pendingMembers: Map<string, Deadline>;
  /** Member id of each static member. */
  readonly staticMembers: Map<string, string>;
  /** Ends the wait for members to join, then for them to sync. */
  readonly rebalance: Deadline;
}

export const emptyAssignment: Buffer = Buffer.alloc(0);

export function joinFailure(errorCode: ErrorCode, memberId: string): JoinAnswer {
  return {
    errorCode,
    generationId: -1,
    protocolType: null,
    protocolName: null,
    leader: "",
    skipAssignment: false,
    memberId,
    members: [],
  };
}

export function syncFailure(errorCode: ErrorCode): SyncAnswer {
  return { errorCode, protocolType: null, protocolName: null, assignment: emptyAssignment };
}

/** What a member is told of the current generation; only the leader learns of the others. */
export function joinSuccess(group: Group, member: Member, skipAssignment = false): JoinAnswer {
  const isLeader = group.leaderId === member.id;
  return {
    errorCode: ErrorCode.none,
    generationId: group.generationId,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leader: group.leaderId ?? "",
    skipAssignment,
    memberId: member.id,
    members: isLeader ? [...group.members.values()].map((each) => memberInfo(group, each)) : [],
  };
}

function memberInfo(group: Group, member: Member) {
  return {
    memberId: member.id,
    groupInstanceId: member.groupInstanceId,
    metadata: metadataOf(member, group.protocolName),
  };
}

export function metadataOf(member: Member, protocolName: string | null): Buffer {
  return member.protocols.find(({ name }) => name === protocolName)?.metadata ?? emptyAssignment;
}

/** Names of the protocols that every member offers. */
function candidates(group: Group): Set<string> {
  let common: Set<string> | undefined;
  for (const { protocols } of group.members.values()) {
    const offered = new Set<string>();
    for (const { name } of protocols) if (common === undefined || common.has(name)) offered.add(name);
    common = offered;
  }
  return common ?? new Set();
}

/** True when a member of this type with these protocols could take part. */
export function canTakePart(
  group: Group,
  protocolType: string,
  protocols: readonly MemberProtocol[],
): boolean {
  if (group.members.size === 0) return protocolType !== "" && protocols.length > 0;
  if (group.protocolType !== protocolType) return false;
  const common = candidates(group);
  return protocols.some(({ name }) => common.has(name));
}

/** Each member votes for the first of its protocols that all offer; the most votes win, the earliest of equals. */
export function electProtocol(group: Group): string | null {
  const common = candidates(group);
  const votes = new Map<string, number>();
  for (const { protocols } of group.members.values()) {
    const choice = protocols.find(({ name }) => common.has(name));
    if (choice !== undefined) votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1);
  }
  let winner: string | null = null;
  for (const [name, count] of votes) {
    if (winner === null || count > (votes.get(winner) ?? 0)) winner = name;
  }
  return winner;
}

export function sameProtocols(a: readonly MemberProtocol[], b: readonly MemberProtocol[]): boolean {
  return (
    a.length === b.length &&
    a.every((each, i) => each.name === b[i]?.name && each.metadata.equals(b[i]?.metadata ?? emptyAssignment))
  );
}

/**
 * The member that a request speaks for, or the error it gets. An instance id must belong to the member id that
 * last joined under it.
 */
export function findMember(
  group: Group,
  memberId: string,
  groupInstanceId: string | null,
): Member | { readonly errorCode: ErrorCode } {
  if (groupInstanceId !== null) {
    const owner = group.staticMembers.get(groupInstanceId);
    if (owner === undefined) return { errorCode: ErrorCode.unknownMemberId };
    if (owner !== memberId) return { errorCode: ErrorCode.fencedInstanceId };
  }
  return group.members.get(memberId) ?? { errorCode: ErrorCode.unknownMemberId };
}
