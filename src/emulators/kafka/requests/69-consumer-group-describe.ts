/**
 * ConsumerGroupDescribe (key 69). Served: 0-1. Only groups of KIP-848 are described here.
 *
 * 1     member type
 */
import { describeConsumerGroup } from "../groups/describe-consumer-group.ts";
import { defineApi } from "../protocol/api.ts";
import {
  arrayOf,
  bool,
  int8,
  int16,
  int32,
  nullableString,
  string,
  struct,
  structs,
  uuid,
} from "../protocol/field.ts";

const assignment = {
  topicPartitions: structs({ topicId: uuid(), topicName: string(), partitions: arrayOf(int32()) }),
};

export const consumerGroupDescribe = defineApi({
  key: 69,
  name: "ConsumerGroupDescribe",
  versions: [0, 1],
  flexibleSince: 0,
  request: { groupIds: arrayOf(string()), includeAuthorizedOperations: bool() },
  response: {
    throttleTimeMs: int32(),
    groups: structs({
      errorCode: int16(),
      errorMessage: nullableString(),
      groupId: string(),
      groupState: string(),
      groupEpoch: int32(),
      assignmentEpoch: int32(),
      assignorName: string(),
      members: structs({
        memberId: string(),
        instanceId: nullableString(),
        rackId: nullableString(),
        memberEpoch: int32(),
        clientId: string(),
        clientHost: string(),
        subscribedTopicNames: arrayOf(string()),
        subscribedTopicRegex: nullableString(),
        assignment: struct(assignment),
        targetAssignment: struct(assignment),
        memberType: int8({ since: 1, default: -1 }),
      }),
      authorizedOperations: int32({ default: -2147483648 }),
    }),
  },
  handle: ({ groupIds, includeAuthorizedOperations }, { broker }) => ({
    groups: groupIds.map((groupId) =>
      describeConsumerGroup(groupId, broker.groups.find(groupId), includeAuthorizedOperations),
    ),
  }),
});
