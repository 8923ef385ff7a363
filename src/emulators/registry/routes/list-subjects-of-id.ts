/** GET /schemas/ids/{id}/subjects: the subjects that hold the schema. */
import { refuse } from "../refusal.ts";
import { type Handler, hasFlag, json, readId } from "../request.ts";

export const listSubjectsOfId: Handler = (request, store) => {
  const id = readId(request);
  if (store.schemaById(id) === null) throw refuse.unknownId(id);
  const deleted = hasFlag(request, "deleted");
  const holding = store
    .everyVersion()
    .filter((entry) => entry.schema.id === id && (deleted || !entry.deleted))
    .map((entry) => entry.subject);
  return json([...new Set(holding)].sort());
};
