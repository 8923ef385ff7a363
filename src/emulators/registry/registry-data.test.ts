import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { RouteName } from "./coverage.ts";
import { handlers } from "./handlers.ts";
import { Refusal } from "./refusal.ts";
import type { EmulatorRequest } from "./request.ts";
import { startRegistryEmulator } from "./start.ts";
import { parseState, printState } from "./state-text.ts";
import { createRegistryState, createStore, type RegistryStore } from "./store.ts";
import { breaking, call, record, v1, v2 } from "./testing/call.ts";

function openFolder() {
  const folder = mkdtempSync(join(tmpdir(), "birdwire-registry-"));
  return {
    folder,
    file: join(folder, "registry.json"),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

describe("a registry with a data file", () => {
  test("comes back with schemas, ids, versions, deletions, levels and modes", async () => {
    using place = openFolder();
    const asked = [
      "/subjects?deleted=true",
      "/subjects/s/versions",
      "/subjects/s/versions?deleted=true",
      "/schemas/ids/3?fetchMaxId=true",
      "/subjects/:.ctx:s/versions/1",
      "/subjects/person/versions/1",
      "/contexts",
      "/config",
      "/config/s",
      "/config/:.ctx:",
      "/mode",
      "/mode/frozen",
    ];
    const ask = async (url: string) =>
      Promise.all(asked.map(async (path) => [path, (await call(url, "GET", path)).body]));

    let before: unknown;
    {
      await using emulator = await startRegistryEmulator({ dataFile: place.file });
      const send = (method: string, path: string, body?: unknown) => call(emulator.url, method, path, body);
      await send("POST", "/subjects/s/versions", { schema: v1 });
      await send("POST", "/subjects/s/versions", { schema: v2, metadata: { properties: { owner: "x" } } });
      await send("DELETE", "/subjects/s/versions/1");
      await send("POST", "/subjects/:.ctx:s/versions", { schema: v2 });
      await send("POST", "/subjects/person/versions", {
        schema: record("Person", [{ name: "r", type: "R" }]),
        references: [{ name: "R", subject: "s", version: 2 }],
      });
      await send("PUT", "/config", { compatibility: "FULL" });
      await send("PUT", "/config/s", { compatibility: "NONE", validateFields: true });
      await send("PUT", "/config/:.ctx:", { compatibility: "FORWARD" });
      await send("PUT", "/mode/frozen", { mode: "READONLY" });
      before = await ask(emulator.url);
    }
    await using emulator = await startRegistryEmulator({ dataFile: place.file });
    expect(await ask(emulator.url)).toEqual(before);
    const next = await call(emulator.url, "POST", "/subjects/s/versions", { schema: breaking });
    expect(next.body).toMatchObject({ id: 4, version: 3 });
    expect(readdirSync(place.folder)).toEqual(["registry.json"]);
  });

  test("has in the file whatever it has answered", async () => {
    using place = openFolder();
    await using emulator = await startRegistryEmulator({ dataFile: place.file });
    const subjects = Array.from({ length: 20 }, (_, index) => `s${index}`);
    await Promise.all(
      subjects.map(async (subject) => {
        await call(emulator.url, "POST", `/subjects/${subject}/versions`, { schema: v1 });
        expect([...parseState(readFileSync(place.file, "utf8")).subjects.keys()]).toContain(subject);
      }),
    );
  });

  test("answers no change, and nothing about it, that it cannot keep", async () => {
    using place = openFolder();
    await using emulator = await startRegistryEmulator({ dataFile: place.file });
    rmSync(place.folder, { recursive: true });
    const lost = await call(emulator.url, "POST", "/subjects/s/versions", { schema: v1 });
    expect(lost).toMatchObject({ status: 500, body: { error_code: 50001 } });
    expect(await call(emulator.url, "GET", "/subjects")).toMatchObject({ status: 500 });
    mkdirSync(place.folder);
    expect(await call(emulator.url, "GET", "/subjects")).toMatchObject({ status: 200, body: ["s"] });
    expect([...parseState(readFileSync(place.file, "utf8")).subjects.keys()]).toEqual(["s"]);
  });

  test.each<[string, string, RegExp]>([
    ["no JSON", "{", /JSON/],
    ["nothing at all", "", /JSON/],
    ["something else", '{"a":1}', /not the data of a registry emulator/],
    ["a version to come", '{"format":"birdwire registry","version":2}', /version is 2/],
    ["half of it", '{"format":"birdwire registry","version":1,"contexts":[]}', /subjects is not an array/],
    [
      "a schema that is none",
      '{"format":"birdwire registry","version":1,"contexts":[{"name":".","lastId":1,"schemas":[{"id":1,"schemaType":"AVRO","text":"{}","references":[],"metadata":null}]}]}',
      /contexts\/0\/schemas\/0/,
    ],
  ])("does not start from a file with %s, names it and leaves it alone", async (_what, text, reason) => {
    using place = openFolder();
    writeFileSync(place.file, text);
    const started = startRegistryEmulator({ dataFile: place.file });
    await expect(started).rejects.toMatchObject({
      code: "unreadable-registry-data",
      message: expect.stringMatching(reason),
      details: { file: place.file },
    });
    await expect(started).rejects.toThrow(place.file);
    expect(readFileSync(place.file, "utf8")).toBe(text);
  });

  test("does not start where the file cannot be written", async () => {
    using place = openFolder();
    const file = join(place.folder, "missing", "registry.json");
    await expect(startRegistryEmulator({ dataFile: file })).rejects.toMatchObject({
      code: "unwritable-registry-data",
      message: expect.stringContaining(file),
    });
  });
});

/** What the handler answers or refuses. */
function ask(store: RegistryStore, name: RouteName, request: EmulatorRequest): unknown {
  try {
    return handlers[name](request, store);
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.errorCode, message: error.message };
    throw error;
  }
}

test("no sequence of requests can tell a registry that was printed and read after each from one that was not", () => {
  const subject = fc.constantFrom("s", "t", ":.ctx:s");
  const schema = fc.constantFrom(v1, v2, breaking);
  const act = fc.oneof(
    fc.record({
      name: fc.constant<RouteName>("registerSchema"),
      params: fc.record({ subject }),
      body: fc.record(
        {
          schema,
          metadata: fc.constant({ properties: { owner: "x" } }),
          references: fc.constant([{ name: "X", subject: "u", version: -1 }]),
          id: fc.integer({ min: 1, max: 4 }),
          version: fc.integer({ min: 1, max: 4 }),
        },
        { requiredKeys: ["schema"] },
      ),
    }),
    fc.record({
      name: fc.constantFrom<RouteName>("deleteSubject", "listVersions", "getSubjectConfig"),
      params: fc.record({ subject }),
      query: fc.constantFrom("", "permanent=true", "deleted=true"),
    }),
    fc.record({
      name: fc.constantFrom<RouteName>("deleteVersion", "getVersion", "listReferencing"),
      params: fc.record({ subject, version: fc.constantFrom("1", "2", "latest") }),
      query: fc.constantFrom("", "permanent=true", "deleted=true"),
    }),
    fc.record({
      name: fc.constant<RouteName>("putSubjectConfig"),
      params: fc.record({ subject }),
      body: fc.constantFrom({ compatibility: "NONE" }, { compatibility: "FULL_TRANSITIVE" }),
    }),
    fc.record({
      name: fc.constant<RouteName>("putSubjectMode"),
      params: fc.record({ subject }),
      query: fc.constant("force=true"),
      body: fc.constantFrom({ mode: "IMPORT" }, { mode: "READWRITE" }, { mode: "READONLY" }),
    }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 25 }), (acts) => {
      const kept = createRegistryState();
      let printed = printState(createRegistryState());
      const store = createStore(kept);
      for (const { name, params, ...rest } of acts) {
        const request: EmulatorRequest = {
          params: { ...params },
          query: new URLSearchParams("query" in rest ? rest.query : ""),
          body: "body" in rest ? rest.body : undefined,
        };
        const straight = ask(store, name, request);
        const reread = parseState(printed);
        expect(ask(createStore(reread), name, request)).toEqual(straight);
        printed = printState(reread);
        expect(printed).toBe(printState(kept));
      }
    }),
    { numRuns: 150 },
  );
});
