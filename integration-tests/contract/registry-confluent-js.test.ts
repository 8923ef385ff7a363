/**
 * What users of @confluentinc/schemaregistry do with a Schema Registry, and what they see.
 */
import { beforeAll, expect } from "@jest/globals";
import { parseFrame } from "../../src/wire/frame.ts";
import {
  type ConfluentJs,
  type ConfluentJsClient,
  type Headers,
  loadConfluentJs,
} from "../support/confluent-js-client.ts";
import { describeRegistry } from "../support/registry-targets.ts";
import { describeWith } from "../support/requirements.ts";
import { schemasOf, topicOf } from "../support/subject-schemas.ts";

const avro = (schema: string) => ({ schemaType: "AVRO", schema });
const restError = (status: number, errorCode?: number) => ({
  status,
  ...(errorCode !== undefined && { errorCode }),
});

describeWith("clients", "with the clients of integration-tests/clients", (folder) => {
  describeRegistry("@confluentinc/schemaregistry", ({ test: declare, url, freshSubject }) => {
    let library: ConfluentJs;
    beforeAll(async () => {
      library = await loadConfluentJs(folder);
    });
    const test = (title: string, run: () => Promise<void>) =>
      declare(`Confluent's client for JavaScript ${title}`, run);
    /** A client that knows nothing yet. */
    const open = (): ConfluentJsClient =>
      new library.SchemaRegistryClient({
        baseURLs: [url()],
        maxRetries: 0,
        createAxiosDefaults: { timeout: 20_000 },
      });
    const createSubject = () => {
      const subject = freshSubject();
      return { subject, topic: topicOf(subject), ...schemasOf(subject) };
    };

    test("finds what it registered by text, id and version", async () => {
      const { subject, v1, v2 } = createSubject();
      const id = await open().register(subject, avro(v1));
      const next = await open().register(subject, avro(v2));
      expect(next).toBeGreaterThan(id);
      const client = open();
      expect(await client.getId(subject, avro(v1))).toBe(id);
      expect(await client.getVersion(subject, avro(v2))).toBe(2);
      expect((await client.getBySubjectAndId(subject, id)).schema).toBe(v1);
      expect(await client.getLatestSchemaMetadata(subject)).toMatchObject({
        id: next,
        version: 2,
        schema: v2,
      });
      expect(await client.getSchemaMetadata(subject, 1)).toMatchObject({ id, version: 1, schema: v1 });
      expect(await client.getAllVersions(subject)).toEqual([1, 2]);
      expect(await client.getAllSubjects()).toContain(subject);
    });

    test("registers the same again under the same id, normalized or not", async () => {
      const { subject, v1 } = createSubject();
      const id = await open().register(subject, avro(v1));
      expect(await open().register(subject, avro(v1.replaceAll(",", " , ")))).toBe(id);
      expect(await open().register(subject, avro(v1), true)).toBe(id);
      expect(await open().getId(subject, avro(v1), true)).toBe(id);
      expect(await open().getAllVersions(subject)).toEqual([1]);
    });

    test("is told version and GUID when it registers, and finds the schema by that GUID", async () => {
      const { subject, v1 } = createSubject();
      const registered = await open().registerFullResponse(subject, avro(v1));
      expect(registered).toMatchObject({ version: 1, guid: expect.stringMatching(/^[0-9a-f-]{36}$/) });
      expect(await open().getByGuid(registered.guid ?? "")).toMatchObject({ schema: v1 });
    });

    test("is refused what breaks the level with status 409", async () => {
      const { subject, v1, breaking } = createSubject();
      await open().updateCompatibility(subject, "BACKWARD");
      await open().register(subject, avro(v1));
      await expect(open().register(subject, avro(breaking))).rejects.toMatchObject(restError(409));
      expect(await open().getAllVersions(subject)).toEqual([1]);
    });

    test("is refused what breaks the level with code 40901 and the rule", async () => {
      const { subject, v1, breaking } = createSubject();
      await open().updateCompatibility(subject, "BACKWARD");
      await open().register(subject, avro(v1));
      await expect(open().register(subject, avro(breaking))).rejects.toMatchObject({
        ...restError(409, 40901),
        message: expect.stringContaining("TYPE_MISMATCH"),
      });
    });

    test("gets the verdict of the latest version and of any", async () => {
      const { subject, v1, v2, breaking } = createSubject();
      const client = open();
      await client.updateCompatibility(subject, "NONE");
      await client.register(subject, avro(v1));
      await client.register(subject, avro(breaking));
      await client.updateCompatibility(subject, "BACKWARD");
      expect(await client.testSubjectCompatibility(subject, avro(breaking))).toBe(true);
      expect(await client.testSubjectCompatibility(subject, avro(v2))).toBe(false);
      expect(await client.testCompatibility(subject, 1, avro(v2))).toBe(true);
      await expect(client.testCompatibility(subject, 7, avro(v2))).rejects.toMatchObject(
        restError(404, 40402),
      );
    });

    test("sets levels and reads them", async () => {
      const { subject, v1 } = createSubject();
      const client = open();
      await client.register(subject, avro(v1));
      expect(await client.updateCompatibility(subject, "FORWARD")).toBe("FORWARD");
      expect(await client.getCompatibility(subject)).toBe("FORWARD");
      expect(await client.getConfig(subject)).toMatchObject({ compatibilityLevel: "FORWARD" });
      expect(await client.getDefaultCompatibility()).toMatch(
        /^(NONE|(BACKWARD|FORWARD|FULL)(_TRANSITIVE)?)$/,
      );
      await expect(client.updateCompatibility(subject, "SOME")).rejects.toMatchObject(restError(422, 42203));
    });

    test("keeps what it sets beside the level", async () => {
      const { subject } = createSubject();
      const config = { compatibility: "FULL", normalize: true };
      expect(await open().updateConfig(subject, config)).toMatchObject(config);
      expect(await open().getConfig(subject)).toEqual({ compatibilityLevel: "FULL", normalize: true });
    });

    test("is told that a subject has no level of its own", async () => {
      const { subject, v1 } = createSubject();
      await open().register(subject, avro(v1));
      await expect(open().getCompatibility(subject)).rejects.toMatchObject(restError(404, 40408));
    });

    test("deletes a version softly, then for good", async () => {
      const { subject, v1, v2 } = createSubject();
      const client = open();
      await client.register(subject, avro(v1));
      await client.register(subject, avro(v2));
      expect(await client.deleteSubjectVersion(subject, 1)).toBe(1);
      expect(await client.getAllVersions(subject)).toEqual([2]);
      await expect(open().getSchemaMetadata(subject, 1)).rejects.toMatchObject(restError(404, 40402));
      expect(await open().getSchemaMetadata(subject, 1, true)).toMatchObject({ version: 1 });
      expect(await client.deleteSubjectVersion(subject, 1, true)).toBe(1);
      await expect(open().getSchemaMetadata(subject, 1, true)).rejects.toMatchObject(restError(404, 40402));
    });

    test("deletes a subject softly, then for good", async () => {
      const { subject, v1, v2 } = createSubject();
      const client = open();
      await client.register(subject, avro(v1));
      await client.register(subject, avro(v2));
      expect(await client.deleteSubject(subject)).toEqual([1, 2]);
      expect(await client.getAllSubjects()).not.toContain(subject);
      expect(await client.getVersion(subject, avro(v2), false, true)).toBe(2);
      expect(await client.deleteSubject(subject, true)).toEqual([1, 2]);
      await expect(open().getAllVersions(subject)).rejects.toMatchObject(restError(404, 40401));
    });

    test("may not delete for good what is live", async () => {
      const { subject, v1 } = createSubject();
      await open().register(subject, avro(v1));
      await expect(open().deleteSubject(subject, true)).rejects.toMatchObject(restError(404, 40405));
    });

    test("is told by code what is not there", async () => {
      const { subject, v1, v2 } = createSubject();
      await expect(open().getLatestSchemaMetadata(subject)).rejects.toMatchObject(restError(404, 40401));
      await expect(open().getId(subject, avro(v1))).rejects.toMatchObject(restError(404, 40401));
      await open().register(subject, avro(v1));
      await expect(open().getSchemaMetadata(subject, 9)).rejects.toMatchObject(restError(404, 40402));
      await expect(open().getId(subject, avro(v2))).rejects.toMatchObject(restError(404, 40403));
      await expect(open().getBySubjectAndId(subject, 2_147_483_001)).rejects.toMatchObject(
        restError(404, 40403),
      );
    });

    test("is refused what is no schema", async () => {
      const { subject } = createSubject();
      const broken = avro('{"type":"record","name":"R"}');
      await expect(open().register(subject, broken)).rejects.toMatchObject(restError(422, 42201));
    });

    test("keeps subjects of a context apart", async () => {
      const { subject, v1, breaking } = createSubject();
      const elsewhere = `:.c${subject.replaceAll("-", "")}:${subject}`;
      await open().register(subject, avro(v1));
      const id = await open().register(elsewhere, avro(breaking));
      expect((await open().getBySubjectAndId(elsewhere, id)).schema).toBe(breaking);
      expect(await open().getAllVersions(elsewhere)).toEqual([1]);
      expect((await open().getLatestSchemaMetadata(subject)).schema).toBe(v1);
      expect(await open().deleteSubject(elsewhere)).toEqual([1]);
      expect(await open().deleteSubject(elsewhere, true)).toEqual([1]);
    });

    test("finds the latest version by its metadata", async () => {
      const { subject, v1, v2 } = createSubject();
      const owned = (schema: string, owner: string) => ({
        ...avro(schema),
        metadata: { properties: { owner } },
      });
      await open().register(subject, owned(v1, "x"));
      await open().register(subject, owned(v2, "y"));
      expect(await open().getLatestWithMetadata(subject, { owner: "x" })).toMatchObject({ version: 1 });
      await expect(open().getLatestWithMetadata(subject, { owner: "z" })).rejects.toMatchObject(
        restError(404, 40403),
      );
    });

    test("writes and reads values of the latest version", async () => {
      const { subject, topic, v1 } = createSubject();
      const id = await open().register(subject, avro(v1));
      const serializer = new library.AvroSerializer(open(), "VALUE", { useLatestVersion: true });
      const bytes = await serializer.serialize(topic, { a: 7 });
      expect(parseFrame(bytes)).toMatchObject({ kind: "framed", id });
      const deserializer = new library.AvroDeserializer(open(), "VALUE", {});
      expect(await deserializer.deserialize(topic, bytes)).toMatchObject({ a: 7 });
    });

    test("reads old values as the latest version says", async () => {
      const { subject, topic, v1, v2 } = createSubject();
      const id = await open().register(subject, avro(v1));
      const serializer = new library.AvroSerializer(open(), "VALUE", { useSchemaId: id });
      const bytes = await serializer.serialize(topic, { a: 7 });
      await open().register(subject, avro(v2));
      const deserializer = new library.AvroDeserializer(open(), "VALUE", { useLatestVersion: true });
      expect(await deserializer.deserialize(topic, bytes)).toMatchObject({ a: 7, b: "" });
    });

    test("registers by itself what a value looks like", async () => {
      const { subject, topic } = createSubject();
      const serializer = new library.AvroSerializer(open(), "VALUE", { autoRegisterSchemas: true });
      const bytes = await serializer.serialize(topic, { a: 7 });
      const { id } = await open().getLatestSchemaMetadata(subject);
      expect(parseFrame(bytes)).toMatchObject({ kind: "framed", id });
    });

    test("does not write what nobody registered", async () => {
      const { topic } = createSubject();
      const serializer = new library.AvroSerializer(open(), "VALUE", { useLatestVersion: true });
      await expect(serializer.serialize(topic, { a: 7 })).rejects.toMatchObject(restError(404, 40401));
    });

    test("resolves references, when it registers, writes and reads", async () => {
      const { subject: innerSubject, inner } = createSubject();
      const { subject, topic, outer } = createSubject();
      await open().register(innerSubject, avro(inner.text));
      const references = [{ name: inner.name, subject: innerSubject, version: 1 }];
      const id = await open().register(subject, { ...avro(outer(inner.name)), references });
      expect((await open().getBySubjectAndId(subject, id)).references).toEqual(references);
      const resolved = JSON.parse((await open().getBySubjectAndId(subject, id, "resolved")).schema);
      expect(resolved).toMatchObject({ fields: [{ name: "e", type: { symbols: ["A", "B"] } }] });
      const serializer = new library.AvroSerializer(open(), "VALUE", { useLatestVersion: true });
      const bytes = await serializer.serialize(topic, { e: "B" });
      const deserializer = new library.AvroDeserializer(open(), "VALUE", {});
      expect(await deserializer.deserialize(topic, bytes)).toMatchObject({ e: "B" });
    });

    test("writes the GUID into a header, and reads by it", async () => {
      const { subject, topic, v1 } = createSubject();
      await open().register(subject, avro(v1));
      const { HeaderSchemaIdSerializer: schemaIdSerializer } = library;
      const serializer = new library.AvroSerializer(open(), "VALUE", {
        useLatestVersion: true,
        schemaIdSerializer,
      });
      const headers: Headers = {};
      const bytes = await serializer.serialize(topic, { a: 7 }, headers);
      expect(bytes).toEqual(Buffer.from([14]));
      expect(Object.keys(headers)).toEqual(["__value_schema_id"]);
      const deserializer = new library.AvroDeserializer(open(), "VALUE", {});
      expect(await deserializer.deserialize(topic, bytes, headers)).toMatchObject({ a: 7 });
    });
  });
});
