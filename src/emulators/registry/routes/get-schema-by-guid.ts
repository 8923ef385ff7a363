/** GET /schemas/guids/{guid}: the schema of that content. */
import { refuse } from "../refusal.ts";
import { type Handler, json, readParam } from "../request.ts";
import { describeSchema, findByGuid, readFormat } from "../schema-answer.ts";

export const getSchemaByGuid: Handler = (request, store) => {
  const guid = readParam(request, "guid");
  const [found] = findByGuid(store, guid);
  if (found === undefined) throw refuse.unknownId(guid);
  return json(describeSchema(found.schema, readFormat(request)));
};
