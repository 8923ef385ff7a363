import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createCodec, createResolver } from "./codec.ts";
import { AvroError } from "./error.ts";
import type { ValueMapping } from "./value-mapping.ts";

const mapping: ValueMapping = { long: "bigint", timestampMillis: "date", decimal: "string", uuid: "checked" };
const decimal = (precision: number, scale = 0, more: object = { type: "bytes" }): string =>
  JSON.stringify({ ...more, logicalType: "decimal", precision, scale });
const fixed = { type: "fixed", name: "F", size: 3 };
const millis = '{"type":"long","logicalType":"timestamp-millis"}';
const uuid = '{"type":"string","logicalType":"uuid"}';

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof AvroError) return error.code;
    throw error;
  }
  return "nothing";
}

describe("a mapped value is the base type's bytes", () => {
  test.each<[string, string, unknown, string]>([
    ["the largest long", '"long"', 9223372036854775807n, "feffffffffffffffff01"],
    ["the smallest long", '"long"', -9223372036854775808n, "ffffffffffffffffff01"],
    ["a small long", '"long"', -64n, "7f"],
    ["a Date", millis, new Date(1), "02"],
    ["a decimal below zero", decimal(6, 2), "-12.50", "04fb1e"],
    ["a decimal that needs its sign's byte", decimal(3), "128", "040080"],
    ["zero", decimal(3, 2), "0.00", "0200"],
    ["a fixed decimal is filled with its sign", decimal(6, 1, fixed), "-0.1", "ffffff"],
    [
      "a UUID",
      uuid,
      "0d6dc1a8-0000-4000-8000-0123456789ab",
      `48${Buffer.from("0d6dc1a8-0000-4000-8000-0123456789ab").toString("hex")}`,
    ],
  ])("%s", (_, schema, value, hex) => {
    const codec = createCodec(schema, mapping);
    expect(codec.encode(value).toString("hex")).toBe(hex);
    expect(codec.decode(Buffer.from(hex, "hex"))).toEqual(value);
  });

  test("every long and every decimal comes back", () => {
    const long = createCodec('"long"', mapping);
    const number = createCodec(decimal(30, 4), mapping);
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(long.decode(long.encode(value))).toBe(value);
        const text = `${value < 0n ? "-" : ""}${(value < 0n ? -value : value).toString()}.0125`;
        expect(number.decode(number.encode(text))).toBe(value === 0n ? "0.0125" : text);
      }),
    );
  });
});

test.each<[string, unknown, string]>([
  ['"long"', 9223372036854775807n, "9223372036854775807"],
  [millis, new Date(1), "1"],
  [decimal(6, 2), "-12.50", `"\u00fb\\u001e"`],
  [decimal(6, 1, fixed), "-0.1", '"\u00ff\u00ff\u00ff"'],
  ['["int","long"]', { long: 5n }, '{"long":5}'],
  ['["null","long"]', 5n, '{"long":5}'],
])("the JSON encoding of %s is the base type's", (schema, value, json) => {
  expect(createCodec(schema, mapping).toAvroJson(value)).toBe(json);
});

describe("refused", () => {
  test.each<[string, string, unknown]>([
    ["a long beyond 64 bits", '"long"', 2n ** 63n],
    ["a number for a bigint", '"long"', 1],
    ["a Date that is none", millis, new Date(Number.NaN)],
    ["more digits than the precision", decimal(3, 1), "100.0"],
    ["more digits than the scale", decimal(9, 1), "0.05"],
    ["an exponent", decimal(9, 1), "1e3"],
    ["a text that is no UUID", uuid, "0d6dc1a8"],
  ])("%s", (_, schema, value) => {
    const codec = createCodec(schema, mapping);
    expect(codec.check(value)).toHaveLength(1);
    expect(codeOf(() => codec.encode(value))).toBe("invalid-value");
  });

  test.each<[string, string, string, string]>([
    ["a decimal of no bytes", decimal(3), "00", "corrupt"],
    ["a decimal of too many digits", decimal(2), "040080", "corrupt"],
    ["a decimal that is cut", decimal(6), "0400", "truncated"],
    ["a text that is no UUID", uuid, "0278", "corrupt"],
    ["a timestamp that no Date holds", millis, "feffffffffffffff1f", "corrupt"],
    ["a long of eleven bytes", '"long"', "ffffffffffffffffffff01", "corrupt"],
    ["a long that is cut", '"long"', "ff", "truncated"],
  ])("on reading: %s", (_, schema, hex, code) => {
    expect(codeOf(() => createCodec(schema, mapping).decode(Buffer.from(hex, "hex")))).toBe(code);
  });
});

describe("a resolver maps what the reader says", () => {
  test.each<[string, string, string, unknown, unknown]>([
    ["an int as a bigint", '"int"', '"long"', 5, 5n],
    ["an int as a Date", '"int"', millis, 5, new Date(5)],
    ["a nullable long", '"long"', '["null","long"]', 7, 7n],
    ["a long as a double", '"long"', '"double"', 7, 7],
    ["bytes as a decimal", '"bytes"', decimal(3, 1), Buffer.from([5]), "0.5"],
    [
      "a string as a UUID",
      '"string"',
      uuid,
      "0d6dc1a8-0000-4000-8000-0123456789ab",
      "0d6dc1a8-0000-4000-8000-0123456789ab",
    ],
    ["branch by branch", '["int","long"]', '["null","long"]', { long: 5 }, 5n],
  ])("%s", (_, writer, reader, written, read) => {
    expect(createResolver(writer, reader, mapping).decode(createCodec(writer).encode(written))).toEqual(read);
  });

  test("and fills defaults in mapped, each value its own", () => {
    const field = (name: string, type: string, value: unknown) => ({
      name,
      type: JSON.parse(type),
      default: value,
    });
    const fields = [
      field("l", '"long"', 5),
      field("t", millis, 0),
      field("d", decimal(3, 1), "\u0005"),
      field("u", '["long","null"]', 1),
    ];
    const reader = JSON.stringify({ type: "record", name: "R", fields });
    const resolver = createResolver('{"type":"record","name":"R","fields":[]}', reader, mapping);
    const first = resolver.decode(Buffer.alloc(0)) as { t: Date };
    expect({ ...first }).toEqual({ l: 5n, t: new Date(0), d: "0.5", u: 1n });
    first.t.setTime(9);
    expect(resolver.decode(Buffer.alloc(0))).toMatchObject({ t: new Date(0) });
    expect(createCodec(reader, mapping).encode({}).toString("hex")).toBe("0a000205" + "0002");
  });
});
