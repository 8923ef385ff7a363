/** Cases of `/`, `/schemas` and what lies below it. */
import { contractCase, ok, record, refused, register, turnedAway, v1, v2 } from "./case.ts";

const unknownId = 2_147_483_000;
const unknownGuid = "00000000-0000-4000-8000-000000000000";

const wellOrdered = record([
  {
    name: "e",
    type: { type: "enum", name: "E", symbols: ["A"], default: "A" },
    doc: "d",
    aliases: ["f"],
  },
]);
const disordered = record([
  { aliases: ["f"], doc: "d", type: { name: "E", default: "A", symbols: ["A"], type: "enum" }, name: "e" },
]);

export const schemaCases = [
  contractCase("a registry answers its root with an empty object", ok("GET /", {})),
  contractCase("AVRO is among the schema types", ok("GET /schemas/types", expect("AVRO"))),
  contractCase(
    "a schema is read by its id",
    register("$p", v1, {}, { keeps: { id: "id" } }),
    ok("GET /schemas/ids/$id", { schema: v1 }),
  ),
  contractCase(
    "a schema that is read by its id has its type and GUID",
    ok(`POST /subjects/$p/versions`, {}, { body: { schema: v1 }, keeps: { id: "id", guid: "guid" } }),
    ok("GET /schemas/ids/$id", { schemaType: "AVRO", guid: "$guid" }),
  ),
  contractCase(
    "a schema by id has no references where it refers to nothing",
    register("$p", v1, {}, { keeps: { id: "id" } }),
    ok("GET /schemas/ids/$id", {}, { lacks: ["references", "metadata", "maxId"] }),
  ),
  contractCase(
    "fetchMaxId tells the highest id beside the schema",
    register("$p", v1, {}, { keeps: { id: "id" } }),
    register("$p", v2, {}, { keeps: { last: "id" } }),
    ok("GET /schemas/ids/$id?fetchMaxId=true", { maxId: "$last" }),
  ),
  contractCase(
    "a schema that is soft-deleted everywhere is still read by its id",
    register("$p", v1, {}, { keeps: { id: "id" } }),
    ok("DELETE /subjects/$p", [1]),
    ok("GET /schemas/ids/$id", { schema: v1 }),
  ),
  contractCase(
    "a schema that is permanently deleted everywhere is gone with its id",
    register("$p", v1, {}, { keeps: { id: "id" } }),
    ok("DELETE /subjects/$p", [1]),
    ok("DELETE /subjects/$p?permanent=true", [1]),
    refused(40403, "GET /schemas/ids/$id"),
  ),
  contractCase(
    "the same schema in two subjects has one id",
    register("$p", v1, {}, { keeps: { id: "id" } }),
    register("$p.other", v1, { id: "$id", version: 1 }),
  ),
  contractCase("an unknown id is refused", refused(40403, `GET /schemas/ids/${unknownId}`)),
  contractCase("an id that is no number is no route", turnedAway(404, "GET /schemas/ids/abc")),
  contractCase(
    "?subject without a context finds the id in the default one",
    register("$p", v1, {}, { keeps: { id: "id" } }),
    ok("GET /schemas/ids/$id?subject=$p", { schema: v1 }),
  ),
  contractCase(
    "?subject in a context does not find ids of the default one",
    register("$p", v1, {}, { keeps: { id: "id" } }),
    refused(40403, "GET /schemas/ids/$id?subject=:.c$n:"),
  ),
  contractCase(
    "the text of a schema is read by itself",
    register("$p", v1, {}, { keeps: { id: "id" } }),
    ok("GET /schemas/ids/$id/schema", { type: "record", fields: [{ name: "a", type: "int" }] }),
    ok("GET /schemas/ids/$id/schema?subject=$p", { type: "record" }),
  ),
  contractCase(
    "the text of an unknown id is refused",
    refused(40403, `GET /schemas/ids/${unknownId}/schema`),
  ),
  contractCase(
    "an id's subjects are those that hold it, deleted ones on demand",
    register("$p", v1, {}, { keeps: { id: "id" } }),
    register("$p.other", v1),
    ok("GET /schemas/ids/$id/subjects", ["$p", "$p.other"]),
    ok("DELETE /subjects/$p.other", [1]),
    ok("GET /schemas/ids/$id/subjects", ["$p"]),
    ok("GET /schemas/ids/$id/subjects?deleted=true", ["$p", "$p.other"]),
    ok("GET /schemas/ids/$id/subjects?subject=$p", ["$p"]),
  ),
  contractCase(
    "the subjects of an unknown id are refused",
    refused(40403, `GET /schemas/ids/${unknownId}/subjects`),
  ),
  contractCase(
    "an id's versions are subject and number of each place, deleted ones on demand",
    register("$p", v1, {}, { keeps: { id: "id" } }),
    register("$p.other", v1),
    ok("DELETE /subjects/$p.other/versions/1", 1),
    ok("GET /schemas/ids/$id/versions", [{ subject: "$p", version: 1 }]),
    ok("GET /schemas/ids/$id/versions?subject=$p", [{ subject: "$p", version: 1 }]),
    ok("GET /schemas/ids/$id/versions?deleted=true", [
      { subject: "$p", version: 1 },
      { subject: "$p.other", version: 1 },
    ]),
  ),
  contractCase(
    "the versions of an unknown id are refused",
    refused(40403, `GET /schemas/ids/${unknownId}/versions`),
  ),
  contractCase(
    "a schema is read by the GUID that registering answers",
    register("$p", v1, {}, { keeps: { guid: "guid" } }),
    ok("GET /schemas/guids/$guid", { schemaType: "AVRO", schema: v1, guid: "$guid" }),
  ),
  contractCase("an unknown GUID is refused", refused(40403, `GET /schemas/guids/${unknownGuid}`)),
  contractCase(
    "a GUID's ids are one for each context that has the schema",
    register("$p", v1, {}, { keeps: { id: "id", guid: "guid" } }),
    register(":.c$n:$p", v1, { guid: "$guid" }, { keeps: { other: "id" } }),
    ok("GET /schemas/guids/$guid/ids", [
      { context: ".", id: "$id" },
      { context: ".c$n", id: "$other" },
    ]),
  ),
  contractCase("an unknown GUID has no ids", ok(`GET /schemas/guids/${unknownGuid}/ids`, [])),
  contractCase(
    "schemas are listed by subject prefix, oldest version first",
    register("$p.a", v1),
    register("$p.a", v2),
    register("$p.b", v1),
    ok("GET /schemas?subjectPrefix=$p", [
      { subject: "$p.a", version: 1, schema: v1 },
      { subject: "$p.a", version: 2 },
      { subject: "$p.b", version: 1 },
    ]),
  ),
  contractCase(
    "latestOnly lists the newest version of each subject",
    register("$p.a", v1),
    register("$p.a", v2),
    ok("GET /schemas?subjectPrefix=$p&latestOnly=true", [{ subject: "$p.a", version: 2 }]),
  ),
  contractCase(
    "offset and limit cut a page out of the list",
    register("$p.a", v1),
    register("$p.b", v1),
    register("$p.c", v1),
    ok("GET /schemas?subjectPrefix=$p&offset=1&limit=1", [{ subject: "$p.b" }]),
    ok("GET /schemas?subjectPrefix=$p&offset=3", []),
    ok("GET /schemas?subjectPrefix=$p&limit=-1", [{}, {}, {}]),
  ),
  contractCase("an offset that is no number is no route", turnedAway(404, "GET /schemas?offset=x")),
  contractCase(
    "deleted schemas are listed on demand",
    register("$p", v1),
    ok("DELETE /subjects/$p", [1]),
    ok("GET /schemas?subjectPrefix=$p", []),
    ok("GET /schemas?subjectPrefix=$p&deleted=true", [{ subject: "$p", version: 1 }]),
  ),
  contractCase(
    "an enum's default and a field's doc and aliases are kept in the text",
    register("$p", wellOrdered, {}, { keeps: { id: "id" } }),
    ok("GET /schemas/ids/$id", { schema: wellOrdered }),
  ),
  contractCase(
    "the keys of a schema are put in the order that the registry prints",
    register("$p", wellOrdered, {}, { keeps: { id: "id" } }),
    register("$p", disordered, { version: 1, id: "$id", schema: wellOrdered }),
    ok("GET /schemas/ids/$id", { schema: wellOrdered }),
  ),
];

/** The whole answer contains it. */
function expect(item: string): unknown {
  return { contains: item };
}
