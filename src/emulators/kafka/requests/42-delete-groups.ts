/**
 * DeleteGroups (key 42). Served: 0-2. Only groups without members can be deleted.
 *
 * 2     flexible
 */
import { defineApi } from "../protocol/api.ts";
import { arrayOf, int16, int32, string, structs } from "../protocol/field.ts";

export const deleteGroups = defineApi({
  key: 42,
  name: "DeleteGroups",
  versions: [0, 2],
  flexibleSince: 2,
  request: { groupIds: arrayOf(string()) },
  response: {
    throttleTimeMs: int32(),
    results: structs({ groupId: string(), errorCode: int16() }),
  },
  handle: ({ groupIds }, { broker }) => ({
    results: groupIds.map((groupId) => ({ groupId, errorCode: broker.groups.delete(groupId) })),
  }),
});
