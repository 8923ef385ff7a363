/**
 * DeleteRecords (key 21). Served: 0-2.
 *
 * Moves a partition's start; -1 means its end. A topic that is only compacted takes no deleting.
 *
 * 2     flexible
 */
import { defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { int16, int32, int64, string, structs } from "../protocol/field.ts";
import { lastNamed } from "./unique-by.ts";

export const deleteRecords = defineApi({
  key: 21,
  name: "DeleteRecords",
  versions: [0, 2],
  flexibleSince: 2,
  request: {
    topics: structs({ name: string(), partitions: structs({ index: int32(), offset: int64() }) }),
    timeoutMs: int32(),
  },
  response: {
    throttleTimeMs: int32(),
    topics: structs({
      name: string(),
      partitions: structs({ index: int32(), lowWatermark: int64({ default: -1 }), errorCode: int16() }),
    }),
  },
  handle({ topics }, { broker }) {
    return {
      topics: lastNamed(topics).map(({ name, partitions }) => {
        const topic = broker.topics.byName(name);
        return {
          name,
          partitions: partitions.map(({ index, offset }) => {
            const partition = topic?.partitions[index];
            if (partition === undefined) return { index, errorCode: ErrorCode.unknownTopicOrPartition };
            if (topic?.rules.cleanup.isDeleted === false) {
              return { index, errorCode: ErrorCode.policyViolation };
            }
            const target = offset === -1 ? partition.endOffset : offset;
            if (target < 0 || target > partition.endOffset) {
              return { index, errorCode: ErrorCode.offsetOutOfRange };
            }
            return { index, lowWatermark: partition.deleteBefore(target), errorCode: ErrorCode.none };
          }),
        };
      }),
    };
  },
});
