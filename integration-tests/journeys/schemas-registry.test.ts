/**
 * `birdwire schemas` on registries and names that make trouble: what a person reads, and the exit code.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { startRegistryEmulator } from "../../src/emulators/registry/start.ts";
import { parseSubjectName } from "../../src/kernel/brand.ts";
import { createRegistryAdministration } from "../../src/registry/administration.ts";
import {
  refused,
  type Scripted,
  startScriptedRegistry,
} from "../../src/registry/testing/scripted-registry.ts";
import { runBirdwireHere } from "../support/birdwire-here.ts";
import { createGoneReader } from "../support/gone-reader.ts";
import { createSchemaFolder } from "../support/schema-folder.ts";

const text = JSON.stringify({ type: "record", name: "R", fields: [{ name: "a", type: "int" }] });
const html = "<!doctype html><h1>Welcome</h1>";

const run = (url: string, ...args: string[]) =>
  runBirdwireHere(["schemas", ...args], { env: { BIRDWIRE_REGISTRY_URL: url } });

function expectSentence(stderr: string): void {
  expect(stderr).not.toMatch(/^\s+at |unexpected; BIRDWIRE_DEBUG|Warning:/m);
}

describe("a registry that answers every request with", () => {
  test.each<[string, Scripted, number, RegExp]>([
    ["HTML", { status: 200, text: html }, 4, /something else than a Schema Registry's JSON.*address/s],
    ["HTML and 404", { status: 404, text: html }, 4, /something else than a Schema Registry's JSON/],
    ["JSON of another kind", { status: 200, body: { hello: 1 } }, 4, /another form than expected/],
    ["401", refused(401, 401, "Unauthorized"), 5, /Unauthorized.*BIRDWIRE_REGISTRY_PASSWORD/s],
    ["403", refused(403, 403, "Forbidden"), 5, /Forbidden.*--registry-username/s],
    ["422", refused(422, 42208, "the subject is bad"), 3, /the subject is bad \(42208\)/],
    ["500", refused(500, 50001, "the store is down"), 4, /the store is down \(50001\)/],
    ["nothing but a closed connection", "drop", 4, /cannot be reached/],
  ])(
    "%s is told by every command in a sentence",
    async (_what, answer, code, message) => {
      await using server = await startScriptedRegistry(() => answer);
      await using folder = await createSchemaFolder([{ subject: "a-value", versions: [text] }]);
      const schemas = ["--schemas", folder.path];
      const commands = [
        ["plan", ...schemas],
        ["apply", ...schemas],
        ["register", ...schemas],
        ["check", "--live", ...schemas],
        ["versions", ...schemas],
        ["pull", "--schemas", join(folder.path, "pulled")],
        ["history", "a-value"],
      ];
      for (const args of commands) {
        const { stderr, ...result } = await run(server.url, ...args);
        expect({ args, code: result.code }).toEqual({ args, code });
        expect(stderr).toMatch(message);
        expectSentence(stderr);
      }
      // Whatever the size of the folder, one request a command tells; what may pass is tried four times.
      expect(server.asked.length).toBeLessThanOrEqual(4 * commands.length);
      expect(await readdir(folder.path)).not.toContain("pulled");
    },
    30_000,
  );

  test("nothing at all is given up on", async () => {
    await using server = await startScriptedRegistry(() => "hang");
    const registry = createRegistryAdministration({ url: server.url, timeoutMs: 50 });
    const subject = parseSubjectName("a-value");
    await expect(registry.versions(subject)).rejects.toMatchObject({ code: "registry-timeout" });
    await expect(registry.file(subject, { text, references: [] })).rejects.toMatchObject({
      code: "registry-timeout",
    });
  });
});

describe("a registry that never answers", () => {
  test("is given up on by every command after its 5 s, and not asked again", async () => {
    await using server = await startScriptedRegistry(() => "hang");
    await using folder = await createSchemaFolder([{ subject: "a-value", versions: [text] }]);
    const schemas = ["--schemas", folder.path];
    const commands = [
      ["plan", ...schemas],
      ["apply", ...schemas],
      ["check", "--live", ...schemas],
      ["pull", "--schemas", join(folder.path, "pulled")],
    ];
    // All at once: each waits its time out.
    const results = await Promise.all(commands.map((args) => run(server.url, ...args)));
    for (const [index, { code, stderr }] of results.entries()) {
      expect({ command: commands[index]?.[0], code }).toEqual({ command: commands[index]?.[0], code: 4 });
      expect(stderr).toMatch(/GET \/(config|subjects): no answer within 5000 ms/);
      expectSentence(stderr);
    }
    expect(server.asked).toHaveLength(commands.length);
  }, 30_000);
});

describe("a registry that can be read and not written", () => {
  test("shows its plan, and refuses to have it applied with 5", async () => {
    await using server = await startScriptedRegistry(({ method, path }) => {
      if (method !== "GET") return refused(403, 403, "read only");
      return path === "/config" ? { status: 200, body: { compatibilityLevel: "FULL" } } : refused(404, 40401);
    });
    await using folder = await createSchemaFolder([{ subject: "a-value", versions: [text] }]);
    expect((await run(server.url, "plan", "--schemas", folder.path)).code).toBe(0);
    const { code, stderr } = await run(server.url, "apply", "--schemas", folder.path);
    expect(stderr).toMatch(/PUT \/config\/a-value: read only/);
    expectSentence(stderr);
    expect(code).toBe(5);
    expect(server.asked.filter(({ method }) => method === "POST")).toEqual([]);
  });

  test("because a subject is READONLY is told by the plan, and nothing is begun", async () => {
    await using emulator = await startRegistryEmulator();
    const named = (name: string) => JSON.stringify({ type: "record", name, fields: [] });
    await using folder = await createSchemaFolder([
      { subject: "a-value", versions: [named("A")] },
      { subject: "b-value", versions: [named("B")] },
    ]);
    const registry = createRegistryAdministration({ url: emulator.url });
    await registry.setMode(parseSubjectName("b-value"), "READONLY");
    const plan = await run(emulator.url, "plan", "--schemas", folder.path);
    expect(plan.stdout).toMatch(/x b-value: cannot be registered while the subject is in mode READONLY/);
    expect(plan.code).toBe(3);
    expect((await run(emulator.url, "apply", "--schemas", folder.path)).code).toBe(3);
    expect(await registry.subjects("")).toEqual([]);
    await registry.setMode(parseSubjectName("b-value"), "READWRITE");
    expect((await run(emulator.url, "apply", "--schemas", folder.path)).code).toBe(0);
    await registry.setMode(parseSubjectName("a-value"), "READONLY");
    const done = await run(emulator.url, "plan", "--schemas", folder.path);
    expect(done.stdout).toMatch(/nothing to do\n.*\? a-value: the subject is in mode READONLY/);
    expect(done.code).toBe(0);
  });

  test("a refusal in the middle stops what has not begun, and what is done is told", async () => {
    await using server = await startScriptedRegistry(({ method, path }) => {
      if (path === "/config") return { status: 200, body: { compatibilityLevel: "FULL" } };
      if (method === "PUT") return { status: 200, body: { compatibility: "FULL" } };
      if (path === "/subjects/a-value/versions" && method === "POST") return { status: 200, body: { id: 1 } };
      if (path === "/subjects/a-value" && method === "POST")
        return { status: 200, body: { id: 1, version: 1 } };
      return method === "GET" ? refused(404, 40401) : refused(403, 403, "not that one");
    });
    const named = (name: string, type: unknown) =>
      JSON.stringify({ type: "record", name, namespace: "n", fields: [{ name: "f", type }] });
    await using folder = await createSchemaFolder([
      { subject: "a-value", versions: [named("A", "int")] },
      { subject: "b-value", versions: [named("B", "n.A")] },
      { subject: "c-value", versions: [named("C", "n.B")] },
    ]);
    const { code, stderr } = await run(server.url, "apply", "--schemas", folder.path);
    expect(stderr).toMatch(/a-value: r0\/v1\.avsc is version 1 with id 1/);
    expect(stderr).toMatch(/not that one/);
    expect(code).toBe(5);
    const posted = server.asked.filter(({ method }) => method === "POST").map(({ path }) => path);
    expect(posted).toEqual(["/subjects/a-value/versions", "/subjects/a-value", "/subjects/b-value/versions"]);
  });
});

describe("subjects with odd names", () => {
  const names = ["a/b/../c-value", "with blanks -value", ":.ctx:orders-value", "__proto__", "A/B/../C-value"];

  test("are applied, told, and pulled into folders with names that lead nowhere else", async () => {
    await using emulator = await startRegistryEmulator();
    const subjects = names.map((subject, index) => ({
      subject,
      versions: [JSON.stringify({ type: "record", name: `R${index}`, fields: [] })],
    }));
    await using folder = await createSchemaFolder(subjects);
    const applied = await run(emulator.url, "apply", "--schemas", folder.path);
    expect({ code: applied.code, stderr: applied.code === 0 ? "" : applied.stderr }).toEqual({
      code: 0,
      stderr: "",
    });
    expect((await run(emulator.url, "apply", "--schemas", folder.path)).stdout).toMatch(/nothing to do/);
    const shown = await run(emulator.url, "history", ":.ctx:orders-value");
    expect(shown.stdout).toMatch(/^:\.ctx:orders-value: 1 version, level FULL\n/);

    const pulled = join(folder.path, "inside", "pulled");
    expect((await run(emulator.url, "pull", "--schemas", pulled)).code).toBe(0);
    expect(await readdir(join(folder.path, "inside"))).toEqual(["pulled"]);
    const list = JSON.parse(await readFile(join(pulled, "subjects.json"), "utf8")) as {
      subjects: { subject: string; record: string }[];
    };
    expect(list.subjects.map(({ subject }) => subject).sort()).toEqual([...names].sort());
    const records = list.subjects.map(({ record }) => record.toLowerCase());
    expect(new Set(records).size).toBe(names.length);
    for (const record of records) expect(record).toMatch(/^[a-z0-9_][a-z0-9._-]*$/);
    expect((await run(emulator.url, "plan", "--schemas", pulled)).stdout).toMatch(/nothing to do/);
  });

  test("that an address takes for a way up are refused", async () => {
    await using server = await startScriptedRegistry(() => ({
      status: 200,
      body: { compatibilityLevel: "FULL" },
    }));
    const { code, stderr } = await run(server.url, "history", "..");
    expect(stderr).toMatch(/no request can name the subject "\.\."/);
    expect(code).toBe(3);
    expect(server.asked.map(({ path }) => path)).toEqual(["/config"]);
  });

  test("that no registry has are refused before it is asked", async () => {
    await using server = await startScriptedRegistry(() => "drop");
    const { code, stderr } = await run(server.url, "history", "a\u0007b");
    expect(stderr).toMatch(/is not a subject name/);
    expect(code).toBe(2);
    expect(server.asked).toEqual([]);
  });
});

describe("a folder and what is asked of it", () => {
  test.each<[string, readonly string[], number, RegExp]>([
    ["prune without a prefix", ["plan", "--prune"], 2, /--prefix.*"owns" in /],
    ["an empty prefix", ["plan", "--prefix", ""], 2, /--prefix is empty: it would own every subject/],
    ["a subject that the folder lacks", ["register", "nope"], 2, /subjects\.json has no subject "nope"/],
    ["a gap between versions", ["register"], 2, /r0\/v3\.avsc.*no r0\/v2\.avsc: versions have no gaps/],
  ])("%s is refused", async (_what, args, code, message) => {
    await using server = await startScriptedRegistry(() => "drop");
    await using folder = await createSchemaFolder([{ subject: "a-value", versions: [text] }]);
    await folder.write({ "r0/v3.avsc": text });
    const result = await run(server.url, ...args, "--schemas", folder.path);
    expect(result.stderr).toMatch(message);
    expect(result.code).toBe(code);
    expect(server.asked).toEqual([]);
  });

  test("history takes a subject", async () => {
    const { code, stderr } = await run("http://127.0.0.1:1", "history");
    expect(stderr).toMatch(/schemas history takes <subject>/);
    expect(code).toBe(2);
  });

  test("register refuses to put a version before a later one that the registry has", async () => {
    await using emulator = await startRegistryEmulator();
    const v2 = JSON.stringify({ type: "record", name: "R", fields: [] });
    await using later = await createSchemaFolder([{ subject: "a-value", level: "NONE", versions: [v2] }]);
    await using folder = await createSchemaFolder([
      { subject: "a-value", level: "NONE", versions: [text, v2] },
    ]);
    expect((await run(emulator.url, "register", "--schemas", later.path)).code).toBe(0);
    const { code, stderr } = await run(emulator.url, "register", "--schemas", folder.path);
    expect(stderr).toMatch(/r0\/v1\.avsc: the registry lacks this version and has a later one/);
    expect(code).toBe(3);
  });

  test("what a folder owns by its subjects.json is pruned without a flag", async () => {
    await using emulator = await startRegistryEmulator();
    await using both = await createSchemaFolder([
      { subject: "orders.a-value", versions: [text] },
      { subject: "orders.b-value", versions: [text.replace('"R"', '"B"')] },
      { subject: "other-value", versions: [text.replace('"R"', '"C"')] },
    ]);
    expect((await run(emulator.url, "apply", "--schemas", both.path)).code).toBe(0);
    await using one = await createSchemaFolder(
      [{ subject: "orders.a-value", versions: [text] }],
      ["orders."],
    );
    const told = await run(emulator.url, "plan", "--schemas", one.path);
    expect(told.stdout).toMatch(/the registry has the subject orders\.b-value with 1 version/);
    expect((await run(emulator.url, "apply", "--prune", "--schemas", one.path)).code).toBe(0);
    const left = await (await fetch(`${emulator.url}/subjects`)).json();
    expect(left).toEqual(["orders.a-value", "other-value"]);
  });
});

test("apply does what it has to also where nobody reads its plan", async () => {
  await using emulator = await startRegistryEmulator();
  await using folder = await createSchemaFolder([{ subject: "a-value", versions: [text] }]);
  const { stdout } = createGoneReader({ writes: 0 });
  const { code, stderr } = await runBirdwireHere(["schemas", "apply", "--schemas", folder.path], {
    env: { BIRDWIRE_REGISTRY_URL: emulator.url },
    stdout,
  });
  expect(stderr).not.toMatch(/EPIPE|error/);
  expect(code).toBe(0);
  const registry = createRegistryAdministration({ url: emulator.url });
  expect(await registry.versions(parseSubjectName("a-value"))).toEqual([1]);
});
