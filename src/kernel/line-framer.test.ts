import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createLineFramer } from "./line-framer.ts";

function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const points = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...points].map((from, index) => bytes.subarray(from, points[index] ?? bytes.length));
}

function frame(chunks: readonly Buffer[], maxBytes: number): { lines: string[]; rest: string | null } {
  const lines: string[] = [];
  const framer = createLineFramer({
    maxBytes,
    onLine: (line) => lines.push(line.toString()),
    onTooLong: (head) => lines.push(`too long: ${head.length}`),
  });
  for (const chunk of chunks) framer.push(chunk);
  return { lines, rest: framer.end()?.toString() ?? null };
}

describe("createLineFramer", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 30 }).map((value) => value.replace(/[\r\n]/g, ""));

  test("gives the same lines wherever the bytes are cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(text, fc.constantFrom("\n", "\r\n"))),
        text,
        fc.array(fc.nat()),
        (parts, rest, cuts) => {
          const bytes = Buffer.from(parts.map(([line, ending]) => line + ending).join("") + rest);
          expect(frame(cutAt(bytes, cuts), 1000)).toEqual({
            lines: parts.map(([line]) => line),
            rest: rest === "" ? null : rest,
          });
        },
      ),
    );
  });

  test("skips what is past the limit wherever the bytes are cut, and the lines after it follow", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 60 })), fc.array(fc.nat()), (lengths, cuts) => {
        const bytes = Buffer.from(lengths.map((length) => `${"x".repeat(length)}\r\n`).join(""));
        expect(frame(cutAt(bytes, cuts), 20).lines).toEqual(
          lengths.map((length) => (length > 20 ? "too long: 20" : "x".repeat(length))),
        );
      }),
    );
  });

  test.each([
    ["with its ending", ["123456\n"]],
    ["without one", ["1234567"]],
    ["in small parts", ["123", "456", "7"]],
  ])("throws on a line over the limit %s when nobody takes it", (_, chunks) => {
    const framer = createLineFramer({ maxBytes: 5, onLine() {} });
    expect(() => {
      for (const chunk of chunks) framer.push(Buffer.from(chunk));
    }).toThrow(expect.objectContaining({ code: "line-too-long" }));
  });
});
