/**
 * Heartbeat (key 12). Served: 0-4.
 *
 * REBALANCE_IN_PROGRESS tells a member to join again.
 *
 * 3     static membership
 * 4     flexible
 */
import { defineApi } from "../protocol/api.ts";
import { int16, int32, nullableString, string } from "../protocol/field.ts";

export const heartbeat = defineApi({
  key: 12,
  name: "Heartbeat",
  versions: [0, 4],
  flexibleSince: 4,
  request: {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: nullableString({ since: 3 }),
  },
  response: { throttleTimeMs: int32({ since: 1 }), errorCode: int16() },
  handle: (request, { broker }) => ({ errorCode: broker.groups.heartbeat(request.groupId, request) }),
});
