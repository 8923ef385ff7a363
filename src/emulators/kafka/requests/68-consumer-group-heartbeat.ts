/**
 * ConsumerGroupHeartbeat (key 68). Served: 0-1.
 *
 * All that a member of a consumer group of KIP-848 says to its coordinator: it joins with epoch 0, goes on with the
 * epoch it was told, and leaves with -1 (a static member that will be back: -2). What is null, or -1, has not
 * changed since it was last said.
 *
 * 1     subscription by a regular expression; the member makes its own id
 */
import { defineApi } from "../protocol/api.ts";
import {
  arrayOf,
  int16,
  int32,
  nullableArrayOf,
  nullableString,
  nullableStruct,
  nullableStructs,
  string,
  structs,
  uuid,
} from "../protocol/field.ts";

const topicPartitions = { topicId: uuid(), partitions: arrayOf(int32()) };

export const consumerGroupHeartbeat = defineApi({
  key: 68,
  name: "ConsumerGroupHeartbeat",
  versions: [0, 1],
  flexibleSince: 0,
  request: {
    groupId: string(),
    memberId: string(),
    memberEpoch: int32(),
    instanceId: nullableString(),
    rackId: nullableString(),
    rebalanceTimeoutMs: int32({ default: -1 }),
    subscribedTopicNames: nullableArrayOf(string()),
    subscribedTopicRegex: nullableString({ since: 1 }),
    serverAssignor: nullableString(),
    topicPartitions: nullableStructs(topicPartitions),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: nullableString(),
    memberId: nullableString(),
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    assignment: nullableStruct({ topicPartitions: structs(topicPartitions) }),
  },
  handle: (request, { broker, clientId, clientHost, version }) =>
    broker.consumerGroups.heartbeat({ ...request, clientId, clientHost, isIdRequired: version >= 1 }),
});
