/** GET /schemas/guids/{guid}: the schema of that content. */
import { refuse } from "../refusal.ts";
import { type Handler, json, readParam } from "../request.ts";
import { describeSchema, guidOf } from "../schema-answer.ts";

export const getSchemaByGuid: Handler = (request, store) => {
  const guid = readParam(request, "guid").toLowerCase();
  for (const schema of store.schemas()) {
    if (guidOf(schema) === guid) return json({ id: schema.id, ...describeSchema(schema) });
  }
  throw refuse.unknownId(guid);
};
