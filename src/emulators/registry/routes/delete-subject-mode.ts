/** DELETE /mode/{subject}: the global mode applies again; answers what it was. */
import { refuse } from "../refusal.ts";
import { type Handler, json, readSubject } from "../request.ts";

export const deleteSubjectMode: Handler = (request, store) => {
  const subject = readSubject(request);
  const mode = store.subjectMode(subject);
  if (mode === null) throw refuse.unknownSubject(subject);
  store.setSubjectMode(subject, null);
  return json({ mode });
};
