/**
 * LeaveGroup (key 13). Served: 0-5.
 *
 * 3     several members, static ones by their instance id
 * 4     flexible
 * 5     reason
 */
import { defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { int16, int32, nullableString, string, structs } from "../protocol/field.ts";

export const leaveGroup = defineApi({
  key: 13,
  name: "LeaveGroup",
  versions: [0, 5],
  flexibleSince: 4,
  request: {
    groupId: string(),
    memberId: string({ until: 2 }),
    members: structs(
      {
        memberId: string(),
        groupInstanceId: nullableString(),
        reason: nullableString({ since: 5 }),
      },
      { since: 3 },
    ),
  },
  response: {
    throttleTimeMs: int32({ since: 1 }),
    errorCode: int16(),
    members: structs(
      { memberId: string(), groupInstanceId: nullableString(), errorCode: int16() },
      { since: 3 },
    ),
  },
  handle({ groupId, memberId, members }, { broker, version }) {
    if (version < 3) return { errorCode: broker.groups.leave(groupId, memberId, null) };
    return {
      errorCode: groupId === "" ? ErrorCode.invalidGroupId : ErrorCode.none,
      members: members.map((member) => ({
        memberId: member.memberId,
        groupInstanceId: member.groupInstanceId,
        errorCode: broker.groups.leave(groupId, member.memberId, member.groupInstanceId),
      })),
    };
  },
});
