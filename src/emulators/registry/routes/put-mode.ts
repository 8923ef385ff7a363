/** PUT /mode: IMPORT only while there is no schema, unless `force` is set. */
import { readMode } from "../mode-request.ts";
import { refuse } from "../refusal.ts";
import { type Handler, hasFlag, json, readBody } from "../request.ts";

export const putMode: Handler = (request, store) => {
  const mode = readMode(readBody(request));
  if (mode === "IMPORT" && store.globalMode() !== "IMPORT" && !hasFlag(request, "force")) {
    if (store.everyVersion().some((entry) => !entry.deleted)) {
      throw refuse.notPermitted("Cannot import since found existing subjects");
    }
  }
  store.setGlobalMode(mode);
  return json({ mode });
};
