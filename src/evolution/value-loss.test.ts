import { describe, expect, test } from "@jest/globals";
import { createCodec, createResolver } from "../avro/codec.ts";
import { parseSchema } from "../avro/parse-schema.ts";
import { findValueLosses } from "./value-loss.ts";

const exact = { long: "bigint" } as const;

/** What is lost of a value, written with one schema and read with another. */
function lossesOf(writer: unknown, reader: unknown, value: unknown): string[] {
  const [from, to] = [JSON.stringify(writer), JSON.stringify(reader)];
  const bytes = createCodec(from, exact).encode(value);
  return findValueLosses(
    { schema: parseSchema(writer), value: createCodec(from, exact).decode(bytes) },
    { schema: parseSchema(reader), value: createResolver(from, to, exact).decode(bytes) },
  ).map(({ rule, path, readerPath }) => `${rule} ${path} ${readerPath}`);
}

const record = (fields: readonly object[], name = "R") => ({ type: "record", name, fields });
const wrap = (type: unknown) => record([{ name: "f", type }]);
const decimal = (precision: number, scale: number) => ({
  type: "bytes",
  logicalType: "decimal",
  precision,
  scale,
});
const long = (logicalType: string) => ({ type: "long", logicalType });
const uuid = { type: "string", logicalType: "uuid" };
const letters = (symbols: readonly string[], more: object = {}) => ({
  type: "enum",
  name: "E",
  symbols,
  ...more,
});
const hex = (text: string) => Buffer.from(text, "hex");

describe("what is lost of a value", () => {
  test.each<[string, unknown, unknown, unknown, readonly string[]]>([
    [
      "a value whose field is gone",
      record([
        { name: "a", type: "int" },
        { name: "b", type: "string" },
      ]),
      record([{ name: "a", type: "int" }]),
      { a: 1, b: "x" },
      ["sample-value-dropped /b /fields"],
    ],
    [
      "a symbol that became the default",
      wrap(letters(["A", "B"])),
      wrap(letters(["A"], { default: "A" })),
      { f: "B" },
      ["sample-symbol-defaulted /f /fields/0/type"],
    ],
    [
      "a decimal of another scale",
      wrap(decimal(9, 2)),
      wrap(decimal(9, 1)),
      { f: hex("0c") },
      ["sample-decimal-changed /f /fields/0/type"],
    ],
    [
      "a decimal of too many digits",
      wrap(decimal(9, 2)),
      wrap(decimal(2, 2)),
      { f: hex("0400") },
      ["sample-decimal-changed /f /fields/0/type"],
    ],
    [
      "a time in another unit",
      wrap(long("timestamp-millis")),
      wrap(long("timestamp-micros")),
      { f: 5 },
      ["sample-meaning-changed /f /fields/0/type"],
    ],
    [
      "a long that a double cannot hold",
      wrap("long"),
      wrap("double"),
      { f: 2n ** 53n + 1n },
      ["sample-number-rounded /f /fields/0/type"],
    ],
    [
      "an int that a float cannot hold",
      wrap("int"),
      wrap("float"),
      { f: 2 ** 24 + 1 },
      ["sample-number-rounded /f /fields/0/type"],
    ],
    [
      "a text that is no UUID",
      wrap("string"),
      wrap(uuid),
      { f: "x" },
      ["sample-not-of-type /f /fields/0/type"],
    ],
    [
      "bytes that are no decimal",
      wrap("bytes"),
      wrap(decimal(2, 1)),
      { f: hex("0400") },
      ["sample-not-of-type /f /fields/0/type"],
    ],
    [
      "a number that is no time of day",
      wrap("long"),
      wrap(long("time-micros")),
      { f: -1n },
      ["sample-not-of-type /f /fields/0/type"],
    ],
    [
      "in an item of an array, in a branch of a union",
      wrap(["null", { type: "array", items: record([{ name: "x", type: "int" }], "I") }]),
      wrap([{ type: "array", items: record([], "I") }, "null"]),
      { f: [{ x: 1 }, { x: 2 }] },
      [
        "sample-value-dropped /f/0/x /fields/0/type/0/items/fields",
        "sample-value-dropped /f/1/x /fields/0/type/0/items/fields",
      ],
    ],
    [
      "in a value of a map",
      wrap({ type: "map", values: letters(["A", "B"]) }),
      wrap({ type: "map", values: letters(["A"], { default: "A" }) }),
      { f: { "k/1": "B", k: "A" } },
      ["sample-symbol-defaulted /f/k~11 /fields/0/type/values"],
    ],
  ])("is told of %s", (_what, writer, reader, value, losses) => {
    expect(lossesOf(writer, reader, value)).toEqual(losses);
  });

  test.each<[string, unknown, unknown, unknown]>([
    [
      "a dropped field that is null",
      record([{ name: "b", type: ["null", "string"] }]),
      record([]),
      { b: null },
    ],
    [
      "a dropped field that has its default",
      record([
        { name: "b", type: ["null", "long"], default: null },
        { name: "c", type: "long", default: 7 },
      ]),
      record([]),
      { b: null, c: 7n },
    ],
    [
      "a renamed field with an alias",
      record([{ name: "a", type: "int" }]),
      record([{ name: "b", type: "int", aliases: ["a"] }]),
      { a: 1 },
    ],
    ["a field that is new", record([]), record([{ name: "b", type: "int", default: 1 }]), {}],
    [
      "a symbol that both know",
      wrap(letters(["A", "B"])),
      wrap(letters(["A"], { default: "A" })),
      { f: "A" },
    ],
    ["zero, of any scale", wrap(decimal(9, 2)), wrap(decimal(9, 1)), { f: hex("00") }],
    ["a long that a double holds", wrap("long"), wrap("double"), { f: 2n ** 60n }],
    ["a double that stays one", wrap("double"), wrap("double"), { f: 0.1 }],
    ["a text read as bytes", wrap("string"), wrap("bytes"), { f: "x" }],
    ["a text that is a UUID", wrap("string"), wrap(uuid), { f: "00112233-4455-6677-8899-aabbccddeeff" }],
    ["a text that never was a UUID", wrap(uuid), wrap(uuid), { f: "x" }],
    ["a logical type that is new", wrap("long"), wrap(long("timestamp-millis")), { f: 5n }],
  ])("is nothing for %s", (_what, writer, reader, value) => {
    expect(lossesOf(writer, reader, value)).toEqual([]);
  });

  test("names the field that looks like the new name of one that is gone", () => {
    const writer = record([{ name: "user_name", type: "string" }]);
    const reader = record([{ name: "userName", type: "string", default: "" }]);
    const [loss] = findValueLosses(
      { schema: parseSchema(writer), value: { user_name: "x" } },
      { schema: parseSchema(reader), value: { userName: "" } },
    );
    expect(loss?.message).toBe(
      'field "user_name" has values, and no field takes them, while "userName" has its default; if that is its new name, give it the alias "user_name"',
    );
  });
});
