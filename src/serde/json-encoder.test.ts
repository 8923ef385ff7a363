import { describe, expect, test } from "@jest/globals";
import { createCodec } from "../avro/codec.ts";
import { parseSubjectName } from "../kernel/brand.ts";
import { createJsonEncoder, type JsonEncoding } from "./json-encoder.ts";
import { createKeyField, hasTextField } from "./json-key.ts";
import { describeReader } from "./reader.ts";
import { createFakeRegistry } from "./testing/fake-registry.ts";

const json = JSON.stringify({
  type: "record",
  name: "R",
  fields: [
    { name: "n", type: "long" },
    { name: "note", type: ["null", "string"], default: null },
  ],
});

async function openEncoder(encoding: JsonEncoding) {
  const registry = createFakeRegistry();
  const subject = parseSubjectName("s");
  const schema = describeReader(createCodec(json).schema, null);
  return await createJsonEncoder(registry, schema, { subject, register: "auto", encoding });
}

describe("an encoder of JSON", () => {
  test("writes a frame, a long of 64 bits and a default included", async () => {
    const encoder = await openEncoder("plain");
    const outcome = encoder.encode('{"n": "-9223372036854775808"}');
    if (outcome.kind !== "encoded") throw new Error(outcome.message);
    const exact = createCodec(json, { long: "bigint" });
    expect(outcome.bytes.subarray(0, 5).toString("hex")).toBe("0000000001");
    expect(exact.decode(outcome.bytes.subarray(5))).toEqual({ n: -(2n ** 63n), note: null });
    expect(encoder.takesNull).toBe(false);
  });

  test.each<[JsonEncoding, string, string]>([
    [
      "plain",
      '{"n": 1, "note": {"string": "x"}}',
      "; it fits as Avro's JSON encoding (--json-encoding avro)",
    ],
    ["avro", '{"n": 1, "note": "x"}', "; it fits as plain JSON (--json-encoding plain)"],
    ["plain", '{"n": 1.5}', ""],
  ])("says of a line that is no %s JSON what else it is", async (encoding, line, ending) => {
    const outcome = (await openEncoder(encoding)).encode(line);
    if (outcome.kind !== "unencodable") throw new Error("it fits");
    expect(outcome).toMatchObject({
      code: "invalid-value",
      message: expect.stringMatching(/^\/n(?:ote)?: expected/),
    });
    const [, told = ""] = /(; it fits.*)$/.exec(outcome.message) ?? [];
    expect(told).toBe(ending);
  });

  test("tells the first five places, and how many more there are", async () => {
    const fields = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`x${index}`, 1]));
    const outcome = (await openEncoder("plain")).encode(JSON.stringify({ n: 1, ...fields }));
    expect(outcome).toMatchObject({
      message: expect.stringMatching(/^\/x0: .*; \/x4: [^;]*\(and 4 more\)$/),
    });
  });
});

describe("a key", () => {
  test("is a field's text, or none where the value has null or nothing", () => {
    const found = createKeyField(json, "note");
    if (found.kind !== "key") throw new Error(found.message);
    expect(
      [{ note: "x" }, { note: null }, {}].map((value) => found.keyOf(value)?.toString() ?? null),
    ).toEqual(["x", null, null]);
  });

  test("is by default only a field that is always a text", () => {
    expect(["n", "note", "other"].map((field) => hasTextField(json, field))).toEqual([false, false, false]);
    expect(
      hasTextField(
        JSON.stringify({ type: "record", name: "R", fields: [{ name: "id", type: "string" }] }),
        "id",
      ),
    ).toBe(true);
    expect(hasTextField('"string"', "id")).toBe(false);
    expect(createKeyField('"string"', "id")).toMatchObject({ kind: "refused" });
  });
});
