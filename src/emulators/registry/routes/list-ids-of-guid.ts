/** GET /schemas/guids/{guid}/ids: the id in each context that has the schema; empty for an unknown GUID. */
import { type Handler, json, readParam } from "../request.ts";
import { findByGuid } from "../schema-answer.ts";

export const listIdsOfGuid: Handler = (request, store) =>
  json(
    findByGuid(store, readParam(request, "guid")).map(({ context, schema }) => ({ context, id: schema.id })),
  );
