import { describe, expect, test } from "@jest/globals";
import { parseSchemaId, parseSubjectName } from "../kernel/brand.ts";
import { createManualClock } from "../kernel/clock.ts";
import { createRegistryClient } from "./client.ts";
import { RegistryError } from "./error.ts";
import { type Asked, refused, type Scripted, startScriptedRegistry } from "./testing/scripted-registry.ts";

const subject = parseSubjectName("twitter-value");
const id = parseSchemaId(7);
const schemaText = '{"type":"record","name":"R","fields":[]}';
const lines = (asked: readonly Asked[]) => asked.map(({ method, path }) => `${method} ${path}`);
const ok = (body: unknown): Scripted => ({ status: 200, body });

/** Answers by `METHOD /path`; what is not scripted is refused as an unknown route. */
const answering = (answers: Readonly<Record<string, Scripted>>) => (asked: Asked) =>
  answers[`${asked.method} ${asked.path}`] ?? refused(404, 404, "HTTP 404 Not Found");

describe("register", () => {
  const config = "/config/twitter-value";
  const versions = "/subjects/twitter-value/versions";

  test("sets the level first, then files the schema, and leaves the level alone after that", async () => {
    let level: string | null = null;
    await using server = await startScriptedRegistry(({ method, path, body }) => {
      if (path === versions) return ok({ id: 7 });
      if (method === "PUT") level = (body as { compatibility: string }).compatibility;
      return level === null ? refused(404, 40408) : ok({ compatibilityLevel: level, compatibility: level });
    });
    const client = createRegistryClient({ url: server.url });
    expect(await client.register(subject, schemaText, { level: "full_transitive" })).toEqual({ id: 7 });
    expect(server.asked.map(({ method, path, body }) => [method, path, body])).toEqual([
      ["GET", config, undefined],
      ["PUT", config, { compatibility: "FULL_TRANSITIVE" }],
      ["GET", config, undefined],
      ["POST", versions, { schema: schemaText }],
    ]);
  });

  test("does not touch a level that is right already", async () => {
    await using server = await startScriptedRegistry(
      answering({
        [`GET ${config}`]: ok({ compatibilityLevel: "FULL" }),
        [`POST ${versions}`]: ok({ id: 7 }),
      }),
    );
    await createRegistryClient({ url: server.url }).register(subject, schemaText, { level: "FULL" });
    expect(lines(server.asked)).not.toContain(`PUT ${config}`);
  });

  test.each([
    ["none", refused(404, 40408)],
    ["another one", ok({ compatibilityLevel: "FORWARD" })],
  ])("without a level leaves a subject that has %s as it is", async (_what, answer) => {
    await using server = await startScriptedRegistry(
      answering({ [`GET ${config}`]: answer, [`POST ${versions}`]: ok({ id: 7 }) }),
    );
    expect(await createRegistryClient({ url: server.url }).register(subject, schemaText)).toEqual({ id: 7 });
    expect(lines(server.asked)).not.toContain(`PUT ${config}`);
  });

  test("a schema that the library will not take is the registry's to judge", async () => {
    await using server = await startScriptedRegistry(
      answering({ [`GET ${config}`]: refused(404, 40408), [`POST ${versions}`]: ok({ id: 7 }) }),
    );
    expect(await createRegistryClient({ url: server.url }).register(subject, '"string"')).toEqual({ id: 7 });
  });

  test("an incompatible schema is refused with the registry's reasons", async () => {
    await using server = await startScriptedRegistry(
      answering({
        [`GET ${config}`]: ok({ compatibilityLevel: "FULL" }),
        [`POST ${versions}`]: refused(409, 40901, "Schema being registered is incompatible"),
        [`POST /compatibility${versions}?verbose=true`]: ok({ is_compatible: false, messages: ["because"] }),
      }),
    );
    await expect(
      createRegistryClient({ url: server.url }).register(subject, schemaText),
    ).rejects.toMatchObject({
      code: "incompatible-schema",
      retriable: false,
      message: `registry ${server.url}: POST ${versions}: Schema being registered is incompatible (40901)`,
      details: { subject, status: 409, errorCode: 40901, messages: ["because"] },
    });
  });
});

describe("schemaById", () => {
  test("gives type and text, and asks once however often it is called", async () => {
    await using server = await startScriptedRegistry(() => ok({ schema: schemaText }));
    const client = createRegistryClient({ url: server.url });
    const found = await Promise.all([client.schemaById(id), client.schemaById(id), client.schemaById(id)]);
    const expected = { schemaType: "AVRO", schemaText, references: [] };
    expect(found).toEqual([expected, expected, expected]);
    expect(await client.schemaById(id)).toEqual(expected);
    expect(lines(server.asked)).toEqual(["GET /schemas/ids/7"]);
  });

  test("gives the text as the registry has it, also of a schema that the library cannot hold", async () => {
    const odd = '{"type":"record","name":"R","fields":[{"name":"a","type":["null","long"],"default":0}]}';
    await using server = await startScriptedRegistry(() => ok({ schema: odd }));
    expect(await createRegistryClient({ url: server.url }).schemaById(id)).toMatchObject({ schemaText: odd });
    expect(server.asked).toHaveLength(1);
  });

  test.each(["JSON", "PROTOBUF"])("tells a %s schema", async (schemaType) => {
    await using server = await startScriptedRegistry(() => ok({ schemaType, schema: "not Avro" }));
    expect(await createRegistryClient({ url: server.url }).schemaById(id)).toEqual({
      schemaType,
      schemaText: "not Avro",
      references: [],
    });
  });

  test("resolves references, each after those it needs", async () => {
    const named = (name: string, fields: readonly unknown[] = []) =>
      JSON.stringify({ type: "record", name, fields });
    const a = { name: "A", subject: "a", version: 1 };
    const b = { name: "B", subject: "b", version: 2 };
    await using server = await startScriptedRegistry(
      answering({
        "GET /schemas/ids/7": ok({ schema: named("C", [{ name: "b", type: "B" }]), references: [b, a] }),
        "GET /subjects/b/versions/2?deleted=true": ok({
          schema: named("B", [{ name: "a", type: "A" }]),
          references: [a],
        }),
        "GET /subjects/b/versions/2": ok({ schema: named("B", [{ name: "a", type: "A" }]), references: [a] }),
        "GET /subjects/a/versions/1?deleted=true": ok({ schema: named("A"), references: [] }),
        "GET /subjects/a/versions/1": ok({ schema: named("A"), references: [] }),
      }),
    );
    const found = await createRegistryClient({ url: server.url }).schemaById(id);
    expect(found?.references).toEqual([
      { ...a, schemaText: named("A") },
      { ...b, schemaText: named("B", [{ name: "a", type: "A" }]) },
    ]);
  });

  test("remembers for a while that an id is unknown", async () => {
    let known = false;
    await using server = await startScriptedRegistry(() =>
      known ? ok({ schema: schemaText }) : refused(404, 40403),
    );
    const clock = createManualClock(1_700_000_000_000);
    const client = createRegistryClient({ url: server.url, clock, unknownIdTtlMs: 1000 });
    expect(await client.schemaById(id)).toBeNull();
    const asked = server.asked.length;
    known = true;
    await clock.advance(999);
    expect(await client.schemaById(id)).toBeNull();
    expect(server.asked).toHaveLength(asked);
    await clock.advance(2);
    expect(await client.schemaById(id)).toMatchObject({ schemaText });
  });

  test("does not take a wrong address for an unknown id", async () => {
    await using server = await startScriptedRegistry(() => refused(404, 404, "HTTP 404 Not Found"));
    await expect(createRegistryClient({ url: server.url }).schemaById(id)).rejects.toMatchObject({
      code: "registry-refused",
      details: { status: 404, errorCode: 404 },
    });
  });

  test("does not remember a failure", async () => {
    let down = true;
    await using server = await startScriptedRegistry(() => (down ? "drop" : ok({ schema: schemaText })));
    const client = createRegistryClient({ url: server.url });
    await expect(client.schemaById(id)).rejects.toMatchObject({
      code: "registry-unreachable",
      retriable: true,
    });
    down = false;
    expect(await client.schemaById(id)).toMatchObject({ schemaText });
  });
});

describe("reads and writes", () => {
  test.each<
    [string, (client: ReturnType<typeof createRegistryClient>) => Promise<unknown>, string, Scripted, unknown]
  >([
    [
      "lookUp",
      (c) => c.lookUp(subject, schemaText),
      "POST /subjects/twitter-value",
      ok({ id: 7, version: 2 }),
      { id: 7, version: 2 },
    ],
    [
      "lookUp of another schema",
      (c) => c.lookUp(subject, schemaText),
      "POST /subjects/twitter-value",
      refused(404, 40403),
      null,
    ],
    [
      "lookUp under no subject",
      (c) => c.lookUp(subject, schemaText),
      "POST /subjects/twitter-value",
      refused(404, 40401),
      null,
    ],
    ["versions", (c) => c.versions(subject), "GET /subjects/twitter-value/versions", ok([1, 3]), [1, 3]],
    [
      "versions of no subject",
      (c) => c.versions(subject),
      "GET /subjects/twitter-value/versions",
      refused(404, 40401),
      [],
    ],
    [
      "versionsOfId",
      (c) => c.versionsOfId(id),
      "GET /schemas/ids/7/versions",
      ok([{ subject: "s", version: 1 }]),
      [{ subject: "s", version: 1 }],
    ],
    [
      "idOfGuid",
      (c) => c.idOfGuid("g"),
      "GET /schemas/guids/g/ids",
      ok([
        { context: ".a", id: 6 },
        { context: ".", id: 7 },
      ]),
      7,
    ],
    ["idOfGuid of none", (c) => c.idOfGuid("g"), "GET /schemas/guids/g/ids", refused(404, 40403), null],
    [
      "schemaOfVersion",
      (c) => c.schemaOfVersion(subject, "latest"),
      "GET /subjects/twitter-value/versions/latest",
      ok({ id: 7, version: 2, schema: schemaText }),
      { id: 7, version: 2, schemaType: "AVRO", schemaText, references: [] },
    ],
    [
      "schemaOfVersion of none",
      (c) => c.schemaOfVersion(subject, "latest"),
      "GET /subjects/twitter-value/versions/latest",
      refused(404, 40402),
      null,
    ],
    [
      "level",
      (c) => c.level(subject),
      "GET /config/twitter-value?defaultToGlobal=true",
      ok({ compatibilityLevel: "FULL" }),
      "FULL",
    ],
    ["ownLevel of none", (c) => c.ownLevel(subject), "GET /config/twitter-value", refused(404, 40408), null],
    [
      "checkCompatibility",
      (c) => c.checkCompatibility(subject, schemaText),
      "POST /compatibility/subjects/twitter-value/versions?verbose=true",
      ok({ is_compatible: true }),
      { isCompatible: true, messages: [] },
    ],
    [
      "checkCompatibility with one version",
      (c) => c.checkCompatibility(subject, schemaText, "latest"),
      "POST /compatibility/subjects/twitter-value/versions/latest?verbose=true",
      ok({ is_compatible: false, messages: ["m"] }),
      { isCompatible: false, messages: ["m"] },
    ],
    ["schemaTypes", (c) => c.schemaTypes(), "GET /schemas/types", ok(["AVRO"]), ["AVRO"]],
  ])("%s", async (_what, act, request, answer, expected) => {
    await using server = await startScriptedRegistry(answering({ [request]: answer }));
    expect(await act(createRegistryClient({ url: server.url }))).toEqual(expected);
    expect(lines(server.asked)).toEqual([request]);
  });

  test("a subject's name is one segment of the path, and a base path stays", async () => {
    await using server = await startScriptedRegistry(() => ok([1]));
    const client = createRegistryClient({ url: `${server.url}/apis/ccompat/v7/` });
    await client.versions(parseSubjectName("a/b c?ü"));
    expect(lines(server.asked)).toEqual(["GET /apis/ccompat/v7/subjects/a%2Fb%20c%3F%C3%BC/versions"]);
  });

  test.each([".", ".."])("a subject called %j would lead elsewhere, and is not asked for", async (name) => {
    await using server = await startScriptedRegistry(() => ok([1]));
    const client = createRegistryClient({ url: server.url });
    const odd = parseSubjectName(name);
    for (const asking of [
      client.versions(odd),
      client.ownLevel(odd),
      client.level(odd),
      client.setLevel(odd, "FULL"),
      client.lookUp(odd, schemaText),
      client.register(odd, schemaText),
      client.schemaOfVersion(odd, "latest"),
      client.checkCompatibility(odd, schemaText),
    ]) {
      await expect(asking).rejects.toMatchObject({
        code: "registry-refused",
        message: expect.stringContaining(`no request can name the subject "${name}"`),
      });
    }
    expect(server.asked).toEqual([]);
  });
});

describe("errors", () => {
  test.each<[string, Scripted, string, boolean]>([
    ["401", { status: 401, text: "<html>" }, "registry-unauthorized", false],
    ["403", refused(403, 40301), "registry-forbidden", false],
    ["a read-only subject", refused(422, 42205), "registry-forbidden", false],
    ["an invalid schema", refused(422, 42201), "invalid-schema", false],
    ["an invalid version", refused(422, 42202), "registry-refused", false],
    ["429", refused(429, 429), "registry-failed", true],
    ["500", refused(500, 50001), "registry-failed", true],
    ["503 from a proxy", { status: 503, text: "<html>" }, "registry-failed", true],
    ["HTML", { status: 200, text: "<html>" }, "unexpected-answer", false],
    ["a 404 that is no registry's", { status: 404, text: "nope" }, "unexpected-answer", false],
    ["JSON of another form", ok({ versions: [1] }), "unexpected-answer", false],
    ["a version that is none", ok(["one"]), "unexpected-answer", false],
    ["a connection that breaks", "drop", "registry-unreachable", true],
  ])("%s", async (_what, answer, code, retriable) => {
    await using server = await startScriptedRegistry(() => answer);
    const error = await createRegistryClient({ url: server.url })
      .versions(subject)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RegistryError);
    expect(error).toMatchObject({
      code,
      retriable,
      details: { method: "GET", url: `${server.url}/subjects/twitter-value/versions` },
    });
    expect((error as RegistryError).message).toContain(server.url);
  });

  test.each(["register", "schemaById", "versions"] as const)(
    "%s gives up on a server that never answers",
    async (name) => {
      await using server = await startScriptedRegistry(({ path }) =>
        path.startsWith("/config") ? ok({ compatibilityLevel: "FULL" }) : "hang",
      );
      const client = createRegistryClient({ url: server.url, timeoutMs: 50 });
      const act = {
        register: () => client.register(subject, schemaText),
        schemaById: () => client.schemaById(id),
        versions: () => client.versions(subject),
      };
      await expect(act[name]()).rejects.toMatchObject({ code: "registry-timeout", retriable: true });
    },
  );

  test.each(["register", "schemaById", "versions"] as const)(
    "%s names a server that is not there",
    async (name) => {
      const gone = await startScriptedRegistry(() => "drop");
      await gone[Symbol.asyncDispose]();
      const client = createRegistryClient({ url: gone.url });
      const act = {
        register: () => client.register(subject, schemaText),
        schemaById: () => client.schemaById(id),
        versions: () => client.versions(subject),
      };
      await expect(act[name]()).rejects.toMatchObject({
        code: "registry-unreachable",
        details: { systemCode: "ECONNREFUSED" },
      });
    },
  );
});

describe("credentials", () => {
  const secret = "s3cr:t@x";
  const basic = Buffer.from(`user:${secret}`).toString("base64");

  test.each([
    ["a user and a password", { username: "user", password: secret }, `Basic ${basic}`],
    ["a bearer token", { token: secret }, `Bearer ${secret}`],
  ] as const)("%s are sent by both clients and never shown", async (_what, auth, header) => {
    await using server = await startScriptedRegistry(({ path }) =>
      path.startsWith("/schemas") ? ok({ schema: schemaText }) : refused(401, 40101, "Unauthorized"),
    );
    const client = createRegistryClient({ url: server.url, auth });
    await client.schemaById(id);
    const error = await client.register(subject, schemaText).catch((thrown: unknown) => thrown);
    expect(server.asked.map(({ headers }) => headers.authorization)).toEqual([header, header]);
    expect(error).toMatchObject({ code: "registry-unauthorized" });
    const shown = `${String(error)} ${JSON.stringify(error)} ${client.url}`;
    for (const hidden of [secret, basic]) expect(shown).not.toContain(hidden);
  });

  test.each(["", "localhost:8081", "ftp://user:pw@host", "http://", "http://user:pw@host", "http://pw@host"])(
    "%j is not taken for an address, and is not repeated",
    (url) => {
      const create = () => createRegistryClient({ url });
      expect(create).toThrow(expect.objectContaining({ code: "invalid-registry-address" }));
      expect(create).toThrow(/^(?!.*pw@)/);
    },
  );
});
