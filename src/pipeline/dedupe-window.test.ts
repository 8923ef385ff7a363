import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parsePostId } from "../kernel/brand.ts";
import { createDedupeWindow } from "./dedupe-window.ts";

const postId = fc
  .oneof(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), fc.bigInt({ min: 0n, max: 40n }))
  .map((value) => parsePostId(String(value)));

describe("the de-duplication window", () => {
  test("agrees with a first-in first-out set of the same size", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.array(postId, { maxLength: 200 }), (capacity, ids) => {
        const window = createDedupeWindow(capacity);
        const model = new Set<string>();
        for (const id of ids) {
          const isNew = !model.has(id);
          expect(window.add(id)).toBe(isNew);
          if (isNew) model.add(id);
          const oldest = model.values().next().value;
          if (model.size > capacity && oldest !== undefined) model.delete(oldest);
          expect(window.size).toBe(model.size);
        }
      }),
    );
  });

  test("tells apart ids that differ in one digit at either end", () => {
    const window = createDedupeWindow(10);
    for (const id of ["1536770448950245102", "1536770448950245103", "2536770448950245102", "102", "0"]) {
      expect(window.add(parsePostId(id))).toBe(true);
    }
    expect(window.add(parsePostId("1536770448950245102"))).toBe(false);
  });

  test("refuses a size that is none", () => {
    expect(() => createDedupeWindow(0)).toThrow(RangeError);
  });
});
