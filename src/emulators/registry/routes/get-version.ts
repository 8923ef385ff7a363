/** GET /subjects/{subject}/versions/{version}: one version with its schema. */
import { findVersion, type Handler, hasFlag, json } from "../request.ts";
import { describeVersion } from "../schema-answer.ts";

export const getVersion: Handler = (request, store) =>
  json(describeVersion(findVersion(request, store, hasFlag(request, "deleted"))));
