/**
 * InitProducerId (key 22). Served: 0-5.
 *
 * A new id for an idempotent producer. With a transactional id: the id that goes with it, under an epoch that
 * fences its earlier producers; while a transaction of theirs is being aborted, error 51 says to ask again.
 *
 * 2     flexible
 * 3     the producer's earlier id and epoch, to have the epoch raised: both or neither
 * 4     error 90 for a fenced producer, 47 before
 */
import { defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { int16, int32, int64, nullableString } from "../protocol/field.ts";
import { fencedCode } from "./fenced-code.ts";

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
  handle({ transactionalId, transactionTimeoutMs: timeoutMs, producerId, producerEpoch }, context) {
    const { broker, version } = context;
    if ((producerId === -1) !== (producerEpoch === -1)) return { errorCode: ErrorCode.invalidRequest };
    if (transactionalId === null) return { producerId: broker.newProducerId(), producerEpoch: 0 };
    const given = broker.transactions.init({ transactionalId, timeoutMs, producerId, producerEpoch });
    if (given.kind === "refused") return { errorCode: fencedCode(given.code, version, 4) };
    return { producerId: given.producerId, producerEpoch: given.producerEpoch };
  },
});
