/**
 * How a group goes from one generation to the next: everyone joins, the leader shares out the work, everyone
 * gets a share. Who does not come in time is left behind.
 */
import { ErrorCode } from "../protocol/error-codes.ts";
import {
  electProtocol,
  emptyAssignment,
  type Group,
  joinSuccess,
  type Member,
  syncFailure,
} from "./group.ts";

/** Called when a group may have become useless, so that whoever keeps groups can drop it. */
export type OnEmpty = (group: Group) => void;

function longestRebalanceTimeoutMs(group: Group): number {
  let longest = 0;
  for (const { rebalanceTimeoutMs } of group.members.values())
    longest = Math.max(longest, rebalanceTimeoutMs);
  return longest;
}

/** Every member has to join again. */
export function startRebalance(group: Group, onEmpty: OnEmpty): void {
  if (group.state === "CompletingRebalance") {
    for (const member of group.members.values()) {
      member.assignment = emptyAssignment;
      answerSync(member, () => syncFailure(ErrorCode.rebalanceInProgress));
    }
  }
  group.state = "PreparingRebalance";
  group.rebalance.set(longestRebalanceTimeoutMs(group));
  completeJoinIfAllAreHere(group, onEmpty);
}

/** A member joined, left, or a pending one was dropped: the wait may be over. */
export function completeJoinIfAllAreHere(group: Group, onEmpty: OnEmpty): void {
  if (group.state !== "PreparingRebalance" || group.pendingMembers.size > 0) return;
  for (const { answerJoin } of group.members.values()) if (answerJoin === null) return;
  completeJoin(group, onEmpty);
}

/** The next generation, with the members that have joined. Static members that are late keep their place. */
function completeJoin(group: Group, onEmpty: OnEmpty): void {
  for (const pending of group.pendingMembers.values()) pending.clear();
  group.pendingMembers.clear();
  for (const member of [...group.members.values()]) {
    if (member.answerJoin === null && member.groupInstanceId === null) dropMember(group, member);
  }
  group.rebalance.clear();
  if (group.members.size === 0) {
    becomeEmpty(group, onEmpty);
    return;
  }
  const leader = group.leaderId === null ? undefined : group.members.get(group.leaderId);
  if (leader === undefined || leader.answerJoin === null) {
    const elected = [...group.members.values()].find((member) => member.answerJoin !== null);
    if (elected === undefined) {
      // Only static members, none of them back: their sessions decide.
      group.rebalance.set(longestRebalanceTimeoutMs(group));
      return;
    }
    group.leaderId = elected.id;
  }
  group.generationId++;
  group.protocolName = electProtocol(group);
  group.state = "CompletingRebalance";
  group.rebalance.set(longestRebalanceTimeoutMs(group));
  for (const member of group.members.values()) {
    member.assignment = emptyAssignment;
    if (member.answerJoin === null) continue;
    answerJoin(group, member);
  }
}

/** Answers a waiting JoinGroup; from then on the member has to be heard of. */
export function answerJoin(group: Group, member: Member): void {
  const answer = member.answerJoin;
  member.answerJoin = null;
  member.session.set(member.sessionTimeoutMs);
  answer?.(joinSuccess(group, member));
}

export function answerSync(
  member: Member,
  make: () => Parameters<NonNullable<Member["answerSync"]>>[0],
): void {
  const answer = member.answerSync;
  if (answer === null) return;
  member.answerSync = null;
  member.session.set(member.sessionTimeoutMs);
  answer(make());
}

/** The wait for members to join, or to sync, is over. */
export function onRebalanceTimeout(group: Group, onEmpty: OnEmpty): void {
  if (group.state === "PreparingRebalance") {
    completeJoin(group, onEmpty);
    return;
  }
  if (group.state !== "CompletingRebalance") return;
  const silent = [...group.members.values()].filter((member) => member.answerSync === null);
  for (const member of silent) dropMember(group, member);
  startRebalance(group, onEmpty);
}

function becomeEmpty(group: Group, onEmpty: OnEmpty): void {
  group.generationId++;
  group.state = "Empty";
  group.protocolName = null;
  group.leaderId = null;
  onEmpty(group);
}

/** Takes a member out without a word to the others. */
function dropMember(group: Group, member: Member): void {
  member.session.clear();
  group.members.delete(member.id);
  if (member.groupInstanceId !== null && group.staticMembers.get(member.groupInstanceId) === member.id) {
    group.staticMembers.delete(member.groupInstanceId);
  }
  if (group.leaderId === member.id) group.leaderId = null;
}

/** A member left or died: the others share its work. */
export function removeMember(group: Group, member: Member, onEmpty: OnEmpty): void {
  dropMember(group, member);
  switch (group.state) {
    case "Stable":
    case "CompletingRebalance":
      startRebalance(group, onEmpty);
      return;
    case "PreparingRebalance":
      completeJoinIfAllAreHere(group, onEmpty);
      return;
    case "Empty":
      onEmpty(group);
  }
}
