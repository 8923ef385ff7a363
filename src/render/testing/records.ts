/**
 * Records and schemas that the tests of this room share.
 */
import type { RenderedRecord } from "../record.ts";

/** A record around a value: everything but the value is the same each time. */
export function recordOf(value: unknown, over: Partial<RenderedRecord> = {}): RenderedRecord {
  return {
    topic: "twitter",
    partition: 2,
    offset: 1234,
    timestampMs: 1_709_197_200_123,
    key: Buffer.from("1700000000000000102"),
    writer: { id: 7, version: 1 },
    value,
    ...over,
  };
}

export function recordSchema(...fields: readonly (readonly [name: string, type: unknown])[]): string {
  return JSON.stringify({
    type: "record",
    name: "Case",
    namespace: "birdwire",
    fields: fields.map(([name, type]) => ({ name, type })),
  });
}

/** The three strings of a tweet, the text nullable so that NULL can be shown. */
export const tweetSchema = recordSchema(
  ["created_at", "string"],
  ["id", "string"],
  ["text", ["null", "string"]],
);

/** Every kind of Avro type and logical type, with a recursive record and unions both bare and wrapped. */
export const everythingSchema = recordSchema(
  ["nothing", "null"],
  ["flag", "boolean"],
  ["count", "int"],
  ["big", "long"],
  ["ratio", "float"],
  ["exact", "double"],
  ["raw", "bytes"],
  ["hash", { type: "fixed", name: "Hash", size: 4 }],
  ["lang", { type: "enum", name: "Lang", symbols: ["en", "de"] }],
  ["tags", { type: "array", items: "string" }],
  ["counts", { type: "map", values: "long" }],
  [
    "author",
    {
      type: "record",
      name: "User",
      fields: [
        { name: "name", type: "string" },
        { name: "pinned", type: ["null", "User"] },
      ],
    },
  ],
  ["bare", ["null", "string", "long"]],
  ["wrapped", ["null", "int", "long", "User", { type: "map", values: "User" }]],
  ["at", { type: "long", logicalType: "timestamp-millis" }],
  ["at_micros", { type: "long", logicalType: "timestamp-micros" }],
  ["at_local", { type: "long", logicalType: "local-timestamp-millis" }],
  ["day", { type: "int", logicalType: "date" }],
  ["time", { type: "int", logicalType: "time-millis" }],
  ["price", { type: "bytes", logicalType: "decimal", precision: 9, scale: 2 }],
  ["ref", { type: "string", logicalType: "uuid" }],
  ["span", { type: "fixed", name: "Span", size: 12, logicalType: "duration" }],
);

export const everything = {
  nothing: null,
  flag: true,
  count: -3,
  big: 9_007_199_254_740_993n,
  ratio: Math.fround(0.1),
  exact: 1e10,
  raw: Buffer.from([0x00, 0xff, 0x1b]),
  hash: Buffer.from("abcd"),
  lang: "de",
  tags: ["one", 'two "quoted"'],
  counts: { likes: 5, replies: 0 },
  author: { name: "Ada", pinned: { name: "Bo\nb", pinned: null } },
  bare: "text",
  wrapped: { "birdwire.User": { name: "Cy", pinned: null } },
  at: 1_709_197_200_120,
  at_micros: 1_709_197_200_000_001,
  at_local: 1_709_197_200_000,
  day: 19_782,
  time: 32_400_500,
  price: Buffer.from([0xff, 0x6a]),
  ref: "123e4567-e89b-12d3-a456-426614174000",
  span: Buffer.from("01000000020000000c0d0000", "hex"),
};

export const zwjFamily = "\u{1F468}\u200D\u{1F469}\u200D\u{1F467}\u200D\u{1F466}";
