import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { codecOf, record, resolverOf, schemaAndValue, thrownBy } from "./testing/codecs.ts";

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

describe("a text's bytes are those that Node makes of it", () => {
  const text = fc
    .tuple(
      fc.constantFrom("", "x".repeat(60), "é".repeat(64), "日本".repeat(40), "😀".repeat(1400)),
      fc.string({ unit: "binary", maxLength: 20 }),
      fc.constantFrom("", "y".repeat(100)),
    )
    .map((parts) => parts.join(""));

  test("at every length, whatever the room", () => {
    const codec = codecOf("string");
    fc.assert(
      fc.property(text, fc.nat(3), (value, spare) => {
        const bytes = codec.encode(value);
        const content = Buffer.from(value, "utf8");
        expect(bytes.subarray(bytes.length - content.length).equals(content)).toBe(true);
        expect(
          bytes.subarray(0, bytes.length - content.length).equals(codecOf("long").encode(content.length)),
        ).toBe(true);
        const target = Buffer.alloc(bytes.length + spare);
        expect(codec.encodeInto(target, 0, value)).toBe(bytes.length);
        expect(target.subarray(0, bytes.length).equals(bytes)).toBe(true);
        if (bytes.length > 1)
          expect(codec.encodeInto(Buffer.alloc(bytes.length - 1), 0, value)).toBeLessThan(0);
      }),
      { numRuns: 200 },
    );
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

describe("what is called as something that every object has", () => {
  const names = ["constructor", "toString", "__proto__", "valueOf"];
  const kind = (symbols: readonly string[], more: object = {}) => ({
    type: "enum",
    name: "E",
    symbols,
    ...more,
  });

  test("is a symbol like any other", () => {
    const codec = codecOf(record({ a: kind(names), b: ["null", "E"] as never }));
    for (const symbol of names) {
      expect(codec.decode(codec.encode({ a: symbol, b: symbol }))).toEqual({ a: symbol, b: symbol });
    }
    expect(codec.check({ a: "hasOwnProperty", b: null })).toHaveLength(1);
    expect(thrownBy(() => codec.decode(Buffer.from([8, 0]))).code).toBe("corrupt");
    expect(codec.encode({ a: "toString", b: null })).toEqual(Buffer.from([2, 0]));
  });

  test("is resolved by its name, or to the default", () => {
    const [writer, reader] = [kind(["A", ...names]), kind([...names, "Z"], { default: "valueOf" })];
    const resolver = resolverOf(writer, reader);
    expect(resolver.decode(codecOf(writer).encode("toString"))).toBe("toString");
    expect(resolver.decode(codecOf(writer).encode("A"))).toBe("valueOf");
    expect(thrownBy(() => resolverOf(writer, kind(names))).code).toBe("cannot-resolve");
    const plain = kind(["A", "B"]);
    expect(resolverOf(plain, reader).decode(codecOf(plain).encode("B"))).toBe("valueOf");
    expect(resolverOf(kind(names), kind(["X"], { default: "X" })).decode(Buffer.from([0]))).toBe("X");
  });

  test("is the default of a symbol's field, and of an enum that a newer record has", () => {
    const reader = record({ a: { of: kind(names), default: "constructor" } });
    expect(codecOf(reader).decode(codecOf(reader).encode({}))).toEqual({ a: "constructor" });
    expect(resolverOf(record({}), reader).decode(Buffer.alloc(0))).toEqual({ a: "constructor" });
  });

  test("may be left out where it has a default", () => {
    const schema = record({
      a: "int",
      constructor: { of: "long", default: 7 },
      toString: { of: "string", default: "t" },
    });
    const codec = codecOf({ type: "array", items: schema });
    expect(codec.check([{ a: 1 }])).toEqual([]);
    expect(codec.decode(codec.encode([{ a: 1 }, { a: 2, constructor: 3 }]))).toEqual([
      { a: 1, constructor: 7, toString: "t" },
      { a: 2, constructor: 3, toString: "t" },
    ]);
    expect(codec.toAvroJson([{ a: 1 }])).toBe('[{"a":1,"constructor":7,"toString":"t"}]');
    expect(codec.check([{ a: 1, constructor: "x" }])).toHaveLength(1);
    expect(codecOf(record({ constructor: "int" })).check({})).toHaveLength(1);
  });
});

describe("a record is resolved by its fields' names", () => {
  test.each(["constructor", "toString", "hasOwnProperty", "valueOf"])(
    "%s is a name like any other",
    (name) => {
      const without = record({ a: "int" });
      const withIt = record({ a: "int", [name]: { of: "long", default: 7 } });
      const bytes = codecOf(without).encode({ a: 1 });
      expect(resolverOf(without, withIt).decode(bytes)).toEqual({ a: 1, [name]: 7 });
      const full = codecOf(withIt).encode({ a: 1, [name]: 2 });
      expect(resolverOf(withIt, without).decode(full)).toEqual({ a: 1 });
      const renamed = record({ b: { of: "double", aliases: [name] } });
      expect(resolverOf(withIt, renamed).decode(full)).toEqual({ b: 2 });
    },
  );

  test("a field of the reader's name goes before one that an alias names", () => {
    const writer = record({ old: "int", now: "int" });
    const reader = record({ now: { of: "long", aliases: ["older", "old"] } });
    expect(resolverOf(writer, reader).decode(codecOf(writer).encode({ old: 1, now: 2 }))).toEqual({ now: 2 });
  });

  test("the first alias goes before the second, and two fields may read one", () => {
    const writer = record({ x: "int", y: "int" });
    const reader = record({ a: { of: "int", aliases: ["y", "x"] }, b: { of: "double", aliases: ["y"] } });
    expect(resolverOf(writer, reader).decode(codecOf(writer).encode({ x: 1, y: 2 }))).toEqual({ a: 2, b: 2 });
  });
});

describe.each([
  ["record", { fields: [] }, {}],
  ["enum", { symbols: ["A"] }, "A"],
  ["fixed", { size: 1 }, Buffer.from([1])],
] as const)("a %s is resolved by its name", (type, rest, value) => {
  const named = (name: string, aliases: readonly string[] = []) => ({ type, name, aliases, ...rest });
  const bytes = codecOf(named("a.Old")).encode(value);

  test.each([
    ["whose namespace changed", named("b.Old")],
    ["that has the full name as an alias", named("b.New", ["a.Old"])],
  ])("%s", (_, reader) => {
    expect(resolverOf(named("a.Old"), reader).decode(bytes)).toEqual(value);
  });

  test.each([
    ["another name", named("a.New")],
    ["an alias of another namespace", named("b.New", ["Old"])],
  ])("%s is none", (_, reader) => {
    expect(thrownBy(() => resolverOf(named("a.Old"), reader)).code).toBe("cannot-resolve");
  });
});

describe("schemas that the codec cannot hold are refused when it is made", () => {
  test.each<[string, unknown]>([
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
