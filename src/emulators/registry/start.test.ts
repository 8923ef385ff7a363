import { describe, expect, test } from "@jest/globals";
import { refuse } from "./refusal.ts";
import { json } from "./request.ts";
import { startRegistryEmulator } from "./start.ts";
import { breaking, call, mediaType, record, startWith, v1, v2 } from "./testing/call.ts";

describe("registering", () => {
  test("gives ids and versions from 1, and the same id for the same schema in any form and subject", async () => {
    await using emulator = await startRegistryEmulator();
    const post = (subject: string, schema: string) =>
      call(emulator.url, "POST", `/subjects/${subject}/versions`, { schema });
    expect((await post("s", v1)).body).toMatchObject({ id: 1, version: 1, schemaType: "AVRO", schema: v1 });
    expect((await post("s", v2)).body).toMatchObject({ id: 2, version: 2 });
    expect((await post("s", JSON.stringify(JSON.parse(v1), null, 4))).body).toMatchObject({
      id: 1,
      version: 1,
    });
    expect((await post("t", v2)).body).toMatchObject({ id: 2, version: 1 });
  });

  test("stores the text as the real registry prints it", async () => {
    await using emulator = await startRegistryEmulator();
    const schema =
      '{"name":"n.R","doc":"d","fields":[{"default":1,"type":{"type":"int"},"name":"a"}],"type":"record"}';
    const { body } = await call(emulator.url, "POST", "/subjects/s/versions", { schema });
    expect(body).toMatchObject({
      schema:
        '{"type":"record","name":"R","namespace":"n","doc":"d","fields":[{"name":"a","type":"int","default":1}]}',
    });
  });

  test("refuses with 409 and 40901 what the level forbids, and says why and against which version", async () => {
    await using emulator = await startWith(v1);
    const { status, body } = await call(emulator.url, "POST", "/subjects/s/versions", { schema: breaking });
    expect(status).toBe(409);
    expect(body).toEqual({
      error_code: 40901,
      message: `Schema being registered is incompatible with an earlier schema for subject "s", details: [{errorType:'TYPE_MISMATCH', description:'The type (path '/fields/0/type') of a field in the new schema does not match with the old schema', additionalInfo:'reader type: STRING not compatible with writer type: INT'}, {oldSchemaVersion: 1}, {oldSchema: '${v1}'}, {validateFields: 'false', compatibility: 'BACKWARD'}]`,
    });
    await call(emulator.url, "PUT", "/config/s", { compatibility: "none" });
    const loosened = await call(emulator.url, "POST", "/subjects/s/versions", { schema: breaking });
    expect(loosened.body).toMatchObject({ version: 2 });
  });

  test("an old schema again is its old version, without a check", async () => {
    await using emulator = await startWith(v1, v2);
    const dropped = await call(emulator.url, "POST", "/subjects/s/versions", { schema: v1 });
    expect(dropped.body).toMatchObject({ id: 1, version: 1 });
    const latest = await call(emulator.url, "GET", "/subjects/s/versions/latest");
    expect(latest.body).toMatchObject({ version: 2 });
  });

  test("resolves references, stores their names, and keeps what they point to", async () => {
    await using emulator = await startRegistryEmulator();
    const address = record(
      "Address",
      [{ name: "zip", type: { type: "enum", name: "Zip", symbols: ["A"] } }],
      {
        namespace: "n",
      },
    );
    await call(emulator.url, "POST", "/subjects/address/versions", { schema: address });
    const person = record(
      "Person",
      [
        { name: "home", type: ["null", "n.Address"] },
        { name: "homes", type: { type: "array", items: "n.Address" } },
        { name: "zip", type: "n.Zip" },
      ],
      { namespace: "n" },
    );
    const references = [{ name: "n.Address", subject: "address", version: -1 }];
    const { body } = await call(emulator.url, "POST", "/subjects/person/versions", {
      schema: person,
      references,
    });
    expect(body).toMatchObject({
      references: [{ name: "n.Address", subject: "address", version: 1 }],
      schema: record(
        "Person",
        [
          { name: "home", type: ["null", "Address"] },
          { name: "homes", type: { type: "array", items: "Address" } },
          { name: "zip", type: "Zip" },
        ],
        {},
      ).replace('"name":"Person"', '"name":"Person","namespace":"n"'),
    });
    expect((await call(emulator.url, "GET", "/subjects/address/versions/1/referencedby")).body).toEqual([2]);
    expect(await call(emulator.url, "DELETE", "/subjects/address")).toMatchObject({
      status: 422,
      body: { error_code: 42206 },
    });
    const lookUp = await call(emulator.url, "POST", "/subjects/person", { schema: person, references });
    expect(lookUp.body).toMatchObject({ version: 1 });
    expect(await call(emulator.url, "POST", "/subjects/person", { schema: person })).toMatchObject({
      status: 422,
      body: { error_code: 42201 },
    });
  });
});

describe("checking", () => {
  test("with a version compares with that one alone; without, as the level says", async () => {
    await using emulator = await startRegistryEmulator();
    await call(emulator.url, "PUT", "/config/s", { compatibility: "NONE" });
    await call(emulator.url, "POST", "/subjects/s/versions", { schema: v1 });
    await call(emulator.url, "POST", "/subjects/s/versions", { schema: breaking });
    await call(emulator.url, "PUT", "/config/s", { compatibility: "BACKWARD_TRANSITIVE" });
    const check = async (path: string) =>
      (await call(emulator.url, "POST", `/compatibility/subjects/s/versions${path}`, { schema: breaking }))
        .body;
    expect(await check("/latest")).toEqual({ is_compatible: true });
    expect(await check("/1")).toEqual({ is_compatible: false });
    expect(await check("")).toEqual({ is_compatible: false });
    expect(await check("?verbose=true")).toMatchObject({
      is_compatible: false,
      messages: [
        expect.stringContaining("errorType:'TYPE_MISMATCH'"),
        "{oldSchemaVersion: 1}",
        `{oldSchema: '${v1}'}`,
        "{validateFields: 'false', compatibility: 'BACKWARD_TRANSITIVE'}",
      ],
    });
    expect(await check("/latest?verbose=true")).toEqual({ is_compatible: true, messages: [] });
    expect(await check("/7")).toMatchObject({ error_code: 40402 });
  });

  test("a subject that does not exist goes with everything", async () => {
    await using emulator = await startRegistryEmulator();
    const path = "/compatibility/subjects/none/versions/latest";
    expect((await call(emulator.url, "POST", path, { schema: v1 })).body).toEqual({ is_compatible: true });
  });
});

describe("reading back", () => {
  test.each<[string, unknown]>([
    ["/", {}],
    ["/subjects", ["s"]],
    ["/subjects?subjectPrefix=t", []],
    ["/subjects/s/versions", [1, 2]],
    ["/subjects/s/versions/latest", expect.objectContaining({ subject: "s", version: 2, id: 2, schema: v2 })],
    ["/subjects/s/versions/-1", expect.objectContaining({ version: 2 })],
    ["/subjects/s/versions/1/schema", JSON.parse(v1)],
    ["/subjects/s/versions/1/referencedby", []],
    ["/schemas", [expect.objectContaining({ version: 1 }), expect.objectContaining({ version: 2 })]],
    ["/schemas?latestOnly=true", [expect.objectContaining({ version: 2 })]],
    ["/schemas?offset=1&limit=5", [expect.objectContaining({ version: 2 })]],
    ["/schemas/types", ["AVRO"]],
    ["/schemas/ids/1", expect.objectContaining({ schema: v1 })],
    ["/schemas/ids/1?fetchMaxId=true", expect.objectContaining({ maxId: 2 })],
    ["/schemas/ids/1/schema", JSON.parse(v1)],
    ["/schemas/ids/1/subjects", ["s"]],
    ["/schemas/ids/1/versions", [{ subject: "s", version: 1 }]],
    ["/config", { compatibilityLevel: "BACKWARD" }],
    ["/config/s?defaultToGlobal=true", { compatibilityLevel: "BACKWARD" }],
    ["/mode", { mode: "READWRITE" }],
    ["/mode/s?defaultToGlobal=true", { mode: "READWRITE" }],
  ])("GET %s", async (path, expected) => {
    await using emulator = await startWith(v1, v2);
    expect(await call(emulator.url, "GET", path)).toEqual({ status: 200, type: mediaType, body: expected });
  });

  test("a schema is found by the guid that registering gave it", async () => {
    await using emulator = await startRegistryEmulator();
    const { body } = await call(emulator.url, "POST", "/subjects/s/versions", { schema: v1 });
    const { guid } = body as { guid: string };
    expect(guid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect((await call(emulator.url, "GET", `/schemas/guids/${guid}`)).body).toEqual({
      guid,
      schemaType: "AVRO",
      schema: v1,
    });
    const ids = async (which: string) =>
      (await call(emulator.url, "GET", `/schemas/guids/${which}/ids`)).body;
    expect(await ids(guid)).toEqual([{ context: ".", id: 1 }]);
    expect(await ids("unknown")).toEqual([]);
  });

  test("a subject may have any name", async () => {
    await using emulator = await startRegistryEmulator();
    const name = "a/b c:ü%2F?#";
    const path = `/subjects/${encodeURIComponent(name)}/versions`;
    expect((await call(emulator.url, "POST", path, { schema: v1 })).body).toMatchObject({ subject: name });
    expect((await call(emulator.url, "GET", "/subjects")).body).toEqual([name]);
  });
});

describe("config", () => {
  test("is put, answered and taken back at both levels", async () => {
    await using emulator = await startRegistryEmulator();
    const at = (method: string, path: string, body?: unknown) => call(emulator.url, method, path, body);
    expect((await at("PUT", "/config", { compatibility: "FULL" })).body).toEqual({ compatibility: "FULL" });
    expect((await at("PUT", "/config/s", { compatibility: "forward" })).body).toEqual({
      compatibility: "FORWARD",
    });
    expect((await at("GET", "/config/s")).body).toEqual({ compatibilityLevel: "FORWARD" });
    expect((await at("DELETE", "/config/s")).body).toEqual({ compatibilityLevel: "FORWARD" });
    expect(await at("GET", "/config/s")).toMatchObject({ status: 404, body: { error_code: 40408 } });
    expect(await at("DELETE", "/config/s")).toMatchObject({ status: 404, body: { error_code: 40401 } });
    expect((await at("GET", "/config/s?defaultToGlobal=true")).body).toEqual({ compatibilityLevel: "FULL" });
    expect((await at("DELETE", "/config")).body).toEqual({ compatibilityLevel: "FULL" });
    expect((await at("GET", "/config")).body).toEqual({ compatibilityLevel: "BACKWARD" });
  });
});

describe("deleting", () => {
  test("is soft first, and numbers go on; permanent second, and they start again", async () => {
    await using emulator = await startWith(v1, v2);
    const at = (method: string, path: string, body?: unknown) => call(emulator.url, method, path, body);
    expect(await at("DELETE", "/subjects/s?permanent=true")).toMatchObject({ body: { error_code: 40405 } });
    expect((await at("DELETE", "/subjects/s/versions/1")).body).toBe(1);
    expect(await at("DELETE", "/subjects/s/versions/1")).toMatchObject({ body: { error_code: 40406 } });
    expect((await at("GET", "/subjects/s/versions")).body).toEqual([2]);
    expect((await at("GET", "/subjects/s/versions?deleted=true")).body).toEqual([1, 2]);
    expect((await at("DELETE", "/subjects/s")).body).toEqual([2]);
    expect(await at("DELETE", "/subjects/s")).toMatchObject({ body: { error_code: 40404 } });
    expect((await at("GET", "/subjects")).body).toEqual([]);
    expect((await at("GET", "/subjects?deletedOnly=true")).body).toEqual(["s"]);
    expect((await at("GET", "/schemas/ids/1")).body).toMatchObject({ schema: v1 });
    expect((await at("POST", "/subjects/s/versions", { schema: v1 })).body).toMatchObject({
      id: 1,
      version: 3,
    });
    await at("DELETE", "/subjects/s");
    expect((await at("DELETE", "/subjects/s?permanent=true")).body).toEqual([2, 3]);
    expect(await at("GET", "/schemas/ids/1")).toMatchObject({ status: 404, body: { error_code: 40403 } });
    expect((await at("POST", "/subjects/s/versions", { schema: v2 })).body).toMatchObject({ version: 1 });
  });
});

describe("an intercept", () => {
  test("sees route and request, and answers in place of the handler, or with another request", async () => {
    const seen: unknown[] = [];
    await using emulator = await startRegistryEmulator({
      intercept({ route, request }, next) {
        seen.push([route, request.params]);
        if (route === "getConfig") return json({ compatibilityLevel: "NONE" });
        if (route === "listVersions") return next({ ...request, params: { subject: "t" } });
        return next();
      },
    });
    for (const subject of ["s", "t"]) {
      await call(emulator.url, "POST", `/subjects/${subject}/versions`, { schema: v1 });
    }
    await call(emulator.url, "POST", "/subjects/t/versions", { schema: v2 });
    expect((await call(emulator.url, "GET", "/config")).body).toEqual({ compatibilityLevel: "NONE" });
    expect((await call(emulator.url, "GET", "/subjects/s/versions")).body).toEqual([1, 2]);
    expect(seen).toEqual([
      ["registerSchema", { subject: "s" }],
      ["registerSchema", { subject: "t" }],
      ["registerSchema", { subject: "t" }],
      ["getConfig", {}],
      ["listVersions", { subject: "s" }],
    ]);
  });

  test("may refuse, and turn a refusal into an answer", async () => {
    await using emulator = await startRegistryEmulator({
      intercept({ route }, next) {
        if (route === "getMode") throw refuse.notPermitted("not now");
        try {
          return next();
        } catch {
          return json([]);
        }
      },
    });
    expect(await call(emulator.url, "GET", "/mode")).toMatchObject({
      status: 422,
      body: { error_code: 42205, message: "not now" },
    });
    expect((await call(emulator.url, "GET", "/subjects/none/versions")).body).toEqual([]);
  });
});

describe("modes", () => {
  test("READONLY refuses writes, IMPORT takes ids and versions as they come", async () => {
    await using emulator = await startRegistryEmulator();
    const at = (method: string, path: string, body?: unknown) => call(emulator.url, method, path, body);
    await at("PUT", "/mode/s", { mode: "READONLY" });
    expect(await at("POST", "/subjects/s/versions", { schema: v1 })).toMatchObject({
      body: { error_code: 42205 },
    });
    expect((await at("PUT", "/mode/s", { mode: "import" })).body).toEqual({ mode: "IMPORT" });
    const imported = await at("POST", "/subjects/s/versions", { schema: v1, id: 70, version: 7 });
    expect(imported.body).toMatchObject({ id: 70, version: 7 });
    const clash = await at("POST", "/subjects/s/versions", { schema: v2, id: 70, version: 8 });
    expect(clash).toMatchObject({ body: { error_code: 42205 } });
    expect((await at("DELETE", "/mode/s")).body).toEqual({ mode: "IMPORT" });
    expect((await at("POST", "/subjects/s/versions", { schema: v2 })).body).toMatchObject({
      id: 71,
      version: 8,
    });
  });
});
