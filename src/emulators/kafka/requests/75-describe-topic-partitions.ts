/**
 * DescribeTopicPartitions (key 75). Served: 0.
 *
 * Topics in the order of their names, page by page: a cursor says where the next one begins (KIP-966).
 *
 * 0     flexible from the start
 */
import { brokerId } from "../broker.ts";
import { leaderEpoch } from "../log/leader-epoch.ts";
import { defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import {
  arrayOf,
  bool,
  int16,
  int32,
  nullableArrayOf,
  nullableString,
  nullableStruct,
  string,
  structs,
  uuid,
} from "../protocol/field.ts";
import { checkTopicName } from "../topics.ts";
import { authorizedOperations, operationsNotAsked } from "./authorized-operations.ts";

/** As Kafka's `max.request.partition.size.limit`. */
const maxPartitionsPerAnswer = 2000;
const operations = { topicAuthorizedOperations: authorizedOperations.topic };
const replicas = [brokerId];
const cursor = { topicName: string(), partitionIndex: int32() };

const partitionOf = (index: number) => ({
  errorCode: ErrorCode.none,
  index,
  leaderId: brokerId,
  leaderEpoch,
  replicaNodes: replicas,
  isrNodes: replicas,
  eligibleLeaderReplicas: [],
  lastKnownElr: [],
  offlineReplicas: [],
});

export const describeTopicPartitions = defineApi({
  key: 75,
  name: "DescribeTopicPartitions",
  versions: [0, 0],
  flexibleSince: 0,
  request: {
    topics: structs({ name: string() }),
    responsePartitionLimit: int32({ default: maxPartitionsPerAnswer }),
    cursor: nullableStruct(cursor),
  },
  response: {
    throttleTimeMs: int32(),
    topics: structs({
      errorCode: int16(),
      name: nullableString(),
      topicId: uuid(),
      isInternal: bool(),
      partitions: structs({
        errorCode: int16(),
        index: int32(),
        leaderId: int32(),
        leaderEpoch: int32({ default: -1 }),
        replicaNodes: arrayOf(int32()),
        isrNodes: arrayOf(int32()),
        eligibleLeaderReplicas: nullableArrayOf(int32()),
        lastKnownElr: nullableArrayOf(int32()),
        offlineReplicas: arrayOf(int32()),
      }),
      topicAuthorizedOperations: int32({ default: operationsNotAsked }),
    }),
    nextCursor: nullableStruct(cursor),
  },
  handle({ topics: given, responsePartitionLimit, cursor: from }, { broker }) {
    const refuseAll = (errorCode: ErrorCode) => ({ topics: given.map(({ name }) => ({ errorCode, name })) });
    if (given.some(({ name }) => name === "")) return refuseAll(ErrorCode.unknownServerError);
    // A page begins at a topic that is asked for; where all are, that one may be gone by now.
    const isLost = given.length > 0 && from !== null && given.every(({ name }) => name !== from.topicName);
    if (isLost || (from !== null && from.partitionIndex < 0)) return refuseAll(ErrorCode.invalidRequest);
    const wanted = given.length > 0 ? given : broker.topics.list();
    const names = new Set(Array.from(wanted, ({ name }) => name));
    let left = Math.max(1, Math.min(responsePartitionLimit, maxPartitionsPerAnswer));
    const topics = [];
    for (const name of [...names].sort()) {
      if (from !== null && name < from.topicName) continue;
      const first = from?.topicName === name ? from.partitionIndex : 0;
      if (left === 0) return { topics, nextCursor: { topicName: name, partitionIndex: first } };
      const topic = broker.topics.byName(name);
      if (topic === undefined) {
        const isName = checkTopicName(name) === null;
        const errorCode = isName ? ErrorCode.unknownTopicOrPartition : ErrorCode.invalidTopic;
        topics.push({ errorCode, name, ...operations });
        continue;
      }
      const count = Math.min(Math.max(0, topic.partitions.length - first), left);
      const partitions = Array.from({ length: count }, (_, i) => partitionOf(first + i));
      topics.push({ errorCode: ErrorCode.none, name, topicId: topic.id, partitions, ...operations });
      left -= count;
      const partitionIndex = first + count;
      if (partitionIndex < topic.partitions.length) {
        return { topics, nextCursor: { topicName: name, partitionIndex } };
      }
    }
    return { topics };
  },
});
