/**
 * EndTxn (key 26). Served: 0-4; 5 belongs to transactions that raise the epoch each time, which are not offered.
 *
 * Commits or aborts. The markers are in the log when the answer goes out.
 *
 * 2     error 90 for a fenced producer, 47 before
 * 3     flexible
 */
import { defineApi } from "../protocol/api.ts";
import { bool, int16, int32, int64, string } from "../protocol/field.ts";
import { fencedCode } from "./fenced-code.ts";

export const endTxn = defineApi({
  key: 26,
  name: "EndTxn",
  versions: [0, 4],
  flexibleSince: 3,
  request: { transactionalId: string(), producerId: int64(), producerEpoch: int16(), committed: bool() },
  response: { throttleTimeMs: int32(), errorCode: int16() },
  handle(request, { broker, version }) {
    return { errorCode: fencedCode(broker.transactions.end(request, request.committed), version, 2) };
  },
});
