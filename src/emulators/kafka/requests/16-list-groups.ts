/**
 * ListGroups (key 16). Served: 0-5.
 *
 * 3     flexible
 * 4     states, and a filter on them
 * 5     types, and a filter on them
 */
import { stateOf } from "../groups/consumer-group.ts";
import { defineApi } from "../protocol/api.ts";
import { arrayOf, int16, int32, string, structs } from "../protocol/field.ts";

export const listGroups = defineApi({
  key: 16,
  name: "ListGroups",
  versions: [0, 5],
  flexibleSince: 3,
  request: {
    statesFilter: arrayOf(string(), { since: 4 }),
    typesFilter: arrayOf(string(), { since: 5 }),
  },
  response: {
    throttleTimeMs: int32({ since: 1 }),
    errorCode: int16(),
    groups: structs({
      groupId: string(),
      protocolType: string(),
      groupState: string({ since: 4 }),
      groupType: string({ since: 5 }),
    }),
  },
  handle({ statesFilter, typesFilter }, { broker }) {
    const states = new Set(statesFilter.map((state) => state.toLowerCase()));
    const types = new Set(typesFilter.map((type) => type.toLowerCase()));
    const listed = Array.from(broker.groups.list(), ({ group, consumer }) =>
      consumer === null
        ? { type: "classic", protocolType: group.protocolType ?? "", id: group.id, state: group.state }
        : { type: "consumer", protocolType: "consumer", id: group.id, state: stateOf(consumer) },
    );
    const wanted = listed.filter(
      ({ type, state }) =>
        (states.size === 0 || states.has(state.toLowerCase())) && (types.size === 0 || types.has(type)),
    );
    return {
      groups: wanted.map(({ id, protocolType, state, type }) => ({
        groupId: id,
        protocolType,
        groupState: state,
        groupType: type,
      })),
    };
  },
});
