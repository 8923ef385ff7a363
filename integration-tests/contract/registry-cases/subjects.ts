/** Cases of registering: lists of subjects, versions, refused schemas, references. */
import {
  breaking,
  contractCase,
  ok,
  record,
  refused,
  register,
  turnedAway,
  v1,
  v2,
  withLevel,
} from "./case.ts";

const versions = "/subjects/$p/versions";
const inner = record([{ name: "zip", type: "string" }], "Inner$n");
const outer = record([{ name: "home", type: "Inner$n" }], "Outer$n");
const reference = { name: "Inner$n", subject: "$p.inner", version: 1 };
const refersToInner = { body: { schema: outer, references: [reference] }, keeps: { id: "id" } };

export const subjectCases = [
  contractCase(
    "subjects are listed by prefix; those without a live version on demand",
    register("$p.a", v1),
    register("$p.b", v1),
    register("other-$p", v1),
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
    "registering answers id, version, GUID, type and text of what is filed",
    ok(
      `POST ${versions}`,
      { subject: "$p", version: 1, schemaType: "AVRO", schema: v1 },
      { body: { schema: v1 }, keeps: { id: "id", guid: "guid" } },
    ),
    ok(`POST ${versions}`, { id: "$id", guid: "$guid", version: 1 }, { body: { schema: v1 } }),
    ok(`POST ${versions}`, { version: 2, schema: v2 }, { body: { schema: v2 } }),
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
    register("$p", v1.replaceAll(",", " ,\n "), { id: "$id", version: 1 }),
    ok(`GET ${versions}`, [1]),
  ),
  contractCase(
    "normalize does not make it another schema",
    register("$p", v1, {}, { keeps: { id: "id" } }),
    ok(`POST ${versions}?normalize=true`, { id: "$id" }, { body: { schema: v1 } }),
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
    "a schema that breaks the level is refused, and not filed",
    withLevel("BACKWARD"),
    register("$p", v1),
    turnedAway(40901, `POST ${versions}`, { body: { schema: breaking } }),
    ok(`GET ${versions}`, [1]),
    refused(40403, "POST /subjects/$p", { body: { schema: breaking } }),
  ),
  contractCase(
    "a schema is held to BACKWARD where nobody set a level",
    register("$p", v1),
    refused(40901, `POST ${versions}`, { body: { schema: breaking } }),
  ),
  contractCase(
    "a schema that breaks the level is refused with every reason and the version it breaks",
    withLevel("BACKWARD"),
    register("$p", v1),
    refused(40901, `POST ${versions}`, { body: { schema: breaking }, sees: "errorType:'TYPE_MISMATCH'" }),
    refused(40901, `POST ${versions}`, { body: { schema: breaking }, sees: "{oldSchemaVersion: 1}" }),
    refused(40901, `POST ${versions}`, { body: { schema: breaking }, sees: 'for subject "$p"' }),
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
    register("$p", v1, { version: 1 }, { body: { schema: v1, schemaType: "AVRO" } }),
  ),
  contractCase("malformed JSON is refused", turnedAway(400, `POST ${versions}`, { text: '{"schema":' })),
  contractCase(
    "a subject that nobody may have is refused",
    refused(42208, "POST /subjects/__GLOBAL/versions", { body: { schema: v1 } }),
    refused(42208, "POST /subjects/__EMPTY/versions", { body: { schema: v1 } }),
  ),
  contractCase(
    "a subject may have any name",
    register("$p%20a%2Fb:%C3%BC%3F%23", v1, { subject: "$p a/b:ü?#" }),
    ok("GET /subjects/$p%20a%2Fb:%C3%BC%3F%23/versions", [1]),
  ),
  contractCase(
    "the next version may be said, another one not",
    register("$p", v1, {}, { body: { schema: v1, version: 1 } }),
    refused(42201, `POST ${versions}`, { body: { schema: v2, version: 5 }, sees: "one more than previous" }),
    register("$p", v2, {}, { body: { schema: v2, version: 2 } }),
    ok(`GET ${versions}`, [1, 2]),
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
    "references are resolved and kept",
    register("$p.inner", inner),
    register("$p", outer, {}, refersToInner),
    ok(`GET ${versions}/1`, { references: [reference], schema: outer }),
    ok("GET /subjects/$p.inner/versions/1/referencedby", { contains: "$id" }),
  ),
  contractCase(
    "a reference to version -1 is one to the latest",
    register("$p.inner", inner),
    register("$p", outer, {}, { body: { schema: outer, references: [{ ...reference, version: -1 }] } }),
    ok(`GET ${versions}/1`, { references: [reference] }),
  ),
  contractCase(
    "the same text with a reference to another version is another schema",
    register("$p.inner", inner),
    register("$p.inner", inner.replace('"fields"', '"doc":"d","fields"'), { version: 2 }),
    register("$p", outer, { version: 1 }, refersToInner),
    register(
      "$p",
      outer,
      { version: 2, references: [{ ...reference, version: 2 }] },
      { body: { schema: outer, references: [{ ...reference, version: 2 }] } },
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
    register("$p", outer, { version: 1, references: [reference] }, refersToInner),
  ),
  contractCase(
    "a schema that lacks its references is no schema",
    register("$p.inner", inner),
    register("$p", outer, {}, refersToInner),
    refused(42201, "POST /subjects/$p", { body: { schema: outer } }),
  ),
  contractCase(
    "what refers to a version protects it from deletion",
    register("$p.inner", inner),
    register("$p", outer, {}, refersToInner),
    refused(42206, "DELETE /subjects/$p.inner"),
    refused(42206, "DELETE /subjects/$p.inner/versions/1"),
    ok("GET /subjects/$p.inner/versions", [1]),
  ),
  contractCase(
    "what refers to a version does so until it is deleted",
    register("$p.inner", inner),
    register("$p", outer, {}, refersToInner),
    ok("GET /subjects/$p.inner/versions/1/referencedby", ["$id"]),
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
];
