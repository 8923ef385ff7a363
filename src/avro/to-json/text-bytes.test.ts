import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { copyJsonText } from "./text-bytes.ts";

/** The text that is put behind one byte; null for what is refused. */
function copied(bytes: Buffer, offset: number): string | null {
  const source = Buffer.concat([Buffer.alloc(offset, 0xff), bytes, Buffer.alloc(8, 0xff)]);
  const target = new DataView(new ArrayBuffer(bytes.length * 6 + 9));
  const end = copyJsonText(
    new DataView(source.buffer, source.byteOffset, source.length),
    offset,
    offset + bytes.length,
    target,
    1,
  );
  return end === -1 ? null : Buffer.from(target.buffer, 1, end - 1).toString();
}

function wanted(bytes: Buffer): string | null {
  return isUtf8(bytes) ? JSON.stringify(bytes.toString()).slice(1, -1) : null;
}

describe("the inside of a JSON string, copied from UTF-8", () => {
  test("is what JSON.stringify prints of any text", () => {
    const texts = fc.oneof(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.string({ unit: "grapheme", maxLength: 60 }),
      fc.string({ unit: "grapheme-ascii", maxLength: 60 }),
    );
    fc.assert(
      fc.property(texts, fc.nat(7), (text, offset) => {
        const bytes = Buffer.from(text);
        expect(copied(bytes, offset)).toBe(wanted(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  test("is refused where the bytes are not UTF-8, whatever they are", () => {
    const oddBytes = fc.constantFrom(
      0x00,
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
    const bytes = fc.array(fc.oneof(oddBytes, fc.nat(255), fc.constant(0x61)), { maxLength: 12 });
    fc.assert(
      fc.property(bytes, fc.nat(7), (content, offset) => {
        expect(copied(Buffer.from(content), offset)).toBe(wanted(Buffer.from(content)));
      }),
      { numRuns: 5000 },
    );
  });

  test("knows the bounds of every length", () => {
    for (const first of [
      0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
    ]) {
      for (const second of [0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0]) {
        for (const rest of ["", "80", "8080", "bfbf", "7f80", "80c0"]) {
          const bytes = Buffer.concat([Buffer.of(first, second), Buffer.from(rest, "hex")]);
          expect({ bytes: bytes.toString("hex"), text: copied(bytes, 0) }).toEqual({
            bytes: bytes.toString("hex"),
            text: wanted(bytes),
          });
        }
      }
    }
  });

  test("escapes each character that needs it at every place of a word", () => {
    for (let byte = 0; byte < 0x80; byte += 1) {
      for (let place = 0; place < 9; place += 1) {
        const bytes = Buffer.alloc(9, "a");
        bytes[place] = byte;
        expect(copied(bytes, 0)).toBe(wanted(bytes));
      }
    }
  });
});
