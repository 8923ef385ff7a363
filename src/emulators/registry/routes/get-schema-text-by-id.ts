/** GET /schemas/ids/{id}/schema: the schema's text alone. */
import { findSchema, type Handler, text } from "../request.ts";
import { readFormat, textOf } from "../schema-answer.ts";

export const getSchemaTextById: Handler = (request, store) =>
  text(textOf(findSchema(request, store).schema, readFormat(request)));
