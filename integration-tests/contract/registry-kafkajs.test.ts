/**
 * What users of @kafkajs/confluent-schema-registry do with a Schema Registry, and what they see.
 */
import { beforeAll, expect } from "@jest/globals";
import { COMPATIBILITY, SchemaRegistry, SchemaType } from "@kafkajs/confluent-schema-registry";
import type { RawAvroSchema } from "@kafkajs/confluent-schema-registry/dist/@types.js";
import { parseFrame } from "../../src/wire/frame.ts";
import { deleteSubjects } from "../support/delete-subjects.ts";
import { describeRegistry } from "../support/registry-targets.ts";
import { schemasOf } from "../support/subject-schemas.ts";

const avro = (schema: string) => ({ type: SchemaType.AVRO, schema }) as const;
const quick = { retries: 0 };

describeRegistry("@kafkajs/confluent-schema-registry", ({ test, url, freshSubject }) => {
  const createNames = () => {
    const subject = freshSubject();
    return { subject, ...schemasOf(subject) };
  };
  const open = () => new SchemaRegistry({ host: url(), clientId: "contract", retry: quick });
  const get = async (path: string) => (await fetch(url() + path)).json();

  // The first request loads what the library loads late; no test should pay for it.
  beforeAll(async () => {
    const { subject, v1 } = createNames();
    await open().register(avro(v1), { subject });
  });

  test("registers a schema, and pins the subject's level, BACKWARD unless it is told", async () => {
    const { subject, v1 } = createNames();
    const { id } = await open().register(avro(v1), { subject });
    expect(id).toBeGreaterThan(0);
    expect(await get(`/config/${subject}`)).toEqual({ compatibilityLevel: "BACKWARD" });
  });

  test("registers under the level that it is told", async () => {
    const { subject, v1 } = createNames();
    await open().register(avro(v1), { subject, compatibility: COMPATIBILITY.FULL_TRANSITIVE });
    expect(await get(`/config/${subject}`)).toEqual({ compatibilityLevel: "FULL_TRANSITIVE" });
  });

  test("does not register under a level that is not the subject's", async () => {
    const { subject, v1, v2 } = createNames();
    await open().register(avro(v1), { subject, compatibility: COMPATIBILITY.FULL });
    const again = open().register(avro(v2), { subject, compatibility: COMPATIBILITY.NONE });
    await expect(again).rejects.toMatchObject({ name: "ConfluentSchemaRegistryCompatibilityError" });
    expect(await get(`/subjects/${subject}/versions`)).toEqual([1]);
  });

  test("registers the same again under the same id", async () => {
    const { subject, v1 } = createNames();
    const first = await open().register(avro(v1), { subject });
    expect(await open().register(avro(v1), { subject })).toEqual(first);
    expect(await get(`/subjects/${subject}/versions`)).toEqual([1]);
  });

  test("calls a subject by the schema's full name where it is told none", async () => {
    const { name, v1 } = createNames();
    const { id } = await open().register(avro(v1));
    expect(await open().getLatestSchemaId(`n.${name}`)).toBe(id);
    await deleteSubjects(url(), [`n.${name}`]);
  });

  test("is refused a schema that breaks the level, with the registry's words", async () => {
    const { subject, v1, breaking } = createNames();
    await open().register(avro(v1), { subject });
    await expect(open().register(avro(breaking), { subject })).rejects.toMatchObject({
      name: "ResponseError",
      status: 409,
      message: expect.stringContaining("incompatible with an earlier schema"),
    });
  });

  test("decodes what it encoded, with a client that knows nothing yet", async () => {
    const { subject, v1 } = createNames();
    const client = open();
    const { id } = await client.register(avro(v1), { subject });
    const bytes = await client.encode(id, { a: 7 });
    expect(parseFrame(bytes)).toMatchObject({ kind: "framed", id });
    expect(await open().decode(bytes)).toMatchObject({ a: 7 });
  });

  test("decodes an old record as a newer schema reads it", async () => {
    const { subject, v1, v2 } = createNames();
    const client = open();
    const { id } = await client.register(avro(v1), { subject });
    const bytes = await client.encode(id, { a: 7 });
    const readerSchema = JSON.parse(v2) as RawAvroSchema;
    expect(await open().decode(bytes, { [SchemaType.AVRO]: { readerSchema } })).toMatchObject({
      a: 7,
      b: "",
    });
  });

  test("finds ids by subject and version, as latest, and by the schema itself", async () => {
    const { subject, v1, v2 } = createNames();
    const client = open();
    const first = await client.register(avro(v1), { subject });
    const second = await client.register(avro(v2), { subject });
    expect(await client.getRegistryId(subject, 1)).toBe(first.id);
    expect(await client.getRegistryId(subject, 2)).toBe(second.id);
    expect(await client.getLatestSchemaId(subject)).toBe(second.id);
    expect(await client.getRegistryIdBySchema(subject, avro(v1))).toBe(first.id);
  });

  test("resolves references, when it registers and when it decodes", async () => {
    const { subject: innerSubject, inner } = createNames();
    const { subject, outer } = createNames();
    const client = open();
    await client.register(avro(inner.text), { subject: innerSubject });
    const references = [{ name: inner.name, subject: innerSubject, version: 1 }];
    const { id } = await client.register({ ...avro(outer(inner.name)), references }, { subject });
    const bytes = await client.encode(id, { e: "B" });
    expect(await open().decode(bytes)).toMatchObject({ e: "B" });
    expect(await get(`/subjects/${innerSubject}/versions/1/referencedby`)).toEqual([id]);
  });

  const unknown: readonly [string, (client: SchemaRegistry, subject: string) => Promise<unknown>][] = [
    ["an id that nobody gave out", (client) => client.getSchema(2_147_483_001)],
    ["the latest version of no subject", (client, subject) => client.getLatestSchemaId(subject)],
    ["a version of no subject", (client, subject) => client.getRegistryId(subject, 1)],
  ];
  for (const [what, act] of unknown) {
    test(`is refused ${what}`, async () => {
      const { subject } = createNames();
      await expect(act(open(), subject)).rejects.toMatchObject({ name: "ResponseError", status: 404 });
    });
  }

  test("finds no id of a schema that the subject lacks", async () => {
    const { subject, v1, v2 } = createNames();
    await open().register(avro(v1), { subject });
    await expect(open().getRegistryIdBySchema(subject, avro(v2))).rejects.toMatchObject({
      name: "ConfluentSchemaRegistryError",
    });
  });
});
