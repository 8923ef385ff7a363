/**
 * OffsetCommit (key 8). Served: 2-9.
 *
 * Members commit under their generation; a client without one commits to a group that has no members.
 *
 * 2-4   retention time (ignored: offsets live as long as the broker)
 * 6     leader epoch
 * 7     group instance id
 * 8     flexible
 * 9     members of KIP-848 groups, by their epoch; error 69, where it was 22, for a group that does not exist
 */
import { maxOffsetMetadataLength } from "../groups/offsets.ts";
import { defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { int16, int32, int64, nullableString, string, structs } from "../protocol/field.ts";

export const offsetCommit = defineApi({
  key: 8,
  name: "OffsetCommit",
  versions: [2, 9],
  flexibleSince: 8,
  request: {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: nullableString({ since: 7 }),
    retentionTimeMs: int64({ until: 4, default: -1 }),
    topics: structs({
      name: string(),
      partitions: structs({
        index: int32(),
        offset: int64(),
        leaderEpoch: int32({ since: 6, default: -1 }),
        metadata: nullableString(),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32({ since: 3 }),
    topics: structs({
      name: string(),
      partitions: structs({ index: int32(), errorCode: int16() }),
    }),
  },
  handle(request, { broker, version }) {
    const opened = broker.groups.openCommit(request.groupId, request, version >= 9);
    return {
      topics: request.topics.map(({ name, partitions }) => {
        const topic = broker.topics.byName(name);
        return {
          name,
          partitions: partitions.map(({ index, offset, leaderEpoch, metadata }) => {
            if ("errorCode" in opened) return { index, errorCode: opened.errorCode };
            if (topic?.partitions[index] === undefined) {
              return { index, errorCode: ErrorCode.unknownTopicOrPartition };
            }
            if (metadata !== null && metadata.length > maxOffsetMetadataLength) {
              return { index, errorCode: ErrorCode.offsetMetadataTooLarge };
            }
            opened.set(name, index, { offset, leaderEpoch, metadata: metadata ?? "" });
            return { index, errorCode: ErrorCode.none };
          }),
        };
      }),
    };
  },
});
