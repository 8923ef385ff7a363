/**
 * What makes a heartbeat of a consumer group invalid by itself, whatever the group: as Kafka 4.1 checks, in its order.
 */
import { ErrorCode } from "../protocol/error-codes.ts";
import { assignors } from "./assignors.ts";
import { joining, leaving, leavingForAWhile } from "./consumer-group.ts";
import type { TopicPartitions } from "./partition-sets.ts";
import { parseTopicRegex } from "./topic-regex.ts";

export interface HeartbeatRequest {
  readonly groupId: string;
  readonly memberId: string;
  readonly memberEpoch: number;
  readonly instanceId: string | null;
  readonly rackId: string | null;
  readonly rebalanceTimeoutMs: number;
  readonly subscribedTopicNames: readonly string[] | null;
  readonly subscribedTopicRegex: string | null;
  readonly serverAssignor: string | null;
  readonly topicPartitions: readonly TopicPartitions[] | null;
  readonly clientId: string;
  readonly clientHost: string;
  /** From version 1 on a member makes its own id. */
  readonly isIdRequired: boolean;
}

export interface HeartbeatFailure {
  readonly errorCode: ErrorCode;
  readonly errorMessage: string;
}

export const failure = (errorCode: ErrorCode, errorMessage: string): HeartbeatFailure => ({
  errorCode,
  errorMessage,
});

/** A subscription longer than this is no client's. */
const maxSubscriptionLength = 1024 * 1024;

/** Null when nothing is wrong with it. */
export function checkHeartbeat(request: HeartbeatRequest): HeartbeatFailure | null {
  const message = findFault(request);
  if (message !== null) return failure(ErrorCode.invalidRequest, message);
  const { serverAssignor, subscribedTopicRegex: regex } = request;
  if (serverAssignor !== null && !assignors.has(serverAssignor)) {
    const known = [...assignors.keys()].join(", ");
    return failure(
      ErrorCode.unsupportedAssignor,
      `ServerAssignor ${serverAssignor} is not supported. Supported assignors: ${known}.`,
    );
  }
  const parsed = parseTopicRegex(regex ?? "");
  if (parsed.kind === "valid") return null;
  return failure(
    ErrorCode.invalidRegularExpression,
    `SubscribedTopicRegex \`${regex}\` is not a valid regular expression: ${parsed.reason}.`,
  );
}

function findFault(request: HeartbeatRequest): string | null {
  const { memberEpoch, memberId, subscribedTopicNames } = request;
  if (request.isIdRequired && memberId === "") return "MemberId can't be empty.";
  if (request.groupId === "") return "GroupId can't be empty.";
  if (request.instanceId === "") return "InstanceId can't be empty.";
  if (request.rackId === "") return "RackId can't be empty.";
  if (memberEpoch < leavingForAWhile) return "MemberEpoch is invalid.";
  if (memberEpoch !== joining && memberId === "") return "MemberId can't be empty.";
  if (memberEpoch === leavingForAWhile && request.instanceId === null) return "InstanceId can't be null.";
  const length = (subscribedTopicNames ?? []).reduce((sum, name) => sum + name.length, 0);
  if (length > maxSubscriptionLength) return "The subscription is too long.";
  return memberEpoch === joining ? findJoinFault(request) : null;
}

function findJoinFault(request: HeartbeatRequest): string | null {
  if (request.rebalanceTimeoutMs === -1) return "RebalanceTimeoutMs must be provided in first request.";
  if (request.topicPartitions === null || request.topicPartitions.length > 0) {
    return "TopicPartitions must be empty when (re-)joining.";
  }
  if (request.subscribedTopicNames === null && request.subscribedTopicRegex === null) {
    return "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.";
  }
  return null;
}

/** True for one that leaves, for good or for a while. */
export const isLeaving = ({ memberEpoch }: HeartbeatRequest): boolean =>
  memberEpoch === leaving || memberEpoch === leavingForAWhile;
