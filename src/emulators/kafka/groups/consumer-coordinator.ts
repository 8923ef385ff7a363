/**
 * The coordinator of consumer groups of KIP-848: what a heartbeat does to its group, and who is left behind when no
 * heartbeat comes. A group is of one type at a time; when it is empty the other type can take it over, with its
 * offsets. Members of both types in one group (online migration) are not emulated: it is as if Kafka's
 * `group.consumer.migration.policy` were "disabled".
 */
import { randomBytes } from "node:crypto";
import type { Clock } from "../../../kernel/clock.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import type { Topics } from "../topics.ts";
import {
  checkHeartbeat,
  failure,
  type HeartbeatFailure,
  type HeartbeatRequest,
  isLeaving,
} from "./check-heartbeat.ts";
import {
  type ConsumerGroup,
  type ConsumerMember,
  createConsumerGroup,
  forgetConsumerMember,
  joining,
  leavingForAWhile,
  matchTopics,
  noticeTopics,
  raiseEpoch,
  rememberTopics,
  removeConsumerMember,
  takenPartitions,
  updateTarget,
} from "./consumer-group.ts";
import type { GroupCoordinator } from "./coordinator.ts";
import { createDeadline } from "./deadline.ts";
import { holdAll, listPartitions, noPartitions, sameSets } from "./partition-sets.ts";
import { reconcileMember } from "./reconcile-member.ts";

/** Members of one group. */
const maxMembers = 1_000;

export interface HeartbeatSuccess {
  readonly memberId: string;
  readonly memberEpoch: number;
  readonly heartbeatIntervalMs: number;
  /** Null when it is what the member was told before. */
  readonly assignment: { readonly topicPartitions: { topicId: string; partitions: number[] }[] } | null;
}

export type HeartbeatAnswer = HeartbeatSuccess | HeartbeatFailure;

export interface ConsumerGroupCoordinator {
  heartbeat(request: HeartbeatRequest): HeartbeatAnswer;
}

export interface ConsumerGroupCoordinatorOptions {
  readonly clock: Clock;
  readonly topics: Topics;
  readonly groups: GroupCoordinator;
  /** How often members are to be heard of, and when they are given up. */
  readonly heartbeatIntervalMs: number;
  readonly sessionTimeoutMs: number;
}

export function createConsumerGroupCoordinator({
  clock,
  topics,
  groups,
  heartbeatIntervalMs,
  sessionTimeoutMs,
}: ConsumerGroupCoordinatorOptions): ConsumerGroupCoordinator {
  /** The group that the request is for; makes it, or takes it over, for who joins. */
  const openGroup = (groupId: string, isJoining: boolean): ConsumerGroup | HeartbeatFailure => {
    const entry = isJoining ? groups.open(groupId) : groups.find(groupId);
    if (entry === null) return failure(ErrorCode.coordinatorNotAvailable, "There are too many groups.");
    if (entry === undefined) {
      return failure(ErrorCode.groupIdNotFound, `Consumer group ${groupId} not found.`);
    }
    if (entry.consumer !== null) return entry.consumer;
    if (!isJoining || entry.group.state !== "Empty") {
      return failure(ErrorCode.groupIdNotFound, `Group ${groupId} is not a consumer group.`);
    }
    return groups.takeOver(entry, createConsumerGroup(groupId, topics));
  };

  const addMember = (group: ConsumerGroup, request: HeartbeatRequest, id: string): ConsumerMember => {
    const member: ConsumerMember = {
      id,
      instanceId: request.instanceId,
      rackId: null,
      clientId: request.clientId,
      clientHost: request.clientHost,
      rebalanceTimeoutMs: request.rebalanceTimeoutMs,
      topicNames: new Set(),
      topicRegex: "",
      assignor: null,
      assignment: {
        state: "Stable",
        epoch: joining,
        previousEpoch: joining,
        assigned: noPartitions,
        pendingRevocation: noPartitions,
      },
      session: createDeadline(clock, () => removeConsumerMember(group, member)),
      revocation: createDeadline(clock, () => removeConsumerMember(group, member)),
    };
    group.members.set(id, member);
    if (request.instanceId !== null) group.staticMembers.set(request.instanceId, id);
    return member;
  };

  /** A static member that is back takes over what it had left, under its new id. */
  const replaceMember = (
    group: ConsumerGroup,
    old: ConsumerMember,
    request: HeartbeatRequest,
    id: string,
  ) => {
    const target = group.target.get(old.id);
    forgetConsumerMember(group, old);
    const member = addMember(group, request, id);
    const { topicNames, topicRegex, assignor, rackId } = old;
    Object.assign(member, { topicNames, topicRegex, assignor, rackId });
    member.assignment = { ...old.assignment, epoch: joining, previousEpoch: joining };
    if (target !== undefined) group.target.set(id, target);
    return member;
  };

  /** The member that speaks, or why it may not. */
  const findMember = (group: ConsumerGroup, request: HeartbeatRequest): ConsumerMember | HeartbeatFailure => {
    const { instanceId, memberEpoch } = request;
    const isJoining = memberEpoch === joining;
    const memberId = request.memberId === "" ? randomBytes(16).toString("base64url") : request.memberId;
    const owner = instanceId === null ? undefined : ownerOf(group, instanceId);
    if (isJoining && owner !== undefined) {
      if (owner.assignment.epoch === leavingForAWhile) return replaceMember(group, owner, request, memberId);
      return failure(
        ErrorCode.unreleasedInstanceId,
        `Static member ${memberId} with instance id ${instanceId} cannot join the group because the instance id is owned by ${owner.id} member.`,
      );
    }
    const known = instanceId === null || isJoining ? group.members.get(memberId) : owner;
    if (known === undefined)
      return isJoining ? addMember(group, request, memberId) : notFound(group, request);
    return fence(known, request) ?? checkEpoch(known, memberEpoch, request.topicPartitions ?? null) ?? known;
  };

  /** Takes over what the request says of the member; true when that changes its subscription. */
  const updateMember = (group: ConsumerGroup, member: ConsumerMember, request: HeartbeatRequest): boolean => {
    const { topicNames, topicRegex } = member;
    const regex = request.subscribedTopicRegex;
    member.clientId = request.clientId;
    member.clientHost = request.clientHost;
    member.rackId = request.rackId ?? member.rackId;
    member.assignor = request.serverAssignor ?? member.assignor;
    if (request.rebalanceTimeoutMs !== -1) member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
    if (request.subscribedTopicNames !== null) member.topicNames = new Set(request.subscribedTopicNames);
    if (regex === "" && topicRegex !== "") {
      // As in Kafka, this alone is no change: the member keeps its work until the epoch goes up for another reason.
      member.topicRegex = "";
      rememberTopics(group);
    }
    const isKnownRegex = regex !== null && regex !== topicRegex && group.matched.has(regex);
    if (isKnownRegex) member.topicRegex = regex;
    return (
      isKnownRegex ||
      member.topicNames.size !== topicNames.size ||
      [...member.topicNames].some((name) => !topicNames.has(name))
    );
  };

  const reconcile = (group: ConsumerGroup, member: ConsumerMember, request: HeartbeatRequest) => {
    const before = member.assignment;
    member.assignment = reconcileMember(before, {
      target: group.target.get(member.id) ?? noPartitions,
      targetEpoch: group.assignmentEpoch,
      taken: () => takenPartitions(group),
      owned: request.topicPartitions,
    });
    if (member.assignment === before) return;
    if (member.assignment.state === "UnrevokedPartitions") {
      member.revocation.set(Math.max(0, member.rebalanceTimeoutMs));
    } else member.revocation.clear();
  };

  const beat = (request: HeartbeatRequest): HeartbeatAnswer => {
    const group = openGroup(request.groupId, request.memberEpoch === joining);
    if ("errorCode" in group) return group;
    if (group.members.size >= maxMembers && !group.members.has(request.memberId)) {
      return failure(
        ErrorCode.groupMaxSizeReached,
        `The consumer group has reached its maximum capacity of ${maxMembers} members.`,
      );
    }
    const member = findMember(group, request);
    if ("errorCode" in member) return member;
    const { assigned } = member.assignment;
    if (updateMember(group, member, request) || group.epoch === 0) raiseEpoch(group);
    else noticeTopics(group);
    updateTarget(group);
    reconcile(group, member, request);
    member.session.set(sessionTimeoutMs);
    const isFull =
      request.memberEpoch === joining ||
      (request.rebalanceTimeoutMs !== -1 &&
        (request.subscribedTopicNames !== null || request.subscribedTopicRegex !== null) &&
        request.topicPartitions !== null);
    const isChanged = !sameSets(assigned, member.assignment.assigned);
    const answer = {
      memberId: member.id,
      memberEpoch: member.assignment.epoch,
      heartbeatIntervalMs,
      assignment:
        isFull || isChanged ? { topicPartitions: listPartitions(member.assignment.assigned) } : null,
    };
    // As in Kafka, topics are looked through afterwards: a new regular expression counts from the next heartbeat on.
    member.topicRegex = request.subscribedTopicRegex ?? member.topicRegex;
    matchTopics(group);
    return answer;
  };

  const leave = (request: HeartbeatRequest): HeartbeatAnswer => {
    const { groupId, memberEpoch, instanceId } = request;
    const group = groups.find(groupId)?.consumer;
    if (group === undefined) return failure(ErrorCode.groupIdNotFound, `Group ${groupId} not found.`);
    if (group === null) {
      return failure(ErrorCode.groupIdNotFound, `Group ${groupId} is not a consumer group.`);
    }
    const member = instanceId === null ? group.members.get(request.memberId) : ownerOf(group, instanceId);
    if (member === undefined) return notFound(group, request);
    const fenced = fence(member, request);
    if (fenced !== null) return fenced;
    if (memberEpoch === leavingForAWhile) {
      // Its session goes on: when that ends before it is back, the others share its work.
      member.assignment = { ...member.assignment, epoch: leavingForAWhile, pendingRevocation: noPartitions };
      member.revocation.clear();
    } else removeConsumerMember(group, member);
    return { memberId: member.id, memberEpoch, heartbeatIntervalMs: 0, assignment: null };
  };

  return {
    heartbeat: (request) => checkHeartbeat(request) ?? (isLeaving(request) ? leave(request) : beat(request)),
  };
}

const ownerOf = (group: ConsumerGroup, instanceId: string) =>
  group.members.get(group.staticMembers.get(instanceId) ?? "");

const notFound = (group: ConsumerGroup, { memberId, instanceId }: HeartbeatRequest) =>
  failure(
    ErrorCode.unknownMemberId,
    instanceId === null
      ? `Member ${memberId} is not a member of group ${group.id}.`
      : `Instance id ${instanceId} is unknown.`,
  );

/** Somebody else speaks under the instance id of the member. */
function fence(member: ConsumerMember, { memberId, instanceId }: HeartbeatRequest): HeartbeatFailure | null {
  if (instanceId === null || member.id === memberId) return null;
  return failure(
    ErrorCode.fencedInstanceId,
    `Static member ${memberId} with instance id ${instanceId} was fenced by member ${member.id}.`,
  );
}

/**
 * A member may be one epoch late, if the last answer got lost: then what it has lies within what it was given.
 */
function checkEpoch(
  { assignment: { epoch, previousEpoch, assigned } }: ConsumerMember,
  given: number,
  owned: HeartbeatRequest["topicPartitions"],
): HeartbeatFailure | null {
  if (given === epoch) return null;
  if (given === previousEpoch && given < epoch && owned !== null && holdAll(assigned, owned)) return null;
  return failure(
    ErrorCode.fencedMemberEpoch,
    `The consumer group member has a ${given > epoch ? "greater" : "smaller"} member epoch (${given}) than the one known by the group coordinator (${epoch}). The member must abandon all its partitions and rejoin.`,
  );
}
