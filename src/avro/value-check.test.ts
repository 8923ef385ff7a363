import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { AvroError } from "./error.ts";
import { arbitrarySchemaJson } from "./testing/arbitrary-schema.ts";
import { codecOf, record, thrownBy } from "./testing/codecs.ts";

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
    ["in a long text of another script", { long: `${"日".repeat(100)}\ud83d日` }, "/long"],
    ["at the end of one", { long: `${"日".repeat(100)}\ud83d` }, "/long"],
    ["the wrong way round in one", { long: `${"日".repeat(100)}\ude00\ud83d` }, "/long"],
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
      for (const count of [1, 31, 32, 63, 64, 200, 2730, 2731]) {
        const text = unit.repeat(count);
        const bytes = codec.encode(text);
        expect(bytes.subarray(-Buffer.byteLength(text)).toString("utf8")).toBe(text);
        expect(codec.decode(bytes)).toBe(text);
      }
    }
  });
});
