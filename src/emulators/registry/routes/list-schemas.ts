/** GET /schemas: every version of every subject of the default context, or of those that `subjectPrefix` names; at most 1000. */
import { matchesPrefix } from "../context.ts";
import { type Handler, hasFlag, json, readNumber } from "../request.ts";
import { describeVersion } from "../schema-answer.ts";

const maxListed = 1000;

export const listSchemas: Handler = (request, store) => {
  const prefix = request.query.get("subjectPrefix") ?? "";
  const deleted = hasFlag(request, "deleted");
  const latestOnly = hasFlag(request, "latestOnly");
  const offset = Math.max(0, readNumber(request, "offset") ?? 0);
  const limit = readNumber(request, "limit") ?? maxListed;
  const listed = store
    .subjects()
    .filter((subject) => matchesPrefix(prefix, subject))
    .flatMap((subject) => {
      const versions = deleted ? store.allVersions(subject) : store.liveVersions(subject);
      return latestOnly ? versions.slice(-1) : versions;
    });
  const count = limit < 0 ? maxListed : Math.min(limit, maxListed);
  return json(listed.slice(offset, offset + count).map((entry) => describeVersion(entry)));
};
