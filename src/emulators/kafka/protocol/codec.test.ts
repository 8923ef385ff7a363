import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createMessageCodec } from "./codec.ts";
import {
  arrayOf,
  bool,
  bytes,
  type Draft,
  type Fields,
  int8,
  int16,
  int32,
  int64,
  nullableArrayOf,
  nullableString,
  nullableStruct,
  records,
  string,
  structs,
  uuid,
} from "./field.ts";
import { maxElementsPerRequest, Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

function encode<F extends Fields>(fields: F, version: number, flexible: boolean, value: Draft<F>): Buffer {
  const writer = new Writer();
  createMessageCodec(fields, version, flexible).encode(writer, value);
  return Buffer.concat(writer.finish().buffers);
}

function decode<F extends Fields>(fields: F, version: number, flexible: boolean, frame: Buffer) {
  const reader = new Reader(frame);
  return { message: createMessageCodec(fields, version, flexible).decode(reader), left: reader.remaining };
}

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

describe("a message codec", () => {
  const id = "00112233445566778899aabbccddeeff";
  const forms: [string, Fields, boolean, object, string][] = [
    ["int8", { a: int8() }, false, { a: -2 }, "fe"],
    ["int16", { a: int16() }, false, { a: -2 }, "fffe"],
    ["int32", { a: int32() }, false, { a: 258 }, "00000102"],
    ["int64", { a: int64() }, false, { a: -1 }, "ffffffffffffffff"],
    ["a large int64", { a: int64() }, false, { a: 2 ** 40 + 1 }, "0000010000000001"],
    ["bool", { a: bool() }, false, { a: true }, "01"],
    ["uuid", { a: uuid() }, false, { a: id }, id],
    ["string", { a: string() }, false, { a: "é" }, "0002 c3a9"],
    ["compact string", { a: string() }, true, { a: "é" }, "03 c3a9 00"],
    ["null string", { a: nullableString() }, false, { a: null }, "ffff"],
    ["compact null string", { a: nullableString() }, true, { a: null }, "00 00"],
    ["bytes", { a: bytes() }, false, { a: hex("0102") }, "00000002 0102"],
    ["compact bytes", { a: bytes() }, true, { a: hex("0102") }, "03 0102 00"],
    ["array", { a: arrayOf(int16()) }, false, { a: [1, 2] }, "00000002 0001 0002"],
    ["compact array", { a: arrayOf(int16()) }, true, { a: [1, 2] }, "03 0001 0002 00"],
    ["struct or null", { a: nullableStruct({ b: int8() }) }, true, { a: { b: 5 } }, "01 05 00 00"],
    ["null struct", { a: nullableStruct({ b: int8() }) }, true, { a: null }, "ff 00"],
    ["null array", { a: nullableArrayOf(int16()) }, false, { a: null }, "ffffffff"],
    [
      "structs",
      { a: structs({ b: int8(), c: bool() }) },
      false,
      { a: [{ b: 1, c: true }] },
      "00000001 01 01",
    ],
    ["compact structs", { a: structs({ b: int8() }) }, true, { a: [{ b: 1 }] }, "02 01 00 00"],
    ["tagged field", { a: int8(), t: int32({ tag: 3 }) }, true, { a: 1, t: 5 }, "01 01 03 04 00000005"],
    ["absent tagged field", { a: int8(), t: int32({ tag: 3, default: 9 }) }, true, { a: 1 }, "01 00"],
  ];
  test.each(forms)("writes and reads %s as the protocol has it", (_, fields, flexible, value, expected) => {
    const written = encode(fields, 0, flexible, value as Draft<Fields>);
    expect(written.toString("hex")).toBe(hex(expected).toString("hex"));
    const { message, left } = decode(fields, 0, flexible, written);
    expect(message).toMatchObject(value);
    expect(left).toBe(0);
  });

  test("carries a field only in its versions, and reads its default in the others", () => {
    const fields = {
      old: int8({ until: 1, default: 7 }),
      always: int8(),
      young: int8({ since: 2, default: 9 }),
    };
    const value = { old: 1, always: 2, young: 3 };
    expect(encode(fields, 1, false, value)).toEqual(hex("01 02"));
    expect(encode(fields, 2, false, value)).toEqual(hex("02 03"));
    expect(decode(fields, 1, false, hex("01 02")).message).toEqual({ old: 1, always: 2, young: 9 });
    expect(decode(fields, 2, false, hex("02 03")).message).toEqual({ old: 7, always: 2, young: 3 });
  });

  test("skips tagged fields it does not know", () => {
    expect(decode({ a: int8() }, 0, true, hex("01 02 05 01 aa 06 02 bbbb"))).toEqual({
      message: { a: 1 },
      left: 0,
    });
  });

  test("leaves record data where it is", () => {
    const data = Buffer.from("records");
    const writer = new Writer();
    const codec = createMessageCodec({ a: int8(), r: records(), z: int8() }, 0, false);
    codec.encode(writer, { a: 1, r: { buffers: [data], byteLength: data.length }, z: 2 });
    const { buffers, byteLength } = writer.finish();
    expect(buffers[1]).toBe(data);
    expect(Buffer.concat(buffers)).toEqual(Buffer.concat([hex("01 00000007"), data, hex("02")]));
    expect(byteLength).toBe(13);
  });

  const broken: [string, Fields, boolean, string, string][] = [
    ["a frame that ends early", { a: int32() }, false, "0000", "malformed"],
    ["a string longer than the frame", { a: string() }, false, "0005 61", "malformed"],
    ["a string of length -2", { a: string() }, false, "fffe", "malformed"],
    ["null for what is never null", { a: string() }, false, "ffff", "malformed"],
    ["null for bytes that are never null", { a: bytes() }, true, "00 00", "malformed"],
    ["null for an array that is never null", { a: arrayOf(int8()) }, false, "ffffffff", "malformed"],
    ["an array of 2^31-1 elements", { a: arrayOf(int8()) }, false, "7fffffff", "malformed"],
    ["an array of length -2", { a: arrayOf(int8()) }, false, "fffffffe", "malformed"],
    ["a varint without an end", { a: string() }, true, "ffffffffffffff", "malformed"],
    ["a tagged field of the wrong length", { t: int32({ tag: 0 }) }, true, "01 00 02 0000", "malformed"],
    [
      "a tagged field longer than the frame",
      { t: int32({ tag: 0 }) },
      true,
      "01 00 7f 00000001",
      "malformed",
    ],
  ];
  test.each(broken)("refuses %s", (_, fields, flexible, frame, code) => {
    expect(() => decode(fields, 0, flexible, hex(frame))).toThrow(expect.objectContaining({ code }));
  });

  test("refuses more array elements than any client sends, however the arrays are nested", () => {
    const inner = Buffer.concat([hex("00000100"), Buffer.alloc(256)]);
    const count = Math.ceil(maxElementsPerRequest / 256);
    const outer = Buffer.alloc(4);
    outer.writeInt32BE(count);
    const frame = Buffer.concat([outer, ...Array.from({ length: count }, () => inner)]);
    expect(() => decode({ a: arrayOf(arrayOf(int8())) }, 0, false, frame)).toThrow(
      expect.objectContaining({ code: "too-large" }),
    );
  });

  test("reads back whatever it wrote", () => {
    const fields = {
      a: int64(),
      b: nullableString(),
      c: structs({ d: bytes(), e: nullableArrayOf(string()), t: int32({ tag: 1 }) }),
    };
    const values = fc.record({
      a: fc.maxSafeInteger(),
      b: fc.option(fc.string({ unit: "binary" })),
      c: fc.array(
        fc.record({
          d: fc.uint8Array().map((each) => Buffer.from(each)),
          e: fc.option(fc.array(fc.string())),
          t: fc.integer(),
        }),
        { maxLength: 3 },
      ),
    });
    fc.assert(
      fc.property(values, (value) => {
        expect(decode(fields, 0, true, encode(fields, 0, true, value))).toEqual({ message: value, left: 0 });
      }),
    );
  });
});
