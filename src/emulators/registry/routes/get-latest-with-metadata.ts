/** GET /subjects/{subject}/metadata: the latest version that has each `key` with its `value` among its properties. */
import { isJsonObject } from "../../../kernel/json.ts";
import { refuse } from "../refusal.ts";
import { type Handler, hasFlag, json, readSubject } from "../request.ts";
import { describeVersion, readFormat } from "../schema-answer.ts";
import type { StoredVersion } from "../store.ts";

export const getLatestWithMetadata: Handler = (request, store) => {
  const subject = readSubject(request);
  const values = request.query.getAll("value");
  const wanted = request.query
    .getAll("key")
    .slice(0, values.length)
    .map((key, index) => [key, values[index]] as const);
  const versions = hasFlag(request, "deleted") ? store.allVersions(subject) : store.liveVersions(subject);
  if (versions.length === 0) throw refuse.unknownSubject(subject);
  const found = versions.findLast(
    ({ schema: { metadata } }: StoredVersion) =>
      metadata !== null &&
      wanted.every(([key, value]) => isJsonObject(metadata.properties) && metadata.properties[key] === value),
  );
  if (found === undefined) throw refuse.unknownSchema();
  return json(describeVersion(found, readFormat(request)));
};
