/**
 * JoinGroup: who may come in, who starts a rebalance by it, and who is told at once what he knows already.
 */
import { randomUUID } from "node:crypto";
import type { Clock } from "../../../kernel/clock.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { createDeadline } from "./deadline.ts";
import {
  canTakePart,
  electProtocol,
  emptyAssignment,
  findMember,
  type Group,
  type JoinAnswer,
  joinFailure,
  joinSuccess,
  type Member,
  type MemberProtocol,
  sameProtocols,
} from "./group.ts";
import { completeJoinIfAllAreHere, type OnEmpty, removeMember, startRebalance } from "./rebalance.ts";

/** Members of one group, with those that have an id and have not joined yet. */
const maxMembers = 1_000;

export interface JoinRequest {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  readonly protocols: readonly MemberProtocol[];
  /** From version 4 on a new member has to come back with the id it is given. */
  readonly requiresMemberId: boolean;
  /** From version 9 on a leader can be told that nothing changed. */
  readonly knowsSkipAssignment: boolean;
}

export interface JoinSurroundings {
  readonly clock: Clock;
  readonly onEmpty: OnEmpty;
}

/** Answers through `answer`, now or when the rebalance is through. */
export function joinGroup(
  group: Group,
  request: JoinRequest,
  surroundings: JoinSurroundings,
  answer: (answer: JoinAnswer) => void,
): void {
  const fail = (code: ErrorCode, memberId = request.memberId) => answer(joinFailure(code, memberId));
  if (!canTakePart(group, request.protocolType, request.protocols)) {
    fail(ErrorCode.inconsistentGroupProtocol);
    return;
  }
  if (request.memberId === "") joinAsNew(group, request, surroundings, answer, fail);
  else if (group.pendingMembers.has(request.memberId)) {
    group.pendingMembers.get(request.memberId)?.clear();
    group.pendingMembers.delete(request.memberId);
    addMember(group, request.memberId, request, surroundings, answer);
  } else rejoin(group, request, surroundings, answer, fail);
}

function joinAsNew(
  group: Group,
  request: JoinRequest,
  surroundings: JoinSurroundings,
  answer: (answer: JoinAnswer) => void,
  fail: (code: ErrorCode, memberId?: string) => void,
): void {
  const { groupInstanceId } = request;
  const id = `${groupInstanceId ?? request.clientId}-${randomUUID()}`;
  const replacedId = groupInstanceId === null ? undefined : group.staticMembers.get(groupInstanceId);
  const replaced = replacedId === undefined ? undefined : group.members.get(replacedId);
  if (replaced !== undefined) {
    replaceStaticMember(group, replaced, id, request, surroundings, answer);
    return;
  }
  if (group.members.size + group.pendingMembers.size >= maxMembers) {
    fail(ErrorCode.groupMaxSizeReached, "");
    return;
  }
  if (request.requiresMemberId && groupInstanceId === null) {
    const pending = createDeadline(surroundings.clock, () => {
      group.pendingMembers.delete(id);
      completeJoinIfAllAreHere(group, surroundings.onEmpty);
      surroundings.onEmpty(group);
    });
    group.pendingMembers.set(id, pending);
    pending.set(request.sessionTimeoutMs);
    fail(ErrorCode.memberIdRequired, id);
    return;
  }
  addMember(group, id, request, surroundings, answer);
}

/**
 * A static member that comes back under a new id takes over the old one's place, and usually its work: there is a
 * rebalance only if the group would settle on another protocol now. A new subscription alone is no reason.
 */
function replaceStaticMember(
  group: Group,
  member: Member,
  id: string,
  request: JoinRequest,
  surroundings: JoinSurroundings,
  answer: (answer: JoinAnswer) => void,
): void {
  const oldId = member.id;
  member.answerJoin?.(joinFailure(ErrorCode.fencedInstanceId, oldId));
  member.answerJoin = null;
  member.answerSync?.({
    errorCode: ErrorCode.fencedInstanceId,
    protocolType: null,
    protocolName: null,
    assignment: emptyAssignment,
  });
  member.answerSync = null;
  // The map keeps the order of joining, so the old entry gives way where it stands.
  const members = [...group.members.values()];
  group.members.clear();
  member.id = id;
  for (const each of members) group.members.set(each.id, each);
  if (member.groupInstanceId !== null) group.staticMembers.set(member.groupInstanceId, id);
  if (group.leaderId === oldId) group.leaderId = id;
  update(member, request);
  if (group.state === "Stable" && electProtocol(group) === group.protocolName) {
    member.session.set(member.sessionTimeoutMs);
    if (group.leaderId === id && !request.knowsSkipAssignment) {
      // Told that it leads, an older client would share out the work anew: it is told of the old leader instead.
      answer({ ...joinSuccess(group, member), leader: oldId, members: [] });
    } else answer(joinSuccess(group, member, group.leaderId === id));
    return;
  }
  waitForOthers(group, member, surroundings, answer);
}

function rejoin(
  group: Group,
  request: JoinRequest,
  surroundings: JoinSurroundings,
  answer: (answer: JoinAnswer) => void,
  fail: (code: ErrorCode) => void,
): void {
  const member = findMember(group, request.memberId, request.groupInstanceId);
  if ("errorCode" in member) {
    fail(member.errorCode);
    return;
  }
  const unchanged = sameProtocols(member.protocols, request.protocols);
  const knowsAlready =
    unchanged &&
    (group.state === "CompletingRebalance" || (group.state === "Stable" && group.leaderId !== member.id));
  update(member, request);
  if (knowsAlready) {
    member.session.set(member.sessionTimeoutMs);
    answer(joinSuccess(group, member));
    return;
  }
  waitForOthers(group, member, surroundings, answer);
}

function addMember(
  group: Group,
  id: string,
  request: JoinRequest,
  surroundings: JoinSurroundings,
  answer: (answer: JoinAnswer) => void,
): void {
  const { clock, onEmpty } = surroundings;
  const member: Member = {
    id,
    groupInstanceId: request.groupInstanceId,
    clientId: request.clientId,
    clientHost: request.clientHost,
    sessionTimeoutMs: request.sessionTimeoutMs,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs,
    protocols: request.protocols,
    assignment: emptyAssignment,
    answerJoin: null,
    answerSync: null,
    session: createDeadline(clock, () => {
      const isWaiting = member.answerJoin !== null || member.answerSync !== null;
      if (isWaiting) member.session.set(member.sessionTimeoutMs);
      else removeMember(group, member, onEmpty);
    }),
  };
  if (group.members.size === 0) group.protocolType = request.protocolType;
  group.members.set(id, member);
  if (request.groupInstanceId !== null) group.staticMembers.set(request.groupInstanceId, id);
  waitForOthers(group, member, surroundings, answer);
}

function update(member: Member, request: JoinRequest): void {
  member.clientId = request.clientId;
  member.clientHost = request.clientHost;
  member.sessionTimeoutMs = request.sessionTimeoutMs;
  member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
  member.protocols = request.protocols;
}

function waitForOthers(
  group: Group,
  member: Member,
  { onEmpty }: JoinSurroundings,
  answer: (answer: JoinAnswer) => void,
): void {
  // The same member may have asked before over a connection that it gave up.
  member.answerJoin?.(joinFailure(ErrorCode.rebalanceInProgress, member.id));
  member.answerJoin = answer;
  member.session.clear();
  if (group.state === "PreparingRebalance") completeJoinIfAllAreHere(group, onEmpty);
  else startRebalance(group, onEmpty);
}
