import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createCodec, createResolver } from "../avro/codec.ts";
import { parseSchema } from "../avro/parse-schema.ts";
import { parseSubjectName } from "../kernel/brand.ts";
import { createEncoder } from "./encoder.ts";
import { listLeftOut } from "./left-out.ts";
import { createFakeRegistry } from "./testing/fake-registry.ts";
import { birdV1, birdV2, otherBird, typedSchema } from "./testing/schemas.ts";

const subject = parseSubjectName("birds-value");
const options = { subject, register: "latest" } as const;

describe("an encoder that uses the version registered last", () => {
  test("asks for it, and neither registers nor looks up", async () => {
    const registry = createFakeRegistry();
    registry.add(birdV1.json, subject);
    const encoder = await createEncoder(registry, birdV1, { ...options, level: "FULL" });
    expect(encoder).toMatchObject({ schemaId: 1, leftOut: [] });
    expect(registry.asked).toEqual(["schemaOfVersion birds-value latest", "schemaById 1"]);
  });

  test("writes what its consumers would read of ours, defaults filled in", async () => {
    const registry = createFakeRegistry();
    registry.add(birdV1.json, subject);
    registry.add(birdV2.json, subject);
    const encoder = await createEncoder(registry, birdV1, options);
    expect(encoder).toMatchObject({ schemaId: 2, leftOut: [] });
    const [ours, theirs] = [createCodec(birdV1.json), createCodec(birdV2.json)];
    const resolver = createResolver(birdV1.json, birdV2.json);
    fc.assert(
      fc.property(fc.record({ id: fc.maxSafeInteger(), name: fc.string({ unit: "grapheme" }) }), (value) => {
        const outcome = encoder.encode(value);
        if (outcome.kind !== "encoded") throw new Error(outcome.message);
        expect(outcome.bytes.subarray(0, 5)).toEqual(Buffer.from("0000000002", "hex"));
        const read = theirs.decode(outcome.bytes.subarray(5));
        expect(read).toEqual({ ...value, song: null });
        expect(read).toEqual(resolver.decode(ours.encode(value)));
      }),
    );
  });

  test("tells which fields an older version leaves out", async () => {
    const registry = createFakeRegistry();
    registry.add(birdV1.json, subject);
    const encoder = await createEncoder(registry, birdV2, options);
    expect(encoder.leftOut).toEqual(["song"]);
    const outcome = encoder.encode({ id: 1, name: "wren", song: "tsip" });
    expect(outcome.kind === "encoded" && createCodec(birdV1.json).decode(outcome.bytes.subarray(5))).toEqual({
      id: 1,
      name: "wren",
    });
  });

  test("refuses a value that is not ours, and says where", async () => {
    const registry = createFakeRegistry();
    registry.add(birdV2.json, subject);
    const encoder = await createEncoder(registry, birdV1, options);
    expect(encoder.encode({ id: 1, name: "\ud83d" })).toMatchObject({
      kind: "unencodable",
      code: "unpaired-surrogate",
      path: "/name",
    });
  });

  test("takes references for what they stand for", async () => {
    const registry = createFakeRegistry();
    const kind = { type: "enum", name: "Kind", namespace: "test", symbols: ["A", "B"] };
    const nest = (type: unknown) => ({
      type: "record",
      name: "Nest",
      namespace: "test",
      fields: [
        { name: "kind", type },
        { name: "eggs", type: "int", default: 0 },
      ],
    });
    const references = [
      { name: "test.Kind", subject: "kind", version: 1, schemaText: JSON.stringify(kind) },
    ] as never;
    registry.add({ schemaType: "AVRO", schemaText: JSON.stringify(nest("Kind")), references }, subject);
    const ours = typedSchema<{ readonly kind: "A" }>({
      ...nest(kind),
      fields: [{ name: "kind", type: kind }],
    });
    const outcome = await createEncoder(registry, ours, options).then(({ encode }) => encode({ kind: "A" }));
    expect(outcome.kind === "encoded" && outcome.bytes.toString("hex")).toBe("00000000010000");
  });

  test("names every finding where ours cannot be read as it", async () => {
    const registry = createFakeRegistry();
    registry.add(otherBird.json, subject);
    await expect(createEncoder(registry, birdV1, options)).rejects.toMatchObject({
      name: "SerdeError",
      code: "latest-incompatible",
      message: expect.stringMatching(
        /^test\.Bird version 1 cannot be written as version 1 of subject birds-value: TYPE_MISMATCH at \/fields\/0\/type/,
      ),
      details: { subject, version: 1, schemaId: 1, findings: [{ rule: "TYPE_MISMATCH" }] },
    });
  });

  test.each([
    ["JSON", "{}", /type JSON, not AVRO/],
    ["AVRO", '{"type":"nope"}', /no usable Avro schema/],
  ])("refuses a version of type %s that is %s", async (schemaType, schemaText, message) => {
    const registry = createFakeRegistry();
    registry.add({ schemaType, schemaText, references: [] }, subject);
    await expect(createEncoder(registry, birdV1, options)).rejects.toMatchObject({
      code: "latest-incompatible",
      message: expect.stringMatching(message),
    });
  });

  test("says that there is none", async () => {
    await expect(createEncoder(createFakeRegistry(), birdV1, options)).rejects.toMatchObject({
      code: "schema-not-registered",
      message: "nothing is registered under subject birds-value",
    });
  });
});

describe("what is left out", () => {
  const record = (name: string, ...fields: readonly unknown[]) => ({ type: "record", name, fields });
  const tree = (...more: readonly unknown[]) =>
    parseSchema(
      record(
        "T",
        { name: "next", type: ["null", "T"] },
        {
          name: "leaves",
          type: { type: "array", items: record("Leaf", { name: "a", type: "int" }, ...more) },
        },
        ...more,
      ),
    );

  test("is named by its way through records, lists and unions, once", () => {
    const [writer, reader] = [tree({ name: "b", type: "int" }), tree()];
    expect(listLeftOut({ writer, reader })).toEqual(["leaves.b", "b"]);
    expect(listLeftOut({ writer: reader, reader: writer })).toEqual([]);
  });

  test("is not what an alias takes", () => {
    const writer = parseSchema(record("R", { name: "old", type: "int" }));
    const reader = parseSchema(record("R", { name: "new", type: "int", aliases: ["old"] }));
    expect(listLeftOut({ writer, reader })).toEqual([]);
  });
});
