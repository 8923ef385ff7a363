import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createCodec } from "../avro/codec.ts";
import { parseSubjectName } from "../kernel/brand.ts";
import { createEncoder } from "./encoder.ts";
import { createFakeRegistry } from "./testing/fake-registry.ts";
import { type Bird, birdV1, typedSchema } from "./testing/schemas.ts";

const subject = parseSubjectName("birds-value");

describe("createEncoder", () => {
  test("registers the schema under its subject and level, once", async () => {
    const registry = createFakeRegistry();
    const encoder = await createEncoder(registry, birdV1, { subject, register: "auto", level: "FULL" });
    encoder.encode({ id: 1, name: "wren" });
    encoder.encode({ id: 2, name: "crow" });
    expect(registry.asked).toEqual(["register birds-value FULL"]);
    expect(encoder.schemaId).toBe(1);
  });

  test("only looks it up when registering is off", async () => {
    const registry = createFakeRegistry();
    registry.add('"string"');
    registry.add(birdV1.json, subject);
    const encoder = await createEncoder(registry, birdV1, { subject, register: "never" });
    expect(encoder.schemaId).toBe(2);
    expect(registry.asked).toEqual(["lookUp birds-value"]);
  });

  test("says what is missing when registering is off and it is not there", async () => {
    const registry = createFakeRegistry();
    await expect(createEncoder(registry, birdV1, { subject, register: "never" })).rejects.toMatchObject({
      name: "SerdeError",
      code: "schema-not-registered",
      message:
        "test.Bird version 1 is not registered under subject birds-value, and registering it is not allowed here",
      details: { subject, name: "test.Bird", version: 1, fingerprint: birdV1.fingerprint },
    });
  });

  test("lets the registry's refusal through", async () => {
    const registry = createFakeRegistry();
    registry.down = true;
    await expect(createEncoder(registry, birdV1, { subject, register: "auto" })).rejects.toMatchObject({
      code: "registry-unreachable",
    });
  });

  test("refuses a schema that is none before the registry is asked", async () => {
    const registry = createFakeRegistry();
    const schema = { ...birdV1, json: '{"type":"nope"}' };
    await expect(createEncoder(registry, schema, { subject, register: "auto" })).rejects.toMatchObject({
      code: "invalid-schema",
    });
    expect(registry.asked).toEqual([]);
  });
});

describe("encode", () => {
  const codec = createCodec(birdV1.json);
  const open = () => createEncoder(createFakeRegistry(), birdV1, { subject, register: "auto" });

  test("writes the head of a frame and the codec's bytes, into memory of their own", async () => {
    const encoder = await open();
    const values = fc.record({ id: fc.maxSafeInteger(), name: fc.string({ unit: "grapheme" }) });
    const earlier: { bytes: Buffer; copy: Buffer }[] = [];
    fc.assert(
      fc.property(values, (value) => {
        const outcome = encoder.encode(value);
        if (outcome.kind !== "encoded") throw new Error(outcome.message);
        expect(outcome.bytes.subarray(0, 5)).toEqual(Buffer.from("0000000001", "hex"));
        expect(outcome.bytes.subarray(5)).toEqual(codec.encode(value));
        earlier.push({ bytes: outcome.bytes, copy: Buffer.from(outcome.bytes) });
      }),
    );
    for (const { bytes, copy } of earlier) expect(bytes).toEqual(copy);
  });

  test.each([16 * 1024 - 20, 16 * 1024, 100_000, 3_000_000])(
    "takes a text of %i characters",
    async (length) => {
      const encoder = await open();
      for (const name of ["ä".repeat(length), "x".repeat(length), ""]) {
        const outcome = encoder.encode({ id: 1, name });
        expect(outcome.kind === "encoded" && codec.decode(outcome.bytes.subarray(5))).toEqual({
          id: 1,
          name,
        });
      }
    },
  );

  test.each<[string, unknown, string, string]>([
    ["a missing field", { id: 1 }, "invalid-value", "/name"],
    ["a field of another type", { id: "1", name: "wren" }, "invalid-value", "/id"],
    ["a field that the schema lacks", { id: 1, name: "wren", song: "tsip" }, "invalid-value", "/song"],
    ["half of a surrogate pair", { id: 1, name: "\ud83d" }, "unpaired-surrogate", "/name"],
    ["nothing", undefined, "invalid-value", ""],
  ])("refuses %s and says where", async (_what, value, code, path) => {
    const encoder = await open();
    expect(encoder.encode(value as Bird)).toEqual({
      kind: "unencodable",
      code,
      path,
      message: expect.stringMatching(/./),
    });
    expect(encoder.encode({ id: 1, name: "wren" }).kind).toBe("encoded");
  });

  test("takes a schema whose root is no record", async () => {
    const encoder = await createEncoder(createFakeRegistry(), typedSchema<string>("string"), {
      subject,
      register: "auto",
    });
    expect(encoder.encode("wren")).toEqual({
      kind: "encoded",
      bytes: Buffer.from("00000000010877 72656e".replace(" ", ""), "hex"),
    });
  });

  test("is typed by the schema", async () => {
    const encoder = await open();
    // @ts-expect-error A bird has a name.
    expect(encoder.encode({ id: 1 }).kind).toBe("unencodable");
    // @ts-expect-error A bird has no wings.
    expect(encoder.encode({ id: 1, name: "wren", wings: 2 }).kind).toBe("unencodable");
  });
});
