/**
 * The group coordinator: every group of the broker, and what members ask of it after they joined.
 */
import type { Clock } from "../../../kernel/clock.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { type ConsumerGroup, checkCommit, leaveConsumerGroup } from "./consumer-group.ts";
import { createDeadline } from "./deadline.ts";
import {
  findMember,
  type Group,
  type JoinAnswer,
  joinFailure,
  type SyncAnswer,
  syncFailure,
} from "./group.ts";
import { type JoinRequest, joinGroup } from "./join.ts";
import { createGroupOffsets, type GroupOffsets } from "./offsets.ts";
import { answerSync, completeJoinIfAllAreHere, onRebalanceTimeout, removeMember } from "./rebalance.ts";

/** As Kafka's `group.max.session.timeout.ms`. */
const maxSessionTimeoutMs = 1_800_000;
const maxGroups = 10_000;
/** Metadata or assignment of one member. */
const maxMemberBytes = 1024 * 1024;

export interface SyncRequest {
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  /** Null before version 5. */
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[];
}

/** Who speaks for a group; generation -1 and no member id is a client that keeps out of membership. */
export interface GroupSpeaker {
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

export interface GroupEntry {
  /** Empty while the group is one of KIP-848. */
  readonly group: Group;
  /** Null while the group is a classic one. */
  consumer: ConsumerGroup | null;
  readonly offsets: GroupOffsets;
}

export interface GroupCoordinator {
  find(groupId: string): GroupEntry | undefined;
  list(): Iterable<GroupEntry>;
  /** Finds or makes a group; null when there are too many. */
  open(groupId: string): GroupEntry | null;
  /** An empty classic group becomes one of KIP-848, with the offsets it has. */
  takeOver(entry: GroupEntry, consumer: ConsumerGroup): ConsumerGroup;
  join(groupId: string, request: JoinRequest, answer: (answer: JoinAnswer) => void): void;
  sync(groupId: string, request: SyncRequest, answer: (answer: SyncAnswer) => void): void;
  heartbeat(groupId: string, speaker: GroupSpeaker): ErrorCode;
  leave(groupId: string, memberId: string, groupInstanceId: string | null): ErrorCode;
  /**
   * The offsets that the speaker may write to, or why not. Makes the group of a client that just commits.
   * `knowsEpochs` is true in versions of the request that know member epochs; default false.
   */
  openCommit(
    groupId: string,
    speaker: GroupSpeaker,
    knowsEpochs?: boolean,
  ): GroupOffsets | { readonly errorCode: ErrorCode };
  /** The same for a commit in a transaction, whose producer need not be a member nor name one. */
  openTransactionalCommit(
    groupId: string,
    speaker: GroupSpeaker,
  ): GroupOffsets | { readonly errorCode: ErrorCode };
  /** Removes an empty group with its offsets. */
  delete(groupId: string): ErrorCode;
  onTopicDeleted(topic: string): void;
  /** Stops every timer. */
  close(): void;
}

export interface GroupCoordinatorOptions {
  readonly clock: Clock;
  /** A member that asks for less is refused. */
  readonly minSessionTimeoutMs: number;
}

export function createGroupCoordinator({
  clock,
  minSessionTimeoutMs,
}: GroupCoordinatorOptions): GroupCoordinator {
  const groups = new Map<string, GroupEntry>();

  const forgetIfUseless = (group: Group) => {
    const consumer = groups.get(group.id)?.consumer ?? null;
    const isUseless =
      (consumer === null || consumer.members.size === 0) &&
      group.state === "Empty" &&
      group.generationId === 0 &&
      group.pendingMembers.size === 0 &&
      groups.get(group.id)?.offsets.size === 0;
    if (isUseless) groups.delete(group.id);
  };

  const findOrCreate = (groupId: string): GroupEntry | null => {
    const known = groups.get(groupId);
    if (known !== undefined) return known;
    if (groups.size >= maxGroups) {
      for (const { group } of groups.values()) forgetIfUseless(group);
      if (groups.size >= maxGroups) return null;
    }
    const group: Group = {
      id: groupId,
      state: "Empty",
      generationId: 0,
      protocolType: null,
      protocolName: null,
      leaderId: null,
      members: new Map(),
      pendingMembers: new Map(),
      staticMembers: new Map(),
      rebalance: createDeadline(clock, () => onRebalanceTimeout(group, forgetIfUseless)),
    };
    const entry: GroupEntry = { group, consumer: null, offsets: createGroupOffsets() };
    groups.set(groupId, entry);
    return entry;
  };

  const checkGeneration = (group: Group, { generationId, memberId, groupInstanceId }: GroupSpeaker) => {
    const member = findMember(group, memberId, groupInstanceId);
    if (!("errorCode" in member) && generationId !== group.generationId) {
      return { errorCode: ErrorCode.illegalGeneration };
    }
    return member;
  };

  return {
    find: (groupId) => groups.get(groupId),
    list: () => groups.values(),
    open: findOrCreate,
    takeOver(entry, consumer) {
      const { group } = entry;
      for (const pending of group.pendingMembers.values()) pending.clear();
      group.pendingMembers.clear();
      group.generationId = 0;
      group.protocolType = null;
      entry.consumer = consumer;
      return consumer;
    },
    join(groupId, request, answer) {
      const fail = (code: ErrorCode) => answer(joinFailure(code, request.memberId));
      if (groupId === "") return fail(ErrorCode.invalidGroupId);
      if (request.sessionTimeoutMs < minSessionTimeoutMs || request.sessionTimeoutMs > maxSessionTimeoutMs) {
        return fail(ErrorCode.invalidSessionTimeout);
      }
      const bytes = request.protocols.reduce((sum, { metadata }) => sum + metadata.length, 0);
      if (bytes > maxMemberBytes) return fail(ErrorCode.unknownServerError);
      const known = groups.get(groupId);
      if (known !== undefined && known.consumer !== null) {
        if (known.consumer.members.size > 0) {
          return answer(joinFailure(ErrorCode.inconsistentGroupProtocol, ""));
        }
        known.consumer = null;
      }
      if (request.memberId !== "" && known === undefined) return fail(ErrorCode.unknownMemberId);
      const entry = findOrCreate(groupId);
      if (entry === null) return fail(ErrorCode.coordinatorNotAvailable);
      joinGroup(entry.group, request, { clock, onEmpty: forgetIfUseless }, answer);
      forgetIfUseless(entry.group);
    },
    sync(groupId, request, answer) {
      const fail = (code: ErrorCode) => answer(syncFailure(code));
      if (groupId === "") return fail(ErrorCode.invalidGroupId);
      const group = groups.get(groupId)?.group;
      if (group === undefined) return fail(ErrorCode.unknownMemberId);
      const member = checkGeneration(group, request);
      if ("errorCode" in member) return fail(member.errorCode);
      const differs =
        (request.protocolType !== null && request.protocolType !== group.protocolType) ||
        (request.protocolName !== null && request.protocolName !== group.protocolName);
      if (differs) return fail(ErrorCode.inconsistentGroupProtocol);
      const share = (assignment: Buffer): SyncAnswer => ({
        errorCode: ErrorCode.none,
        protocolType: group.protocolType,
        protocolName: group.protocolName,
        assignment,
      });
      switch (group.state) {
        case "Empty":
          return fail(ErrorCode.unknownMemberId);
        case "PreparingRebalance":
          return fail(ErrorCode.rebalanceInProgress);
        case "Stable":
          member.session.set(member.sessionTimeoutMs);
          return answer(share(member.assignment));
        case "CompletingRebalance": {
          answerSync(member, () => syncFailure(ErrorCode.rebalanceInProgress));
          member.answerSync = answer;
          if (group.leaderId !== member.id) return;
          if (request.assignments.some(({ assignment }) => assignment.length > maxMemberBytes)) {
            return answerSync(member, () => syncFailure(ErrorCode.unknownServerError));
          }
          for (const { memberId, assignment } of request.assignments) {
            const assigned = group.members.get(memberId);
            // A copy: the request's frame is not to live as long as the assignment.
            if (assigned !== undefined) assigned.assignment = Buffer.from(assignment);
          }
          group.state = "Stable";
          group.rebalance.clear();
          for (const each of group.members.values()) answerSync(each, () => share(each.assignment));
        }
      }
    },
    heartbeat(groupId, speaker) {
      if (groupId === "") return ErrorCode.invalidGroupId;
      const group = groups.get(groupId)?.group;
      if (group === undefined) return ErrorCode.unknownMemberId;
      const member = checkGeneration(group, speaker);
      if ("errorCode" in member) return member.errorCode;
      member.session.set(member.sessionTimeoutMs);
      return group.state === "PreparingRebalance" ? ErrorCode.rebalanceInProgress : ErrorCode.none;
    },
    leave(groupId, memberId, groupInstanceId) {
      if (groupId === "") return ErrorCode.invalidGroupId;
      const entry = groups.get(groupId);
      if (entry === undefined) return ErrorCode.unknownMemberId;
      const { group, consumer } = entry;
      if (consumer !== null) return leaveConsumerGroup(consumer, memberId, groupInstanceId);
      const pending = group.pendingMembers.get(memberId);
      if (pending !== undefined) {
        pending.clear();
        group.pendingMembers.delete(memberId);
        completeJoinIfAllAreHere(group, forgetIfUseless);
        forgetIfUseless(group);
        return ErrorCode.none;
      }
      // An administrator removes a static member by its instance id alone.
      const id =
        memberId === "" && groupInstanceId !== null ? group.staticMembers.get(groupInstanceId) : memberId;
      const member = findMember(group, id ?? "", groupInstanceId);
      if ("errorCode" in member) return member.errorCode;
      member.answerJoin?.(joinFailure(ErrorCode.unknownMemberId, member.id));
      member.answerJoin = null;
      answerSync(member, () => syncFailure(ErrorCode.unknownMemberId));
      removeMember(group, member, forgetIfUseless);
      return ErrorCode.none;
    },
    openCommit(groupId, speaker, knowsEpochs = false) {
      const { generationId, memberId, groupInstanceId } = speaker;
      const isMember = generationId >= 0 || memberId !== "" || groupInstanceId !== null;
      if (!isMember) {
        const entry = findOrCreate(groupId);
        if (entry === null) return { errorCode: ErrorCode.coordinatorNotAvailable };
        if (entry.consumer !== null && entry.consumer.members.size > 0) {
          return { errorCode: ErrorCode.unknownMemberId };
        }
        return entry.group.state === "Empty" ? entry.offsets : { errorCode: ErrorCode.unknownMemberId };
      }
      const entry = groups.get(groupId);
      if (entry === undefined) {
        return { errorCode: knowsEpochs ? ErrorCode.groupIdNotFound : ErrorCode.illegalGeneration };
      }
      if (entry.consumer !== null) {
        const errorCode = checkCommit(entry.consumer, speaker, knowsEpochs);
        return errorCode === ErrorCode.none ? entry.offsets : { errorCode };
      }
      if (generationId < 0 && entry.group.state === "Empty") return entry.offsets;
      const member = checkGeneration(entry.group, speaker);
      if ("errorCode" in member) return member;
      if (entry.group.state === "CompletingRebalance") return { errorCode: ErrorCode.rebalanceInProgress };
      member.session.set(member.sessionTimeoutMs);
      return entry.offsets;
    },
    openTransactionalCommit(groupId, speaker) {
      const { generationId, memberId, groupInstanceId } = speaker;
      const entry = generationId < 0 ? findOrCreate(groupId) : groups.get(groupId);
      if (entry === null) return { errorCode: ErrorCode.coordinatorNotAvailable };
      if (entry === undefined) return { errorCode: ErrorCode.illegalGeneration };
      const isMember = generationId >= 0 || memberId !== "" || groupInstanceId !== null;
      if (entry.consumer !== null && isMember) {
        const errorCode = checkCommit(entry.consumer, speaker, true);
        if (errorCode === ErrorCode.none) return entry.offsets;
        return {
          errorCode: errorCode === ErrorCode.staleMemberEpoch ? ErrorCode.illegalGeneration : errorCode,
        };
      }
      if (!isMember || (generationId < 0 && entry.group.state === "Empty")) return entry.offsets;
      const member = checkGeneration(entry.group, speaker);
      return "errorCode" in member ? member : entry.offsets;
    },
    delete(groupId) {
      const entry = groups.get(groupId);
      if (entry === undefined) return ErrorCode.groupIdNotFound;
      if (entry.group.state !== "Empty" || (entry.consumer?.members.size ?? 0) > 0) {
        return ErrorCode.nonEmptyGroup;
      }
      for (const pending of entry.group.pendingMembers.values()) pending.clear();
      groups.delete(groupId);
      return ErrorCode.none;
    },
    onTopicDeleted(topic) {
      for (const { offsets } of groups.values()) offsets.deleteTopic(topic);
    },
    close() {
      for (const { group, consumer } of groups.values()) {
        for (const member of consumer?.members.values() ?? []) {
          member.session.clear();
          member.revocation.clear();
        }
        group.rebalance.clear();
        for (const pending of group.pendingMembers.values()) pending.clear();
        for (const member of group.members.values()) member.session.clear();
      }
      groups.clear();
    },
  };
}
