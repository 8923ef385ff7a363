/** GET /subjects/{subject}/versions/{version}: one version with its schema. */
import { findVersionAnywhere, type Handler, hasFlag, json } from "../request.ts";
import { describeVersion, readFormat } from "../schema-answer.ts";

export const getVersion: Handler = (request, store) =>
  json(
    describeVersion(findVersionAnywhere(request, store, hasFlag(request, "deleted")), readFormat(request)),
  );
