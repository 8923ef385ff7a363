/** Cases of `/subjects` and what lies below it. */
import { breaking, contractCase, ok, record, refused, register, v1, v2, v3 } from "./case.ts";

const versions = "/subjects/$p/versions";
const inner = record([{ name: "zip", type: "string" }], "Inner$n");
const outer = record([{ name: "home", type: "Inner$n" }], "Outer$n");
const reference = { name: "Inner$n", subject: "$p.inner", version: 1 };

export const subjectCases = [
  contractCase(
    "subjects are listed by prefix; those without a live version on demand",
    register("$p.a", v1),
    register("$p.b", v1),
    ok("DELETE /subjects/$p.b", [1]),
    ok("GET /subjects?subjectPrefix=$p", ["$p.a"]),
    ok("GET /subjects?subjectPrefix=$p&deleted=true", ["$p.a", "$p.b"]),
    ok("GET /subjects?subjectPrefix=$p&deletedOnly=true", ["$p.b"]),
  ),
  contractCase(
    "a new subject is listed among all",
    register("$p", v1),
    ok("GET /subjects", { contains: "$p" }),
  ),

  contractCase(
    "versions count from 1 in each subject",
    register("$p", v1, { version: 1 }),
    register("$p", v2, { version: 2 }),
    register("$p.other", v2, { version: 1 }),
    ok(`GET ${versions}`, [1, 2]),
  ),
  contractCase(
    "the same schema again is the same version, in whatever layout",
    register("$p", v1, {}, { keeps: { id: "id" } }),
    ok(`POST ${versions}`, { id: "$id", version: 1 }, { body: { schema: v1.replaceAll(",", " ,\n ") } }),
    ok(`GET ${versions}`, [1]),
  ),
  contractCase(
    "normalize does not make it another schema",
    register("$p", v1, {}, { keeps: { id: "id" } }),
    ok(`POST ${versions}?normalize=true`, { id: "$id", version: 1 }, { body: { schema: v1 } }),
    ok("POST /subjects/$p?normalize=true", { id: "$id", version: 1 }, { body: { schema: v1 } }),
  ),
  contractCase(
    "an old schema again is its old version, and the latest stays the latest",
    register("$p", v1),
    register("$p", v2),
    register("$p", v1, { version: 1 }),
    ok(`GET ${versions}/latest`, { version: 2 }),
  ),
  contractCase(
    "a doc edited is a new version",
    register("$p", v1),
    register("$p", v1.replace('"fields"', '"doc":"d","fields"'), { version: 2 }),
  ),
  contractCase(
    "a schema that breaks the level is refused, with every reason and the version it breaks",
    register("$p", v1),
    refused(40901, `POST ${versions}`, { body: { schema: breaking }, sees: "errorType:'TYPE_MISMATCH'" }),
    refused(40901, `POST ${versions}`, { body: { schema: breaking }, sees: "{oldSchemaVersion: 1}" }),
    refused(40901, `POST ${versions}`, { body: { schema: breaking }, sees: 'for subject "$p"' }),
    ok(`GET ${versions}`, [1]),
  ),
  contractCase("no schema on a new subject is refused", refused(42201, `POST ${versions}`, { body: {} })),
  contractCase(
    "no schema on a subject that has one is its latest",
    register("$p", v1),
    register("$p", v2),
    ok(`POST ${versions}`, { version: 2, schema: v2 }, { body: {} }),
  ),
  contractCase(
    "a schema that is not Avro is refused",
    refused(42201, `POST ${versions}`, { body: { schema: '{"type":"nope"}' } }),
  ),
  contractCase(
    "a schema that is not JSON is refused",
    refused(42201, `POST ${versions}`, { body: { schema: "{" } }),
  ),
  contractCase(
    "a schema with a field twice is refused",
    refused(42201, `POST ${versions}`, {
      body: {
        schema: record([
          { name: "a", type: "int" },
          { name: "a", type: "int" },
        ]),
      },
    }),
  ),
  contractCase(
    "a schema of a type that nobody knows is refused",
    refused(42201, `POST ${versions}`, { body: { schema: v1, schemaType: "XML" } }),
  ),
  contractCase(
    "AVRO may be said",
    ok(`POST ${versions}`, { version: 1 }, { body: { schema: v1, schemaType: "AVRO" } }),
  ),
  contractCase("malformed JSON is refused", refused(400, `POST ${versions}`, { text: '{"schema":' })),
  contractCase(
    "a subject that nobody may have is refused",
    refused(42208, "POST /subjects/__GLOBAL/versions", { body: { schema: v1 } }),
    refused(42208, "POST /subjects/__EMPTY/versions", { body: { schema: v1 } }),
  ),
  contractCase(
    "a subject may have any name",
    ok(
      "POST /subjects/$p%20a%2Fb:%C3%BC%3F%23/versions",
      { subject: "$p a/b:ü?#" },
      { body: { schema: v1 } },
    ),
    ok("GET /subjects/$p%20a%2Fb:%C3%BC%3F%23/versions", [1]),
  ),
  contractCase(
    "the next version may be said, another one not",
    ok(`POST ${versions}`, { version: 1 }, { body: { schema: v1, version: 1 } }),
    refused(42201, `POST ${versions}`, { body: { schema: v2, version: 5 }, sees: "one more than previous" }),
    ok(`POST ${versions}`, { version: 2 }, { body: { schema: v2, version: 2 } }),
  ),
  contractCase(
    "an id may not be said outside of import mode",
    refused(42205, `POST ${versions}`, { body: { schema: v1, id: 77 } }),
  ),
  contractCase(
    "metadata makes a new version, and is answered",
    register("$p", v1),
    ok(
      `POST ${versions}`,
      { version: 2 },
      { body: { schema: v1, metadata: { properties: { owner: "x" } } } },
    ),
    ok(`GET ${versions}/2`, { metadata: { properties: { owner: "x" } } }),
    ok("POST /subjects/$p", { version: 2 }, { body: { schema: v1 } }),
    ok(
      "POST /subjects/$p",
      { version: 2 },
      {
        body: { schema: v1, metadata: { properties: { owner: "x" } } },
      },
    ),
    refused(40403, "POST /subjects/$p", { body: { schema: v1, metadata: { properties: { owner: "y" } } } }),
  ),
  contractCase(
    "confluent:version becomes the version's real number",
    ok(
      `POST ${versions}`,
      { version: 1 },
      {
        body: { schema: v1, metadata: { properties: { "confluent:version": "0", owner: "x" } } },
      },
    ),
    ok(`GET ${versions}/1`, { metadata: { properties: { "confluent:version": "1", owner: "x" } } }),
  ),

  contractCase(
    "references are resolved, kept, and -1 becomes the latest version",
    register("$p.inner", inner),
    ok(
      `POST ${versions}`,
      { references: [reference] },
      {
        body: { schema: outer, references: [{ ...reference, version: -1 }] },
      },
    ),
    ok(`GET ${versions}/1`, { references: [reference], schema: outer }),
  ),
  contractCase(
    "the same text with a reference to another version is another schema",
    register("$p.inner", inner),
    register("$p.inner", inner.replace('"fields"', '"doc":"d","fields"'), { version: 2 }),
    ok(
      `POST ${versions}`,
      { version: 1 },
      {
        body: { schema: outer, references: [reference] },
        keeps: { id: "id" },
      },
    ),
    ok(
      `POST ${versions}`,
      { version: 2, references: [{ ...reference, version: 2 }] },
      {
        body: { schema: outer, references: [{ ...reference, version: 2 }] },
      },
    ),
    ok("POST /subjects/$p", { version: 1, id: "$id" }, { body: { schema: outer, references: [reference] } }),
  ),
  contractCase(
    "a reference to nothing is refused",
    refused(42201, `POST ${versions}`, { body: { schema: outer, references: [reference] } }),
  ),
  contractCase(
    "a schema is looked up with its references",
    register("$p.inner", inner),
    ok(`POST ${versions}`, {}, { body: { schema: outer, references: [reference] } }),
    ok("POST /subjects/$p", { version: 1 }, { body: { schema: outer, references: [reference] } }),
    refused(42201, "POST /subjects/$p", { body: { schema: outer } }),
  ),
  contractCase(
    "what refers to a version is told by id, and protects it from deletion",
    register("$p.inner", inner),
    ok(`POST ${versions}`, {}, { body: { schema: outer, references: [reference] }, keeps: { id: "id" } }),
    ok("GET /subjects/$p.inner/versions/1/referencedby", ["$id"]),
    refused(42206, "DELETE /subjects/$p.inner"),
    refused(42206, "DELETE /subjects/$p.inner/versions/1"),
    ok("DELETE /subjects/$p", [1]),
    ok("GET /subjects/$p.inner/versions/1/referencedby", []),
    ok("DELETE /subjects/$p.inner", [1]),
  ),
  contractCase(
    "references to an unknown version are refused",
    register("$p", v1),
    refused(40402, `GET ${versions}/2/referencedby`),
    refused(40401, "GET /subjects/$p.none/versions/1/referencedby"),
  ),

  contractCase(
    "a schema is looked up by its text, deleted ones on demand",
    register("$p", v1, {}, { keeps: { id: "id" } }),
    ok("POST /subjects/$p", { subject: "$p", version: 1, id: "$id", schema: v1 }, { body: { schema: v1 } }),
    ok("DELETE /subjects/$p", [1]),
    refused(40401, "POST /subjects/$p", { body: { schema: v1 } }),
    ok("POST /subjects/$p?deleted=true", { version: 1 }, { body: { schema: v1 } }),
  ),
  contractCase(
    "a schema that the subject lacks is not found",
    register("$p", v1),
    refused(40403, "POST /subjects/$p", { body: { schema: v2 } }),
  ),
  contractCase("a look-up without a subject", refused(40401, "POST /subjects/$p", { body: { schema: v1 } })),
  contractCase("the versions of an unknown subject are refused", refused(40401, `GET ${versions}`)),
  contractCase(
    "a version is read by number, as latest and as -1",
    register("$p", v1),
    register("$p", v2),
    ok(`GET ${versions}/1`, { subject: "$p", version: 1, schema: v1 }),
    ok(`GET ${versions}/latest`, { version: 2, schema: v2 }),
    ok(`GET ${versions}/-1`, { version: 2 }),
  ),
  contractCase("an unknown version is refused", register("$p", v1), refused(40402, `GET ${versions}/2`)),
  contractCase("a version of an unknown subject is refused", refused(40401, `GET ${versions}/1`)),
  contractCase(
    "a version that is none is refused",
    register("$p", v1),
    refused(42202, `GET ${versions}/0`),
    refused(42202, `GET ${versions}/abc`),
    refused(42202, `GET ${versions}/-2`),
    refused(42202, `GET ${versions}/2147483648`),
  ),
  contractCase(
    "the text of a version is read by itself",
    register("$p", v1),
    ok(`GET ${versions}/1/schema`, { type: "record", fields: [{ name: "a", type: "int" }] }),
    ok(`GET ${versions}/latest/schema`, { type: "record" }),
  ),
  contractCase(
    "the text of an unknown version is refused",
    refused(40401, `GET ${versions}/1/schema`),
    register("$p", v1),
    refused(40402, `GET ${versions}/2/schema`),
  ),

  contractCase(
    "a soft-deleted version is out of the list, and read on demand",
    register("$p", v1),
    register("$p", v2),
    ok(`DELETE ${versions}/1`, 1),
    ok(`GET ${versions}`, [2]),
    ok(`GET ${versions}?deleted=true`, [1, 2]),
    ok(`GET ${versions}?deletedOnly=true`, [1]),
    refused(40402, `GET ${versions}/1`),
    ok(`GET ${versions}/1?deleted=true`, { schema: v1 }),
    ok(`GET ${versions}/1/schema?deleted=true`, { type: "record" }),
  ),
  contractCase(
    "a version is deleted softly before it is deleted for good",
    register("$p", v1),
    register("$p", v2),
    refused(40407, `DELETE ${versions}/1?permanent=true`),
    ok(`DELETE ${versions}/1`, 1),
    refused(40406, `DELETE ${versions}/1`),
    ok(`DELETE ${versions}/1?permanent=true`, 1),
    refused(40402, `GET ${versions}/1?deleted=true`),
  ),
  contractCase(
    "the latest version may be deleted by that name",
    register("$p", v1),
    register("$p", v2),
    ok(`DELETE ${versions}/latest`, 2),
    ok(`GET ${versions}/latest`, { version: 1 }),
  ),
  contractCase(
    "deleting what is not there is refused",
    refused(40401, "DELETE /subjects/$p"),
    refused(40401, `DELETE ${versions}/1`),
    register("$p", v1),
    refused(40402, `DELETE ${versions}/2`),
    refused(42202, `DELETE ${versions}/x`),
  ),
  contractCase(
    "a subject is deleted softly before it is deleted for good",
    register("$p", v1),
    register("$p", v2),
    refused(40405, "DELETE /subjects/$p?permanent=true"),
    ok("DELETE /subjects/$p", [1, 2]),
    refused(40404, "DELETE /subjects/$p"),
    refused(40401, `GET ${versions}`),
    ok("DELETE /subjects/$p?permanent=true", [1, 2]),
    refused(40401, "DELETE /subjects/$p?permanent=true"),
  ),
  contractCase(
    "version numbers go on after a soft delete and start again after a permanent one",
    register("$p", v1),
    ok("DELETE /subjects/$p", [1]),
    register("$p", v2, { version: 2 }),
    ok("DELETE /subjects/$p", [2]),
    ok("DELETE /subjects/$p?permanent=true", [1, 2]),
    register("$p", v3, { version: 1 }),
  ),
  contractCase(
    "a schema registered again after a soft delete keeps its id under a new number",
    register("$p", v1, {}, { keeps: { id: "id" } }),
    ok("DELETE /subjects/$p", [1]),
    register("$p", v1, { id: "$id", version: 2 }),
  ),
  contractCase(
    "what was deleted is no obstacle to an incompatible schema",
    register("$p", v1),
    ok("DELETE /subjects/$p", [1]),
    register("$p", breaking, { version: 2 }),
  ),
];
