/** GET /subjects/{subject}/versions/{version}/schema: the text of one version's schema alone. */
import { findVersionAnywhere, type Handler, hasFlag, text } from "../request.ts";
import { readFormat, textOf } from "../schema-answer.ts";

export const getVersionText: Handler = (request, store) =>
  text(textOf(findVersionAnywhere(request, store, hasFlag(request, "deleted")).schema, readFormat(request)));
