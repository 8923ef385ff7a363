import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createCodec } from "../avro/codec.ts";
import { parseSchema } from "../avro/parse-schema.ts";
import { arbitrarySchemaJson, arbitraryValue } from "../avro/testing/arbitrary-schema.ts";
import { parseSchemaId, parseSubjectName, type SchemaId } from "../kernel/brand.ts";
import type { RegisteredSchema } from "../registry/client.ts";
import { encodeFrame } from "../wire/frame.ts";
import { checkVersions } from "./check-versions.ts";
import { createDecoder, type DecodeOutcome } from "./decoder.ts";
import { createEncoder } from "./encoder.ts";
import { createFakeRegistry } from "./testing/fake-registry.ts";
import { type Bird, birdV1, birdV2, otherBird, typedSchema } from "./testing/schemas.ts";

const subject = parseSubjectName("birds-value");
const wren = { id: 1, name: "wren" };
const payload = createCodec(birdV1.json).encode(wren);
const frame = (id: number, bytes = payload) => encodeFrame(parseSchemaId(id), bytes);
const avro = (schemaText: string): RegisteredSchema => ({ schemaType: "AVRO", schemaText, references: [] });

describe("decode", () => {
  test("gives the record with its writer's id and version", async () => {
    const registry = createFakeRegistry();
    registry.add('"string"', subject);
    const id = registry.add(birdV1.json, subject);
    const decoder = createDecoder(registry, birdV1, { subject });
    expect(await decoder.decode(frame(id), {})).toEqual({
      kind: "record",
      value: wren,
      writer: { id, version: 2, fields: new Set(["id", "name"]) },
    });
  });

  test("reads ten thousand writers, and keeps the last thousand of them", async () => {
    const registry = createFakeRegistry();
    const { json } = birdV1;
    const ids = Array.from({ length: 10_000 }, (_, n) => registry.add(json.replace("{", `{"doc":"${n}",`)));
    const decoder = createDecoder(registry, birdV1);
    for (const id of ids) {
      expect(await decoder.decode(frame(id), {})).toMatchObject({ kind: "record", writer: { id } });
    }
    expect(registry.asked).toHaveLength(10_000);
    for (const id of ids.slice(-1000)) expect(decoder.decode(frame(id), {})).not.toBeInstanceOf(Promise);
    await decoder.decode(frame(8999), {});
    expect(registry.asked.slice(10_000)).toEqual(["schemaById 8999"]);
  });

  test("asks the registry once for a writer, however many records wait for it, and is synchronous then", async () => {
    const registry = createFakeRegistry();
    const id = registry.add(birdV1.json, subject);
    const decoder = createDecoder(registry, birdV1, { subject });
    const outcomes = await Promise.all([1, 2, 3].map(() => decoder.decode(frame(id), {})));
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(["record", "record", "record"]);
    expect(decoder.decode(frame(id), {})).toMatchObject({ kind: "record", value: wren });
    expect(registry.asked).toEqual(["schemaById 1", "versionsOfId 1"]);
  });

  test("values are mapped on both ways as the schema constant says", async () => {
    const registry = createFakeRegistry();
    const schema = { ...typedSchema<bigint>("long"), values: { long: "bigint" } as const };
    const encoder = await createEncoder(registry, schema, { subject, register: "auto" });
    const outcome = encoder.encode(2n ** 63n - 1n);
    const bytes = outcome.kind === "encoded" ? outcome.bytes : Buffer.alloc(0);
    const decoder = createDecoder(registry, schema);
    expect(await decoder.decode(bytes, {})).toMatchObject({ kind: "record", value: 2n ** 63n - 1n });
    expect(encoder.encode(1 as never)).toMatchObject({ kind: "unencodable", code: "invalid-value" });
  });

  test.each([
    [
      "an older writer's records get the reader's defaults",
      birdV1,
      { ...wren },
      birdV2,
      { ...wren, song: null },
    ],
    ["a newer writer's records lose what the reader lacks", birdV2, { ...wren, song: "tsip" }, birdV1, wren],
  ])("%s", async (_what, writer, value, reader, expected) => {
    const registry = createFakeRegistry();
    const id = registry.add(writer.json);
    const bytes = createCodec(writer.json).encode(value);
    const decoder = createDecoder<unknown, unknown>(registry, reader);
    expect(await decoder.decode(frame(id, bytes), {})).toEqual({
      kind: "record",
      value: expected,
      writer: { id, version: null, fields: new Set(["id", "name"]) },
    });
  });

  test("reads writers in turn, and more of them than it keeps", async () => {
    const registry = createFakeRegistry();
    const ids = [1, 2, 3, 4].map((n) =>
      registry.add(JSON.stringify({ ...JSON.parse(birdV1.json), doc: `${n}` })),
    );
    const decoder = createDecoder(registry, birdV1, { maxWriters: 2 });
    for (const id of [...ids, ...ids, ...ids]) {
      expect(await decoder.decode(frame(id), {})).toMatchObject({
        kind: "record",
        value: wren,
        writer: { id },
      });
    }
  });

  test("takes null for a tombstone", () => {
    const registry = createFakeRegistry();
    expect(createDecoder(registry, birdV1).decode(null, {})).toEqual({ kind: "tombstone" });
    expect(registry.asked).toEqual([]);
  });

  test("resolves a schema that refers to others", async () => {
    const registry = createFakeRegistry();
    const reference = (name: string, schemaText: string) => ({
      name,
      subject: parseSubjectName(name),
      version: 1 as never,
      schemaText,
    });
    const record = (name: string, type: unknown) => ({
      type: "record",
      name,
      namespace: "n",
      fields: [{ name: "f", type }],
    });
    const id = registry.add({
      schemaType: "AVRO",
      schemaText: JSON.stringify(record("C", "n.B")),
      references: [
        reference("n.A", JSON.stringify(record("A", "int"))),
        reference("n.B", JSON.stringify(record("B", "n.A"))),
      ],
    });
    const decoder = createDecoder(
      registry,
      typedSchema<unknown>(record("C", record("B", record("A", "long")))),
    );
    expect(await decoder.decode(frame(id, Buffer.of(14)), {})).toMatchObject({
      value: { f: { f: { f: 7 } } },
    });
  });
});

describe("what cannot be decoded says why", () => {
  test.each<[string, RegisteredSchema | string | null, Buffer, string, RegExp, number | null]>([
    ["another format", null, Buffer.from('{"id":1}'), "bad-magic", /0x7b/, null],
    ["an empty value", null, Buffer.alloc(0), "short-frame", /0 bytes/, null],
    ["a head cut short", null, Buffer.from("000000", "hex"), "short-frame", /3 bytes/, null],
    [
      "an id that is none",
      null,
      Buffer.from("0000000000ff", "hex"),
      "unknown-schema-id",
      /0 is no schema id/,
      null,
    ],
    ["an unknown id", null, frame(9), "unknown-schema-id", /no schema 9/, 9],
    ["a JSON schema's id", { ...avro("{}"), schemaType: "JSON" }, frame(1), "not-avro", /JSON, not AVRO/, 1],
    [
      "a Protobuf schema's id",
      { ...avro('syntax = "proto3";'), schemaType: "PROTOBUF" },
      frame(1),
      "not-avro",
      /PROTOBUF, not AVRO/,
      1,
    ],
    ["an unusable schema's id", '{"type":"nope"}', frame(1), "not-avro", /no usable Avro/, 1],
    [
      "another writer's records",
      otherBird.json,
      frame(1),
      "incompatible",
      /TYPE_MISMATCH at \/fields\/0\/type.*READER_FIELD_MISSING_DEFAULT_VALUE|READER_FIELD_MISSING_DEFAULT_VALUE.*TYPE_MISMATCH/,
      1,
    ],
    ["a payload cut short", birdV1.json, frame(1, payload.subarray(0, -1)), "truncated", /./, 1],
    ["no payload", birdV1.json, frame(1, Buffer.alloc(0)), "truncated", /./, 1],
    [
      "bytes left over",
      birdV1.json,
      frame(1, Buffer.concat([payload, Buffer.of(0)])),
      "trailing-bytes",
      /./,
      1,
    ],
    ["bytes that cannot be", birdV1.json, frame(1, Buffer.of(2, 1)), "corrupt", /./, 1],
  ])("%s", async (_what, schema, bytes, code, message, writerId) => {
    const registry = createFakeRegistry();
    if (schema !== null) registry.add(schema);
    const decoder = createDecoder(registry, birdV1);
    const expected = { kind: "undecodable", code, message: expect.stringMatching(message), writerId };
    expect(await decoder.decode(bytes, {})).toEqual(expected);
    expect(await decoder.decode(bytes, {})).toEqual(expected);
  });

  test("an incompatible writer is checked once", async () => {
    const registry = createFakeRegistry();
    const id = registry.add(otherBird.json);
    const decoder = createDecoder(registry, birdV1);
    await decoder.decode(frame(id), {});
    expect(decoder.decode(frame(id), {})).toMatchObject({ kind: "undecodable", code: "incompatible" });
    expect(registry.asked).toEqual(["schemaById 1"]);
  });

  test("a registry that is down says nothing of the record: the call rejects, and works later", async () => {
    const registry = createFakeRegistry();
    const id = registry.add(birdV1.json);
    registry.down = true;
    const decoder = createDecoder(registry, birdV1);
    await expect(decoder.decode(frame(id), {})).rejects.toMatchObject({
      code: "registry-unreachable",
      retriable: true,
    });
    registry.down = false;
    expect(await decoder.decode(frame(id), {})).toMatchObject({ kind: "record" });
    registry.down = true;
    expect(decoder.decode(frame(id), {})).toMatchObject({ kind: "record" });
  });

  test("an id that is unknown now is asked for again later", async () => {
    const registry = createFakeRegistry();
    const decoder = createDecoder(registry, birdV1);
    expect(await decoder.decode(frame(1), {})).toMatchObject({ code: "unknown-schema-id" });
    registry.add(birdV1.json);
    expect(await decoder.decode(frame(1), {})).toMatchObject({ kind: "record" });
  });
});

describe("a schema id in the headers", () => {
  const guid = "01020304-0506-0708-090a-0b0c0d0e0f10";
  const header = (hex: string) => ({ __value_schema_id: Buffer.from(hex, "hex") });
  const guidHeader = header(`01${guid.replaceAll("-", "")}`);

  test("makes the value a bare payload", async () => {
    const registry = createFakeRegistry();
    const id = registry.add(birdV1.json);
    const decoder = createDecoder(registry, birdV1);
    expect(await decoder.decode(payload, header("0000000001"))).toMatchObject({
      kind: "record",
      value: wren,
      writer: { id },
    });
    expect(await decoder.decode(frame(id), { other: Buffer.of(1) })).toMatchObject({ kind: "record" });
  });

  test("may be a GUID, which is looked up once", async () => {
    const registry = createFakeRegistry();
    const id = registry.add(birdV1.json);
    registry.guids.set(guid, id);
    const decoder = createDecoder(registry, birdV1);
    expect(await decoder.decode(payload, guidHeader)).toMatchObject({
      kind: "record",
      value: wren,
      writer: { id },
    });
    expect(decoder.decode(payload, guidHeader)).toMatchObject({ kind: "record" });
    expect(registry.asked).toEqual([`idOfGuid ${guid}`, "schemaById 1"]);
  });

  test.each([
    ["an unknown GUID", guidHeader, "unknown-schema-id", new RegExp(guid)],
    ["a header of a wrong length", header("0000"), "short-frame", /2 bytes/],
    ["a header of another form", header("0700000001"), "bad-magic", /0x07/],
    ["a header whose id is none", header("0000000000"), "unknown-schema-id", /0 is no/],
  ])("%s is never guessed at", async (_what, headers, code, message) => {
    const decoder = createDecoder(createFakeRegistry(), birdV1);
    expect(await decoder.decode(frame(1), headers)).toEqual({
      kind: "undecodable",
      code,
      message: expect.stringMatching(message),
      writerId: null,
    });
  });
});

describe("for any schema", () => {
  const schemaAndValue = arbitrarySchemaJson(2).chain((json) =>
    arbitraryValue(parseSchema(json)).map((value) => ({ json, value })),
  );

  async function openBoth(json: unknown) {
    const registry = createFakeRegistry();
    const schema = typedSchema<unknown>(json);
    const encoder = await createEncoder(registry, schema, { subject, register: "auto" });
    return { encoder, decoder: createDecoder(registry, schema) };
  }

  test("what was encoded is decoded again", async () => {
    await fc.assert(
      fc.asyncProperty(schemaAndValue, async ({ json, value }) => {
        const { encoder, decoder } = await openBoth(json);
        const encoded = encoder.encode(value);
        if (encoded.kind !== "encoded") throw new Error(encoded.message);
        const outcome = await decoder.decode(encoded.bytes, {});
        if (outcome.kind !== "record") throw new Error(JSON.stringify(outcome));
        const again = encoder.encode(outcome.value);
        expect(again).toEqual(encoded);
      }),
      { numRuns: 200 },
    );
  });

  test("every truncation of a frame has an outcome, and none is a record of a shorter frame's making", async () => {
    await fc.assert(
      fc.asyncProperty(schemaAndValue, async ({ json, value }) => {
        const { encoder, decoder } = await openBoth(json);
        const encoded = encoder.encode(value);
        if (encoded.kind !== "encoded") throw new Error(encoded.message);
        for (let length = 0; length < encoded.bytes.length; length++) {
          const outcome: DecodeOutcome<unknown> = await decoder.decode(encoded.bytes.subarray(0, length), {});
          expect(outcome).toMatchObject({
            kind: "undecodable",
            code: length < 5 ? "short-frame" : "truncated",
          });
        }
      }),
      { numRuns: 100 },
    );
  });

  test("any bytes have an outcome", async () => {
    const ids = fc.constantFrom<SchemaId | null>(parseSchemaId(1), null);
    await fc.assert(
      fc.asyncProperty(
        arbitrarySchemaJson(2),
        ids,
        fc.uint8Array({ maxLength: 40 }),
        async (json, id, bytes) => {
          const { decoder } = await openBoth(json);
          const buffer = Buffer.from(bytes);
          const outcome = await decoder.decode(id === null ? buffer : encodeFrame(id, buffer), {});
          expect(["record", "undecodable"]).toContain(outcome.kind);
        },
      ),
      { numRuns: 300 },
    );
  });
});

test("a decoded value is typed by the schema", async () => {
  const registry = createFakeRegistry();
  const outcome = await createDecoder(registry, birdV1).decode(frame(registry.add(birdV1.json)), {});
  if (outcome.kind !== "record") throw new Error(outcome.kind);
  const bird: Bird = outcome.value;
  // @ts-expect-error A bird has no wings.
  expect(outcome.value.wings).toBeUndefined();
  expect(bird.name).toBe("wren");
});

test("a writer that was not checked is told once, while its resolver is kept", async () => {
  const registry = createFakeRegistry();
  const known = registry.add(birdV1.json, subject);
  const told: unknown[] = [];
  const decoder = createDecoder(registry, birdV1, {
    subject,
    checked: await checkVersions(registry, subject, birdV1),
    onNewWriter: ({ id, version, reading }) => told.push([id, version, reading.kind]),
  });
  const newer = registry.add(birdV2.json, subject);
  const foreign = registry.add(otherBird.json);
  const song = createCodec(birdV2.json).encode({ ...wren, song: null });
  for (const [id, bytes] of [
    [known, payload],
    [newer, song],
    [newer, song],
    [foreign, payload],
    [known, payload],
    [foreign, payload],
  ] as const) {
    await decoder.decode(frame(id, bytes), {});
  }
  expect(told).toEqual([
    [newer, 2, "readable"],
    [foreign, null, "unreadable"],
  ]);
});
