/**
 * Metadata (key 3). Served: 0-13.
 *
 * One broker, which leads every partition. A topic that is asked for by name and missing is created, if the
 * broker and (from 4 on) the client allow it.
 *
 * 0     no topics means all
 * 1     null means all, none means none
 * 2     cluster id
 * 4     auto creation is the client's choice
 * 5     offline replicas
 * 7     leader epoch
 * 8     authorized operations
 * 9     flexible
 * 10    topic ids
 * 12    topics by id
 * 13    error code of the whole (none that this broker answers)
 */
import { brokerId } from "../broker.ts";
import { leaderEpoch } from "../log/leader-epoch.ts";
import { defineApi, type RequestContext } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import {
  arrayOf,
  bool,
  int16,
  int32,
  nullableString,
  nullableStructs,
  string,
  structs,
  uuid,
} from "../protocol/field.ts";
import { checkTopicName, type Topic } from "../topics.ts";
import { authorizedOperations, operationsNotAsked } from "./authorized-operations.ts";
import { uniqueBy } from "./unique-by.ts";

const noId = "0".repeat(32);
const replicas = [brokerId];

function describe(topic: Topic) {
  return {
    errorCode: ErrorCode.none,
    name: topic.name,
    topicId: topic.id,
    isInternal: false,
    partitions: topic.partitions.map((_, index) => ({
      errorCode: ErrorCode.none,
      index,
      leaderId: brokerId,
      leaderEpoch,
      replicaNodes: replicas,
      isrNodes: replicas,
      offlineReplicas: [],
    })),
  };
}

function failure(errorCode: ErrorCode, name: string | null, topicId = noId) {
  return { errorCode, name, topicId, isInternal: false, partitions: [] };
}

function find(name: string, mayCreate: boolean, { broker }: RequestContext) {
  const known = broker.topics.byName(name);
  if (known !== undefined) return describe(known);
  if (checkTopicName(name) !== null) return failure(ErrorCode.invalidTopic, name);
  if (!mayCreate || !broker.autoCreateTopics) return failure(ErrorCode.unknownTopicOrPartition, name);
  const outcome = broker.topics.create(name, -1);
  return outcome.kind === "done" ? describe(outcome.topic) : failure(outcome.code, name);
}

export const metadata = defineApi({
  key: 3,
  name: "Metadata",
  versions: [0, 13],
  flexibleSince: 9,
  request: {
    topics: nullableStructs(
      {
        topicId: uuid({ since: 10 }),
        name: nullableString({ nullableSince: 10 }),
      },
      { nullableSince: 1 },
    ),
    allowAutoTopicCreation: bool({ since: 4, default: true }),
    includeClusterAuthorizedOperations: bool({ since: 8, until: 10 }),
    includeTopicAuthorizedOperations: bool({ since: 8 }),
  },
  response: {
    throttleTimeMs: int32({ since: 3 }),
    brokers: structs({
      nodeId: int32(),
      host: string(),
      port: int32(),
      rack: nullableString({ since: 1 }),
    }),
    clusterId: nullableString({ since: 2 }),
    controllerId: int32({ since: 1, default: -1 }),
    topics: structs({
      errorCode: int16(),
      name: nullableString({ nullableSince: 12 }),
      topicId: uuid({ since: 10 }),
      isInternal: bool({ since: 1 }),
      partitions: structs({
        errorCode: int16(),
        index: int32(),
        leaderId: int32(),
        leaderEpoch: int32({ since: 7, default: -1 }),
        replicaNodes: arrayOf(int32()),
        isrNodes: arrayOf(int32()),
        offlineReplicas: arrayOf(int32(), { since: 5 }),
      }),
      topicAuthorizedOperations: int32({ since: 8, default: operationsNotAsked }),
    }),
    clusterAuthorizedOperations: int32({ since: 8, until: 10, default: operationsNotAsked }),
    errorCode: int16({ since: 13 }),
  },
  handle(wanted, context) {
    const { topics, allowAutoTopicCreation } = wanted;
    const { broker, version } = context;
    const withOperations = <T extends object>(topic: T) =>
      wanted.includeTopicAuthorizedOperations
        ? { ...topic, topicAuthorizedOperations: authorizedOperations.topic }
        : topic;
    const wantsAll = topics === null || (version === 0 && topics.length === 0);
    const named = uniqueBy(topics ?? [], ({ name, topicId }) => name ?? topicId);
    return {
      brokers: [{ nodeId: brokerId, ...broker.address, rack: null }],
      clusterId: broker.clusterId,
      controllerId: brokerId,
      topics: (wantsAll
        ? Array.from(broker.topics.list(), describe)
        : named.map(({ name, topicId }) => {
            if (name !== null) return find(name, allowAutoTopicCreation, context);
            const topic = broker.topics.byId(topicId);
            return topic === undefined ? failure(ErrorCode.unknownTopicId, null, topicId) : describe(topic);
          })
      ).map(withOperations),
      ...(wanted.includeClusterAuthorizedOperations && {
        clusterAuthorizedOperations: authorizedOperations.cluster,
      }),
    };
  },
});
