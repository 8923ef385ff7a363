/**
 * A consumer group as ConsumerGroupDescribe shows it.
 */
import { ErrorCode } from "../protocol/error-codes.ts";
import { type ConsumerGroup, electAssignor, stateOf } from "./consumer-group.ts";
import type { GroupEntry } from "./coordinator.ts";
import { listPartitions, noPartitions, type PartitionSets } from "./partition-sets.ts";

/** Everything that can be done to a group: without an authorizer everybody may. */
const allOperations = 3400;
const consumerMemberType = 1;

/** `entry` is what goes under that id. */
export function describeConsumerGroup(
  groupId: string,
  entry: GroupEntry | undefined,
  includeOperations: boolean,
) {
  if (groupId === "") return { groupId, errorCode: ErrorCode.invalidGroupId };
  if (entry === undefined || entry.consumer === null) {
    const what = entry === undefined ? "not found" : "is not a consumer group";
    return { groupId, errorCode: ErrorCode.groupIdNotFound, errorMessage: `Group ${groupId} ${what}.` };
  }
  const group = entry.consumer;
  return {
    groupId,
    errorCode: ErrorCode.none,
    groupState: stateOf(group),
    groupEpoch: group.epoch,
    assignmentEpoch: group.assignmentEpoch,
    assignorName: electAssignor(group),
    members: Array.from(group.members.values(), (member) => ({
      memberId: member.id,
      instanceId: member.instanceId,
      rackId: member.rackId,
      memberEpoch: member.assignment.epoch,
      clientId: member.clientId,
      clientHost: `/${member.clientHost}`,
      subscribedTopicNames: [...member.topicNames],
      subscribedTopicRegex: member.topicRegex,
      assignment: showPartitions(group, member.assignment.assigned),
      targetAssignment: showPartitions(group, group.target.get(member.id) ?? noPartitions),
      memberType: consumerMemberType,
    })),
    ...(includeOperations && { authorizedOperations: allOperations }),
  };
}

/** With the names of the topics; those that are gone are left out. */
function showPartitions({ topics }: ConsumerGroup, sets: PartitionSets) {
  return {
    topicPartitions: listPartitions(sets).flatMap(({ topicId, partitions }) => {
      const topicName = topics.byId(topicId)?.name;
      return topicName === undefined ? [] : [{ topicId, topicName, partitions }];
    }),
  };
}
