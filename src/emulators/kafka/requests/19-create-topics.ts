/**
 * CreateTopics (key 19). Served: 2-7.
 *
 * Settings are checked and kept. There is one broker, so the replication factor is 1 or left to the broker.
 *
 * 4     partitions and replication factor -1: the broker's defaults
 * 5     flexible; partitions, replication factor and settings in the answer
 * 7     topic id in the answer
 */
import { randomBytes } from "node:crypto";
import { brokerId } from "../broker.ts";
import { defineApi, type RequestContext } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import {
  arrayOf,
  bool,
  int8,
  int16,
  int32,
  type Message,
  nullableString,
  nullableStructs,
  string,
  structs,
  uuid,
} from "../protocol/field.ts";
import { checkTopicConfig } from "../topic-config.ts";
import type { Refusal } from "../topics.ts";
import { describeTopicConfig } from "./32-describe-configs.ts";
import { repeatedKeys, uniqueBy } from "./unique-by.ts";

const creatable = {
  name: string(),
  partitionCount: int32(),
  replicationFactor: int16(),
  assignments: structs({ index: int32(), brokerIds: arrayOf(int32()) }),
  configs: structs({ name: string(), value: nullableString() }),
};
type Creatable = Message<typeof creatable>;

const refuse = (code: ErrorCode, message: string): Refusal => ({ kind: "refused", code, message });

/** The number of partitions asked for, by count or by assignment. */
function partitionCountOf({ assignments, partitionCount, replicationFactor }: Creatable): number | Refusal {
  if (assignments.length === 0) {
    if (replicationFactor !== 1 && replicationFactor !== -1) {
      const code = ErrorCode.invalidReplicationFactor;
      return replicationFactor < 1
        ? refuse(code, "Replication factor must be larger than 0, or -1 to use the default value.")
        : refuse(code, `Replication factor ${replicationFactor} is larger than the 1 broker there is.`);
    }
    return partitionCount;
  }
  if (partitionCount !== -1 || replicationFactor !== -1) {
    return refuse(
      ErrorCode.invalidRequest,
      "A topic with a replica assignment has neither a number of partitions nor a replication factor.",
    );
  }
  const indexes = new Set(assignments.map(({ index }) => index));
  const isComplete =
    indexes.size === assignments.length && assignments.every((_, index) => indexes.has(index));
  const isHere = assignments.every(({ brokerIds }) => brokerIds.length === 1 && brokerIds[0] === brokerId);
  return isComplete && isHere
    ? assignments.length
    : refuse(
        ErrorCode.invalidReplicaAssignment,
        "Partitions go from 0 without gaps, each on broker 1 alone.",
      );
}

function createOne(wanted: Creatable, validateOnly: boolean, { broker }: RequestContext) {
  const { name } = wanted;
  const failure = ({ code, message }: Refusal) => ({
    name,
    errorCode: code,
    errorMessage: message,
    configs: [],
  });
  // The name comes first: a topic that exists is told so whatever else is wrong.
  const nameRefusal = broker.topics.checkNew(name, 1);
  if (nameRefusal !== null && nameRefusal.code !== ErrorCode.invalidPartitions) return failure(nameRefusal);
  const count = partitionCountOf(wanted);
  if (typeof count !== "number") return failure(count);
  const config = new Map<string, string>();
  for (const { name: key, value } of wanted.configs) {
    const problem = checkTopicConfig(key, value);
    if (problem !== null) return failure(refuse(ErrorCode.invalidConfig, problem));
    config.set(key, value ?? "");
  }
  const refusal = broker.topics.checkNew(name, count);
  if (refusal !== null) return failure(refusal);
  const done = validateOnly ? null : broker.topics.create(name, count, config);
  if (done?.kind === "refused") return failure(done);
  return {
    name,
    // Of a topic that is not made either, as Kafka does.
    topicId: done?.topic.id ?? randomBytes(16).toString("hex"),
    errorCode: ErrorCode.none,
    errorMessage: null,
    partitionCount: count === -1 ? broker.defaultPartitions : count,
    replicationFactor: 1,
    configs: describeTopicConfig(config).map(({ name: key, value, source }) => ({
      name: key,
      value,
      configSource: source,
    })),
  };
}

export const createTopics = defineApi({
  key: 19,
  name: "CreateTopics",
  versions: [2, 7],
  flexibleSince: 5,
  request: {
    topics: structs(creatable),
    timeoutMs: int32(),
    validateOnly: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    topics: structs({
      name: string(),
      topicId: uuid({ since: 7 }),
      errorCode: int16(),
      errorMessage: nullableString(),
      topicConfigErrorCode: int16({ since: 5, tag: 0 }),
      partitionCount: int32({ since: 5, default: -1 }),
      replicationFactor: int16({ since: 5, default: -1 }),
      configs: nullableStructs(
        {
          name: string(),
          value: nullableString(),
          readOnly: bool(),
          configSource: int8({ default: -1 }),
          isSensitive: bool(),
        },
        { since: 5, default: [] },
      ),
    }),
  },
  handle({ topics, validateOnly }, context) {
    const repeated = repeatedKeys(topics, ({ name }) => name);
    return {
      topics: uniqueBy(topics, ({ name }) => name).map((topic) => {
        if (!repeated.has(topic.name)) return createOne(topic, validateOnly, context);
        const { name } = topic;
        const errorMessage = "Duplicate topic name.";
        return { name, errorCode: ErrorCode.invalidRequest, errorMessage, configs: [] };
      }),
    };
  },
});
