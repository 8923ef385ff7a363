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
    onLine: (line, start, end) => lines.push(line.toString("utf8", start, end)),
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

describe("createLineFramer, cut at every byte", () => {
  const lines = ["", '{"text":"é 日本 👩‍👩‍👧 \\u0000"}', "a\rb", "\r", "", "end"];

  test.each([
    ["CRLF", "\r\n"],
    ["LF alone", "\n"],
  ])("inside characters and endings nothing changes, with %s", (_, ending) => {
    const bytes = Buffer.from(lines.map((line) => line + ending).join(""));
    // With LF alone, a line that is one CR is an empty line with a CRLF ending.
    const expected = ending === "\n" ? lines.map((line) => (line === "\r" ? "" : line)) : lines;
    const bytewise = Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1));
    expect(frame(bytewise, 100)).toEqual({ lines: expected, rest: null });
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(frame([bytes.subarray(0, cut), bytes.subarray(cut)], 100)).toEqual({
        lines: expected,
        rest: null,
      });
    }
  });

  test.each([
    ["as long as allowed, CRLF", "12345\r\n", ["12345"], null],
    ["as long as allowed, LF", "12345\n", ["12345"], null],
    ["as long as allowed with a CR of its own", "1234\r\r\n", ["1234\r"], null],
    ["one byte over, CRLF", "123456\r\n", ["too long: 5"], null],
    ["one byte over, LF", "123456\n", ["too long: 5"], null],
    ["one byte over, and the byte is a CR", "12345\r\r\n", ["too long: 5"], null],
    ["over by far, and another after it", "1234567890123\r\n12345\r\n", ["too long: 5", "12345"], null],
    ["as long as allowed and never ended", "12345", [], "12345"],
    ["as long as allowed and ended by half", "12345\r", [], "12345\r"],
    ["one byte over and never ended", "123456", ["too long: 5"], null],
    ["over by far and never ended", "1234567", ["too long: 5"], null],
  ])("a line %s", (_, text, expected, rest) => {
    const bytes = Buffer.from(text);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(frame([bytes.subarray(0, cut), bytes.subarray(cut)], 5)).toEqual({ lines: expected, rest });
    }
    expect(
      frame(
        Array.from(bytes, (byte) => Buffer.of(byte)),
        5,
      ),
    ).toEqual({ lines: expected, rest });
  });
});

describe("end", () => {
  test("empties the framer, so that it can begin again", () => {
    const got: string[] = [];
    const framer = createLineFramer({
      maxBytes: 10,
      onLine: (line, start, end) => got.push(line.toString("utf8", start, end)),
    });
    framer.push(Buffer.from("half"));
    expect(framer.end()?.toString()).toBe("half");
    expect(framer.end()).toBeNull();
    framer.push(Buffer.from("whole\n"));
    expect(got).toEqual(["whole"]);
  });

  test("throws on a rest over the limit when nobody takes it", () => {
    const framer = createLineFramer({ maxBytes: 5, onLine() {} });
    framer.push(Buffer.from("123456"));
    expect(() => framer.end()).toThrow(expect.objectContaining({ code: "line-too-long" }));
    expect(framer.end()).toBeNull();
  });
});
