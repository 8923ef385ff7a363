import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createCodec, createResolver } from "./codec.ts";
import { AvroError } from "./error.ts";
import { parseSchema } from "./parse-schema.ts";
import { arbitrarySchemaJson, arbitraryValue } from "./testing/arbitrary-schema.ts";

function codecOf(json: unknown): ReturnType<typeof createCodec> {
  return createCodec(JSON.stringify(json));
}

function resolverOf(writer: unknown, reader: unknown): ReturnType<typeof createResolver> {
  return createResolver(JSON.stringify(writer), JSON.stringify(reader));
}

function record(fields: Record<string, unknown>, more: object = {}): object {
  return {
    type: "record",
    name: "R",
    namespace: "n",
    fields: Object.entries(fields).map(([name, field]) => ({
      name,
      ...(typeof field === "object" && field !== null && "of" in field
        ? { ...field, type: field.of, of: undefined }
        : { type: field }),
    })),
    ...more,
  };
}

function thrownBy(action: () => unknown): AvroError {
  try {
    action();
  } catch (cause) {
    if (cause instanceof AvroError) return cause;
    throw cause;
  }
  throw new Error("nothing was thrown");
}

const schemaAndValue = arbitrarySchemaJson().chain((json) =>
  arbitraryValue(parseSchema(json)).map((value) => ({ json, value })),
);

describe("what is encoded comes back", () => {
  test("every value of every schema", () => {
    fc.assert(
      fc.property(schemaAndValue, ({ json, value }) => {
        const codec = codecOf(json);
        expect(codec.check(value)).toEqual([]);
        expect(codec.decode(codec.encode(value))).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  test("every value through a resolver between equal schemas of another namespace", () => {
    fc.assert(
      fc.property(schemaAndValue, ({ json, value }) => {
        const writer = { type: "array", items: json };
        const renamed = JSON.parse(JSON.stringify(writer).replaceAll('"a.b"', '"c"'));
        const resolver = resolverOf(writer, renamed);
        const bytes = codecOf(writer).encode([value]);
        expect(resolver.decode(bytes)).toEqual(codecOf(renamed).decode(bytes));
      }),
      { numRuns: 150 },
    );
  });

  test.each([
    -(2 ** 52) - 1,
    -(2 ** 53) + 1,
    2 ** 53 - 1,
    2 ** 52 + 1,
    -(2 ** 30) - 1,
    2 ** 30,
    2 ** 31,
    2 ** 42 + 1,
    0,
    -1,
  ])("the long %d, also nested and as a double", (value) => {
    expect(codecOf("long").decode(codecOf("long").encode(value))).toBe(value);
    expect(resolverOf("long", "double").decode(codecOf("long").encode(value))).toBe(value);
    const pair = ["null", { type: "array", items: "long" }];
    expect(codecOf(pair).decode(codecOf(pair).encode([value, value]))).toEqual([value, value]);
  });

  test("the bytes of longs are those of the specification", () => {
    const hex = (value: number): string => codecOf("long").encode(value).toString("hex");
    expect([0, -1, 1, -64, 64].map(hex)).toEqual(["00", "01", "02", "7f", "8001"]);
    expect(hex(-(2 ** 52) - 1)).toBe("8180808080808010");
  });

  test("a map keeps a key that is called __proto__", () => {
    const codec = codecOf({ type: "map", values: { type: "map", values: "int" } });
    const value: unknown = JSON.parse('{"__proto__": {"x": 1}}');
    const decoded = codec.decode(codec.encode(value)) as object;
    expect(JSON.stringify(decoded)).toBe('{"__proto__":{"x":1}}');
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
  });

  test("a recursive record", () => {
    const codec = codecOf(record({ v: "int", next: ["null", "R"] }));
    const value = { v: 1, next: { v: 2, next: null } };
    expect(codec.decode(codec.encode(value))).toEqual(value);
  });

  test("a value larger than the scratch buffer, and a small one after it", () => {
    const codec = codecOf("string");
    const large = "é".repeat(3_000_000);
    expect(codec.decode(codec.encode(large))).toBe(large);
    expect(codec.decode(codec.encode("x"))).toBe("x");
  });

  test("bytes of an earlier message are not touched by a later one", () => {
    const codec = codecOf("string");
    const first = codec.encode("first");
    codec.encode("other");
    expect(codec.decode(first)).toBe("first");
  });
});

describe("encodeInto", () => {
  const codec = codecOf("string");

  test("returns the end, and leaves the bytes before the offset alone", () => {
    const target = Buffer.alloc(8, 0xff);
    expect(codec.encodeInto(target, 2, "abc")).toBe(6);
    expect(target.toString("hex")).toBe("ffff06616263ffff");
  });

  test.each([0, 1, 3, 5])("is negative when %d bytes of six are there", (size) => {
    expect(codec.encodeInto(Buffer.alloc(size), 0, "abcde")).toBeLessThan(0);
  });

  test("fits exactly", () => {
    expect(codec.encodeInto(Buffer.alloc(6), 0, "abcde")).toBe(6);
  });
});

describe("a value that is not one of the schema is refused with its place", () => {
  const enumType = { type: "enum", name: "E", symbols: ["A"] };
  const anyOptional = record({ a: { of: "int", default: 1 } });
  test.each<[string, unknown, unknown, string, RegExp]>([
    ["a text for an int", "int", "1", "", /whole number.*a string/],
    ["an int past 31 bits", "int", 2 ** 31, "", /2147483648/],
    ["half a number", "long", 0.5, "", /0.5/],
    ["a long past 2^53", "long", 2 ** 53, "", /2\^53-1/],
    ["a bigint", "long", 1n, "", /bigint/],
    ["NaN for a long", "long", Number.NaN, "", /NaN/],
    ["a double that is infinity as a float", "float", 1e300, "", /32 bits/],
    ["a text for bytes", "bytes", "x", "", /Buffer.*a string/],
    ["plain bytes for bytes", "bytes", new Uint8Array(2), "", /a Uint8Array/],
    [
      "a fixed of another length",
      { type: "fixed", name: "F", size: 2 },
      Buffer.alloc(3),
      "",
      /2 bytes.*3 bytes/,
    ],
    ["an unknown symbol", enumType, "B", "", /symbols of E/],
    ["a symbol that every object has", enumType, "constructor", "", /symbols of E/],
    ["a symbol in an array", enumType, ["A"], "", /an array/],
    ["a Map for a map", { type: "map", values: "int" }, new Map([["a", 1]]), "", /a Map/],
    ["a Buffer for a map", { type: "map", values: "int" }, Buffer.alloc(1), "", /a Buffer/],
    ["an array for a record without required fields", anyOptional, [], "", /n\.R, got an array/],
    ["a Map for a record without required fields", anyOptional, new Map(), "", /a Map/],
    ["undefined", anyOptional, undefined, "", /undefined/],
    ["a missing field", record({ a: "int", b: "int" }), { a: 1 }, "/b", /missing/],
    ["an undeclared field", record({ a: "int" }), { a: 1, "b/c": 2 }, "/b~1c", /n\.R has no such field/],
    [
      "an undeclared field that is undefined",
      record({ a: "int" }),
      { a: 1, b: undefined },
      "/b",
      /no such field/,
    ],
    ["an undeclared field in place of an optional one", anyOptional, { b: 1 }, "/b", /no such field/],
    ["null for a required field", record({ a: "string" }), { a: null }, "/a", /expected a string, got null/],
    ["an item", { type: "array", items: "int" }, [1, "x"], "/1", /a string/],
    ["a hole in an array", { type: "array", items: "int" }, new Array(2).fill(1, 0, 1), "/1", /undefined/],
    ["an entry of a map", { type: "map", values: "int" }, { k: "x" }, "/k", /a string/],
    ["a value for no branch", ["null", "string"], 3, "", /null or string, got the number 3/],
    [
      "a bare value for a wrapped union",
      ["int", "double"],
      3,
      "",
      /\{"int": \.\.\.\} or \{"double": \.\.\.\}/,
    ],
    ["a wrapped value of an unknown branch", ["int", "double"], { float: 1 }, "", /an object/],
    ["two branches at once", ["int", "double"], { int: 1, double: 2 }, "", /an object/],
    ["a wrapped value that does not fit", ["int", "double"], { int: 0.5 }, "/int", /0.5/],
    ["a wrapped null in a union without null", ["int", "double"], null, "", /null/],
    [
      "an enum default outside the symbols does not count",
      record({ e: { of: enumType, default: "Z" } }),
      {},
      "/e",
      /missing/,
    ],
  ])("%s", (_, schema, value, path, message) => {
    const codec = codecOf(schema);
    const [first] = codec.check(value);
    expect(first).toMatchObject({ path, message: expect.stringMatching(message), code: "invalid-value" });
    const error = thrownBy(() => codec.encode(value));
    expect(error).toMatchObject({ code: "invalid-value", details: { path } });
    expect(error.message).toMatch(message);
    expect(thrownBy(() => codec.toAvroJson(value)).code).toBe("invalid-value");
  });

  test("all faults are found, and the message tells of the first and counts the rest", () => {
    const codec = codecOf(record({ a: "int", b: "string" }));
    const value = { a: "x", b: 1, c: 1 };
    expect(codec.check(value).map(({ path }) => path)).toEqual(["/a", "/b", "/c"]);
    expect(thrownBy(() => codec.encode(value)).message).toMatch(/^\/a: .*\(and 2 more\)$/);
  });

  test("a message never holds the text or the bytes of a value", () => {
    const codec = codecOf(record({ a: "int", b: "int" }));
    const { message } = thrownBy(() => codec.encode({ a: "secret-text", b: Buffer.from("secret-bytes") }));
    expect(message).not.toMatch(/secret/);
  });

  test("what check finds is what encode refuses, whatever the value", () => {
    const strange = fc.oneof(fc.anything({ withBigInt: true, withDate: true, withMap: true }), fc.string());
    fc.assert(
      fc.property(arbitrarySchemaJson(2), strange, (json, value) => {
        const codec = codecOf(json);
        const refused = codec.check(value).length > 0;
        if (refused) expect(() => codec.encode(value)).toThrow(AvroError);
        else codec.encode(value);
      }),
      { numRuns: 500 },
    );
  });
});

describe("half of a surrogate pair is refused, never replaced", () => {
  const schema = record({
    short: "string",
    long: ["null", "string"],
    map: { type: "map", values: "string" },
  });
  const good = { short: "a", long: null, map: {} };
  const long = "x".repeat(100);
  test.each<[string, object, string]>([
    ["in a short text", { short: "a\ud800b" }, "/short"],
    ["at the end", { short: "\udc00" }, "/short"],
    ["in a long text", { long: `${long}\ud83d${long}` }, "/long"],
    ["in a map's value", { map: { k: "\ud800" } }, "/map/k"],
    ["in a map's key", { map: { "\ud800": "v" } }, "/map/\ufffd"],
  ])("%s", (_, part, path) => {
    const codec = codecOf(schema);
    const value = { ...good, ...part };
    expect(codec.check(value)).toMatchObject([{ code: "unpaired-surrogate", path }]);
    expect(thrownBy(() => codec.encode(value))).toMatchObject({
      code: "unpaired-surrogate",
      details: { path },
    });
    expect(thrownBy(() => codec.toAvroJson(value)).code).toBe("unpaired-surrogate");
  });

  test("whole pairs and the replacement character itself pass, at every length", () => {
    const codec = codecOf("string");
    for (const unit of ["😀", "\ufffd", "é", "a😀"]) {
      for (const count of [1, 31, 32, 63, 64, 200]) {
        const text = unit.repeat(count);
        const bytes = codec.encode(text);
        expect(bytes.subarray(-Buffer.byteLength(text)).toString("utf8")).toBe(text);
        expect(codec.decode(bytes)).toBe(text);
      }
    }
  });
});

describe("bytes that are no value are refused with code and place", () => {
  const list = { type: "array", items: "string" };
  test.each<[string, unknown, string, string, string]>([
    ["nothing", "int", "", "truncated", ""],
    ["an end inside a number", "long", "80", "truncated", ""],
    ["an end inside a text", record({ a: "int", b: "string" }), "020661", "truncated", "/b"],
    ["an end inside a fixed", { type: "fixed", name: "F", size: 2 }, "00", "truncated", ""],
    ["an end between fields", record({ a: "int", b: "boolean" }), "02", "truncated", "/b"],
    ["an end inside an array", list, "0402610261", "truncated", ""],
    ["bytes after the value", "int", "0200", "trailing-bytes", ""],
    ["a branch that is not there", ["null", "int"], "04", "corrupt", ""],
    ["a negative branch", ["null", "int"], "01", "corrupt", ""],
    ["a symbol that is not there", { type: "enum", name: "E", symbols: ["A"] }, "02", "corrupt", ""],
    ["a negative length", record({ s: "string" }), "01", "corrupt", "/s"],
    ["a boolean of 2", "boolean", "02", "corrupt", ""],
    ["an int of 33 bits", "int", "8080808040", "corrupt", ""],
    ["a number of eleven bytes", "long", "8080808080808080808001", "corrupt", ""],
    ["a text that is not UTF-8", record({ s: "string" }), "04c328", "corrupt", "/s"],
    ["a map key that is not UTF-8", { type: "map", values: "int" }, "0202ff0200", "corrupt", ""],
    ["a count beyond the bytes", list, "feffffffffffffff7f", "corrupt", ""],
    [
      "a count of nulls beyond reason",
      { type: "array", items: "null" },
      "feffffffffffffff7f00",
      "corrupt",
      "",
    ],
    [
      "a long past 2^53",
      record({ l: ["null", "long"] }),
      "0280808080808080808001",
      "long-out-of-range",
      "/l",
    ],
    [
      "the smallest long",
      { type: "array", items: "long" },
      "02ffffffffffffffffff0100",
      "long-out-of-range",
      "/0",
    ],
    ["a wrapped branch's value", ["int", "double"], "028000", "truncated", "/double"],
  ])("%s", (_, schema, hex, code, path) => {
    const error = thrownBy(() => codecOf(schema).decode(Buffer.from(hex, "hex")));
    expect(error).toMatchObject({ code, details: { path } });
  });

  test("every message cut short is truncated, and one byte more is too many", () => {
    fc.assert(
      fc.property(schemaAndValue, fc.nat(), ({ json, value }, cut) => {
        const codec = codecOf(json);
        const bytes = codec.encode(value);
        expect(thrownBy(() => codec.decode(Buffer.concat([bytes, Buffer.alloc(1)]))).code).toBe(
          "trailing-bytes",
        );
        if (bytes.length === 0) return;
        expect(thrownBy(() => codec.decode(bytes.subarray(0, cut % bytes.length))).code).toBe("truncated");
      }),
      { numRuns: 200 },
    );
  });

  test("any bytes give a value or an error of ours, soon, with or without a resolver", () => {
    const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
    const codes = ["truncated", "trailing-bytes", "corrupt", "long-out-of-range"];
    fc.assert(
      fc.property(arbitrarySchemaJson(), bytes, (json, input) => {
        const schema = record({ x: json, y: "int" });
        const skipping = resolverOf(schema, record({ y: "int" }));
        for (const decoder of [codecOf(schema), skipping]) {
          try {
            decoder.decode(input);
          } catch (cause) {
            if (!(cause instanceof AvroError)) throw cause;
            expect(codes).toContain(cause.code);
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  test("deep nesting in bad bytes does not end the process", () => {
    const codec = codecOf(record({ next: ["R", "null"] }));
    expect(thrownBy(() => codec.decode(Buffer.alloc(2_000_000))).code).toBe("corrupt");
  });
});

describe("a reader sees a writer's value as its own schema says", () => {
  const one = record({ a: "int", b: "string" });
  test.each<[string, unknown, unknown, unknown, unknown]>([
    ["a field dropped", one, record({ b: "string" }), { a: 1, b: "x" }, { b: "x" }],
    [
      "a field with a default added",
      one,
      record({ b: "string", c: { of: ["null", "int"], default: null } }),
      { a: 1, b: "x" },
      { b: "x", c: null },
    ],
    [
      "a default of a later branch",
      one,
      record({ c: { of: ["null", "long"], default: 7 } }),
      { a: 1, b: "x" },
      { c: 7 },
    ],
    [
      "a default of a later branch of a wrapped union",
      one,
      record({ c: { of: ["null", "int", "double"], default: 0.5 } }),
      { a: 1, b: "x" },
      { c: { double: 0.5 } },
    ],
    [
      "a field renamed by alias",
      one,
      record({ z: { of: "string", aliases: ["b"] } }),
      { a: 1, b: "x" },
      { z: "x" },
    ],
    ["another namespace", one, { ...one, namespace: "elsewhere" }, { a: 1, b: "x" }, { a: 1, b: "x" }],
    ["int to double", "int", "double", 3, 3],
    ["string to bytes", "string", "bytes", "é", Buffer.from("é")],
    ["bytes to string", "bytes", "string", Buffer.from("é"), "é"],
    ["into a union", "int", ["null", "int"], 3, 3],
    ["into a union, by the branch of the same name", "string", ["null", "bytes", "string"], "x", "x"],
    ["into a wrapped union, by the branch of the same name", "int", ["long", "int"], 3, { int: 3 }],
    ["out of a union", ["int", "long"], "long", { int: 3 }, 3],
    [
      "an unknown symbol, by the enum's default",
      { type: "enum", name: "E", symbols: ["A", "B"] },
      { type: "enum", name: "E", symbols: ["A"], default: "A" },
      "B",
      "A",
    ],
    [
      "a skipped list",
      record({ l: { type: "array", items: "string" }, b: "int" }),
      record({ b: "int" }),
      { l: ["x", "y"], b: 1 },
      { b: 1 },
    ],
  ])("%s", (_, writer, reader, written, read) => {
    expect(resolverOf(writer, reader).decode(codecOf(writer).encode(written))).toEqual(read);
  });

  test.each<[string, unknown, unknown]>([
    ["another type", "int", "string"],
    ["a field without a default", record({ a: "int" }), record({ b: "int" })],
    ["a branch that cannot be read", ["null", "int"], "int"],
    [
      "an enum field default outside the symbols",
      record({}),
      record({ e: { of: { type: "enum", name: "E", symbols: ["A"] }, default: "Z" } }),
    ],
    [
      "a record that failed in a branch, met again where no other branch helps,",
      record({ u: record({ x: "int" }, { name: "W" }), v: "W" }),
      record({
        u: [record({ y: "int" }, { name: "W" }), record({ x: "int" }, { name: "Z", aliases: ["W"] })],
        v: "W",
      }),
    ],
  ])("%s cannot be resolved", (_, writer, reader) => {
    expect(thrownBy(() => resolverOf(writer, reader)).code).toBe("cannot-resolve");
  });

  test("blocks with a size, as other writers make them, are read and skipped", () => {
    const writer = record({
      l: { type: "array", items: "int" },
      m: { type: "map", values: "int" },
      z: "int",
    });
    const bytes = Buffer.from(["03040204", "00", "0106026b06", "00", "0a"].join(""), "hex");
    expect(codecOf(writer).decode(bytes)).toEqual({ l: [1, 2], m: { k: 3 }, z: 5 });
    expect(resolverOf(writer, record({ z: "int" })).decode(bytes)).toEqual({ z: 5 });
  });
});

describe("the JSON encoding of the specification", () => {
  test.each<[string, unknown, unknown, string]>([
    [
      "unions name their branch",
      record({ a: ["null", "string"], b: ["null", "int", "double"] }),
      { a: "x", b: { int: 1 } },
      '{"a":{"string":"x"},"b":{"int":1}}',
    ],
    ["null is bare", ["null", "string"], null, "null"],
    ["named types by full name", ["null", record({ a: "int" })], { a: 1 }, '{"n.R":{"a":1}}'],
    ["bytes are Latin-1 text", "bytes", Buffer.from([0, 255]), '"\\u0000ÿ"'],
    ["fields in the schema's order", record({ a: "int", b: "int" }), { b: 2, a: 1 }, '{"a":1,"b":2}'],
    [
      "defaults are filled in",
      record({ a: { of: ["null", "int"], default: 3 }, b: { of: "bytes", default: "ÿ" } }),
      {},
      '{"a":{"int":3},"b":"ÿ"}',
    ],
    [
      "numbers that JSON lacks are texts",
      { type: "array", items: "double" },
      [Number.NaN, -Infinity, 0.5],
      '["NaN","-Infinity",0.5]',
    ],
    [
      "maps and enums",
      { type: "map", values: { type: "enum", name: "E", symbols: ["A"] } },
      { k: "A" },
      '{"k":"A"}',
    ],
  ])("%s", (_, schema, value, text) => {
    expect(codecOf(schema).toAvroJson(value)).toBe(text);
  });

  test("is JSON for every value", () => {
    fc.assert(
      fc.property(schemaAndValue, ({ json, value }) => {
        JSON.parse(codecOf(json).toAvroJson(value));
      }),
      { numRuns: 100 },
    );
  });
});

describe("schemas that the codec cannot hold are refused when it is made", () => {
  test.each<[string, unknown]>([
    ["a symbol named like what every object has", { type: "enum", name: "E", symbols: ["constructor"] }],
    ["an enum without symbols", { type: "enum", name: "E", symbols: [] }],
    ["a field called __proto__", { type: "record", name: "R", fields: [{ name: "__proto__", type: "int" }] }],
  ])("%s", (_, schema) => {
    expect(thrownBy(() => codecOf(schema)).code).toBe("invalid-schema");
  });

  test("two codecs of two versions of one record live side by side", () => {
    const first = codecOf(record({ a: "int" }));
    const second = codecOf(record({ a: "int", b: "int" }));
    expect(first.decode(first.encode({ a: 1 }))).toEqual({ a: 1 });
    expect(second.decode(second.encode({ a: 1, b: 2 }))).toEqual({ a: 1, b: 2 });
  });
});
