/** POST /compatibility/subjects/{subject}/versions/{version}: against that one version, transitive level or not. */
import { findIncompatibilities } from "../compatibility.ts";
import { refuse } from "../refusal.ts";
import { type Handler, hasFlag, json, parseVersion, readBody, readParam, readSubject } from "../request.ts";
import { readSchema } from "../schema-request.ts";

export const checkVersion: Handler = (request, store) => {
  const subject = readSubject(request);
  const wanted = parseVersion(readParam(request, "version"));
  const content = readSchema(readBody(request), subject, store);
  if (content === null) throw refuse.invalidSchema("Empty schema");
  const live = store.liveVersions(subject);
  const versions = wanted === "latest" ? live.slice(-1) : live.filter((entry) => entry.version === wanted);
  if (versions.length === 0 && wanted !== "latest") throw refuse.unknownVersion(wanted);
  const messages = findIncompatibilities(subject, content, versions, store);
  return json({ is_compatible: messages.length === 0, ...(hasFlag(request, "verbose") && { messages }) });
};
