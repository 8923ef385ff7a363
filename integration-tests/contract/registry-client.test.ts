/**
 * What Birdwire's registry client asks of a Schema Registry, and what it must get.
 */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { startRegistryEmulator } from "../../src/emulators/registry/start.ts";
import { parseSchemaId, parseSubjectName } from "../../src/kernel/brand.ts";
import { createRegistryClient, type RegistryClient } from "../../src/registry/client.ts";

const subject = parseSubjectName("twitter-value");
const record = (...fields: readonly unknown[]) =>
  JSON.stringify({ type: "record", name: "R", namespace: "n", fields });
const v1 = record({ name: "a", type: "int", doc: "d" });
const v2 = record({ name: "a", type: "int", doc: "d" }, { name: "b", type: "string", default: "" });
const breaking = record({ name: "a", type: "string" });

async function withRegistry(act: (client: RegistryClient, url: string) => Promise<void>): Promise<void> {
  await using emulator = await startRegistryEmulator();
  await act(createRegistryClient({ url: emulator.url }), emulator.url);
}

// The first use loads the library; no test should pay for it.
beforeAll(async () => {
  await withRegistry((client) => client.register(subject, v1).then(() => {}));
});

describe("a client and the registry", () => {
  test("register under a level, and find again by id, text and subject", () =>
    withRegistry(async (client) => {
      const { id } = await client.register(subject, v1, { level: "FULL_TRANSITIVE" });
      expect(await client.ownLevel(subject)).toBe("FULL_TRANSITIVE");
      expect(await client.schemaById(id)).toEqual({
        schemaType: "AVRO",
        schemaText: expect.any(String),
        references: [],
      });
      expect(JSON.parse((await client.schemaById(id))?.schemaText ?? "")).toEqual(JSON.parse(v1));
      expect(await client.lookUp(subject, v1)).toEqual({ id, version: 1 });
      expect(await client.versions(subject)).toEqual([1]);
      expect(await client.versionsOfId(id)).toEqual([{ subject, version: 1 }]);
      expect(await client.schemaOfVersion(subject, "latest")).toMatchObject({ id, version: 1 });
    }));

  test("register the same again without a new version, and the next as version 2", () =>
    withRegistry(async (client) => {
      const first = await client.register(subject, v1, { level: "FULL" });
      expect(await client.register(subject, v1, { level: "FULL" })).toEqual(first);
      const second = await client.register(subject, v2, { level: "FULL" });
      expect(second.id).not.toBe(first.id);
      expect(await client.versions(subject)).toEqual([1, 2]);
    }));

  test("move a level, the schema after it", () =>
    withRegistry(async (client) => {
      await client.register(subject, v1, { level: "FULL" });
      await client.register(subject, breaking, { level: "NONE" });
      expect(await client.ownLevel(subject)).toBe("NONE");
      expect(await client.versions(subject)).toEqual([1, 2]);
    }));

  test("registering without a level leaves none behind", () =>
    withRegistry(async (client) => {
      await client.register(subject, v1);
      expect(await client.ownLevel(subject)).toBeNull();
      expect(await client.level(subject)).toBe("BACKWARD");
    }));

  test("agree on what is incompatible, before and at registering", () =>
    withRegistry(async (client) => {
      await client.register(subject, v1, { level: "BACKWARD" });
      const verdict = await client.checkCompatibility(subject, breaking);
      expect(verdict.isCompatible).toBe(false);
      expect(verdict.messages[0]).toContain("TYPE_MISMATCH");
      await expect(client.register(subject, breaking, { level: "BACKWARD" })).rejects.toMatchObject({
        code: "incompatible-schema",
        retriable: false,
        details: { errorCode: 40901, messages: verdict.messages },
      });
      expect(await client.checkCompatibility(subject, v2)).toEqual({ isCompatible: true, messages: [] });
    }));

  test("two that register a new version at once end with one version and the level", () =>
    withRegistry(async (client, url) => {
      await client.register(subject, v1, { level: "FULL" });
      const other = createRegistryClient({ url });
      const [one, two] = await Promise.all(
        [client, other].map((each) => each.register(subject, v2, { level: "FULL_TRANSITIVE" })),
      );
      expect(one).toEqual(two);
      expect(await client.versions(subject)).toEqual([1, 2]);
      expect(await client.ownLevel(subject)).toBe("FULL_TRANSITIVE");
    }));

  test("resolve references", () =>
    withRegistry(async (client, url) => {
      const inner = JSON.stringify({ type: "enum", name: "E", namespace: "n", symbols: ["A"] });
      await client.register(parseSubjectName("inner"), inner);
      const references = [{ name: "n.E", subject: "inner", version: 1 }];
      const response = await fetch(`${url}/subjects/outer/versions`, {
        method: "POST",
        headers: { "Content-Type": "application/vnd.schemaregistry.v1+json" },
        body: JSON.stringify({ schema: record({ name: "e", type: "E" }), references }),
      });
      const { id } = (await response.json()) as { id: number };
      const outer = await client.schemaById(parseSchemaId(id));
      expect(outer?.references).toEqual([{ ...references[0], schemaText: expect.stringContaining('"E"') }]);
    }));

  test("know nothing of what is not there", () =>
    withRegistry(async (client) => {
      const nowhere = parseSubjectName("nowhere");
      expect(await client.schemaById(parseSchemaId(99))).toBeNull();
      expect(await client.lookUp(nowhere, v1)).toBeNull();
      expect(await client.versions(nowhere)).toEqual([]);
      expect(await client.ownLevel(nowhere)).toBeNull();
      expect(await client.schemaOfVersion(nowhere, "latest")).toBeNull();
      expect(await client.idOfGuid("00000000-0000-0000-0000-000000000000")).toBeNull();
      expect(await client.schemaTypes()).toContain("AVRO");
    }));

  test("refuse a schema that is none", () =>
    withRegistry(async (client) => {
      await expect(client.register(subject, '{"type":"nope"}')).rejects.toMatchObject({
        code: "invalid-schema",
      });
      await expect(client.lookUp(subject, "{")).resolves.toBeNull();
    }));
});
