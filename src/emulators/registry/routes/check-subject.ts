/** POST /compatibility/subjects/{subject}/versions: a schema against the versions that the subject's level names. */
import { findIncompatibilities } from "../compatibility.ts";
import { refuse } from "../refusal.ts";
import { type Handler, hasFlag, json, readBody, readSubject } from "../request.ts";
import { readSchema } from "../schema-request.ts";

export const checkSubject: Handler = (request, store) => {
  const subject = readSubject(request);
  const content = readSchema(readBody(request), subject, store);
  if (content === null) throw refuse.invalidSchema("Empty schema");
  const messages = findIncompatibilities(subject, content, store.liveVersions(subject), store);
  return json({ is_compatible: messages.length === 0, ...(hasFlag(request, "verbose") && { messages }) });
};
