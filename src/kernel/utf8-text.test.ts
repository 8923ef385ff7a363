import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Utf8Text } from "./utf8-text.ts";

function written(write: (text: Utf8Text) => void, roomBytes = 16): string {
  const text = new Utf8Text(roomBytes);
  write(text);
  const { length } = text;
  const bytes = text.take();
  expect(bytes).toHaveLength(length);
  return bytes.toString();
}

describe("a quoted text", () => {
  const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 90 });
  const texts = fc.oneof(
    fc.string({ unit: "binary", maxLength: 90 }),
    fc.string({ unit: "grapheme-ascii", maxLength: 90 }),
    // Halves of surrogate pairs, too.
    units.map((codes) => String.fromCharCode(...codes)),
  );

  test("is what JSON.stringify prints, whatever the text", () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 200 }), (content, roomBytes) => {
        expect(written((text) => text.json(content), roomBytes)).toBe(JSON.stringify(content));
      }),
      { numRuns: 500 },
    );
  });

  test.each(["\n", '"', "\\", "\u007f", "\u2028", "\ud800", "\udc00", "\ud83d\ude00", "é", "語", "\u0000"])(
    "is so with %j at every place of short and long ones",
    (content) => {
      for (const length of [0, 31, 32, 33, 200]) {
        for (const text of [content + "a".repeat(length), "a".repeat(length) + content]) {
          expect(written((target) => target.json(text))).toBe(JSON.stringify(text));
        }
      }
    },
  );
});

test.each([0, -0, 1, 9, 10, 99, 100, 999_999_999, 1_000_000_000, -1, 2 ** 53 - 1, -(2 ** 53) + 1])(
  "%d has the digits that String gives it",
  (value) => {
    expect(written((text) => text.integer(value))).toBe(String(value));
  },
);

test("keeps what was written when it grows, and begins anew when it was taken", () => {
  const text = new Utf8Text(8);
  text.bytes(Buffer.from("one, two, three, four; "));
  text.text("fünf ");
  text.digits(7, 3);
  const first = text.take();
  expect(first.toString()).toBe("one, two, three, four; fünf 007");
  text.text("x");
  const second = text.take();
  text.text("y");
  expect([first.toString(), second.toString(), text.take().toString()]).toEqual([
    "one, two, three, four; fünf 007",
    "x",
    "y",
  ]);
});

describe("memory that is given back", () => {
  /** Long enough not to be copied. */
  const fill = (text: Utf8Text, letter: string): Buffer => {
    text.text(letter.repeat(60));
    return text.take();
  };

  test("is written again, and not before", () => {
    const text = new Utf8Text(200);
    const first = fill(text, "a");
    const second = fill(text, "b");
    expect([first.toString(), second.toString()]).toEqual(["a".repeat(60), "b".repeat(60)]);
    text.giveBack(first);
    fill(text, "c");
    expect(fill(text, "d").buffer === first.buffer).toBe(true);
    expect([first.toString(), second.toString()]).toEqual(["d".repeat(60), "b".repeat(60)]);
  });

  test("counts once, and only if it came from there and did not have to grow", () => {
    const text = new Utf8Text(200);
    const first = fill(text, "a");
    text.text("g".repeat(300));
    const grown = text.take();
    for (const each of [first, first, grown, Buffer.alloc(200)]) text.giveBack(each);
    const later = [fill(text, "b"), fill(text, "c"), fill(text, "d")].map(({ buffer }) => buffer);
    expect(later.filter((buffer) => buffer === first.buffer)).toHaveLength(1);
    expect(later.includes(grown.buffer)).toBe(false);
  });
});

describe("bytes that are put there by another", () => {
  test("count when they are told, and are kept when the text has to grow", () => {
    const text = new Utf8Text(4);
    text.text("ab");
    text.room(2).write("cd", 2);
    expect(text.length).toBe(2);
    text.advance(4);
    text.room(100).write("ef", 4);
    text.advance(6);
    expect(text.take().toString()).toBe("abcdef");
  });

  test("do not count where the text ends before them again", () => {
    const text = new Utf8Text(8);
    text.text("ab");
    text.text("cd");
    text.advance(2);
    expect(text.take().toString()).toBe("ab");
  });
});
