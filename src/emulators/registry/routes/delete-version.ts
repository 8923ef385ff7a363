/** DELETE /subjects/{subject}/versions/{version}: one version, softly; with `permanent` for good, after that. */
import { refuse } from "../refusal.ts";
import { findVersion, type Handler, hasFlag, json, readSubject } from "../request.ts";
import { requireUnreferenced, requireWritable } from "../write-guard.ts";

export const deleteVersion: Handler = (request, store) => {
  const subject = readSubject(request);
  requireWritable(subject, store);
  const permanent = hasFlag(request, "permanent");
  const entry = findVersion(request, store, permanent || request.params.version !== "latest");
  if (permanent) {
    if (!entry.deleted) throw refuse.versionNotSoftDeleted(subject, entry.version);
    requireUnreferenced(entry, store);
    store.deletePermanently(subject, [entry]);
    return json(entry.version);
  }
  if (entry.deleted) throw refuse.versionSoftDeleted(subject, entry.version);
  requireUnreferenced(entry, store);
  store.softDelete([entry]);
  return json(entry.version);
};
