/**
 * What `consume --format json` prints is read back as the value that it was printed of, or refused because it fits
 * several branches of a union: never as another value.
 */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createCodec } from "../src/avro/codec.ts";
import { parseExactJson } from "../src/avro/exact-json.ts";
import { jsonMapping } from "../src/avro/json-leaves.ts";
import { createJsonReader } from "../src/avro/json-reader.ts";
import { schemaAndValue } from "../src/avro/testing/codecs.ts";
import { createJsonRenderer } from "../src/render/json.ts";

const record = {
  topic: "t",
  partition: 0,
  offset: 0,
  timestampMs: 0,
  key: null,
  writer: { id: 1, version: 1 },
} as const;

/** The value after its way through a line of JSON; null where the line was refused as ambiguous. */
function carry(
  json: unknown,
  kind: "json" | "avro-json",
  value: unknown,
): { readonly value: unknown } | null {
  const schema = JSON.stringify(json);
  const codec = createCodec(schema, jsonMapping);
  const line = createJsonRenderer({ kind, schema });
  if (line.kind !== "lines") throw new TypeError("JSON is printed in lines");
  const reader = createJsonReader(codec.schema, kind === "json" ? "plain" : "avro");
  const reading = reader(parseExactJson(line.render({ ...record, value })));
  if (reading.kind === "value") return { value: codec.decode(codec.encode(reading.value)) };
  for (const { message } of reading.findings) expect(message).toMatch(/^the value fits .* of the union/);
  return null;
}

test("plain JSON gives back every value, unless its branch is in doubt", () => {
  let ambiguous = 0;
  fc.assert(
    fc.property(schemaAndValue, ({ json, value }) => {
      const bytes = createCodec(JSON.stringify(json)).encode(value);
      const decoded = createCodec(JSON.stringify(json), jsonMapping).decode(bytes);
      const carried = carry(json, "json", decoded);
      if (carried === null) ambiguous += 1;
      else expect(carried.value).toEqual(decoded);
    }),
    { numRuns: 300 },
  );
  expect(ambiguous).toBeLessThan(60);
});

const logical = (type: string, logicalType: string, more: object = {}) => ({ type, logicalType, ...more });
const fixed = (name: string, size: number, more: object) => ({ type: "fixed", name, size, ...more });
const int = fc.integer();
const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const bytes = (options: { minLength: number; maxLength: number }) =>
  fc.uint8Array(options).map((array) => Buffer.from(array));

/** Each logical type of the specification with its values, those that it has no text for included. */
const fields: readonly (readonly [unknown, fc.Arbitrary<unknown>])[] = [
  ["long", long],
  [logical("long", "timestamp-millis"), fc.maxSafeInteger()],
  [logical("long", "timestamp-micros"), long],
  [logical("long", "timestamp-nanos"), long],
  [logical("long", "local-timestamp-millis"), long],
  [logical("long", "local-timestamp-micros"), long],
  [logical("long", "local-timestamp-nanos"), long],
  [logical("long", "time-micros"), fc.oneof(long, fc.bigInt({ min: 0n, max: 86_399_999_999n }))],
  [logical("int", "time-millis"), fc.oneof(int, fc.nat(86_399_999))],
  [logical("int", "date"), int],
  [
    logical("bytes", "decimal", { precision: 9, scale: 4 }),
    fc.constantFrom("00", "ff", "80", "7fff", "c4653601").map((hex) => Buffer.from(hex, "hex")),
  ],
  [
    fixed("D", 4, { logicalType: "decimal", precision: 9, scale: 9 }),
    fc.constantFrom("00000000", "ffffffff", "c4653601").map((hex) => Buffer.from(hex, "hex")),
  ],
  [logical("string", "uuid"), fc.string({ unit: "grapheme" })],
  [fixed("U", 16, { logicalType: "uuid" }), bytes({ minLength: 16, maxLength: 16 })],
  [fixed("P", 12, { logicalType: "duration" }), bytes({ minLength: 12, maxLength: 12 })],
  ["bytes", bytes({ minLength: 0, maxLength: 20 })],
  ["float", fc.float()],
  ["double", fc.double()],
  [["null", "long", "boolean", "bytes"], fc.oneof(fc.constant(null), long, fc.boolean())],
];

test.each(["json", "avro-json"] as const)(
  "%s gives back every logical type, as all of its 64 bits",
  (kind) => {
    const schema = {
      type: "record",
      name: "Hard",
      fields: fields.map(([type], index) => ({ name: `f${index}`, type })),
    };
    const values = fc.tuple(...fields.map(([, values]) => values));
    fc.assert(
      fc.property(values, (list) => {
        const value = Object.fromEntries(list.map((item, index) => [`f${index}`, item]));
        expect(carry(schema, kind, value)?.value).toEqual(value);
      }),
    );
  },
);
