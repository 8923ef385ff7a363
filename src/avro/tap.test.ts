import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { codecOf, record, resolverOf, thrownBy } from "./testing/codecs.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Lengths where another way of reading begins, with those around them. */
const lengths = [0, 1, 9, 10, 11, 31, 32, 33, 63, 64, 65, 200];

/** Every place where a text can stand, as a decoder and what its value is made of. */
const places: readonly [string, { decode(bytes: Buffer): unknown }, number[], (text: string) => unknown][] = [
  ["alone", codecOf("string"), [], (text) => text],
  ["in an optional field", codecOf(["null", "string"]), [2], (text) => text],
  ["in a union that ends with it", codecOf(["int", "null", "string"]), [4], (text) => text],
  [
    "in a union through a resolver",
    resolverOf(["string", "null"], ["null", "string", "int"]),
    [0],
    (text) => text,
  ],
  [
    "in a union of more branches",
    resolverOf(["int", "string"], ["string", "null", "int"]),
    [2],
    (text) => text,
  ],
  [
    "in a field of a record",
    resolverOf(record({ a: "string" }), record({ a: "string", b: { of: "int", default: 7 } })),
    [],
    (text) => ({ a: text, b: 7 }),
  ],
];

function zigzag(length: number): number[] {
  const twice = length * 2;
  return twice < 0x80 ? [twice] : [(twice & 0x7f) | 0x80, twice >> 7];
}

describe.each(places)("a text %s", (_place, decoder, before, wrap) => {
  const decode = (bytes: Uint8Array) =>
    decoder.decode(Buffer.from([...before, ...zigzag(bytes.length), ...bytes]));

  test("is what its bytes say, or is refused when they are not UTF-8", () => {
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.string({ unit: "binary", maxLength: 40 }).map((text) => Buffer.from(text)),
      fc.string({ unit: "binary-ascii", maxLength: 80 }).map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        if (isUtf8(bytes)) expect(decode(bytes)).toEqual(wrap(strict.decode(bytes)));
        else expect(thrownBy(() => decode(bytes))).toMatchObject({ code: "corrupt" });
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    ["a lone continuation byte", [0x80]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["an overlong euro sign", [0xf0, 0x82, 0x82, 0xac]],
    ["half of a surrogate pair", [0xed, 0xa0, 0x80]],
    ["a surrogate pair in six bytes", [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
    ["a code point past U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
    ["a character cut short", [0xe2, 0x82]],
  ])("is refused with %s, at whatever length and place", (_what, fault) => {
    for (const length of lengths) {
      for (const at of [0, length >> 1, length]) {
        const bytes = Buffer.alloc(length, "a");
        const bad = Buffer.concat([bytes.subarray(0, at), Buffer.from(fault), bytes.subarray(at)]);
        expect(thrownBy(() => decode(bad)).code).toBe("corrupt");
      }
    }
  });

  test("keeps a replacement character that was written as one, and a byte order mark", () => {
    for (const length of lengths) {
      const text = `\ufeff${"a".repeat(length)}\ufffd`;
      expect(decode(Buffer.from(text))).toEqual(wrap(text));
    }
  });

  test("of negative length, or longer than there are bytes, is refused", () => {
    expect(thrownBy(() => decoder.decode(Buffer.from([...before, 0x01]))).code).toBe("corrupt");
    expect(thrownBy(() => decoder.decode(Buffer.from([...before, 0x7f, 0x61]))).code).toBe("corrupt");
    expect(thrownBy(() => decoder.decode(Buffer.from([...before, 0x04, 0x61]))).code).toBe("truncated");
    expect(thrownBy(() => decoder.decode(Buffer.from(before))).code).toBe("truncated");
  });
});

describe("the index of a union", () => {
  const union = ["null", "string", "int"];
  test.each([
    ["its own reader", codecOf(union)],
    ["a resolver", resolverOf(union, ["int", "string", "null"])],
  ])("may be padded, and must be one of a branch, for %s", (_who, decoder) => {
    expect(decoder.decode(Buffer.from([0x80, 0x00]))).toBeNull();
    expect(decoder.decode(Buffer.from([0x82, 0x00, 0x02, 0x61]))).toBe("a");
    expect(decoder.decode(Buffer.from([0x84, 0x80, 0x00, 0x02]))).toBe(1);
    for (const byte of [0x01, 0x03, 0x06, 0x7e]) {
      expect(thrownBy(() => decoder.decode(Buffer.from([byte, 0x00]))).code).toBe("corrupt");
    }
  });

  test("may need more than a byte", () => {
    const names = Array.from({ length: 65 }, (_, index) => `N${index}`);
    const records = names.map((name) => ({ type: "record", name, fields: [] }));
    const [first, ...aliases] = names;
    const reader = ["null", "string", { type: "record", name: first, aliases, fields: [] }];
    const decoder = resolverOf([...records, "null", "string"], reader);
    expect(decoder.decode(Buffer.from([0x82, 0x01]))).toBeNull();
    expect(decoder.decode(Buffer.from([0x84, 0x01, 0x02, 0x61]))).toBe("a");
    expect(decoder.decode(Buffer.from([0x80, 0x01]))).toEqual({});
  });
});

describe("a default", () => {
  const plain = { n: { of: ["null", "string"], default: null }, i: { of: "int", default: 3 } };
  const made = {
    list: { of: { type: "array", items: "int" }, default: [] },
    full: { of: { type: "array", items: "int" }, default: [1] },
    map: { of: { type: "map", values: "int" }, default: {} },
    inner: { of: { type: "record", name: "Inner", fields: [{ name: "x", type: "int" }] }, default: { x: 1 } },
    bytes: { of: "bytes", default: "\u00ff" },
  };

  test("is each record's own: changing one changes no other", () => {
    const resolver = resolverOf(record({}), record({ ...plain, ...made }));
    const expected = {
      n: null,
      i: 3,
      list: [],
      full: [1],
      map: {},
      inner: { x: 1 },
      bytes: Buffer.from([0xff]),
    };
    const first = resolver.decode(Buffer.alloc(0)) as typeof expected & { map: Record<string, number> };
    expect(first).toEqual(expected);
    first.list.push(0 as never);
    first.full.push(2);
    first.map.x = 1;
    first.inner.x = 2;
    first.bytes[0] = 0;
    expect(resolver.decode(Buffer.alloc(0))).toEqual(expected);
  });
});

test("a list has no holes, in however many blocks it comes", () => {
  const codec = codecOf({ type: "array", items: "int" });
  expect(codec.decode(Buffer.from([0x04, 2, 4, 0x01, 0x02, 6, 0x00]))).toEqual([1, 2, 3]);
  const long = Array.from({ length: 500 }, (_, index) => index);
  expect(Object.keys(codec.decode(codec.encode(long)) as number[])).toHaveLength(500);
});
