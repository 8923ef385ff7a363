import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createSettledWatermark } from "./settled-watermark.ts";

function setUp() {
  const lines: number[] = [];
  const watermark = createSettledWatermark((origin) => {
    if (origin.kind === "replay") lines.push(origin.line);
  });
  const hand = (line: number, tweets: number, letters = 0) =>
    watermark.handedOn({ kind: "replay", file: "f", line }, { tweets, letters });
  return { lines, watermark, hand };
}

describe("the mark of what is settled", () => {
  test("moves when all up to a post is acknowledged, on both ways", () => {
    const { lines, watermark, hand } = setUp();
    hand(10, 8, 1);
    hand(20, 5);
    watermark.acknowledged("tweets", 13);
    expect(lines).toEqual([]);
    watermark.acknowledged("letters", 1);
    expect(lines).toEqual([20]);
  });

  test("stays in front of what is acknowledged in part", () => {
    const { lines, watermark, hand } = setUp();
    hand(10, 8);
    hand(20, 5);
    watermark.acknowledged("tweets", 9);
    expect(lines).toEqual([10]);
    watermark.acknowledged("tweets", 4);
    expect(lines).toEqual([10, 20]);
  });

  test("moves at once past posts that need no record, unless one before them is open", () => {
    const { lines, watermark, hand } = setUp();
    hand(5, 0);
    hand(10, 1);
    hand(15, 0);
    expect(lines).toEqual([5]);
    watermark.acknowledged("tweets", 1);
    expect(lines).toEqual([5, 15]);
  });

  test("never runs ahead, however sends are cut", () => {
    const step = fc.record({ tweets: fc.nat(4), letters: fc.nat(2), sent: fc.nat(6), kept: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { lines, watermark, hand } = setUp();
        const owed = { tweets: 0, letters: 0 };
        const given = { tweets: 0, letters: 0 };
        const needs: { tweets: number; letters: number }[] = [];
        for (const { tweets, letters, sent, kept } of steps) {
          owed.tweets += tweets;
          owed.letters += letters;
          needs.push({ ...owed });
          hand(needs.length, tweets, letters);
          for (const [way, most] of [
            ["tweets", sent],
            ["letters", kept],
          ] as const) {
            const count = Math.min(most, owed[way] - given[way]);
            given[way] += count;
            watermark.acknowledged(way, count);
          }
          const settled = needs.filter(
            (need) => need.tweets <= given.tweets && need.letters <= given.letters,
          ).length;
          expect(lines.at(-1) ?? 0).toBe(settled);
        }
      }),
    );
  });
});
