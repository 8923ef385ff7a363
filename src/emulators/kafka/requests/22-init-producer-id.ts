/**
 * InitProducerId (key 22). Served: 0-5.
 *
 * A new id for an idempotent producer. A transactional id is refused: transactions are not emulated.
 *
 * 2     flexible
 * 3     the producer's earlier id and epoch (a new id is given all the same)
 */
import { defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { int16, int32, int64, nullableString } from "../protocol/field.ts";

export const initProducerId = defineApi({
  key: 22,
  name: "InitProducerId",
  versions: [0, 5],
  flexibleSince: 2,
  request: {
    transactionalId: nullableString(),
    transactionTimeoutMs: int32(),
    producerId: int64({ since: 3, default: -1 }),
    producerEpoch: int16({ since: 3, default: -1 }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerId: int64({ default: -1 }),
    producerEpoch: int16({ default: -1 }),
  },
  handle({ transactionalId }, { broker }) {
    if (transactionalId !== null) return { errorCode: ErrorCode.transactionalIdAuthorizationFailed };
    return { producerId: broker.newProducerId(), producerEpoch: 0 };
  },
});
