/**
 * OffsetForLeaderEpoch (key 23). Served: 2-4.
 *
 * There was only ever one leader epoch, 0, and it ends where the log ends.
 *
 * 3     replica id
 * 4     flexible
 */
import { leaderEpoch as currentEpoch } from "../log/partition-log.ts";
import { defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { int16, int32, int64, string, structs } from "../protocol/field.ts";

export const offsetForLeaderEpoch = defineApi({
  key: 23,
  name: "OffsetForLeaderEpoch",
  versions: [2, 4],
  flexibleSince: 4,
  request: {
    replicaId: int32({ since: 3, default: -2 }),
    topics: structs({
      name: string(),
      partitions: structs({
        index: int32(),
        currentLeaderEpoch: int32({ default: -1 }),
        leaderEpoch: int32(),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    topics: structs({
      name: string(),
      partitions: structs({
        errorCode: int16(),
        index: int32(),
        leaderEpoch: int32({ default: -1 }),
        endOffset: int64({ default: -1 }),
      }),
    }),
  },
  handle({ topics }, { broker }) {
    return {
      topics: topics.map(({ name, partitions }) => {
        const topic = broker.topics.byName(name);
        return {
          name,
          partitions: partitions.map(({ index, currentLeaderEpoch, leaderEpoch }) => {
            const partition = topic?.partitions[index];
            if (partition === undefined) return { index, errorCode: ErrorCode.unknownTopicOrPartition };
            if (currentLeaderEpoch > currentEpoch) return { index, errorCode: ErrorCode.unknownLeaderEpoch };
            if (leaderEpoch !== currentEpoch) return { index };
            return { index, leaderEpoch: currentEpoch, endOffset: partition.endOffset };
          }),
        };
      }),
    };
  },
});
