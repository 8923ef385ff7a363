/** GET /schemas/ids/{id}/versions: subject and version of each place that holds the schema. */
import { cutPage, findSchema, type Handler, hasFlag, json } from "../request.ts";

export const listVersionsOfId: Handler = (request, store) => {
  const { schema, context } = findSchema(request, store);
  const deleted = hasFlag(request, "deleted");
  const places = store
    .everyVersion(context)
    .filter((entry) => entry.schema.id === schema.id && (deleted || !entry.deleted))
    .map(({ subject, version }) => ({ subject, version }));
  return json(cutPage(request, places));
};
