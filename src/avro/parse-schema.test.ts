import { describe, expect, test } from "@jest/globals";
import { toParsingCanonicalForm, toSchemaText } from "./canonical.ts";
import { AvroError } from "./error.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { fullNameText, type RecordSchema } from "./model.ts";
import { parseSchema, parseSchemaText } from "./parse-schema.ts";

function thrownBy(action: () => unknown): AvroError {
  try {
    action();
  } catch (cause) {
    if (cause instanceof AvroError) return cause;
    throw cause;
  }
  throw new Error("nothing was thrown");
}

function record(fields: unknown, more: object = {}): unknown {
  return { type: "record", name: "R", namespace: "n", fields, ...more };
}

function asRecord(json: unknown): RecordSchema {
  const schema = parseSchema(json);
  if (schema.kind !== "record") throw new Error(`a ${schema.kind}`);
  return schema;
}

describe("a schema is refused with the place and the reason", () => {
  const field = (more: object): unknown => record([{ name: "a", ...more }]);
  const enumOf = (more: object): unknown => ({ type: "enum", name: "E", symbols: ["A", "B"], ...more });
  test.each<[string, unknown, string, RegExp]>([
    ["null", null, "", /not null/],
    ["a number", 7, "", /not 7/],
    ["an unknown name", "Nope", "", /no type named "Nope"/],
    ["an object without a type", { name: "A" }, "", /"type" is missing/],
    ["a type that is an object", { type: { type: "string" } }, "/type", /a text/],
    ["a record without a name", { type: "record", fields: [] }, "", /a record needs a "name"/],
    ["an enum without a name", { type: "enum", symbols: [] }, "", /an enum needs a "name"/],
    ["a record without fields", { type: "record", name: "R" }, "", /needs "fields"/],
    ["fields that are no list", record({}), "/fields", /needs "fields"/],
    ["a field that is no object", record(["a"]), "/fields/0", /a field is an object/],
    ["a field without a name", record([{ type: "int" }]), "/fields/0", /needs a "name"/],
    ["a field without a type", field({}), "/fields/0", /no "type"/],
    ["a bad field name", record([{ name: "a-b", type: "int" }]), "/fields/0/name", /"a-b" is not a name/],
    ["a bad type name", { type: "fixed", name: "1x", size: 1 }, "/name", /"1x" is not a name/],
    [
      "a bad namespace",
      { type: "fixed", name: "X", namespace: "a-b", size: 1 },
      "/namespace",
      /not a namespace/,
    ],
    ["a name with an empty part", { type: "fixed", name: "a..X", size: 1 }, "/name", /not a namespace/],
    ["a primitive's name", { type: "fixed", name: "long", size: 1 }, "/name", /primitive/],
    [
      "a field twice",
      record([
        { name: "a", type: "int" },
        { name: "a", type: "int" },
      ]),
      "/fields/1/name",
      /"a" twice/,
    ],
    [
      "a name taken twice",
      record([{ name: "a", type: { type: "fixed", name: "R", size: 1 } }]),
      "/fields/0/type/name",
      /already taken/,
    ],
    ["a symbol twice", enumOf({ symbols: ["A", "A"] }), "/symbols/1", /"A" twice/],
    ["a bad symbol", enumOf({ symbols: ["A", "b c"] }), "/symbols/1", /"b c" is not a name/],
    ["an enum default outside the symbols", enumOf({ default: "C" }), "/default", /not one of the symbols/],
    ["a fixed without a size", { type: "fixed", name: "F" }, "", /needs "size"/],
    ["a negative size", { type: "fixed", name: "F", size: -1 }, "/size", /needs "size"/],
    ["an array without items", { type: "array" }, "", /needs "items"/],
    ["a map without values", { type: "map" }, "", /needs "values"/],
    ["a union in a union", ["null", ["int", "null"]], "/1", /cannot hold a union/],
    ["a branch twice", ["int", { type: "int", logicalType: "date" }], "/1", /"int" twice/],
    ["a bad order", field({ type: "int", order: "up" }), "/fields/0/order", /"order" is/],
    ["aliases that are no list", field({ type: "int", aliases: "b" }), "/fields/0/aliases", /list of names/],
    [
      "a text as default of an int",
      field({ type: "int", default: "x" }),
      "/fields/0/default",
      /"x" is not a value/,
    ],
    [
      "an int default past 2^31",
      field({ type: "int", default: 2 ** 31 }),
      "/fields/0/default",
      /not a value/,
    ],
    [
      "a union default that fits no branch",
      field({ type: ["null", "int"], default: "x" }),
      "/fields/0/default",
      /any branch/,
    ],
    [
      "a record default that lacks a field",
      field({ type: { type: "record", name: "I", fields: [{ name: "x", type: "int" }] }, default: {} }),
      "/fields/0/default",
      /"n.I"/,
    ],
    [
      "a default that needs itself",
      record([
        { name: "a", type: "R", default: {} },
        { name: "b", type: "R", default: {} },
      ]),
      "/fields/1/default",
      /"n.R"/,
    ],
    [
      "a fault deep inside",
      { type: "map", values: { type: "array", items: ["int", "x/y"] } },
      "/values/items/1",
      /x\/y/,
    ],
  ])("%s", (_, json, path, reason) => {
    const error = thrownBy(() => parseSchema(json));
    expect(error).toMatchObject({ code: "invalid-schema", details: { path } });
    expect(error.message).toMatch(reason);
  });

  test.each([
    ["{", 1, 2],
    ['{"type": "int",}', 1, 16],
    ['{\n  "type": "record"\n  "name": "A"}', 3, 3],
    ["nope", 1, 1],
    ["", 1, 1],
    ['["int" "long"]', 1, 8],
    ['{"doc": "a\nb"}', 1, 9],
    ['"int" 1', 1, 7],
  ])("the text %j is not JSON", (text, line, column) => {
    expect(thrownBy(() => parseSchemaText(text))).toMatchObject({
      code: "not-json",
      details: { line, column },
    });
  });

  test("nesting that is deep and not closed is still located", () => {
    const text = "[".repeat(200_000);
    expect(thrownBy(() => parseSchemaText(text)).details).toMatchObject({ line: 1, column: 200_001 });
  });
});

describe("what registries accept is accepted", () => {
  test.each<[string, unknown]>([
    ["a default of a later branch", record([{ name: "a", type: ["null", "long"], default: 0 }])],
    [
      "an enum field's default outside its symbols",
      record([{ name: "a", type: { type: "enum", name: "E", symbols: ["A"] }, default: "Z" }]),
    ],
    [
      "a fixed default of another length",
      record([{ name: "a", type: { type: "fixed", name: "F", size: 4 }, default: "x" }]),
    ],
    ["unknown attributes", { type: "string", "avro.java.string": "String", logicalType: "nope" }],
    ["an order in capitals", record([{ name: "a", type: "int", order: "IGNORE" }])],
    ["a record without any field", record([])],
    ["a name by an object's type", record([{ name: "a", type: ["null", { type: "R" }] }])],
  ])("%s", (_, json) => {
    expect(() => parseSchema(json)).not.toThrow();
  });
});

describe("names", () => {
  test("a dotted name is full, whatever the namespace says", () => {
    expect(
      fullNameText(asRecord({ type: "record", name: "x.y.A", namespace: "z", fields: [] }).fullName),
    ).toBe("x.y.A");
  });

  test("a nested type takes the namespace of the record around it, and a short name is looked up there first", () => {
    const outer = asRecord({
      type: "record",
      name: "Outer",
      namespace: "a",
      fields: [
        { name: "one", type: { type: "fixed", name: "F", size: 1 } },
        {
          name: "two",
          type: {
            type: "record",
            name: "b.Inner",
            fields: [{ name: "x", type: { type: "fixed", name: "F", size: 2 } }],
          },
        },
        { name: "three", type: "F" },
        { name: "four", type: "b.F" },
      ],
    });
    const types = outer.fields.map((field) => field.type);
    expect(types[2]).toBe(types[0]);
    expect(types[3]).toMatchObject({ fullName: { namespace: "b", name: "F" }, size: 2 });
  });

  test("a recursive reference is the same object as the definition", () => {
    const node = asRecord(record([{ name: "next", type: ["null", "R"] }]));
    const next = node.fields[0]?.type;
    expect(next?.kind === "union" && next.branches[1]).toBe(node);
  });

  test("types of a reference, also nested ones, are known by name", () => {
    const references = [
      parseSchema(record([{ name: "in", type: { type: "fixed", name: "other.F", size: 1 } }])),
    ];
    const schema = parseSchema({ type: "array", items: ["n.R", "other.F"] }, { references });
    expect(toParsingCanonicalForm(schema)).toContain('"n.R"');
    expect(thrownBy(() => parseSchema("n.R")).details).toMatchObject({ unknownNames: ["n.R"] });
  });

  test("aliases are resolved against the namespace of the type", () => {
    expect(asRecord(record([], { aliases: ["Old", "m.Older"] })).aliases.map(fullNameText)).toEqual([
      "n.Old",
      "m.Older",
    ]);
  });
});

describe("a default that is null differs from no default", () => {
  test.each([
    [{ default: null }, { default: null }],
    [{}, {}],
  ])("%j", (given, kept) => {
    const field = asRecord(record([{ name: "a", type: ["null", "int"], ...given }])).fields[0];
    expect(field !== undefined && "default" in field).toBe("default" in kept);
  });
});

describe("the Parsing Canonical Form", () => {
  test.each<[string, unknown, string]>([
    ["a primitive written as an object", { type: "int", logicalType: "date" }, '"int"'],
    [
      "namespaces, docs, defaults, aliases and order are gone",
      record(
        [
          { name: "a", type: "R", doc: "d", aliases: ["b"] },
          { name: "e", type: { symbols: ["A"], type: "enum", name: "E", default: "A" }, default: "A" },
        ],
        { doc: "d", aliases: ["x"] },
      ),
      '{"name":"n.R","type":"record","fields":[{"name":"a","type":"n.R"},{"name":"e","type":{"name":"n.E","type":"enum","symbols":["A"]}}]}',
    ],
    [
      "a fixed",
      { size: 15, type: "fixed", name: "foo", namespace: "" },
      '{"name":"foo","type":"fixed","size":15}',
    ],
    [
      "containers",
      ["null", { values: { items: "long", type: "array" }, type: "map" }],
      '["null",{"type":"map","values":{"type":"array","items":"long"}}]',
    ],
    [
      "an error is a record",
      { type: "error", name: "E", fields: [] },
      '{"name":"E","type":"record","fields":[]}',
    ],
  ])("%s", (_, json, form) => {
    expect(toParsingCanonicalForm(parseSchema(json))).toBe(form);
  });
});

describe("the text that a registry keeps", () => {
  test.each<[string, unknown, string]>([
    ["a primitive written as an object", { type: "string" }, '"string"'],
    [
      "attributes in the registry's order",
      { fields: [], doc: "d", name: "a.R", x: 1, aliases: ["a.S"], type: "record" },
      '{"type":"record","name":"R","namespace":"a","doc":"d","fields":[],"x":1,"aliases":["S"]}',
    ],
    [
      "a namespace is said once, and a reference is as short as it can be",
      record([
        { type: { type: "record", namespace: "n", name: "Addr", fields: [] }, name: "a" },
        { name: "b", type: "n.Addr" },
        { name: "c", type: { type: "fixed", name: "m.F", size: 1 } },
        { name: "d", type: "m.F", order: "ascending" },
      ]),
      '{"type":"record","name":"R","namespace":"n","fields":[{"name":"a","type":{"type":"record","name":"Addr","fields":[]}},{"name":"b","type":"Addr"},{"name":"c","type":{"type":"fixed","name":"F","namespace":"m","size":1}},{"name":"d","type":"m.F"}]}',
    ],
    [
      "everything about a field",
      record([
        {
          order: "ignore",
          p: { q: null },
          aliases: ["z"],
          default: null,
          doc: "d",
          type: ["null", "int"],
          name: "a",
        },
      ]),
      '{"type":"record","name":"R","namespace":"n","fields":[{"name":"a","type":["null","int"],"doc":"d","default":null,"order":"ignore","aliases":["z"],"p":{"q":null}}]}',
    ],
    [
      "logical types",
      { type: "bytes", precision: 4, logicalType: "decimal", scale: 2 },
      '{"type":"bytes","precision":4,"logicalType":"decimal","scale":2}',
    ],
    [
      "an enum's default",
      { type: "enum", default: "A", symbols: ["A"], name: "E" },
      '{"type":"enum","name":"E","symbols":["A"],"default":"A"}',
    ],
  ])("%s", (_, json, text) => {
    const printed = toSchemaText(parseSchema(json));
    expect(printed).toBe(text);
    expect(toSchemaText(parseSchemaText(printed))).toBe(printed);
  });
});

describe("the fingerprint CRC-64-AVRO", () => {
  test.each([
    ["null", "63dd24e7cc258f8a"],
    ["boolean", "9f42fc78a4d4f764"],
    ["int", "7275d51a3f395c8f"],
    ["long", "d054e14493f41db7"],
    ["float", "4d7c02cb3ea8d790"],
    ["double", "8e7535c032ab957e"],
    ["bytes", "4fc016dac3201965"],
    ["string", "8f014872634503c7"],
  ])("of %s is %s", (name, print) => {
    expect(fingerprintOf(parseSchema(name))).toBe(print);
  });

  test("does not see docs, and sees a name", () => {
    const of = (json: unknown): string => fingerprintOf(parseSchema(json));
    expect(of(record([], { doc: "x" }))).toBe(of(record([])));
    expect(of(record([], { namespace: "m" }))).not.toBe(of(record([])));
  });
});
