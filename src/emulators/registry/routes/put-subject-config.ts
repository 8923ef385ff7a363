/** PUT /config/{subject}: answers all that is set then; the subject need not exist. */
import { describeUpdate, readConfig } from "../config-request.ts";
import { type Handler, json, readBody, readSubject } from "../request.ts";

export const putSubjectConfig: Handler = (request, store) => {
  const subject = readSubject(request);
  const config = readConfig(readBody(request), store.subjectConfig(subject));
  store.setSubjectConfig(subject, config);
  return json(describeUpdate(config));
};
