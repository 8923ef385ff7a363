/** GET /subjects/{subject}/versions: version numbers, oldest first. */
import { refuse } from "../refusal.ts";
import { cutPage, type Handler, hasFlag, json, readSubject } from "../request.ts";

export const listVersions: Handler = (request, store) => {
  const subject = readSubject(request);
  const all = store.allVersions(subject);
  const deletedOnly = hasFlag(request, "deletedOnly");
  const seen = all.filter((entry) =>
    deletedOnly ? entry.deleted : hasFlag(request, "deleted") || !entry.deleted,
  );
  if (all.length === 0 || (seen.length === 0 && !deletedOnly)) throw refuse.unknownSubject(subject);
  const numbers = seen.map((entry) => entry.version);
  return json(cutPage(request, numbers));
};
