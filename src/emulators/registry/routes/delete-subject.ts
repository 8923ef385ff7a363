/** DELETE /subjects/{subject}: all versions, softly; with `permanent` for good, after a soft delete. */
import { refuse } from "../refusal.ts";
import { type Handler, hasFlag, json, readSubject } from "../request.ts";
import { requireUnreferenced, requireWritable } from "../write-guard.ts";

export const deleteSubject: Handler = (request, store) => {
  const subject = readSubject(request);
  requireWritable(subject, store);
  const all = store.allVersions(subject);
  const live = store.liveVersions(subject);
  if (all.length === 0) throw refuse.unknownSubject(subject);
  if (hasFlag(request, "permanent")) {
    if (live.length > 0) throw refuse.subjectNotSoftDeleted(subject);
    for (const entry of all) requireUnreferenced(entry, store);
    store.deletePermanently(subject, all);
    return json(all.map((entry) => entry.version));
  }
  if (live.length === 0) throw refuse.subjectSoftDeleted(subject);
  for (const entry of live) requireUnreferenced(entry, store);
  store.softDelete(live);
  return json(live.map((entry) => entry.version));
};
