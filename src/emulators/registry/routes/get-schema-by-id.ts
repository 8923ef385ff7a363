/** GET /schemas/ids/{id}: the schema, also when all its versions are soft-deleted. */
import { refuse } from "../refusal.ts";
import { type Handler, hasFlag, json, readId } from "../request.ts";
import { describeSchema } from "../schema-answer.ts";

export const getSchemaById: Handler = (request, store) => {
  const id = readId(request);
  const schema = store.schemaById(id);
  if (schema === null) throw refuse.unknownId(id);
  return json({ ...describeSchema(schema), ...(hasFlag(request, "fetchMaxId") && { maxId: store.maxId() }) });
};
