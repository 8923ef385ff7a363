/** GET /schemas/guids/{guid}/ids: the id in each context, of which there is one here; empty for an unknown GUID. */
import { type Handler, json, readParam } from "../request.ts";
import { findByGuid } from "../schema-answer.ts";

export const listIdsOfGuid: Handler = (request, store) => {
  const schema = findByGuid(store, readParam(request, "guid"));
  return json(schema === null ? [] : [{ context: ".", id: schema.id }]);
};
