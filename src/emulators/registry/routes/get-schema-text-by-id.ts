/** GET /schemas/ids/{id}/schema: the schema's text alone. */
import { refuse } from "../refusal.ts";
import { type Handler, readId, text } from "../request.ts";

export const getSchemaTextById: Handler = (request, store) => {
  const id = readId(request);
  const schema = store.schemaById(id);
  if (schema === null) throw refuse.unknownId(id);
  return text(schema.text);
};
