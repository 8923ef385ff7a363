/** DELETE /config/{subject}: the global level applies again; answers what it was. */
import { describeConfig } from "../config-request.ts";
import { refuse } from "../refusal.ts";
import { type Handler, json, readSubject } from "../request.ts";

export const deleteSubjectConfig: Handler = (request, store) => {
  const subject = readSubject(request);
  const old = store.subjectConfig(subject);
  if (old === null) throw refuse.unknownSubject(subject);
  store.setSubjectConfig(subject, null);
  return json(describeConfig(old));
};
