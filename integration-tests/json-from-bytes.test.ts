/**
 * What is printed from the bytes against what is printed from the value that the codec's resolver makes of them.
 * BIRDWIRE_EVOLUTION_PAIRS says how many pairs of schemas are tried.
 */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createCodec, createReader } from "../src/avro/codec.ts";
import { AvroError } from "../src/avro/error.ts";
import { parseSchema } from "../src/avro/parse-schema.ts";
import { arbitrarySchemaJson, arbitraryValue } from "../src/avro/testing/arbitrary-schema.ts";
import { createJsonReader } from "../src/avro/to-json/json-reader.ts";
import type { ValueMapping } from "../src/avro/value-mapping.ts";
import { checkCompatibility } from "../src/evolution/check-compatibility.ts";
import { arbitraryChange } from "../src/evolution/testing/arbitrary-change.ts";
import { Utf8Text } from "../src/kernel/utf8-text.ts";
import { createJsonRenderer } from "../src/render/json.ts";
import { type JsonWays, openJsonWays } from "./support/json-ways.ts";

const pairs = Number(process.env.BIRDWIRE_EVOLUTION_PAIRS ?? 500);
const timeoutMs = 60_000 + pairs * 20;

function expectSame(ways: JsonWays, bytes: Buffer): void {
  const { direct, byValue } = ways.print(bytes);
  expect(direct).toBe(byValue);
}

function thrownBy(work: () => void): AvroError {
  try {
    work();
  } catch (error) {
    if (error instanceof AvroError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

const changes = arbitraryChange(arbitrarySchemaJson(2)).map(({ before, after }) => ({
  writer: before,
  reader: after,
}));

function isReadable(writer: unknown, reader: unknown): boolean {
  return checkCompatibility({ reader: parseSchema(reader), writer: parseSchema(writer) }).length === 0;
}

describe("JSON printed from bytes", () => {
  test(
    "is what is printed from the value, for any schema and any change of it, sound bytes and others",
    () => {
      let sound = 0;
      let detours = 0;
      const withValue = changes.chain(({ writer, reader }) =>
        fc.record({
          writer: fc.constant(writer),
          reader: fc.constant(reader),
          value: arbitraryValue(parseSchema(writer)),
          mapping: fc.constantFrom<ValueMapping>({}, { long: "bigint" }),
          cut: fc.nat(),
          flip: fc.nat(),
        }),
      );
      fc.assert(
        fc.property(withValue, ({ writer, reader, value, mapping, cut, flip }) => {
          fc.pre(isReadable(writer, reader));
          const ways = openJsonWays(writer, reader, mapping);
          const bytes = createCodec(JSON.stringify(writer)).encode(value);
          expectSame(ways, bytes);
          sound++;
          detours += ways.detours;
          expectSame(ways, bytes.subarray(0, cut % (bytes.length + 1)));
          expectSame(ways, Buffer.concat([bytes, Buffer.of(flip & 0xff)]));
          if (bytes.length > 0) {
            const damaged = Buffer.from(bytes);
            damaged[cut % bytes.length] = flip & 0xff;
            expectSame(ways, damaged);
          }
        }),
        { numRuns: pairs },
      );
      // A program that always gave up would print the same.
      expect(detours).toBeLessThan(sound / 10);
    },
    timeoutMs,
  );
});

const forest = {
  type: "record",
  name: "Forest",
  fields: [{ name: "trees", type: { type: "map", values: "Forest" } }],
};
const tree = {
  type: "record",
  name: "Tree",
  fields: [
    { name: "label", type: "string" },
    { name: "left", type: ["null", "Tree"], default: null },
    { name: "others", type: { type: "array", items: "Tree" }, default: [] },
  ],
};
const leaf = (label: string) => ({ label, left: null, others: [] });

/** A record of its own namespace that lists records of another. */
const listing = (namespace: string, listed: string, more: readonly unknown[]) => ({
  type: "record",
  name: "W",
  namespace,
  fields: [
    {
      name: "y",
      type: {
        type: "record",
        name: "Y",
        fields: [{ name: "w", type: { type: "array", items: listed } }],
      },
    },
    ...more,
  ],
});

const chainFields = {
  label: { name: "label", type: "string" },
  next: { name: "next", type: ["null", "Chain"] },
} as const;

const chain = (...names: readonly (keyof typeof chainFields)[]) => ({
  type: "record",
  name: "Chain",
  fields: names.map((name) => chainFields[name]),
});

const empty = { type: "record", name: "Empty", fields: [] };

const defaults = Array.from(
  { length: 24 },
  (_, index) => `${"a".repeat(index)}\u007f🐍\u007f\uffff\u007fé\u{10ffff}\u007f"`,
);

/** `detours`: whether the value itself is needed. */
const cases: readonly {
  readonly title: string;
  readonly writer: unknown;
  readonly reader?: unknown;
  readonly value: unknown;
  readonly json: string;
  readonly detours?: boolean;
}[] = [
  {
    title: "fields in another order, one by an alias, one left out, one with a default",
    writer: {
      type: "record",
      name: "R",
      fields: [
        { name: "a", type: "int" },
        { name: "gone", type: { type: "map", values: { type: "array", items: "string" } } },
        { name: "b", type: "string" },
        { name: "c", type: ["null", "long"] },
      ],
    },
    reader: {
      type: "record",
      name: "R",
      fields: [
        { name: "c", type: ["null", "double"] },
        { name: "new", type: { type: "array", items: "int" }, default: [1, 2] },
        { name: "text", aliases: ["b"], type: "string" },
        { name: "a", type: "long" },
      ],
    },
    value: { a: -7, gone: { x: ["y"] }, b: 'q"', c: 3 },
    json: '{"c":3,"new":[1,2],"text":"q\\"","a":-7}',
  },
  {
    title: "a type that holds itself",
    writer: tree,
    value: { label: "root", left: { ...leaf("l"), left: leaf("ll") }, others: [leaf("1"), leaf("2")] },
    json:
      '{"label":"root","left":{"label":"l","left":{"label":"ll","left":null,"others":[]},"others":[]},' +
      '"others":[{"label":"1","left":null,"others":[]},{"label":"2","left":null,"others":[]}]}',
  },
  {
    title:
      "a type that holds itself before what the reader has first: each level would pass over all those inside",
    writer: chain("next", "label"),
    reader: chain("label", "next"),
    value: { next: { next: null, label: "l" }, label: "root" },
    json: '{"label":"root","next":{"label":"l","next":null}}',
    detours: true,
  },
  {
    title: "a map",
    writer: { type: "map", values: "int" },
    value: { b: 1, a: 2, "": 3 },
    json: '{"b":1,"a":2,"":3}',
  },
  {
    title: "a map with keys that an object holds in another order",
    writer: { type: "map", values: "int" },
    value: { b: 1, 10: 2, 9: 3 },
    json: '{"9":3,"10":2,"b":1}',
    detours: true,
  },
  {
    title: "a timestamp",
    writer: { type: "long", logicalType: "timestamp-millis" },
    value: Date.parse("2024-02-29T23:59:59.007Z"),
    json: '"2024-02-29T23:59:59.007Z"',
  },
  {
    title: "a timestamp before 1970",
    writer: { type: "long", logicalType: "timestamp-millis" },
    value: -1,
    json: '"1969-12-31T23:59:59.999Z"',
  },
  {
    title: "a timestamp of a year of five digits",
    writer: { type: "long", logicalType: "timestamp-millis" },
    value: Date.UTC(10_000, 0, 1),
    json: '"+010000-01-01T00:00:00.000Z"',
  },
  {
    title: "a timestamp that no calendar has",
    writer: { type: "long", logicalType: "timestamp-millis" },
    value: Number.MAX_SAFE_INTEGER,
    json: "9007199254740991",
  },
  {
    title: "microseconds, a date, a decimal",
    writer: {
      type: "record",
      name: "R",
      fields: [
        { name: "at", type: { type: "long", logicalType: "timestamp-micros" } },
        { name: "day", type: { type: "int", logicalType: "date" } },
        { name: "price", type: { type: "bytes", logicalType: "decimal", precision: 6, scale: 2 } },
      ],
    },
    value: { at: 1_700_000_000_000_001, day: 19_000, price: Buffer.from("04d2", "hex") },
    json: '{"at":"2023-11-14T22:13:20.000001Z","day":"2022-01-08","price":"12.34"}',
  },
  {
    title: "a symbol that the reader takes for its default",
    writer: { type: "enum", name: "E", symbols: ["A", "B"] },
    reader: { type: "enum", name: "E", symbols: ["A", "OTHER"], default: "OTHER" },
    value: "B",
    json: '"OTHER"',
  },
  {
    title: "a union of several, whose branches look alike",
    writer: { type: "array", items: ["int", "string", "double", "null"] },
    value: [{ int: 1 }, { string: "x" }, { double: 0.5 }, null],
    json: '[1,"x",0.5,null]',
  },
  {
    title: "a branch by what is left of those that cannot read it, when one of these is in another",
    writer: listing("", "W", [{ name: "n", type: "int" }]),
    reader: [
      listing("a", "a.W", [{ name: "n", type: "string" }]),
      {
        type: "record",
        name: "b.W",
        fields: [
          { name: "y", type: "a.Y" },
          { name: "n", type: "int" },
        ],
      },
      { type: "record", name: "c.W", fields: [{ name: "n", type: "int" }] },
    ],
    value: { y: { w: [] }, n: 5 },
    json: '{"n":5}',
  },
  {
    title: "defaults of all kinds of characters, at every place of a word",
    writer: { type: "record", name: "R", fields: [] },
    reader: {
      type: "record",
      name: "R",
      fields: defaults.map((text, index) => ({ name: `f${index}`, type: "string", default: text })),
    },
    value: {},
    json: JSON.stringify(Object.fromEntries(defaults.map((text, index) => [`f${index}`, text]))),
  },
  {
    title: "defaults within a default, each by the branch that it is a value of",
    writer: { type: "record", name: "R", fields: [] },
    reader: {
      type: "record",
      name: "R",
      fields: [
        { name: "a", type: [empty, "null"], default: null },
        { name: "b", type: ["Empty", { type: "array", items: "int" }], default: [1] },
        {
          name: "c",
          type: {
            type: "record",
            name: "Inner",
            fields: [
              { name: "bytes", type: ["null", "bytes"], default: "\u00ff" },
              { name: "union", type: ["Empty", "int", "double"], default: 5 },
              { name: "constructor", type: ["Empty", "string"], default: "x" },
            ],
          },
          default: {},
        },
        { name: "text", type: ["bytes", { type: "fixed", name: "F", size: 1 }, "string"], default: "語" },
        { name: "d", type: { type: "map", values: "int" }, default: JSON.parse('{"b":1,"__proto__":2}') },
      ],
    },
    value: {},
    json: '{"a":null,"b":[1],"c":{"bytes":"/w==","union":5,"constructor":"x"},"text":"語","d":{"b":1,"__proto__":2}}',
  },
  {
    title: "a text longer than the room there is",
    writer: "string",
    value: "\u0001語🐍".repeat(5000),
    json: JSON.stringify("\u0001語🐍".repeat(5000)),
  },
];

describe("a value printed from its bytes", () => {
  test.each(cases)("$title", ({ writer, reader = writer, value, json, detours = false }) => {
    const ways = openJsonWays(writer, reader);
    const { direct, byValue } = ways.print(createCodec(JSON.stringify(writer)).encode(value));
    expect({ direct, byValue, detours: ways.detours > 0 }).toEqual({
      direct: `${json}\n`,
      byValue: `${json}\n`,
      detours,
    });
  });

  test.each([
    { depth: 200, detours: false },
    { depth: 900, detours: true },
    { depth: 1200, detours: false },
    { depth: 20_000, detours: false },
  ])("that nests $depth times is printed or refused as its value is", ({ depth, detours }) => {
    const ways = openJsonWays(tree, tree);
    // A label of no bytes and the branch of another tree, each time; in the end none, and no others for each.
    const bytes = Buffer.concat([
      Buffer.from("0002".repeat(depth), "hex"),
      Buffer.from("0000", "hex"),
      Buffer.alloc(depth + 1),
    ]);
    const { direct, byValue } = ways.print(bytes);
    expect({ same: direct === byValue, detours: ways.detours > 0 }).toEqual({ same: true, detours });
  });

  test("that is deeper than values can be is refused, and the next one printed", () => {
    const { json } = createJsonRenderer({ kind: "json", schema: JSON.stringify(forest) });
    if (json === undefined) throw new Error("plain JSON can be printed without values");
    const text = new Utf8Text(16);
    const type = parseSchema(forest);
    const resolver = createReader(type).resolverOf(type);
    const print = createJsonReader(type, {}, { values: json, text, suffix: "\n" }).printerOf(resolver);
    const nested = (depth: number) =>
      Buffer.concat([Buffer.from("0200".repeat(depth), "hex"), Buffer.alloc(depth + 1)]);
    // Some could still be decoded, but not printed any more.
    for (const depth of [501, 3000, 4000, 5000, 20_000]) {
      expect(thrownBy(() => print(nested(depth), 0)).message).toMatch(/deep/);
    }
    print(nested(1), 0);
    expect(text.take().toString()).toBe('{"trees":{"":{"trees":{}}}}\n');
  });
});
