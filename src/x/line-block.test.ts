import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createLineFramer } from "../kernel/line-framer.ts";
import { LineBlock } from "./line-block.ts";

/** The block of these bytes, and where its lines are. */
function blockOf(bytes: Buffer) {
  const lines: { start: number; end: number }[] = [];
  const framer = createLineFramer({ maxBytes: 1e6, onLine: (_, start, end) => lines.push({ start, end }) });
  framer.push(bytes);
  return { block: new LineBlock(bytes), lines };
}

const withoutReturn = (text: string | null) => text?.replace(/\r$/, "");

describe("a block of lines", () => {
  test("gives the text of each line that is taken, whichever are passed over", () => {
    const line = fc.record({
      text: fc.string({ unit: "grapheme", maxLength: 20 }).map((text) => text.replace(/[\r\n\ufffd]/g, "")),
      ending: fc.constantFrom("\n", "\r\n"),
      taken: fc.boolean(),
    });
    const rest = fc.constantFrom("", "the beginning of a line", "\r");
    fc.assert(
      fc.property(fc.array(line), rest, (parts, after) => {
        const bytes = Buffer.from(parts.map(({ text, ending }) => text + ending).join("") + after);
        const { block, lines } = blockOf(bytes);
        for (const [index, { text, taken }] of parts.entries()) {
          const { start, end } = lines[index] ?? { start: -1, end: -1 };
          if (taken) expect(withoutReturn(block.takeText(start, end))).toBe(text);
        }
      }),
    );
  });

  test("gives a line that came without its ending", () => {
    const bytes = Buffer.from("größer");
    expect(new LineBlock(bytes).takeText(0, bytes.length)).toBe("größer");
  });

  test.each([
    [
      "a line that is not UTF-8",
      Buffer.concat([Buffer.from("ab\n"), Buffer.from([0xc3]), Buffer.from("\ncd\n")]),
    ],
    ["a character that decoding would put for it", Buffer.from("ab\n\ufffd\ncd\n")],
  ])("has each line looked at when there is %s among them", (_, bytes) => {
    const { block, lines } = blockOf(bytes);
    expect(lines.map(({ start, end }) => block.takeText(start, end))).toEqual([null, null, null]);
  });

  test("is not disturbed by a half character after the last ending", () => {
    const { block, lines } = blockOf(Buffer.concat([Buffer.from("ab\ncd\n"), Buffer.from([0xf0, 0x9f])]));
    expect(lines.map(({ start, end }) => block.takeText(start, end))).toEqual(["ab", "cd"]);
  });

  test("gives no other line's text for one that was taken before", () => {
    const { block, lines } = blockOf(Buffer.from("ab\ncd\nef\n"));
    const take = (index: number) => block.takeText(lines[index]?.start ?? -1, lines[index]?.end ?? -1);
    expect([take(1), take(0), take(2), take(1), take(2)]).toEqual(["cd", null, "ef", "cd", "ef"]);
  });

  test("gives a line's bytes as a view of its own", () => {
    const bytes = Buffer.from("ab\r\ncd\r\n");
    const { block, lines } = blockOf(bytes);
    const raw = block.slice(lines[1]?.start ?? -1, lines[1]?.end ?? -1);
    expect([raw.toString(), raw.buffer]).toEqual(["cd", bytes.buffer]);
  });
});
