/**
 * OffsetForLeaderEpoch (key 23). Served: 2-4.
 *
 * There was only ever one leader epoch, 0, and it ends where the log ends.
 *
 * 3     replica id
 * 4     flexible
 */
import { checkCurrentEpoch, leaderEpoch as onlyEpoch } from "../log/leader-epoch.ts";
import { defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { int16, int32, int64, string, structs } from "../protocol/field.ts";

const unknownEpoch = -1;

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
            const errorCode = checkCurrentEpoch(currentLeaderEpoch);
            if (errorCode !== ErrorCode.none) return { index, errorCode };
            if (leaderEpoch === unknownEpoch || leaderEpoch > onlyEpoch) return { index };
            // Those before the first one end where it starts.
            const endOffset = leaderEpoch < onlyEpoch ? partition.startOffset : partition.endOffset;
            return { index, leaderEpoch, endOffset };
          }),
        };
      }),
    };
  },
});
