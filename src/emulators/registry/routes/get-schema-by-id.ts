/** GET /schemas/ids/{id}: the schema, also when all its versions are soft-deleted. */
import { findSchema, type Handler, hasFlag, json } from "../request.ts";
import { describeSchema, readFormat } from "../schema-answer.ts";

export const getSchemaById: Handler = (request, store) => {
  const { schema, context } = findSchema(request, store);
  return json({
    ...describeSchema(schema, readFormat(request)),
    ...(hasFlag(request, "fetchMaxId") && { maxId: store.maxId(context) }),
  });
};
