import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createFrameAssembler } from "./frame-assembler.ts";

function framed(payload: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(payload.length);
  return Buffer.concat([length, payload]);
}

describe("a frame assembler", () => {
  test("gives the same frames wherever the stream is cut", () => {
    const anyFrames = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 });
    fc.assert(
      fc.property(anyFrames, fc.array(fc.integer({ min: 1, max: 30 })), (payloads, steps) => {
        const stream = Buffer.concat(payloads.map(framed));
        const assembler = createFrameAssembler(1000);
        const seen: string[] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const step = steps[i % Math.max(1, steps.length)] ?? 1;
          assembler.push(stream.subarray(at, at + step));
          at += step;
          for (let frame = assembler.next(); frame; frame = assembler.next())
            seen.push(frame.toString("hex"));
        }
        expect(seen).toEqual(payloads.map((payload) => Buffer.from(payload).toString("hex")));
        expect(assembler.bufferedBytes).toBe(0);
      }),
    );
  });

  test("waits for all four bytes of the length", () => {
    const assembler = createFrameAssembler(1000);
    for (const byte of [0, 0, 0]) assembler.push(Buffer.from([byte]));
    expect(assembler.next()).toBeNull();
    assembler.push(Buffer.from([1, 7]));
    expect(assembler.next()).toEqual(Buffer.from([7]));
  });

  test.each([
    ["more than the limit", 1001, "too-large"],
    ["2^31-1", 2 ** 31 - 1, "too-large"],
    ["less than nothing", -1, "malformed"],
  ])("refuses a frame of %s as soon as its length is known", (_, length, code) => {
    const assembler = createFrameAssembler(1000);
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(length);
    assembler.push(bytes);
    expect(() => assembler.next()).toThrow(expect.objectContaining({ code }));
  });
});
