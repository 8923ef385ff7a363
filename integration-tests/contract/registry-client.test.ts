/**
 * What Birdwire's registry client asks of a Schema Registry, and what it must get.
 */
import { expect } from "@jest/globals";
import { parseSchemaId, type SubjectName } from "../../src/kernel/brand.ts";
import { createRegistryClient } from "../../src/registry/client.ts";
import { describeRegistry } from "../support/registry-targets.ts";

const record = (doc: string, ...fields: readonly unknown[]) =>
  JSON.stringify({ type: "record", name: "R", namespace: "n", doc, fields });

/** Schemas of one subject alone: equal ones of two subjects share an id. */
function schemasOf(subject: SubjectName) {
  const a = { name: "a", type: "int", doc: "d" };
  return {
    v1: record(subject, a),
    v2: record(subject, a, { name: "b", type: "string", default: "" }),
    breaking: record(subject, { ...a, type: "string" }),
  };
}

describeRegistry("a client and the registry", ({ test, url, freshSubject }) => {
  const open = () => createRegistryClient({ url: url() });

  test("register under a level, and find again by id, text and subject", async () => {
    const client = open();
    const subject = freshSubject();
    const { v1 } = schemasOf(subject);
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
  });

  test("register the same again without a new version, and the next as version 2", async () => {
    const client = open();
    const subject = freshSubject();
    const { v1, v2 } = schemasOf(subject);
    const first = await client.register(subject, v1, { level: "FULL" });
    expect(await client.register(subject, v1, { level: "FULL" })).toEqual(first);
    const second = await client.register(subject, v2, { level: "FULL" });
    expect(second.id).not.toBe(first.id);
    expect(await client.versions(subject)).toEqual([1, 2]);
  });

  test("move a level, the schema after it", async () => {
    const client = open();
    const subject = freshSubject();
    const { v1, breaking } = schemasOf(subject);
    await client.register(subject, v1, { level: "FULL" });
    await client.register(subject, breaking, { level: "NONE" });
    expect(await client.ownLevel(subject)).toBe("NONE");
    expect(await client.versions(subject)).toEqual([1, 2]);
  });

  test("registering without a level leaves none behind", async () => {
    const client = open();
    const subject = freshSubject();
    const { v1 } = schemasOf(subject);
    await client.register(subject, v1);
    expect(await client.ownLevel(subject)).toBeNull();
    expect(await client.level(subject)).toBe("BACKWARD");
  });

  test("agree on what is incompatible, before and at registering", async () => {
    const client = open();
    const subject = freshSubject();
    const { v1, v2, breaking } = schemasOf(subject);
    await client.register(subject, v1, { level: "BACKWARD" });
    expect(await client.checkCompatibility(subject, breaking)).toMatchObject({ isCompatible: false });
    await expect(client.register(subject, breaking, { level: "BACKWARD" })).rejects.toMatchObject({
      code: "incompatible-schema",
      retriable: false,
      details: { status: 409 },
    });
    expect(await client.checkCompatibility(subject, v2)).toEqual({ isCompatible: true, messages: [] });
  });

  test("what is incompatible is named by rule, the same before and at registering", async () => {
    const client = open();
    const subject = freshSubject();
    const { v1, breaking } = schemasOf(subject);
    await client.register(subject, v1, { level: "BACKWARD" });
    const { messages } = await client.checkCompatibility(subject, breaking);
    expect(messages[0]).toContain("TYPE_MISMATCH");
    await expect(client.register(subject, breaking, { level: "BACKWARD" })).rejects.toMatchObject({
      details: { errorCode: 40901, messages },
    });
  });

  test("two that register a new version at once end with one version and the level", async () => {
    const client = open();
    const subject = freshSubject();
    const { v1, v2 } = schemasOf(subject);
    await client.register(subject, v1, { level: "FULL" });
    const other = open();
    const [one, two] = await Promise.all(
      [client, other].map((each) => each.register(subject, v2, { level: "FULL_TRANSITIVE" })),
    );
    expect(one).toEqual(two);
    expect(await client.versions(subject)).toEqual([1, 2]);
    expect(await client.ownLevel(subject)).toBe("FULL_TRANSITIVE");
  });

  test("resolve references", async () => {
    const client = open();
    const [inner, outer] = [freshSubject(), freshSubject()];
    const text = JSON.stringify({ type: "enum", name: "E", namespace: "n", doc: inner, symbols: ["A"] });
    await client.register(inner, text);
    const references = [{ name: "n.E", subject: inner, version: 1 }];
    const response = await fetch(`${url()}/subjects/${outer}/versions`, {
      method: "POST",
      headers: { "Content-Type": "application/vnd.schemaregistry.v1+json" },
      body: JSON.stringify({ schema: record(outer, { name: "e", type: "E" }), references }),
    });
    const { id } = (await response.json()) as { id: number };
    const schema = await client.schemaById(parseSchemaId(id));
    expect(schema?.references).toEqual([{ ...references[0], schemaText: expect.stringContaining('"E"') }]);
  });

  test("know nothing of a schema or a subject that is not there", async () => {
    const client = open();
    const nowhere = freshSubject();
    expect(await client.schemaById(parseSchemaId(99_999_999))).toBeNull();
    expect(await client.lookUp(nowhere, schemasOf(nowhere).v1)).toBeNull();
    expect(await client.versions(nowhere)).toEqual([]);
    expect(await client.schemaOfVersion(nowhere, "latest")).toBeNull();
  });

  test("a subject that is not there has no level of its own", async () => {
    const client = open();
    expect(await client.ownLevel(freshSubject())).toBeNull();
  });

  test("a schema's GUID that is not there has no id", async () => {
    const client = open();
    expect(await client.idOfGuid("00000000-0000-0000-0000-000000000000")).toBeNull();
  });

  test("Avro is among the types of schemas", async () => {
    const client = open();
    expect(await client.schemaTypes()).toContain("AVRO");
  });

  test("refuse a schema that is none", async () => {
    const client = open();
    const subject = freshSubject();
    await expect(client.register(subject, '{"type":"nope"}')).rejects.toMatchObject({
      code: "invalid-schema",
    });
    await expect(client.lookUp(subject, "{")).resolves.toBeNull();
  });
});
