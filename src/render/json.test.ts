import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Utf8Text } from "../kernel/utf8-text.ts";
import { createJsonRenderer, type JsonOptions } from "./json.ts";
import type { LineRenderer, RenderedRecord } from "./record.ts";
import { expectGolden } from "./testing/compare-golden.ts";
import { everything, everythingSchema, recordOf, recordSchema, tweetSchema } from "./testing/records.ts";

type Kind = JsonOptions["kind"];

/** The JSON text of a value under a type: the schema is a record with that one field. */
function show(kind: Kind, type: unknown, value: unknown, terminal = false): string {
  const renderer = createJsonRenderer({ kind, schema: recordSchema(["x", type]), terminal });
  return linesOf(renderer, recordOf({ x: value })).replace(/^\{"x":(.*)\}\n$/s, "$1");
}

/** What a renderer makes of a record, held against the bytes that it makes where it can. */
function linesOf(renderer: LineRenderer, record: RenderedRecord): string {
  const text = renderer.render(record);
  const bytes = new Utf8Text(64);
  renderer.append?.(record, bytes);
  if (renderer.append !== undefined) expect(bytes.take().toString()).toBe(text);
  return text;
}

const user = { type: "record", name: "User", fields: [{ name: "n", type: "int" }] };

describe("json", () => {
  test("prints every kind of value on one line", () => {
    expectGolden(
      "json-everything",
      linesOf(createJsonRenderer({ kind: "json", schema: everythingSchema }), recordOf(everything)),
    );
  });

  test("wraps a value with where it came from when asked", () => {
    const renderer = createJsonRenderer({ kind: "json", schema: tweetSchema, meta: true });
    const tweet = { created_at: "2024-02-29T09:00:00.000Z", id: "1700000000000000102", text: "hi" };
    expectGolden("json-meta", renderer.render(recordOf(tweet)));
    expect(JSON.parse(renderer.render(recordOf(null, { key: null, timestampMs: -1 })))).toEqual({
      topic: "twitter",
      partition: 2,
      offset: 1234,
      timestamp: null,
      key: null,
      writer: { id: 7, version: 1 },
      value: null,
    });
    const binaryKey = renderer.render(
      recordOf(null, { key: Buffer.from([0xff]), writer: { id: 7, version: null } }),
    );
    expect(JSON.parse(binaryKey)).toMatchObject({
      key: { base64: "/w==" },
      writer: { id: 7, version: null },
    });
  });

  test("names fields in the order of the schema, not of the value", () => {
    const renderer = createJsonRenderer({ kind: "json", schema: recordSchema(["b", "int"], ["a", "int"]) });
    expect(linesOf(renderer, recordOf({ a: 1, b: 2, other: 3 }))).toBe('{"b":2,"a":1}\n');
    expect(linesOf(renderer, recordOf(null))).toBe("null\n");
  });

  const bytes = (hex: string): Buffer => Buffer.from(hex, "hex");
  test.each<[type: unknown, value: unknown, expected: string]>([
    ["long", 9_007_199_254_740_991, "9007199254740991"],
    ["long", 9_007_199_254_740_992, '"9007199254740992"'],
    ["long", 9_007_199_254_740_991n, "9007199254740991"],
    ["long", -9_223_372_036_854_775_808n, '"-9223372036854775808"'],
    ["double", Number.NaN, '"NaN"'],
    ["double", Number.NEGATIVE_INFINITY, '"-Infinity"'],
    ["double", -0, "-0.0"],
    ["double", 1e300, "1e+300"],
    ["string", "\ud800", '"\\ud800"'],
    [["null", "string"], null, "null"],
    [["null", "int", "long"], { long: 5 }, "5"],
    [["null", "string", "bytes"], bytes("00"), '"AA=="'],
    [[user, { type: "map", values: "int" }], { "birdwire.User": { n: 1 } }, '{"n":1}'],
    [[user, { type: "map", values: "int" }], { map: { "birdwire.User": 1 } }, '{"birdwire.User":1}'],
    [{ type: "long", logicalType: "timestamp-millis" }, -1, '"1969-12-31T23:59:59.999Z"'],
    [{ type: "long", logicalType: "timestamp-micros" }, -1n, '"1969-12-31T23:59:59.999999Z"'],
    [
      { type: "long", logicalType: "timestamp-nanos" },
      1_709_197_200_000_000_001n,
      '"2024-02-29T09:00:00.000000001Z"',
    ],
    [{ type: "long", logicalType: "local-timestamp-micros" }, 0, '"1970-01-01T00:00:00.000000"'],
    [{ type: "long", logicalType: "timestamp-millis" }, 9_000_000_000_000_000, "9000000000000000"],
    [{ type: "long", logicalType: "time-micros" }, 86_399_999_999, '"23:59:59.999999"'],
    [{ type: "long", logicalType: "time-micros" }, 86_400_000_000, "86400000000"],
    [{ type: "int", logicalType: "date" }, -719_529, '"-000001-12-31"'],
    [{ type: "bytes", logicalType: "decimal", precision: 4, scale: 3 }, bytes("05"), '"0.005"'],
    [{ type: "bytes", logicalType: "decimal", precision: 4 }, bytes("ff38"), '"-200"'],
    [{ type: "bytes", logicalType: "decimal", precision: 4 }, bytes(""), '"0"'],
    [{ type: "bytes", logicalType: "decimal", precision: 2, scale: 3 }, bytes("05"), '"BQ=="'],
    [
      { type: "fixed", name: "U", size: 16, logicalType: "uuid" },
      bytes("123e4567e89b12d3a456426614174000"),
      '"123e4567-e89b-12d3-a456-426614174000"',
    ],
    [{ type: "fixed", name: "D", size: 12, logicalType: "duration" }, bytes("00".repeat(12)), '"PT0S"'],
    [{ type: "string", logicalType: "no-such-type" }, "x", '"x"'],
  ])("prints %j of %p as %s", (type, value, expected) => {
    expect(show("json", type, value)).toBe(expected);
  });

  test("leaves C1 and bidirectional controls raw for programs and escapes them for terminals", () => {
    const text = "\u001b[31m \u007f \u009b2J \u202e \u2028";
    expect(show("json", "string", text)).toBe(JSON.stringify(text));
    const shown = show("json", "string", text, true);
    expect(shown).toBe('"\\u001b[31m \\u007f \\u009b2J \\u202e \\u2028"');
    expect(JSON.parse(shown)).toBe(text);
  });

  test.each<[type: unknown, value: unknown, path: string]>([
    ["string", 5, "birdwire.Case.x"],
    ["string", undefined, "birdwire.Case.x"],
    [["null", "int", "string"], true, "birdwire.Case.x"],
    [{ type: "array", items: "int" }, ["a"], "birdwire.Case.x[]"],
    [user, 5, "birdwire.User"],
  ])("refuses a value that is not of %j", (type, value, path) => {
    const refused = expect.objectContaining({
      code: "value-mismatch",
      details: expect.objectContaining({ path }),
    });
    expect(() => show("json", type, value)).toThrow(refused);
    const { append } = createJsonRenderer({ kind: "json", schema: recordSchema(["x", type]) });
    expect(() => append?.(recordOf({ x: value }), new Utf8Text(64))).toThrow(refused);
  });

  test("prints lines that parse back to the same value, whatever the text and numbers", () => {
    const schema = recordSchema(
      ["s", "string"],
      ["d", "double"],
      ["b", "boolean"],
      ["i", ["null", "int"]],
      ["m", { type: "map", values: { type: "array", items: "string" } }],
    );
    const text = fc.string({ unit: "binary" });
    const value = fc.record({
      s: text,
      d: fc.double({ noNaN: true, noDefaultInfinity: true }),
      b: fc.boolean(),
      i: fc.option(fc.integer()),
      m: fc.dictionary(text, fc.array(text, { maxLength: 3 }), { noNullPrototype: true, maxKeys: 3 }),
    });
    fc.assert(
      fc.property(value, fc.boolean(), (x, terminal) => {
        const line = linesOf(createJsonRenderer({ kind: "json", schema, terminal }), recordOf(x));
        expect(line.indexOf("\n")).toBe(line.length - 1);
        expect(JSON.parse(line)).toEqual(x);
        if (terminal) expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
      }),
    );
  });
});

describe("json as bytes", () => {
  const moment = { type: "long", logicalType: "timestamp-millis" };
  const schema = recordSchema(
    ["at", moment],
    ["maybe", ["null", moment]],
    ["n", ["long", "null"]],
    ["flags", { type: "array", items: ["null", "boolean"] }],
    ["inner", ["null", { type: "record", name: "Inner", fields: [{ name: "s", type: "string" }] }]],
    ["last", ["null", "Case"]],
  );
  const leaf = {
    at: fc.oneof(fc.integer({ min: -8.64e15, max: 8.64e15 }), fc.maxSafeInteger(), fc.bigInt()),
    maybe: fc.option(fc.integer({ min: -2e12, max: 3e12 })),
    n: fc.option(fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))),
    flags: fc.array(fc.option(fc.boolean()), { maxLength: 4 }),
    inner: fc.option(fc.record({ s: fc.string({ unit: "binary" }) })),
  };

  test("is the same as text, for every time, number and list, in records within records", () => {
    const innermost = fc.record({ ...leaf, last: fc.constant(null) });
    const renderer = createJsonRenderer({ kind: "json", schema });
    expect(renderer.append).toBeDefined();
    fc.assert(
      fc.property(fc.record({ ...leaf, last: fc.option(innermost) }), (value) => {
        linesOf(renderer, recordOf(value));
      }),
      { numRuns: 300 },
    );
  });
});

describe("avro-json", () => {
  test("prints every kind of value as the Avro specification encodes it", () => {
    const renderer = createJsonRenderer({ kind: "avro-json", schema: everythingSchema });
    expectGolden("avro-json-everything", renderer.render(recordOf(everything)));
  });

  test.each<[type: unknown, value: unknown, expected: string]>([
    [["null", "string"], "a", '{"string":"a"}'],
    [["null", "string"], null, "null"],
    [["null", "int", "long"], { int: 5 }, '{"int":5}'],
    [["null", user], { n: 1 }, '{"birdwire.User":{"n":1}}'],
    [["string", { type: "array", items: "int" }], [1], '{"array":[1]}'],
    ["long", 9_223_372_036_854_775_807n, "9223372036854775807"],
    ["float", Math.fround(0.1), "0.1"],
    ["float", Math.fround(3.4028234663852886e38), "3.4028235e+38"],
    ["double", Number.POSITIVE_INFINITY, '"Infinity"'],
    ["bytes", Buffer.from([0x00, 0x41, 0xff]), '"\\u0000A\u00ff"'],
    [{ type: "long", logicalType: "timestamp-millis" }, 5, "5"],
    [{ type: "string", logicalType: "uuid" }, "u", '"u"'],
  ])("prints %j of %p as %s", (type, value, expected) => {
    expect(show("avro-json", type, value)).toBe(expected);
  });
});
