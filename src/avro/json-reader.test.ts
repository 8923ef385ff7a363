import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createCodec } from "./codec.ts";
import { parseExactJson } from "./exact-json.ts";
import { type JsonEncoding, jsonMapping } from "./json-leaves.ts";
import { createJsonReader } from "./json-reader.ts";
import { parseSchema } from "./parse-schema.ts";
import { record, schemaAndValue } from "./testing/codecs.ts";

function read(schema: unknown, text: string, encoding: JsonEncoding = "plain") {
  return createJsonReader(parseSchema(schema), encoding)(parseExactJson(text));
}

function parsed(schema: unknown, text: string, encoding?: JsonEncoding): unknown {
  const reading = read(schema, text, encoding);
  if (reading.kind === "misfit") throw new Error(JSON.stringify(reading.findings));
  return reading.value;
}

function faultsOf(schema: unknown, text: string, encoding?: JsonEncoding): string[] {
  const reading = read(schema, text, encoding);
  if (reading.kind === "value") throw new Error("it fits");
  return reading.findings.map(({ path, message }) => `${path}: ${message}`);
}

const timestamp = (unit: string) => ({ type: "long", logicalType: unit });
const decimal = { type: "bytes", logicalType: "decimal", precision: 30, scale: 2 };
const fixed = (size: number, more: object) => ({ type: "fixed", name: "F", size, ...more });
const hex = (text: string) => Buffer.from(text, "hex");

describe("plain JSON", () => {
  test.each<[string, unknown, string, unknown]>([
    ["a long as a number", "long", "-12", -12n],
    ["a long of 64 bits as a text", "long", '"9223372036854775807"', 9223372036854775807n],
    ["a long of 64 bits as a number", "long", "-9223372036854775808", -9223372036854775808n],
    ["a double of many digits", "double", "0.1234567890123456789", 0.12345678901234568],
    ["a double that JSON has no number for", "double", '"-Infinity"', Number.NEGATIVE_INFINITY],
    ["a double's -0", "double", "-0.0", -0],
    ["bytes as base64", "bytes", '"AP8="', hex("00ff")],
    ["a timestamp", timestamp("timestamp-millis"), '"2026-01-31T12:00:00.250Z"', 1769860800250],
    ["a timestamp with an offset", timestamp("timestamp-millis"), '"1970-01-01T01:00:00+01:00"', 0],
    ["a timestamp before 1970", timestamp("timestamp-micros"), '"1969-12-31T23:59:59.999999Z"', -1n],
    [
      "a timestamp in nanoseconds",
      timestamp("timestamp-nanos"),
      '"1970-01-01T00:00:01.000000001Z"',
      1000000001n,
    ],
    ["a timestamp as a number", timestamp("timestamp-micros"), "5", 5n],
    ["a local timestamp", timestamp("local-timestamp-millis"), '"1970-01-01T00:00:01"', 1000n],
    ["a date", { type: "int", logicalType: "date" }, '"1970-02-01"', 31],
    ["a date of a far year", { type: "int", logicalType: "date" }, '"+012345-01-01"', 3789391],
    ["a time of day", { type: "int", logicalType: "time-millis" }, '"00:00:01.5"', 1500],
    ["a time past midnight as it lies", timestamp("time-micros"), '"9007199254740993"', 9007199254740993n],
    ["a decimal as a text", decimal, '"-12.5"', hex("fb1e")],
    ["a decimal as a number", decimal, "0.07", hex("07")],
    [
      "a decimal of more digits than a double has",
      decimal,
      "123456789012345678.25",
      hex("00ab54a98ceb1f0a91"),
    ],
    [
      "a decimal in a fixed",
      fixed(3, { logicalType: "decimal", precision: 4, scale: 2 }),
      '"-0.01"',
      hex("ffffff"),
    ],
    [
      "a UUID in a fixed",
      fixed(16, { logicalType: "uuid" }),
      '"00112233-4455-6677-8899-AABBCCDDEEFF"',
      hex("00112233445566778899aabbccddeeff"),
    ],
    [
      "a duration",
      fixed(12, { logicalType: "duration" }),
      '"P1Y1M1W1DT1M0.25S"',
      hex("0d00000008000000" + "5aeb0000"),
    ],
    ["a nullable value", ["null", "long"], "7", 7n],
    ["a bare union's value", ["null", "string", "boolean"], '"x"', "x"],
    ["the one branch that fits", ["null", "string", "long"], "3", 3n],
    ["a short number in quotes as a string", ["string", "long"], '"5"', "5"],
    ["a branch by its name", ["int", "double"], '{"int": 5}', { int: 5 }],
    ["a branch that only one number fits", ["int", "double"], "5.5", { double: 5.5 }],
  ])("has %s", (_what, schema, text, value) => {
    expect(parsed(schema, text)).toEqual(value);
  });

  test("takes of two records the one that has every field, and refuses to choose between equals", () => {
    const union = [
      record({ a: "int" }, { name: "A" }),
      record({ a: "int", b: { of: "int", default: 1 } }, { name: "B" }),
    ];
    expect(parsed(union, '{"a": 1}')).toEqual({ "n.A": { a: 1 } });
    expect(parsed(union, '{"a": 1, "b": 2}')).toEqual({ "n.B": { a: 1, b: 2 } });
    const equal = [record({ a: "int" }, { name: "A" }), record({ a: "int" }, { name: "B" })];
    expect(faultsOf(equal, '{"a": 1}')).toEqual([
      `: the value fits n.A and n.B of the union: write it as {"BRANCH": value}, or in Avro's JSON encoding`,
    ]);
    expect(parsed(equal, '{"n.B": {"a": 1}}')).toEqual({ "n.B": { a: 1 } });
  });

  test("takes no other branch where the right one is in doubt within", () => {
    const inner = record({ n: ["int", "long"] });
    const union = [inner, { type: "map", values: "double" }];
    expect(faultsOf(union, '{"n": 1}')).toEqual([
      expect.stringMatching(/^: the value fits n.R and map of the union/),
    ]);
  });

  test("looks into a tree of branches that all fit once, not once for each way to it", () => {
    const node = (name: string) =>
      record({ left: ["null", "n.A", "n.B"], right: ["null", "n.A", "n.B"] }, { name });
    const a = record({ left: ["null", "A", node("B")], right: ["null", "A", "B"] }, { name: "A" });
    let text = "null";
    for (let depth = 0; depth < 200; depth += 1) text = `{"left": null, "right": ${text}}`;
    expect(faultsOf(["null", a, "n.B"], text)).toHaveLength(1);
  });

  test.each<[string, unknown, string, string]>([
    [
      "a long past 64 bits",
      "long",
      "9223372036854775808",
      ": expected a whole number from -2^63 to 2^63-1, got the number 9223372036854775808",
    ],
    [
      "a double too large",
      "double",
      "1e400",
      ": expected a number that 64 bits can hold, got the number Infinity",
    ],
    ["base64 that is none", "bytes", '"AP8"', ": expected base64 text, got a string"],
    [
      "a day that there is not",
      { type: "int", logicalType: "date" },
      '"2026-02-30"',
      ": expected a date such as 2026-01-31, or days since 1970, got a string",
    ],
    [
      "a time finer than its unit",
      timestamp("timestamp-millis"),
      '"2026-01-31T12:00:00.0001Z"',
      ": expected a time such as 2026-01-31T09:30:00.000Z, no finer than millis, or millis since 1970, got a string",
    ],
    [
      "a decimal with too many digits after the point",
      decimal,
      '"0.001"',
      ": expected a decimal of at most 30 digits, 2 of them after the point, got a string",
    ],
    [
      "a symbol that there is not",
      { type: "enum", name: "E", symbols: ["A"] },
      '"constructor"',
      ": expected one of the symbols of E, got a string",
    ],
    [
      "half of a surrogate pair",
      "string",
      '"\\ud800"',
      ": the string has half of a surrogate pair, which UTF-8 cannot carry",
    ],
    ["no branch", ["null", "string", "long"], "true", ": expected null or string or long, got true"],
  ])("refuses %s", (_what, schema, text, message) => {
    expect(faultsOf(schema, text)).toEqual([message]);
  });

  test("tells every place that is wrong by its path", () => {
    const schema = record({
      id: "string",
      tags: { type: "array", items: "int" },
      by: ["null", record({ name: "string" }, { name: "By" })],
    });
    expect(faultsOf(schema, '{"tags": [1, "x"], "by": {"name": 1, "a/b": 2}}')).toEqual([
      "/id: the field is missing, and has no default",
      "/tags/1: expected a whole number from -2^31 to 2^31-1, got a string",
      "/by/name: expected a string, got the number 1",
      "/by/a~1b: n.By has no such field",
    ]);
  });

  test("takes fields and keys that every object has only from the value itself", () => {
    const schema = record({
      constructor: { of: "string", default: "d" },
      __proto__x: { type: "map", values: "int" },
    });
    expect(parsed(schema, '{"__proto__x": {"__proto__": 1}}')).toEqual(
      Object.assign(Object.create(null), {
        __proto__x: Object.defineProperty(Object.create(null), "__proto__", { value: 1, enumerable: true }),
      }),
    );
  });
});

describe("Avro's JSON encoding", () => {
  test.each<[string, unknown, string, unknown]>([
    ["a union's branch by its name", ["null", "string"], '{"string": "x"}', "x"],
    ["bytes as a character each", "bytes", '"\\u0000ÿ"', hex("00ff")],
    ["a decimal as its bytes", decimal, '"û\\u001e"', hex("fb1e")],
    ["a timestamp as a number", timestamp("timestamp-micros"), "9007199254740993", 9007199254740993n],
  ])("has %s", (_what, schema, text, value) => {
    expect(parsed(schema, text, "avro")).toEqual(value);
  });

  test.each<[string, unknown, string, string]>([
    [
      "a bare value of a union",
      ["null", "string"],
      '"x"',
      ': expected null or {"string": ...}, got a string',
    ],
    [
      "a time as a text",
      timestamp("timestamp-millis"),
      '"1970-01-01T00:00:00Z"',
      ": expected a whole number from -2^63 to 2^63-1, got a string",
    ],
    [
      "a character that is no byte",
      "bytes",
      '"Ā"',
      ": expected text with a character up to U+00FF for each byte, got a string",
    ],
  ])("refuses %s", (_what, schema, text, message) => {
    expect(faultsOf(schema, text, "avro")).toEqual([message]);
  });

  test("gives back every value of every schema", () => {
    fc.assert(
      fc.property(schemaAndValue, ({ json, value }) => {
        const text = JSON.stringify(json);
        const bytes = createCodec(text).encode(value);
        const exact = createCodec(text, jsonMapping);
        const decoded = exact.decode(bytes);
        const again = parsed(json, exact.toAvroJson(decoded), "avro");
        expect(exact.decode(exact.encode(again))).toEqual(decoded);
      }),
    );
  });
});

test("a value nested too deeply is refused, not an error", () => {
  const schema = record({ next: { of: ["null", "n.R"], default: null } });
  const text = `${'{"next":'.repeat(200_000)}null${"}".repeat(200_000)}`;
  expect(read(schema, text)).toMatchObject({ kind: "misfit" });
});
