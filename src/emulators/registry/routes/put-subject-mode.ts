/** PUT /mode/{subject}: IMPORT only while the subject has no version, unless `force` is set. */
import { readMode } from "../mode-request.ts";
import { refuse } from "../refusal.ts";
import { type Handler, hasFlag, json, readBody, readSubject } from "../request.ts";

export const putSubjectMode: Handler = (request, store) => {
  const subject = readSubject(request);
  const mode = readMode(readBody(request));
  if (mode === "IMPORT" && store.subjectMode(subject) !== "IMPORT" && !hasFlag(request, "force")) {
    if (store.liveVersions(subject).length > 0) {
      throw refuse.notPermitted(`Cannot import since found existing subject ${subject}`);
    }
  }
  store.setSubjectMode(subject, mode);
  return json({ mode });
};
