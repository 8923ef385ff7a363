/**
 * SyncGroup (key 14). Served: 0-5.
 *
 * Waits for the leader's, which carries everyone's share.
 *
 * 3     static membership
 * 4     flexible
 * 5     protocol type and name, which have to be the group's
 */
import { type SyncAnswer, syncFailure } from "../groups/group.ts";
import { defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { bytes, int16, int32, nullableString, string, structs } from "../protocol/field.ts";

export const syncGroup = defineApi({
  key: 14,
  name: "SyncGroup",
  versions: [0, 5],
  flexibleSince: 4,
  request: {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: nullableString({ since: 3 }),
    protocolType: nullableString({ since: 5 }),
    protocolName: nullableString({ since: 5 }),
    assignments: structs({ memberId: string(), assignment: bytes() }),
  },
  response: {
    throttleTimeMs: int32({ since: 1 }),
    errorCode: int16(),
    protocolType: nullableString({ since: 5 }),
    protocolName: nullableString({ since: 5 }),
    assignment: bytes(),
  },
  handle(request, { broker, version }) {
    if (version >= 5 && (request.protocolType === null || request.protocolName === null)) {
      return syncFailure(ErrorCode.inconsistentGroupProtocol);
    }
    return new Promise<SyncAnswer>((resolve) => broker.groups.sync(request.groupId, request, resolve));
  },
});
