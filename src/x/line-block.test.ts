import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createLineFramer } from "../kernel/line-framer.ts";
import { LineBlock, type WaitingLine } from "./line-block.ts";

const origin = { kind: "x", connection: 1, receivedAtMs: 0 } as const;

/** The lines of these bytes that have any. */
function hold(bytes: Buffer): WaitingLine[] {
  const block = new LineBlock(bytes);
  const lines: WaitingLine[] = [];
  const framer = createLineFramer({
    maxBytes: 1e6,
    onLine(_, start, end) {
      if (end > start) lines.push(block.hold(origin, start, end));
    },
  });
  framer.push(bytes);
  return lines;
}

const take = (line: WaitingLine | undefined) => line?.block.takeText(line)?.replace(/\r$/, "") ?? null;

describe("a block of lines", () => {
  test("gives the text of each line that is taken, whichever are passed over", () => {
    const line = fc.record({
      text: fc
        .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
        .map((text) => text.replace(/[\r\n\ufffd]/g, "-")),
      ending: fc.constantFrom("\n", "\r\n", "\n\n", "\r\n\r\n"),
      taken: fc.boolean(),
    });
    const rest = fc.constantFrom("", "the beginning of a line", "\r");
    fc.assert(
      fc.property(fc.array(line), rest, (parts, after) => {
        const lines = hold(Buffer.from(parts.map(({ text, ending }) => text + ending).join("") + after));
        expect(lines).toHaveLength(parts.length);
        for (const [index, { text, taken }] of parts.entries())
          if (taken) expect(take(lines[index])).toBe(text);
      }),
    );
  });

  test("gives a line that came without its ending", () => {
    const bytes = Buffer.from("größer");
    expect(take(new LineBlock(bytes).hold(origin, 0, bytes.length))).toBe("größer");
  });

  test.each([
    [
      "a line that is not UTF-8",
      Buffer.concat([Buffer.from("ab\n"), Buffer.from([0xc3]), Buffer.from("\ncd\n")]),
    ],
    ["a character that decoding would put for it", Buffer.from("ab\n\ufffd\ncd\n")],
  ])("has each line looked at when there is %s among them", (_, bytes) => {
    expect(hold(bytes).map(take)).toEqual([null, null, null]);
  });

  test("is not disturbed by a half character after the last ending", () => {
    const bytes = Buffer.concat([Buffer.from("ab\ncd\n"), Buffer.from([0xf0, 0x9f])]);
    expect(hold(bytes).map(take)).toEqual(["ab", "cd"]);
  });

  test("gives no other line's text for one that was taken before", () => {
    const lines = hold(Buffer.from("ab\ncd\nef\n"));
    expect([1, 0, 2, 1, 2].map((index) => take(lines[index]))).toEqual(["cd", null, "ef", "cd", "ef"]);
  });

  test("gives a line's bytes as a view, not as a copy", () => {
    const bytes = Buffer.from("ab\r\ncd\r\n");
    const raw = hold(bytes)[1]?.raw;
    expect([raw?.toString(), raw?.buffer]).toEqual(["cd", bytes.buffer]);
  });
});
