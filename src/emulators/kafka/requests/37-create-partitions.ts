/**
 * CreatePartitions (key 37). Served: 0-3.
 *
 * 2     flexible
 */
import { brokerId } from "../broker.ts";
import { defineApi } from "../protocol/api.ts";
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
} from "../protocol/field.ts";
import { repeatedKeys, uniqueBy } from "./unique-by.ts";

export const createPartitions = defineApi({
  key: 37,
  name: "CreatePartitions",
  versions: [0, 3],
  flexibleSince: 2,
  request: {
    topics: structs({
      name: string(),
      count: int32(),
      assignments: nullableStructs({ brokerIds: arrayOf(int32()) }),
    }),
    timeoutMs: int32(),
    validateOnly: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    results: structs({ name: string(), errorCode: int16(), errorMessage: nullableString() }),
  },
  handle({ topics, validateOnly }, { broker }) {
    const repeated = repeatedKeys(topics, ({ name }) => name);
    return {
      results: uniqueBy(topics, ({ name }) => name).map(({ name, count, assignments }) => {
        if (repeated.has(name)) {
          return { name, errorCode: ErrorCode.invalidRequest, errorMessage: "Duplicate topic name." };
        }
        const topic = broker.topics.byName(name);
        if (topic === undefined) {
          const errorMessage = "This server does not host this topic-partition.";
          return { name, errorCode: ErrorCode.unknownTopicOrPartition, errorMessage };
        }
        const refusal = broker.topics.checkGrowth(topic, count);
        if (refusal !== null) return { name, errorCode: refusal.code, errorMessage: refusal.message };
        const isAssignedHere =
          assignments === null ||
          (assignments.length === count - topic.partitions.length &&
            assignments.every(({ brokerIds }) => brokerIds.length === 1 && brokerIds[0] === brokerId));
        if (!isAssignedHere) {
          const errorMessage = "One assignment for each new partition is wanted, on broker 1 alone.";
          return { name, errorCode: ErrorCode.invalidReplicaAssignment, errorMessage };
        }
        if (!validateOnly) broker.topics.grow(topic, count);
        return { name, errorCode: ErrorCode.none, errorMessage: null };
      }),
    };
  },
});
