import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { widthOf } from "../render/width.ts";
import { markPosition } from "./mark-position.ts";

describe("markPosition", () => {
  test.each([
    ["cat or dog", 5, ["cat or dog", "    ^"]],
    ["cat", 1, ["cat", "^"]],
    ["(cat", 5, ["(cat", "    ^"]],
    ["cat", 99, ["cat", "   ^"]],
    ["", 1, ["", "^"]],
    ["猫 or 犬", 3, ["猫 or 犬", "   ^"]],
    ["a 😃", 4, ["a 😃", "  ^"]],
    ["👩‍💻 x:y", 7, ["👩‍💻 x:y", "   ^"]],
    ["a\u001b[31m or", 8, ["a\\u001b[31m or", "            ^"]],
  ])("%j at %i", (text, position, lines) => {
    expect(markPosition(text, position).split("\n")).toEqual(lines);
  });

  test("cuts a long text around the place", () => {
    const text = `${"a ".repeat(500)}or ${"b ".repeat(500)}`;
    const [line = "", caret = ""] = markPosition(text, 1001, 20).split("\n");
    expect([line, caret]).toEqual(["...a a a a a or b b b b...", `${" ".repeat(13)}^`]);
  });

  test("of any text and place is two lines, the caret not past the end", () => {
    const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 });
    const text = units.map((codes) => String.fromCharCode(...codes));
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: "grapheme" })), fc.integer(), (any, position) => {
        const lines = markPosition(any, position, 20).split("\n");
        expect(lines).toHaveLength(2);
        expect(lines[1]).toMatch(/^ *\^$/);
        expect(widthOf(lines[1] ?? "")).toBeLessThanOrEqual(widthOf(lines[0] ?? "") + 2);
      }),
    );
  });
});
