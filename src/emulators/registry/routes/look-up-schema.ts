/** POST /subjects/{subject}: the version of the subject that holds this schema, with the same references. */
import { refuse } from "../refusal.ts";
import { type Handler, hasFlag, json, readBody, readSubject } from "../request.ts";
import { describeVersion } from "../schema-answer.ts";
import { readSchema } from "../schema-request.ts";
import { contentKey } from "../store.ts";

export const lookUpSchema: Handler = (request, store) => {
  const subject = readSubject(request);
  const body = readBody(request);
  const versions = hasFlag(request, "deleted") ? store.allVersions(subject) : store.liveVersions(subject);
  if (versions.length === 0) throw refuse.unknownSubject(subject);
  const content = readSchema(body, store);
  if (content === null) throw refuse.unknownSchema();
  // Without metadata the newest version of that schema answers, whatever its metadata.
  const key = contentKey(content);
  const found = versions.findLast(
    ({ schema }) => contentKey(content.metadata === null ? { ...schema, metadata: null } : schema) === key,
  );
  if (found === undefined) throw refuse.unknownSchema();
  return json(describeVersion(found));
};
