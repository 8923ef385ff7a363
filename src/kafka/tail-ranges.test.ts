import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { tailRanges } from "./tail-ranges.ts";

const partitions = (...lengths: number[]) =>
  lengths.map((length, partition) => ({ partition, earliest: 100, latest: 100 + length }));
const counts = (lengths: readonly number[], maxRecords: number) =>
  tailRanges(partitions(...lengths), maxRecords).map(({ partition, start, end }) => [partition, end - start]);

describe("the ranges of a tail", () => {
  test.each<[string, number[], number, number[][]]>([
    [
      "a topic that has no more",
      [3, 4],
      10,
      [
        [0, 3],
        [1, 4],
      ],
    ],
    [
      "a long topic, in even shares",
      [50, 60, 70],
      30,
      [
        [0, 10],
        [1, 10],
        [2, 10],
      ],
    ],
    [
      "uneven partitions: the long ones get what the short ones leave",
      [2, 0, 90],
      30,
      [
        [0, 2],
        [2, 28],
      ],
    ],
    ["an empty topic", [0, 0], 30, []],
    [
      "fewer records than partitions",
      [5, 5, 5],
      2,
      [
        [1, 1],
        [2, 1],
      ],
    ],
    ["nothing", [5], 0, []],
    [
      "everything",
      [5, 7],
      Number.POSITIVE_INFINITY,
      [
        [0, 5],
        [1, 7],
      ],
    ],
  ])("are those of %s", (_title, lengths, maxRecords, expected) => {
    expect(counts(lengths, maxRecords)).toEqual(expected);
  });

  test("end where partitions end", () => {
    expect(tailRanges(partitions(9), 4)).toEqual([{ partition: 0, start: 105, end: 109 }]);
  });

  test("have as many records as there are and were asked for, and never two partitions less than the third", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { maxLength: 8 }), fc.nat(200), (lengths, maxRecords) => {
        const found = new Map(
          counts(lengths, maxRecords).map(([partition, count]) => [partition, count ?? 0]),
        );
        const got = lengths.map((_, partition) => found.get(partition) ?? 0);
        const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
        expect(sum(got)).toBe(Math.min(sum(lengths), maxRecords));
        const cut = got.filter((count, partition) => count < (lengths[partition] ?? 0));
        if (cut.length > 0) expect(Math.max(...got) - Math.min(...cut)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
