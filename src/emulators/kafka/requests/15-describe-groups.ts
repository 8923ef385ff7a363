/**
 * DescribeGroups (key 15). Served: 0-6.
 *
 * A group that does not exist is answered as "Dead", and so is one of KIP-848, which is described by key 69.
 *
 * 3     authorized operations
 * 4     static membership
 * 5     flexible
 * 6     error 69 and a message for a group that does not exist
 */
import { metadataOf } from "../groups/group.ts";
import { defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { arrayOf, bool, bytes, int16, int32, nullableString, string, structs } from "../protocol/field.ts";
import { authorizedOperations, operationsNotAsked } from "./authorized-operations.ts";

export const describeGroups = defineApi({
  key: 15,
  name: "DescribeGroups",
  versions: [0, 6],
  flexibleSince: 5,
  request: { groups: arrayOf(string()), includeAuthorizedOperations: bool({ since: 3 }) },
  response: {
    throttleTimeMs: int32({ since: 1 }),
    groups: structs({
      errorCode: int16(),
      errorMessage: nullableString({ since: 6 }),
      groupId: string(),
      groupState: string(),
      protocolType: string(),
      protocolData: string(),
      members: structs({
        memberId: string(),
        groupInstanceId: nullableString({ since: 4 }),
        clientId: string(),
        clientHost: string(),
        memberMetadata: bytes(),
        memberAssignment: bytes(),
      }),
      authorizedOperations: int32({ since: 3, default: operationsNotAsked }),
    }),
  },
  handle({ groups, includeAuthorizedOperations }, { broker, version }) {
    const operations = includeAuthorizedOperations && { authorizedOperations: authorizedOperations.group };
    // A group that is named twice is told twice, and made up once.
    const known = new Map<string, ReturnType<typeof describe>>();
    const describe = (groupId: string) => {
      const entry = broker.groups.find(groupId);
      if (entry !== undefined && entry.consumer !== null) {
        const said = {
          errorCode: ErrorCode.groupIdNotFound,
          errorMessage: `Group ${groupId} is not a classic group.`,
        };
        return { groupId, groupState: "Dead", ...(version >= 6 && said) };
      }
      const group = entry?.group;
      if (group === undefined) {
        if (version < 6) return { errorCode: ErrorCode.none, groupId, groupState: "Dead", ...operations };
        const errorMessage = `Group ${groupId} not found.`;
        return { errorCode: ErrorCode.groupIdNotFound, errorMessage, groupId, groupState: "Dead" };
      }
      // Before everyone has joined there is no protocol to show metadata and assignments of.
      const isStable = group.state === "Stable";
      return {
        errorCode: ErrorCode.none,
        groupId,
        groupState: group.state,
        protocolType: group.protocolType ?? "",
        ...operations,
        protocolData: isStable ? (group.protocolName ?? "") : "",
        members: [...group.members.values()].map((member) => ({
          memberId: member.id,
          groupInstanceId: member.groupInstanceId,
          clientId: member.clientId,
          clientHost: `/${member.clientHost}`,
          ...(isStable && {
            memberMetadata: metadataOf(member, group.protocolName),
            memberAssignment: member.assignment,
          }),
        })),
      };
    };
    return {
      groups: groups.map((groupId) => {
        const described = known.get(groupId) ?? describe(groupId);
        known.set(groupId, described);
        return described;
      }),
    };
  },
});
