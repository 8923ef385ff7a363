/** GET /schemas/ids/{id}/subjects: the subjects that hold the schema. */
import { cutPage, findSchema, type Handler, hasFlag, json } from "../request.ts";

export const listSubjectsOfId: Handler = (request, store) => {
  const { schema, context } = findSchema(request, store);
  const deleted = hasFlag(request, "deleted");
  const holding = store
    .everyVersion(context)
    .filter((entry) => entry.schema.id === schema.id && (deleted || !entry.deleted))
    .map((entry) => entry.subject);
  return json(cutPage(request, [...new Set(holding)].sort()));
};
