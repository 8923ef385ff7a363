/** GET /mode/{subject}: the subject's own mode; with `defaultToGlobal` the one that applies. */
import { refuse } from "../refusal.ts";
import { type Handler, hasFlag, json, readSubject } from "../request.ts";

export const getSubjectMode: Handler = (request, store) => {
  const subject = readSubject(request);
  const mode = hasFlag(request, "defaultToGlobal") ? store.modeOf(subject) : store.subjectMode(subject);
  if (mode === null) throw refuse.noSubjectMode(subject);
  return json({ mode });
};
