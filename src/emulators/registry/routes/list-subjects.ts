/** GET /subjects: names of the subjects with a live version, in all contexts; with `deleted` those without one, too. */
import { matchesPrefix } from "../context.ts";
import { cutPage, type Handler, hasFlag, json } from "../request.ts";

export const listSubjects: Handler = (request, store) => {
  const prefix = request.query.get("subjectPrefix") ?? ":*:";
  const deletedOnly = hasFlag(request, "deletedOnly");
  const deleted = hasFlag(request, "deleted");
  const listed = store.subjects().filter((subject) => {
    if (!matchesPrefix(prefix, subject)) return false;
    const live = store.liveVersions(subject).length > 0;
    return deletedOnly ? !live : deleted || live;
  });
  return json(cutPage(request, listed));
};
