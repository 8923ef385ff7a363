import { connect } from "node:net";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { maxBodyBytes } from "./body.ts";
import { routes } from "./coverage.ts";
import { startRegistryEmulator } from "./start.ts";
import { call, mediaType, startWith, v1, v2 } from "./testing/call.ts";

describe("refusals", () => {
  test.each<[string, string, string, unknown, number, number]>([
    ["an unknown subject", "GET", "/subjects/x/versions", undefined, 404, 40401],
    ["an unknown version", "GET", "/subjects/s/versions/9", undefined, 404, 40402],
    ["a version that is none", "GET", "/subjects/s/versions/abc", undefined, 422, 42202],
    ["version 0", "GET", "/subjects/s/versions/0", undefined, 422, 42202],
    ["an unknown id", "GET", "/schemas/ids/99", undefined, 404, 40403],
    ["an id that is no number", "GET", "/schemas/ids/abc", undefined, 404, 404],
    ["an unknown guid", "GET", "/schemas/guids/x", undefined, 404, 40403],
    ["a schema the subject lacks", "POST", "/subjects/s", { schema: v2 }, 404, 40403],
    ["a schema under an unknown subject", "POST", "/subjects/x", { schema: v1 }, 404, 40401],
    ["a schema that is not Avro", "POST", "/subjects/s/versions", { schema: '{"type":"nope"}' }, 422, 42201],
    ["a schema that is not JSON", "POST", "/subjects/s/versions", { schema: "{" }, 422, 42201],
    ["no schema", "POST", "/subjects/x/versions", {}, 422, 42201],
    ["a schema that is no text", "POST", "/subjects/s/versions", { schema: {} }, 400, 400],
    ["a JSON schema", "POST", "/subjects/x/versions", { schema: "{}", schemaType: "JSON" }, 422, 42201],
    [
      "a schema of an unknown type",
      "POST",
      "/subjects/x/versions",
      { schema: "{}", schemaType: "XML" },
      422,
      42201,
    ],
    [
      "an unknown reference",
      "POST",
      "/subjects/x/versions",
      { schema: v1, references: [{ name: "A", subject: "y", version: 1 }] },
      422,
      42201,
    ],
    ["a subject nobody may have", "POST", "/subjects/__GLOBAL/versions", { schema: v1 }, 422, 42208],
    ["an unknown level", "PUT", "/config", { compatibility: "SOME" }, 422, 42203],
    ["a subject without a mode", "GET", "/mode/s", undefined, 404, 40409],
    ["an unknown mode", "PUT", "/mode", { mode: "SOME" }, 422, 42204],
    ["an id outside of import mode", "POST", "/subjects/s/versions", { schema: v2, id: 5 }, 422, 42205],
    ["malformed JSON", "POST", "/subjects/s/versions", '{"schema":', 400, 400],
    ["a body that is no object", "POST", "/subjects/s/versions", "[]", 400, 400],
    ["no body", "PUT", "/config", undefined, 422, 422],
    ["an unknown path", "GET", "/nope", undefined, 404, 404],
    ["an empty segment", "GET", "/subjects//versions", undefined, 404, 404],
    ["broken percent-encoding", "GET", "/config/%zz", undefined, 404, 404],
    ["a wrong method", "DELETE", "/subjects", undefined, 405, 405],
  ])("%s", async (_what, method, path, body, status, errorCode) => {
    await using emulator = await startWith(v1);
    const answered = await call(emulator.url, method, path, body);
    expect(answered).toEqual({
      status,
      type: mediaType,
      body: { error_code: errorCode, message: expect.stringMatching(/./) },
    });
    expect((await call(emulator.url, "GET", "/subjects/s/versions")).body).toEqual([1]);
  });

  test.each([
    ["GET", "/exporters"],
    ["POST", "/exporters"],
    ["PUT", "/exporters/e/pause"],
    ["POST", "/associations"],
    ["GET", "/associations/resources/cluster/topic"],
    ["DELETE", "/associations/resources/id"],
    ["GET", "/dek-registry/v1/keks"],
    ["POST", "/dek-registry/v1/keks/k/deks"],
    ["GET", "/catalog/v1/types/tagdefs"],
  ])("what is known and not emulated says so: %s %s", async (method, path) => {
    await using emulator = await startRegistryEmulator();
    expect(await call(emulator.url, method, path, method === "GET" ? undefined : {})).toMatchObject({
      status: 404,
      body: { error_code: 404, message: `${path}: not emulated` },
    });
  });

  test.each(["/subjects/s/versions", "/subjects/s", "/compatibility/subjects/s/versions/latest"])(
    "a rule set is not emulated: POST %s",
    async (path) => {
      await using emulator = await startWith(v1);
      const ruleSet = { domainRules: [{ name: "r", kind: "CONDITION", type: "CEL", expr: "true" }] };
      expect(await call(emulator.url, "POST", path, { schema: v1, ruleSet })).toMatchObject({
        status: 404,
        body: { error_code: 404, message: "ruleSet: not emulated" },
      });
    },
  );

  test("media types it does not speak", async () => {
    await using emulator = await startRegistryEmulator();
    const put = await call(emulator.url, "PUT", "/config", "a=b", { "Content-Type": "text/plain" });
    expect(put).toMatchObject({ status: 415, body: { error_code: 415 } });
    const get = await call(emulator.url, "GET", "/subjects", undefined, { Accept: "text/html" });
    expect(get).toMatchObject({ status: 406, body: { error_code: 406 } });
    const json = await call(emulator.url, "GET", "/subjects", undefined, {
      Accept: "application/json; q=0.5",
    });
    expect(json).toEqual({ status: 200, type: "application/json", body: [] });
  });

  test("a body past the limit, and the next request is served", async () => {
    await using emulator = await startRegistryEmulator();
    const large = await call(emulator.url, "POST", "/subjects/s/versions", {
      schema: "x".repeat(maxBodyBytes),
    });
    expect(large).toMatchObject({ status: 413, body: { error_code: 413 } });
    expect((await call(emulator.url, "GET", "/subjects")).status).toBe(200);
  });

  test("a schema nested deeper than any stack", async () => {
    await using emulator = await startRegistryEmulator();
    const depth = 200_000;
    const schema = `${'{"type":"array","items":'.repeat(depth)}"int"${"}".repeat(depth)}`;
    const answered = await call(emulator.url, "POST", "/subjects/s/versions", { schema });
    expect(answered).toMatchObject({ status: 422, body: { error_code: 42201 } });
    expect((answered.body as { message: string }).message.length).toBeLessThan(2000);
  });

  test("bytes that are no HTTP, and a request given up half-way", async () => {
    await using emulator = await startRegistryEmulator();
    const sendAndClose = (bytes: string, end: boolean) =>
      new Promise<void>((resolve) => {
        const socket = connect(emulator.port, emulator.host, () => {
          socket.write(bytes, () => (end ? undefined : socket.destroy()));
        });
        socket
          .on("error", () => {})
          .on("data", () => {})
          .on("close", () => resolve());
      });
    await sendAndClose("\u0000\u0001garbage\r\n\r\n", true);
    await sendAndClose(
      "POST /subjects/s/versions HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
      false,
    );
    expect((await call(emulator.url, "GET", "/subjects")).status).toBe(200);
  });
});

test("whatever is sent is answered, and never as the server's own failure", async () => {
  await using emulator = await startWith(v1);
  const written = Object.values(routes).filter(({ method }) => method === "POST" || method === "PUT");
  const field = fc.constantFrom(
    "schema",
    "schemaType",
    "references",
    "metadata",
    "id",
    "version",
    "compatibility",
    "mode",
  );
  const avroWord = fc.constantFrom("record", "enum", "fixed", "array", "map", "int", "null", "R", "", -1);
  const avroKey = fc.constantFrom(
    "type",
    "name",
    "fields",
    "items",
    "symbols",
    "default",
    "aliases",
    "__proto__",
  );
  const { avro } = fc.letrec((tie) => ({
    avro: fc.oneof(
      { maxDepth: 4 },
      avroWord,
      fc.array(tie("avro"), { maxLength: 3 }),
      fc.dictionary(avroKey, tie("avro"), { maxKeys: 5 }),
    ),
  }));
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    avro.map((schema) => JSON.stringify(schema)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...written),
      fc.dictionary(field, value, { maxKeys: 5 }),
      async (route, body) => {
        const path = route.path.replaceAll(/\{\w+\}/g, "1");
        const { status } = await call(emulator.url, route.method, path, body);
        expect(status).toBeLessThan(500);
      },
    ),
    { numRuns: 300 },
  );
});

test("a port that is taken is named", async () => {
  await using emulator = await startRegistryEmulator();
  await expect(startRegistryEmulator({ port: emulator.port })).rejects.toMatchObject({ code: "port-in-use" });
});

test("every path of the coverage is served by its method, and by no other", async () => {
  await using emulator = await startRegistryEmulator();
  for (const { path } of Object.values(routes)) {
    const served = Object.values(routes).filter((route) => route.path === path);
    const concrete = path.replaceAll(/\{\w+\}/g, "1");
    for (const method of ["GET", "POST", "PUT", "DELETE"]) {
      const { status } = await call(
        emulator.url,
        method,
        concrete,
        method === "GET" || method === "DELETE" ? undefined : {},
      );
      expect(`${method} ${path} ${status === 405 ? "refused" : "served"}`).toBe(
        `${method} ${path} ${served.some((route) => route.method === method) ? "served" : "refused"}`,
      );
    }
  }
});
