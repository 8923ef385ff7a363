/** GET /subjects/{subject}/versions/{version}/schema: the text of one version's schema alone. */
import { findVersionAnywhere, type Handler, hasFlag, text } from "../request.ts";

export const getVersionText: Handler = (request, store) =>
  text(findVersionAnywhere(request, store, hasFlag(request, "deleted")).schema.text);
