/**
 * POST /subjects/{subject}: the version of the subject that holds this schema, with the same references; if it has
 * none, that of its namesake in another context.
 */
import { refuse } from "../refusal.ts";
import { type Handler, hasFlag, json, namesakes, readBody, readSubject } from "../request.ts";
import { describeVersion } from "../schema-answer.ts";
import { readSchema } from "../schema-request.ts";
import { findSame } from "../store.ts";

export const lookUpSchema: Handler = (request, store) => {
  const subject = readSubject(request);
  const body = readBody(request);
  const versionsOf = hasFlag(request, "deleted") ? store.allVersions : store.liveVersions;
  const candidates = namesakes(subject, store).map(versionsOf);
  if (candidates.every((versions) => versions.length === 0)) throw refuse.unknownSubject(subject);
  const content = readSchema(body, subject, store);
  for (const versions of candidates) {
    const found = content === null ? undefined : findSame(versions, content);
    if (found !== undefined) return json(describeVersion(found));
  }
  throw versionsOf(subject).length === 0 ? refuse.unknownSubject(subject) : refuse.unknownSchema();
};
