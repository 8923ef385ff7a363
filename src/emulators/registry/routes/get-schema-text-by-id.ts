/** GET /schemas/ids/{id}/schema: the schema's text alone. */
import { findSchema, type Handler, text } from "../request.ts";

export const getSchemaTextById: Handler = (request, store) => text(findSchema(request, store).schema.text);
