/** GET /subjects/{subject}/versions/{version}/referencedby: ids of the schemas that refer to this version. */
import { cutPage, findVersion, type Handler, json } from "../request.ts";

export const listReferencing: Handler = (request, store) => {
  const { subject, version } = findVersion(request, store, true);
  const ids = store.referencing(subject, version).map((entry) => entry.schema.id);
  return json(
    cutPage(
      request,
      [...new Set(ids)].sort((a, b) => a - b),
    ),
  );
};
