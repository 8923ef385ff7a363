/** GET /schemas/types: the types that are served. */
import { schemaTypes } from "../coverage.ts";
import { type Handler, json } from "../request.ts";

export const listSchemaTypes: Handler = () => json(schemaTypes);
