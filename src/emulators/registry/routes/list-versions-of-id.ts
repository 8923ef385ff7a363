/** GET /schemas/ids/{id}/versions: subject and version of each place that holds the schema. */
import { refuse } from "../refusal.ts";
import { type Handler, hasFlag, json, readId } from "../request.ts";

export const listVersionsOfId: Handler = (request, store) => {
  const id = readId(request);
  if (store.schemaById(id) === null) throw refuse.unknownId(id);
  const deleted = hasFlag(request, "deleted");
  return json(
    store
      .everyVersion()
      .filter((entry) => entry.schema.id === id && (deleted || !entry.deleted))
      .map(({ subject, version }) => ({ subject, version })),
  );
};
