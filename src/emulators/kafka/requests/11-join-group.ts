/**
 * JoinGroup (key 11). Served: 0-9.
 *
 * Waits until every member of the group has joined, or the longest rebalance time-out among them has passed.
 *
 * 1     rebalance time-out of its own
 * 4     a new member is given its id and error 79, and comes back with it
 * 5     static membership
 * 6     flexible
 * 7     protocol type in the answer
 * 8     reason
 * 9     skip assignment
 */

import type { JoinAnswer } from "../groups/group.ts";
import { defineApi } from "../protocol/api.ts";
import { bool, bytes, int16, int32, nullableString, string, structs } from "../protocol/field.ts";

export const joinGroup = defineApi({
  key: 11,
  name: "JoinGroup",
  versions: [0, 9],
  flexibleSince: 6,
  request: {
    groupId: string(),
    sessionTimeoutMs: int32(),
    rebalanceTimeoutMs: int32({ since: 1, default: -1 }),
    memberId: string(),
    groupInstanceId: nullableString({ since: 5 }),
    protocolType: string(),
    protocols: structs({ name: string(), metadata: bytes() }),
    reason: nullableString({ since: 8 }),
  },
  response: {
    throttleTimeMs: int32({ since: 2 }),
    errorCode: int16(),
    generationId: int32({ default: -1 }),
    protocolType: nullableString({ since: 7 }),
    protocolName: nullableString({ nullableSince: 7 }),
    leader: string(),
    skipAssignment: bool({ since: 9 }),
    memberId: string(),
    members: structs({
      memberId: string(),
      groupInstanceId: nullableString({ since: 5 }),
      metadata: bytes(),
    }),
  },
  handle(request, { broker, version, clientId, clientHost }) {
    return new Promise<JoinAnswer>((resolve) => {
      broker.groups.join(
        request.groupId,
        {
          memberId: request.memberId,
          groupInstanceId: request.groupInstanceId,
          clientId,
          clientHost,
          sessionTimeoutMs: request.sessionTimeoutMs,
          rebalanceTimeoutMs: version === 0 ? request.sessionTimeoutMs : request.rebalanceTimeoutMs,
          protocolType: request.protocolType,
          // Copies: the request's frame is not to live as long as the member.
          protocols: request.protocols.map(({ name, metadata }) => ({
            name,
            metadata: Buffer.from(metadata),
          })),
          requiresMemberId: version >= 4,
          knowsSkipAssignment: version >= 9,
        },
        resolve,
      );
    });
  },
});
