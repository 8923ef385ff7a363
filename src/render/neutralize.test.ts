import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { neutralize } from "./neutralize.ts";

const controls = /[\u0000-\u001f\u007f-\u009f]/;
const hostile = fc.array(
  fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(
      "\u001b[31m",
      "\u001b]52;c;AAAA\u0007",
      "\u009b2J",
      "\u0090q\u009c",
      "\u202e",
      "\u2066",
      "\r\n",
      "\ud83d",
    ),
  ),
);

describe("neutralize", () => {
  test.each([
    ["plain text", "plain text"],
    ["日本語 👨‍👩‍👧 é", "日本語 👨‍👩‍👧 é"],
    ["red \u001b[31m", "red \\u001b[31m"],
    ["clip \u001b]52;c;AA\u0007", "clip \\u001b]52;c;AA\\a"],
    ["c1 \u009b2J \u0085", "c1 \\u009b2J \\u0085"],
    ["nul \u0000 del \u007f", "nul \\u0000 del \\u007f"],
    ["bidi \u202e\u2066\u2069\u200f\u061c", "bidi \\u202e\\u2066\\u2069\\u200f\\u061c"],
    ["a\nb\tc\rd\fe\bf\vg", "a\\nb\\tc\\rd\\fe\\bf\\vg"],
    ["lines \u2028\u2029", "lines \\u2028\\u2029"],
    ["half \ud83d", "half \\ud83d"],
  ])("shows %j as %j", (text, expected) => {
    expect(neutralize(text)).toBe(expected);
  });

  test("keeps line breaks and tabs where asked, and nothing else", () => {
    expect(neutralize("a\r\nb\tc\rd\u001b", { keepLines: true })).toBe("a\nb\tc\\rd\\u001b");
  });

  test("never lets a control character, a bidirectional control or a lone surrogate through", () => {
    fc.assert(
      fc.property(hostile, (parts) => {
        const text = neutralize(parts.join(""));
        expect(text).not.toMatch(controls);
        expect(text).not.toMatch(/\p{Bidi_Control}/u);
        expect(text.isWellFormed()).toBe(true);
        expect(neutralize(text)).toBe(text);
      }),
    );
  });

  test("lets only line breaks and tabs through when it keeps lines", () => {
    fc.assert(
      fc.property(hostile, (parts) => {
        expect(neutralize(parts.join(""), { keepLines: true }).replaceAll(/[\n\t]/g, "")).not.toMatch(
          controls,
        );
      }),
    );
  });
});
