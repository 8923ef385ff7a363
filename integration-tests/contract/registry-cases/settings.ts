/** Cases of `/compatibility`, `/config` and `/mode`. */
import { breaking, contractCase, ok, refused, register, turnedAway, v1, v2, v3, withLevel } from "./case.ts";

const versions = "/subjects/$p/versions";
const check = "/compatibility/subjects/$p/versions";
const verdict = (isCompatible: boolean) => ({ is_compatible: isCompatible });
const withMode = (mode: string, query = "") => ok(`PUT /mode/$p${query}`, { mode }, { body: { mode } });

const importedSubject = ":.c$n:$p";
const imported = `/subjects/${importedSubject}`;
const importing = ok(`PUT /mode/${importedSubject}`, { mode: "IMPORT" }, { body: { mode: "IMPORT" } });

/** By level: whether a field without a default may be added, and whether a field without one may be taken away. */
const levels: readonly (readonly [string, boolean, boolean])[] = [
  ["NONE", true, true],
  ["BACKWARD", false, true],
  ["BACKWARD_TRANSITIVE", false, true],
  ["FORWARD", true, false],
  ["FORWARD_TRANSITIVE", true, false],
  ["FULL", false, false],
  ["FULL_TRANSITIVE", false, false],
];
const small = v1;
const large = v1.replace('"type":"int"}', '"type":"int"},{"name":"b","type":"string"}');

export const settingCases = [
  ...levels.flatMap(([level, mayAdd, mayRemove]) => [
    contractCase(
      `${level} ${mayAdd ? "lets" : "does not let"} a field without a default be added`,
      withLevel(level),
      register("$p", small),
      ok(`POST ${check}/latest`, verdict(mayAdd), { body: { schema: large } }),
      ok(`POST ${check}`, verdict(mayAdd), { body: { schema: large } }),
      mayAdd
        ? register("$p", large, { version: 2 })
        : turnedAway(40901, `POST ${versions}`, { body: { schema: large } }),
    ),
    contractCase(
      `${level} ${mayRemove ? "lets" : "does not let"} a field without a default be taken away`,
      withLevel(level),
      register("$p", large),
      ok(`POST ${check}/1`, verdict(mayRemove), { body: { schema: small } }),
      mayRemove
        ? register("$p", small, { version: 2 })
        : turnedAway(40901, `POST ${versions}`, { body: { schema: small } }),
    ),
  ]),
  contractCase(
    "a transitive level looks at all versions, a check of the latest at that one alone",
    withLevel("NONE"),
    register("$p", v1),
    register("$p", breaking),
    withLevel("BACKWARD_TRANSITIVE"),
    ok(`POST ${check}/latest`, verdict(true), { body: { schema: breaking } }),
    ok(`POST ${check}`, verdict(false), { body: { schema: breaking } }),
  ),
  contractCase(
    "a level that is not transitive looks at the latest version alone",
    withLevel("NONE"),
    register("$p", v1),
    register("$p", breaking),
    withLevel("BACKWARD"),
    ok(`POST ${check}`, verdict(true), { body: { schema: breaking } }),
  ),
  contractCase(
    "a check has no messages unless it is verbose",
    withLevel("BACKWARD"),
    register("$p", v1),
    ok(`POST ${check}`, verdict(false), { body: { schema: breaking }, lacks: ["messages"] }),
    ok(`POST ${check}/1`, verdict(false), { body: { schema: breaking }, lacks: ["messages"] }),
  ),
  contractCase(
    "a verbose check names the rules that are broken, the version and the level",
    withLevel("BACKWARD"),
    register("$p", v1),
    ok(
      `POST ${check}?verbose=true`,
      {
        ...verdict(false),
        messages: [
          { contains: "errorType:'TYPE_MISMATCH'" },
          { contains: "oldSchemaVersion: 1" },
          { contains: "oldSchema: " },
          { contains: "compatibility: 'BACKWARD'" },
        ],
      },
      { body: { schema: breaking } },
    ),
    ok(`POST ${check}/1?verbose=true`, { ...verdict(true), messages: [] }, { body: { schema: v2 } }),
  ),
  contractCase(
    "a check may be asked to normalize",
    register("$p", v1),
    ok(`POST ${check}?normalize=true`, verdict(true), { body: { schema: v1 } }),
    ok(`POST ${check}/1?normalize=true`, verdict(true), { body: { schema: v1 } }),
  ),
  contractCase(
    "whatever is asked of a subject that does not exist is compatible",
    ok(`POST ${check}`, verdict(true), { body: { schema: v1 } }),
    ok(`POST ${check}/latest`, verdict(true), { body: { schema: v1 } }),
  ),
  contractCase(
    "a check files nothing",
    register("$p", v1),
    ok(`POST ${check}`, verdict(true), { body: { schema: v2 } }),
    ok(`POST ${check}/latest`, verdict(true), { body: { schema: v2 } }),
    ok(`GET ${versions}`, [1]),
    refused(40403, "POST /subjects/$p", { body: { schema: v2 } }),
  ),
  contractCase(
    "a check against an unknown version is refused",
    register("$p", v1),
    refused(40402, `POST ${check}/7`, { body: { schema: v2 } }),
  ),
  contractCase(
    "a check against a version that is none is refused",
    register("$p", v1),
    refused(42202, `POST ${check}/abc`, { body: { schema: v2 } }),
  ),
  contractCase(
    "a check of what is no schema is refused",
    register("$p", v1),
    refused(42201, `POST ${check}`, { body: { schema: '{"type":"nope"}' } }),
    refused(42201, `POST ${check}/latest`, { body: { schema: '{"type":"nope"}' } }),
  ),
  contractCase(
    "deleted versions are not compared with",
    withLevel("NONE"),
    register("$p", v1),
    register("$p", breaking),
    withLevel("BACKWARD_TRANSITIVE"),
    ok(`POST ${check}`, verdict(false), { body: { schema: breaking } }),
    ok(`DELETE ${versions}/1`, 1),
    ok(`POST ${check}`, verdict(true), { body: { schema: breaking } }),
  ),
  contractCase(
    "a subject that is deleted goes with everything",
    register("$p", v1),
    register("$p", v3),
    ok("DELETE /subjects/$p", [1, 2]),
    ok(`POST ${check}`, verdict(true), { body: { schema: breaking } }),
  ),

  contractCase(
    "the level of all is put and read, and holds for subjects without one",
    ok("PUT /config", { compatibility: "FULL" }, { body: { compatibility: "FULL" } }),
    ok("GET /config", { compatibilityLevel: "FULL" }),
    register("$p", v1),
    turnedAway(40901, `POST ${versions}`, { body: { schema: large } }),
    ok("GET /config/$p?defaultToGlobal=true", { compatibilityLevel: "FULL" }),
  ),
  contractCase(
    "the level of all is told for a subject that is not there",
    ok("PUT /config", { compatibility: "FULL" }, { body: { compatibility: "FULL" } }),
    ok("GET /config/$p?defaultToGlobal=true", { compatibilityLevel: "FULL" }),
  ),
  contractCase(
    "the level of all is BACKWARD again once it is taken back",
    ok("PUT /config", { compatibility: "FULL" }, { body: { compatibility: "FULL" } }),
    ok("DELETE /config", { compatibilityLevel: "FULL" }),
    ok("GET /config", { compatibilityLevel: "BACKWARD" }),
  ),
  contractCase(
    "a level of all that is none is refused",
    refused(42203, "PUT /config", { body: { compatibility: "SOME" } }),
  ),
  contractCase(
    "a level without a body is refused",
    refused(422, "PUT /config"),
    refused(422, "PUT /config/$p"),
  ),
  contractCase(
    "a subject's level is put, read and put again",
    register("$p", v1),
    withLevel("FORWARD"),
    ok("GET /config/$p", { compatibilityLevel: "FORWARD" }),
    withLevel("FULL_TRANSITIVE"),
    ok("GET /config/$p", { compatibilityLevel: "FULL_TRANSITIVE" }),
    ok("GET /config/$p?defaultToGlobal=true", { compatibilityLevel: "FULL_TRANSITIVE" }),
  ),
  contractCase(
    "a subject's level is put in any case",
    ok("PUT /config/$p", { compatibility: "FORWARD" }, { body: { compatibility: "forward" } }),
    ok("GET /config/$p", { compatibilityLevel: "FORWARD" }),
  ),
  contractCase(
    "a subject's level is taken back once",
    withLevel("FORWARD"),
    ok("DELETE /config/$p", { compatibilityLevel: "FORWARD" }),
    refused(40408, "GET /config/$p"),
    refused(40401, "DELETE /config/$p"),
  ),
  contractCase(
    "a subject's level that is none is refused",
    refused(42203, "PUT /config/$p", { body: { compatibility: "SOME" } }),
  ),
  contractCase(
    "a subject without a level tells that of all on demand",
    register("$p", v1),
    refused(40408, "GET /config/$p"),
    ok("GET /config/$p?defaultToGlobal=true", { compatibilityLevel: "BACKWARD" }),
  ),
  contractCase(
    "a subject's level outlives a soft delete and not a permanent one",
    withLevel("FULL"),
    register("$p", v1),
    ok("DELETE /subjects/$p", [1]),
    ok("GET /config/$p", { compatibilityLevel: "FULL" }),
    ok("DELETE /subjects/$p?permanent=true", [1]),
    refused(40408, "GET /config/$p"),
  ),

  contractCase(
    "the mode of all is put and read",
    ok("PUT /mode", { mode: "READONLY" }, { body: { mode: "READONLY" } }),
    ok("GET /mode", { mode: "READONLY" }),
    ok("PUT /mode", { mode: "READWRITE" }, { body: { mode: "READWRITE" } }),
    ok("GET /mode", { mode: "READWRITE" }),
  ),
  contractCase(
    "READONLY for all refuses to register",
    ok("PUT /mode", { mode: "READONLY" }, { body: { mode: "READONLY" } }),
    refused(42205, `POST ${versions}`, { body: { schema: v1 } }),
  ),
  contractCase(
    "the mode of all is READWRITE again once it is taken back",
    ok("PUT /mode", { mode: "READONLY" }, { body: { mode: "READONLY" } }),
    ok("DELETE /mode", { mode: "READONLY" }),
    ok("GET /mode", { mode: "READWRITE" }),
  ),
  contractCase(
    "READONLY_OVERRIDE goes over a subject's own mode",
    withMode("READWRITE"),
    ok("PUT /mode", { mode: "READONLY_OVERRIDE" }, { body: { mode: "READONLY_OVERRIDE" } }),
    refused(42205, `POST ${versions}`, { body: { schema: v1 } }),
  ),
  contractCase(
    "a mode of all that is none is refused",
    refused(42204, "PUT /mode", { body: { mode: "SOME" } }),
  ),
  contractCase(
    "IMPORT for all is refused where there are schemas, unless it is forced",
    register("$p", v1),
    refused(42205, "PUT /mode", { body: { mode: "IMPORT" } }),
    ok("PUT /mode?force=true", { mode: "IMPORT" }, { body: { mode: "IMPORT" } }),
  ),
  contractCase(
    "a subject's mode is put and read",
    register("$p", v1),
    withMode("READONLY"),
    ok("GET /mode/$p", { mode: "READONLY" }),
    ok("GET /mode/$p?defaultToGlobal=true", { mode: "READONLY" }),
    withMode("READWRITE"),
    ok("GET /mode/$p", { mode: "READWRITE" }),
  ),
  contractCase(
    "a subject's mode is put in any case",
    ok("PUT /mode/$p", { mode: "READONLY" }, { body: { mode: "readonly" } }),
    ok("GET /mode/$p", { mode: "READONLY" }),
  ),
  contractCase(
    "a subject's mode is taken back once",
    withMode("READONLY"),
    ok("DELETE /mode/$p", { mode: "READONLY" }),
    refused(40409, "GET /mode/$p"),
    refused(40401, "DELETE /mode/$p"),
    ok("GET /mode/$p?defaultToGlobal=true", { mode: "READWRITE" }),
  ),
  contractCase(
    "a subject's mode that is none is refused",
    refused(42204, "PUT /mode/$p", { body: { mode: "SOME" } }),
  ),
  contractCase(
    "a read-only subject takes neither schemas nor deletions",
    register("$p", v1),
    withMode("READONLY"),
    refused(42205, `POST ${versions}`, { body: { schema: v2 } }),
    refused(42205, "DELETE /subjects/$p"),
    refused(42205, `DELETE ${versions}/1`),
    ok(`GET ${versions}`, [1]),
  ),
  // In a context of its own, so that the ids of others go on as they were.
  contractCase(
    "an import takes ids and versions as they come, and no second schema under an id",
    importing,
    ok(`POST ${imported}/versions`, { id: 71, version: 7 }, { body: { schema: v1, id: 71, version: 7 } }),
    refused(42205, `POST ${imported}/versions`, { body: { schema: v2, id: 71, version: 8 } }),
    ok(`GET ${imported}/versions`, [7]),
  ),
  contractCase(
    "an import checks no compatibility",
    importing,
    ok(`POST ${imported}/versions`, { version: 1 }, { body: { schema: v1, id: 81, version: 1 } }),
    ok(`POST ${imported}/versions`, { version: 2 }, { body: { schema: breaking, id: 82, version: 2 } }),
  ),
  contractCase(
    "ids go on after the highest one that was imported",
    importing,
    ok(`POST ${imported}/versions`, { id: 71 }, { body: { schema: v1, id: 71, version: 1 } }),
    ok(`DELETE /mode/${importedSubject}`, { mode: "IMPORT" }),
    ok(`POST ${imported}/versions`, { id: 72, version: 2 }, { body: { schema: v2 } }),
  ),
  contractCase(
    "IMPORT is refused to a subject that has a schema, unless it is forced",
    register("$p", v1),
    refused(42205, "PUT /mode/$p", { body: { mode: "IMPORT" } }),
    withMode("IMPORT", "?force=true"),
  ),
];
