/**
 * TxnOffsetCommit (key 28). Served: 0-4; 5 belongs to transactions that raise the epoch each time.
 *
 * Offsets of a group that count once the transaction is committed.
 *
 * 2     leader epoch
 * 3     flexible; generation and member, which are checked when they are given
 * 4     error 120, where it was 48, for a group that was not announced
 */
import { maxOffsetMetadataLength } from "../groups/offsets.ts";
import { defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { int16, int32, int64, nullableString, string, structs } from "../protocol/field.ts";
import { abortableCode } from "./fenced-code.ts";

export const txnOffsetCommit = defineApi({
  key: 28,
  name: "TxnOffsetCommit",
  versions: [0, 4],
  flexibleSince: 3,
  request: {
    transactionalId: string(),
    groupId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    generationId: int32({ since: 3, default: -1 }),
    memberId: string({ since: 3 }),
    groupInstanceId: nullableString({ since: 3 }),
    topics: structs({
      name: string(),
      partitions: structs({
        index: int32(),
        offset: int64(),
        leaderEpoch: int32({ since: 2, default: -1 }),
        metadata: nullableString(),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    topics: structs({ name: string(), partitions: structs({ index: int32(), errorCode: int16() }) }),
  },
  handle(request, { broker, version }) {
    const { groupId, producerId, topics } = request;
    const open = () => {
      if (groupId === "") return { errorCode: ErrorCode.invalidGroupId };
      const checked = broker.transactions.check(request, groupId);
      const errorCode = abortableCode(checked, version, 4);
      if (errorCode !== ErrorCode.none) return { errorCode };
      return broker.groups.openTransactionalCommit(groupId, request);
    };
    const opened = open();
    return {
      topics: topics.map(({ name, partitions }) => {
        const topic = broker.topics.byName(name);
        return {
          name,
          partitions: partitions.map(({ index, offset, leaderEpoch, metadata }) => {
            if (topic?.partitions[index] === undefined) {
              return { index, errorCode: ErrorCode.unknownTopicOrPartition };
            }
            if ("errorCode" in opened) return { index, errorCode: opened.errorCode };
            if (metadata !== null && metadata.length > maxOffsetMetadataLength) {
              return { index, errorCode: ErrorCode.offsetMetadataTooLarge };
            }
            opened.setPending(producerId, name, index, { offset, leaderEpoch, metadata: metadata ?? "" });
            return { index, errorCode: ErrorCode.none };
          }),
        };
      }),
    };
  },
});
