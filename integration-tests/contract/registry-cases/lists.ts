/** Cases of lists that are cut into pages, of versions found by their metadata, and of references written out. */
import { contractCase, ok, record, refused, register, turnedAway, v1, v2, v3 } from "./case.ts";

const versions = "/subjects/$p/versions";
const inner = record([{ name: "zip", type: "string" }], "Inner$n");
const outer = record(
  [
    { name: "home", type: "Inner$n" },
    { name: "work", type: "Inner$n" },
  ],
  "Outer$n",
);
const references = [{ name: "Inner$n", subject: "$p.inner", version: 1 }];
const refersToInner = { body: { schema: outer, references } };
/** The first use of a type is its definition. */
const resolved = outer.replace('"Inner$n"', inner);

const withOwner = (schema: string, owner: string) => ({
  body: { schema, metadata: { properties: { owner, stage: "test" } } },
});

export const listCases = [
  contractCase(
    "offset and limit cut a page out of the subjects",
    register("$p.a", v1),
    register("$p.b", v1),
    register("$p.c", v1),
    ok("GET /subjects?subjectPrefix=$p&offset=1", ["$p.b", "$p.c"]),
    ok("GET /subjects?subjectPrefix=$p&limit=2", ["$p.a", "$p.b"]),
    ok("GET /subjects?subjectPrefix=$p&offset=1&limit=1", ["$p.b"]),
    ok("GET /subjects?subjectPrefix=$p&limit=-1", ["$p.a", "$p.b", "$p.c"]),
  ),
  contractCase(
    "offset and limit cut a page out of a subject's versions",
    register("$p", v1),
    register("$p", v2),
    register("$p", v3),
    ok(`GET ${versions}?offset=1&limit=1`, [2]),
    ok(`GET ${versions}?offset=3`, []),
    ok(`GET ${versions}?offset=0&limit=-1`, [1, 2, 3]),
  ),
  contractCase(
    "offset and limit cut a page out of an id's subjects and versions",
    register("$p.a", v1, {}, { keeps: { id: "id" } }),
    register("$p.b", v1),
    ok("GET /schemas/ids/$id/subjects?offset=1&limit=1", ["$p.b"]),
    ok("GET /schemas/ids/$id/versions?offset=0&limit=1", [{ subject: "$p.a", version: 1 }]),
    ok("GET /schemas/ids/$id/versions?offset=1", [{ subject: "$p.b", version: 1 }]),
  ),
  contractCase(
    "offset and limit cut a page out of what refers to a version",
    register("$p.inner", inner),
    register("$p", outer, {}, { ...refersToInner, keeps: { id: "id" } }),
    ok("GET /subjects/$p.inner/versions/1/referencedby?offset=0&limit=1", ["$id"]),
    ok("GET /subjects/$p.inner/versions/1/referencedby?offset=1", []),
  ),
  contractCase(
    "offset and limit cut a page out of the contexts",
    ok("GET /contexts?offset=0&limit=1", ["."]),
  ),
  contractCase("a limit that is no number is no route", turnedAway(404, "GET /subjects?limit=x")),

  contractCase(
    "a schema is read with its references written out",
    register("$p.inner", inner),
    ok(`POST ${versions}`, {}, { ...refersToInner, keeps: { id: "id" } }),
    ok("GET /schemas/ids/$id?format=resolved", { schema: resolved, references }),
    ok("GET /schemas/ids/$id/schema?format=resolved", {
      fields: [{ name: "home", type: { name: "Inner$n" } }, { type: "Inner$n" }],
    }),
    ok(`GET ${versions}/1?format=resolved`, { schema: resolved, references }),
    ok(`GET ${versions}/1/schema?format=resolved`, { fields: [{ type: { name: "Inner$n" } }, {}] }),
  ),
  contractCase(
    "a schema is read as it is in a format that nobody knows",
    register("$p.inner", inner),
    ok(`POST ${versions}`, {}, { ...refersToInner, keeps: { id: "id" } }),
    ok("GET /schemas/ids/$id?format=nope", { schema: outer }),
  ),
  contractCase(
    "a schema is read by its GUID with its references written out",
    register("$p.inner", inner),
    ok(`POST ${versions}`, {}, { ...refersToInner, keeps: { guid: "guid" } }),
    ok("GET /schemas/guids/$guid?format=resolved", { schema: resolved, guid: "$guid" }),
  ),

  contractCase(
    "the latest version with certain metadata is found by all its keys and values",
    ok(`POST ${versions}`, {}, withOwner(v1, "x")),
    ok(`POST ${versions}`, {}, withOwner(v2, "x")),
    ok(`POST ${versions}`, {}, withOwner(v3, "y")),
    ok("GET /subjects/$p/metadata?key=owner&value=x", { version: 2, schema: v2 }),
    ok("GET /subjects/$p/metadata?key=owner&value=y&key=stage&value=test", { version: 3 }),
    ok("GET /subjects/$p/metadata?key=owner&value=x&format=resolved", { version: 2, schema: v2 }),
    refused(40403, "GET /subjects/$p/metadata?key=owner&value=x&key=stage&value=live"),
  ),
  contractCase(
    "a version that is deleted is found by its metadata on demand",
    ok(`POST ${versions}`, {}, withOwner(v1, "x")),
    ok(`POST ${versions}`, {}, withOwner(v2, "x")),
    ok(`DELETE ${versions}/2`, 2),
    ok("GET /subjects/$p/metadata?key=owner&value=x", { version: 1 }),
    ok("GET /subjects/$p/metadata?key=owner&value=x&deleted=true", { version: 2 }),
  ),
  contractCase(
    "a version without metadata is not found by them",
    register("$p", v1),
    refused(40403, "GET /subjects/$p/metadata?key=owner&value=x"),
  ),
  contractCase(
    "the metadata of an unknown subject are refused",
    refused(40401, "GET /subjects/$p/metadata?key=owner&value=x"),
  ),
];
