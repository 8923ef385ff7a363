import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Utf8Text } from "../../kernel/utf8-text.ts";
import { createCodec } from "../codec.ts";
import { parseSchema } from "../parse-schema.ts";
import { compileJson } from "./compile.ts";
import { openProgram, type RunJson } from "./machine.ts";

/** A schema's program; what it has to ask for is printed as `?`. */
function open(schema: unknown): RunJson {
  const type = parseSchema(schema);
  const program = compileJson({ reader: type, writer: type, mapping: {}, leaf: () => () => "?", suffix: "" });
  const run = program === null ? null : openProgram(program);
  if (run === null) throw new Error("there is no program");
  return run;
}

/** What is printed of a record that stands behind so many other bytes; null for what is given up. */
function print(run: RunJson, record: Buffer, before = 0): string | null {
  const text = new Utf8Text(1);
  text.text("x");
  const isPrinted = run(Buffer.concat([Buffer.alloc(before, 0xff), record]), before, text);
  const all = text.take().toString();
  if ((isPrinted ? all.slice(0, 1) : all) !== "x") throw new Error(`what was there before is now ${all}`);
  return isPrinted ? all.slice(1) : null;
}

describe("a text", () => {
  const run = open("string");
  const bytesCodec = createCodec('"bytes"');
  /** Texts and bytes are written alike. */
  const printed = (bytes: Buffer, before = 0) => print(run, bytesCodec.encode(bytes), before);
  const wanted = (bytes: Buffer) => (isUtf8(bytes) ? JSON.stringify(bytes.toString()) : null);

  test("is what JSON.stringify prints of it", () => {
    const texts = fc.oneof(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.string({ unit: "grapheme", maxLength: 60 }),
      fc.string({ unit: "grapheme-ascii", maxLength: 200 }),
    );
    fc.assert(
      fc.property(texts, fc.nat(20), (text, before) => {
        const bytes = Buffer.from(text);
        expect(printed(bytes, before)).toBe(wanted(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  test("is given up where its bytes are not UTF-8, whatever they are", () => {
    const oddBytes = fc.constantFrom(
      0,
      0x1f,
      0x22,
      0x5c,
      0x7f,
      0x80,
      0xbf,
      0xc1,
      0xc2,
      0xe0,
      0xed,
      0xf0,
      0xf4,
      0xf5,
    );
    const bytes = fc.array(fc.oneof(oddBytes, fc.nat(255), fc.constant(0x61)), { maxLength: 40 });
    fc.assert(
      fc.property(bytes, (content) => {
        expect(printed(Buffer.from(content))).toBe(wanted(Buffer.from(content)));
      }),
      { numRuns: 5000 },
    );
  });

  test("may have characters of every length, and none outside the bounds of theirs", () => {
    for (let first = 0x80; first <= 0xff; first += 1) {
      for (const second of [0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0]) {
        for (const rest of ["", "80", "8080", "bfbf", "7f80", "80c0", "808080"]) {
          const bytes = Buffer.concat([Buffer.of(first, second), Buffer.from(rest, "hex")]);
          expect({ bytes: bytes.toString("hex"), text: printed(bytes) }).toEqual({
            bytes: bytes.toString("hex"),
            text: wanted(bytes),
          });
        }
      }
    }
  });

  test("has each character escaped that needs it, at every place of what is copied at once", () => {
    for (let byte = 0; byte < 0x80; byte += 1) {
      for (let length = 1; length < 35; length += 1) {
        const bytes = Buffer.alloc(length, "a");
        bytes[byte % length] = byte;
        bytes[length - 1] = byte;
        expect(printed(bytes)).toBe(wanted(bytes));
      }
    }
  });

  test("that is longer than what is left of the record is given up", () => {
    const record = bytesCodec.encode(Buffer.from("text"));
    for (let size = 0; size < record.length; size += 1)
      expect(print(run, record.subarray(0, size))).toBeNull();
  });

  test("of no length, or of one that no text has, is given up", () => {
    for (const record of [
      "",
      "01",
      "80",
      "ffffffffffffffffff01",
      "80808080808080808000",
      "feffffffffffffff7f",
    ]) {
      expect({ record, json: print(run, Buffer.from(record, "hex")) }).toEqual({ record, json: null });
    }
  });

  test("longer than the machine's memory for records, or for their JSON, is given up", () => {
    expect(printed(Buffer.alloc(2_000_000, "a"))).toHaveLength(2_000_002);
    expect(printed(Buffer.alloc(2_000_000, "\u0001"))).toBeNull();
    expect(printed(Buffer.alloc(3_000_000, "a"))).toBeNull();
    expect(printed(Buffer.from("text"))).toBe('"text"');
  });
});

describe("a number", () => {
  const edges = [
    0,
    1,
    9,
    10,
    63,
    64,
    99,
    100,
    8191,
    8192,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32,
    999_999_999,
    1e9,
    1e15,
  ];
  const safe = Number.MAX_SAFE_INTEGER;

  test.each(["int", "long"])("of %s is its digits", (type) => {
    const [run, codec] = [open(type), createCodec(JSON.stringify(type))];
    const isOne = (value: number) => type === "long" || (value | 0) === value;
    const values = [...edges, safe].flatMap((edge) => [edge, edge - 1, -edge, -edge + 1, -edge - 1]);
    for (const value of values.filter((each) => isOne(each) && Number.isSafeInteger(each))) {
      expect(print(run, codec.encode(value))).toBe(String(value + 0));
    }
    const range = type === "int" ? { min: -(2 ** 31), max: 2 ** 31 - 1 } : { min: -safe, max: safe };
    fc.assert(
      fc.property(fc.integer(range), (value) => {
        expect(print(run, codec.encode(value))).toBe(String(value));
      }),
    );
  });

  test("beyond what its type or a safe integer holds is given up", () => {
    const bigLong = createCodec('"long"', { long: "bigint" });
    const [int, long] = [open("int"), open("long")];
    for (const value of [2n ** 31n, -(2n ** 31n) - 1n]) expect(print(int, bigLong.encode(value))).toBeNull();
    for (const value of [2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)])
      expect(print(long, bigLong.encode(value))).toBeNull();
    for (const record of ["", "80", "8080808080808080808000", "0000"])
      expect(print(long, Buffer.from(record, "hex"))).toBeNull();
  });
});

describe("an instant", () => {
  const type = { type: "long", logicalType: "timestamp-millis" };
  const [run, codec] = [open(type), createCodec(JSON.stringify(type))];

  test("is ISO 8601, on every first and last day of a month of every year of four digits", () => {
    for (let month = 0; month <= 12 * 10_000; month += 1) {
      const first = new Date(0).setUTCFullYear(0, month, 1);
      for (const ms of [first, first - 1]) {
        const hasFourDigits = ms >= Date.parse("0000-01-01") && ms <= Date.parse("9999-12-31T23:59:59.999Z");
        const wanted = hasFourDigits ? JSON.stringify(new Date(ms)) : "?";
        const json = print(run, codec.encode(ms));
        if (json !== wanted) expect({ ms, json }).toEqual({ ms, json: wanted });
      }
    }
  });

  test("is ISO 8601 at any time", () => {
    const times = fc.integer({ min: Date.parse("0000-01-01"), max: Date.parse("9999-12-31") });
    fc.assert(
      fc.property(times, (ms) => {
        expect(print(run, codec.encode(ms))).toBe(JSON.stringify(new Date(ms)));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a list", () => {
  test.each([
    { title: "no items", record: "00", json: "[]" },
    {
      title: "blocks with their sizes in bytes and without",
      record: "04020403040608020a00",
      json: "[1,2,3,4,5]",
    },
    { title: "more items than bytes", record: "0602", json: null },
    { title: "an item that is not there", record: "02", json: null },
    { title: "no end", record: "0202", json: null },
    { title: "a number of items that no list has", record: "ffffffffffffffffff0100", json: null },
    { title: "a block of no size", record: "01010200", json: null },
  ])("with $title", ({ record, json }) => {
    expect(print(open({ type: "array", items: "int" }), Buffer.from(record, "hex"))).toBe(json);
  });

  test("of nothing has no more items than there are bytes", () => {
    const run = open({ type: "array", items: "null" });
    expect(print(run, Buffer.from("0200", "hex"))).toBe("[null]");
    expect(print(run, Buffer.from("808080801000", "hex"))).toBeNull();
  });
});

test("a record of very many fields has no program", () => {
  const type = parseSchema({
    type: "record",
    name: "Wide",
    fields: Array.from({ length: 50_001 }, (_, index) => ({ name: `f${index}`, type: "null" })),
  });
  const order = { reader: type, writer: type, mapping: {}, leaf: () => String, suffix: "" };
  expect(compileJson(order)).toBeNull();
});
