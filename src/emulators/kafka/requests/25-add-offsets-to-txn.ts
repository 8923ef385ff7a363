/**
 * AddOffsetsToTxn (key 25). Served: 0-4.
 *
 * Announces that the transaction will commit offsets of a group.
 *
 * 2     error 90 for a fenced producer, 47 before
 * 3     flexible
 */
import { defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { int16, int32, int64, string } from "../protocol/field.ts";
import { fencedCode } from "./fenced-code.ts";

export const addOffsetsToTxn = defineApi({
  key: 25,
  name: "AddOffsetsToTxn",
  versions: [0, 4],
  flexibleSince: 3,
  request: { transactionalId: string(), producerId: int64(), producerEpoch: int16(), groupId: string() },
  response: { throttleTimeMs: int32(), errorCode: int16() },
  handle(request, { broker, version }) {
    const { groupId } = request;
    if (groupId === "") return { errorCode: ErrorCode.invalidGroupId };
    return { errorCode: fencedCode(broker.transactions.add(request, { groupId }), version, 2) };
  },
});
