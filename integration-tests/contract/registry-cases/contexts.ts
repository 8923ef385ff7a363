/** Cases of `/contexts`, of subjects in a context, and of what a registry says to requests that are none. */
import { breaking, contractCase, ok, record, refused, register, turnedAway, v1, v2 } from "./case.ts";

const qualified = ":.c$n:$p";

export const contextCases = [
  contractCase(
    "a context is there once a schema is in it",
    register(qualified, v1),
    ok("GET /contexts", { contains: ".c$n" }),
  ),
  contractCase("the default context is always there", ok("GET /contexts", { contains: "." })),
  contractCase(
    "ids count from 1 in each context",
    register(qualified, v1, { id: 1, version: 1, subject: qualified }),
    register(qualified, v2, { id: 2, version: 2 }),
    register(":.d$n:$p", v2, { id: 1 }),
  ),
  contractCase(
    "subjects of the same name in two contexts know nothing of each other",
    register("$p", v1),
    register(qualified, breaking, { version: 1 }),
    ok("GET /subjects/$p/versions", [1]),
    ok("GET /subjects/$p/versions/1", { schema: v1 }),
    ok(`GET /subjects/${qualified}/versions/1`, { schema: breaking }),
  ),
  contractCase(
    "subjects of all contexts are listed, and those of one by its prefix",
    register("$p", v1),
    register(qualified, v1),
    ok("GET /subjects?subjectPrefix=:*:$p", ["$p", qualified]),
    ok("GET /subjects?subjectPrefix=$p", ["$p"]),
    ok("GET /subjects?subjectPrefix=:.c$n:", [qualified]),
    ok("GET /subjects", { contains: qualified }),
  ),
  contractCase(
    "the default context may be said and is not answered",
    register(":.:$p", v1, { subject: "$p" }),
    ok("GET /subjects/$p/versions", [1]),
  ),
  contractCase(
    "an id in a context is found with ?subject",
    register(qualified, v1, {}, { keeps: { id: "id" } }),
    ok("GET /schemas/ids/$id?subject=:.c$n:", { schema: v1 }),
    ok(`GET /schemas/ids/$id?subject=${qualified}`, { schema: v1 }),
    ok("GET /schemas/ids/$id/schema?subject=:.c$n:", { type: "record" }),
    ok("GET /schemas/ids/$id/subjects?subject=:.c$n:", [qualified]),
    ok("GET /schemas/ids/$id/versions?subject=:.c$n:", [{ subject: qualified, version: 1 }]),
    refused(40403, "GET /schemas/ids/$id?subject=:.none$n:"),
    refused(40403, "GET /schemas/ids/$id?subject=:.c$n:$p.none"),
  ),
  contractCase(
    "a subject that the default context lacks is found in another",
    register(qualified, v1),
    ok("GET /subjects/$p/versions/1", { subject: qualified }),
    ok("GET /subjects/$p/versions/latest/schema", { type: "record" }),
    ok("POST /subjects/$p", { subject: qualified }, { body: { schema: v1 } }),
    refused(40401, "GET /subjects/$p/versions"),
  ),
  contractCase(
    "paths below a context are about subjects in it",
    ok("POST /contexts/.c$n/subjects/$p/versions", { subject: qualified, id: 1 }, { body: { schema: v1 } }),
    ok("GET /contexts/.c$n/subjects", [qualified]),
    ok("GET /contexts/.c$n/subjects/$p/versions", [1]),
    ok("GET /contexts/.c$n/schemas", [{ subject: qualified }]),
    ok("GET /contexts/.c$n/schemas/ids/1", { schema: v1 }),
    ok(
      "POST /contexts/.c$n/compatibility/subjects/$p/versions",
      { is_compatible: false },
      {
        body: { schema: breaking },
      },
    ),
    refused(40901, "POST /contexts/.c$n/subjects/$p/versions", { body: { schema: breaking } }),
    ok("DELETE /contexts/.c$n/subjects/$p", [1]),
  ),
  contractCase("a context with a colon is refused", refused(400, "GET /contexts/.a:b/subjects")),
  contractCase(
    "a context's level is that of its subjects, until they have one of their own",
    ok("PUT /contexts/.c$n/config", { compatibility: "NONE" }, { body: { compatibility: "NONE" } }),
    ok("GET /config/:.c$n:", { compatibilityLevel: "NONE" }),
    ok(`GET /config/${qualified}?defaultToGlobal=true`, { compatibilityLevel: "NONE" }),
    register(qualified, v1),
    register(qualified, breaking, { version: 2 }),
    ok("GET /config/$p?defaultToGlobal=true", { compatibilityLevel: "BACKWARD" }),
  ),
  contractCase(
    "a context's mode is that of its subjects",
    ok("PUT /contexts/.c$n/mode", { mode: "READONLY" }, { body: { mode: "READONLY" } }),
    refused(42205, `POST /subjects/${qualified}/versions`, { body: { schema: v1 } }),
    register("$p", v1),
  ),
  contractCase(
    "a reference means a subject of the same context",
    register(":.c$n:$p.inner", record([], "Inner$n")),
    ok(
      `POST /subjects/${qualified}/versions`,
      { references: [{ subject: "$p.inner" }] },
      {
        body: {
          schema: record([{ name: "x", type: "Inner$n" }]),
          references: [{ name: "Inner$n", subject: "$p.inner", version: 1 }],
        },
      },
    ),
    refused(42206, "DELETE /subjects/:.c$n:$p.inner"),
  ),
];

const parameterless = [
  "GET /",
  "GET /schemas/types",
  "GET /schemas/guids/x/ids",
  "GET /contexts",
  "GET /subjects",
  "GET /config",
  "DELETE /config",
  "GET /mode",
  "DELETE /mode",
];
const types = { body: { schema: v1 }, headers: { "Content-Type": "text/plain" } };

export const protocolCases = [
  ...parameterless.map((call) =>
    contractCase(
      `${call} is not answered to who takes HTML alone`,
      turnedAway(406, call, { headers: { Accept: "text/html" } }),
    ),
  ),
  contractCase(
    "JSON is answered to who asks for JSON",
    ok("GET /subjects", undefined, { headers: { Accept: "application/json" } }),
  ),
  contractCase(
    "a body that is no JSON is refused by its type",
    turnedAway(415, "POST /subjects/$p/versions", types),
  ),
  contractCase("a path that nobody knows is refused", turnedAway(404, "GET /nope")),
  contractCase(
    "a refusal of plain HTTP has a body with its status as the error code",
    refused(404, "GET /nope", { sees: "HTTP 404 Not Found" }),
    refused(405, "DELETE /subjects", { sees: "HTTP 405 Method Not Allowed" }),
    refused(400, "PUT /config/$p", { text: "{" }),
  ),
  contractCase(
    "a wrong method is refused",
    turnedAway(405, "DELETE /subjects"),
    turnedAway(405, "PUT /schemas/types"),
  ),
  contractCase("malformed levels are refused", turnedAway(400, "PUT /config/$p", { text: "{" })),
];
