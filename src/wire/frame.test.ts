import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseSchemaId } from "../kernel/brand.ts";
import { encodeFrame, frameHeadBytes, parseFrame, writeFrameHead } from "./frame.ts";

const maxId = 2 ** 31 - 1;
const ids = fc.integer({ min: 1, max: maxId });
const bytes = (max = 64) => fc.uint8Array({ maxLength: max }).map((array) => Buffer.from(array));

describe("encodeFrame", () => {
  test("writes magic byte, id big-endian and payload", () => {
    expect(encodeFrame(parseSchemaId(0x01020304), Buffer.from("ab")).toString("hex")).toBe("00010203046162");
  });

  test("copies the payload, so that the caller may use its buffer again", () => {
    const payload = Buffer.from("ab");
    const frame = encodeFrame(parseSchemaId(1), payload);
    payload.fill(0);
    expect(frame.toString("latin1", frameHeadBytes)).toBe("ab");
  });

  test("is undone by parseFrame for every id and payload", () => {
    fc.assert(
      fc.property(ids, bytes(), (id, payload) => {
        const frame = encodeFrame(parseSchemaId(id), payload);
        expect(parseFrame(frame)).toEqual({ kind: "framed", id, payload });
        expect(frame.length).toBe(frameHeadBytes + payload.length);
      }),
    );
  });
});

describe("writeFrameHead", () => {
  test("writes in place, wherever the frame begins, and returns where the payload does", () => {
    const target = Buffer.alloc(9, 0xff);
    expect(writeFrameHead(target, 2, parseSchemaId(258))).toBe(7);
    expect(target.toString("hex")).toBe("ffff0000000102ffff");
  });

  test("throws RangeError where the head does not fit", () => {
    expect(() => writeFrameHead(Buffer.alloc(4), 0, parseSchemaId(1))).toThrow(
      expect.objectContaining({ name: "RangeError", code: "ERR_OUT_OF_RANGE" }),
    );
  });
});

describe("parseFrame", () => {
  test.each([
    ["nothing", "", { kind: "short-frame", length: 0 }],
    ["a magic byte alone", "00", { kind: "short-frame", length: 1 }],
    ["an id cut after three bytes", "00000001", { kind: "short-frame", length: 4 }],
    ["a frame without payload", "0000000001", { kind: "framed", id: 1, payload: Buffer.alloc(0) }],
    ["the largest id", "007fffffff", { kind: "framed", id: maxId, payload: Buffer.alloc(0) }],
    ["id 0", "0000000000", { kind: "bad-id", id: 0 }],
    ["an id that is negative as int32", "0080000000", { kind: "bad-id", id: 2 ** 31 }],
    ["an id of all ones", "00ffffffff61", { kind: "bad-id", id: 2 ** 32 - 1 }],
    ["JSON", Buffer.from('{"id":1}').toString("hex"), { kind: "bad-magic", magic: 0x7b }],
    ["a short text", Buffer.from("hi").toString("hex"), { kind: "bad-magic", magic: 0x68 }],
    ["magic byte 0x01", "0100000001", { kind: "bad-magic", magic: 1 }],
  ])("reads %s", (_what, hex, expected) => {
    expect(parseFrame(Buffer.from(hex, "hex"))).toEqual(expected);
  });

  test("calls every cut of a frame before its payload short, and every other a frame", () => {
    fc.assert(
      fc.property(ids, bytes(), (id, payload) => {
        const frame = encodeFrame(parseSchemaId(id), payload);
        for (let length = 0; length <= frame.length; length++) {
          const outcome = parseFrame(frame.subarray(0, length));
          expect(outcome).toEqual(
            length < frameHeadBytes
              ? { kind: "short-frame", length }
              : { kind: "framed", id, payload: payload.subarray(0, length - frameHeadBytes) },
          );
        }
      }),
    );
  });

  test("never throws, and what it calls framed is the same bytes when written again", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          bytes(),
          bytes().map((rest) => Buffer.concat([Buffer.of(0), rest])),
        ),
        (any) => {
          const outcome = parseFrame(any);
          if (outcome.kind === "framed") expect(encodeFrame(outcome.id, outcome.payload)).toEqual(any);
        },
      ),
    );
  });
});
