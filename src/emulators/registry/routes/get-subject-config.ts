/** GET /config/{subject}: the subject's own level; with `defaultToGlobal` the one that applies. */
import { describeConfig } from "../config-request.ts";
import { refuse } from "../refusal.ts";
import { type Handler, hasFlag, json, readSubject } from "../request.ts";

export const getSubjectConfig: Handler = (request, store) => {
  const subject = readSubject(request);
  const config = store.subjectConfig(subject);
  if (hasFlag(request, "defaultToGlobal")) {
    return json({
      ...describeConfig(store.configInScope(subject)),
      compatibilityLevel: store.levelOf(subject),
    });
  }
  if (config === null) throw refuse.noSubjectLevel(subject);
  return json(describeConfig(config));
};
