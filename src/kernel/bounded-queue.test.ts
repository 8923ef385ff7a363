import { describe, expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import { createBoundedQueue } from "./bounded-queue.ts";

const roomy = { maxItems: 1000, maxBytes: 1000 };

describe("a bounded queue", () => {
  test("gives items in order, at most as many as asked", async () => {
    const queue = createBoundedQueue<string>(roomy);
    for (const item of ["a", "b", "c"]) queue.push(item, 1);
    expect(await queue.take(2)).toEqual(["a", "b"]);
    expect(await queue.take(2)).toEqual(["c"]);
  });

  test("makes take wait for the next item", async () => {
    const queue = createBoundedQueue<string>(roomy);
    const taken = queue.take(10);
    queue.push("a", 1);
    queue.push("b", 1);
    expect(await taken).toEqual(["a", "b"]);
  });

  // Node hears of every call that settles a promise again, and that takes longer than all else that is done for an item.
  test("settles a waiting take once, however many items come before it goes on", async () => {
    const settled = jest.fn();
    const { Promise: native } = globalThis;
    class Counted<T> extends native<T> {
      /** What is awaited makes another promise, which is not counted. */
      static override readonly [Symbol.species] = native;
      constructor(executor: ConstructorParameters<typeof native<T>>[0]) {
        super((resolve, reject) =>
          executor((value) => {
            settled();
            resolve(value);
          }, reject),
        );
      }
    }
    const queue = createBoundedQueue<string>(roomy);
    globalThis.Promise = Counted;
    const taken = queue.take(10);
    globalThis.Promise = native;
    for (const item of ["a", "b", "c"]) queue.push(item, 1);
    queue.close();
    expect(await taken).toEqual(["a", "b", "c"]);
    expect(settled).toHaveBeenCalledTimes(1);
  });

  test.each([
    ["items", { maxItems: 4, maxBytes: 1000 }, 1],
    ["bytes", { maxItems: 1000, maxBytes: 40 }, 10],
  ])(
    "says that it is full at its bound of %s, takes the item all the same, and calls onRoom once at half",
    async (_, bounds, bytes) => {
      let rooms = 0;
      const queue = createBoundedQueue<number>({ ...bounds, onRoom: () => void rooms++ });
      expect([1, 2, 3, 4, 5].map((item) => queue.push(item, bytes))).toEqual([
        true,
        true,
        true,
        false,
        false,
      ]);
      expect([queue.length, queue.bytes]).toEqual([5, 5 * bytes]);
      expect(await queue.take(2)).toEqual([1, 2]);
      expect(rooms).toBe(0);
      expect(queue.push(6, bytes)).toBe(false);
      expect(await queue.take(2)).toEqual([3, 4]);
      expect(rooms).toBe(1);
      expect(await queue.take(9)).toEqual([5, 6]);
      expect(rooms).toBe(1);
      expect(queue.push(7, bytes)).toBe(true);
    },
  );

  test("takes one item larger than the whole bound, and finds room again after it", async () => {
    let rooms = 0;
    const queue = createBoundedQueue<string>({ maxItems: 10, maxBytes: 10, onRoom: () => void rooms++ });
    expect(queue.push("huge", 1000)).toBe(false);
    expect(await queue.take(1)).toEqual(["huge"]);
    expect([queue.bytes, rooms]).toEqual([0, 1]);
  });

  test("never calls onRoom when it was never full", async () => {
    const queue = createBoundedQueue<number>({
      ...roomy,
      onRoom: () => {
        throw new Error("there was room all the time");
      },
    });
    queue.push(1, 1);
    await queue.take(1);
  });

  test("lets the writer push from onRoom", async () => {
    const queue = createBoundedQueue<number>({
      maxItems: 2,
      maxBytes: 100,
      onRoom: () => void queue.push(3, 1),
    });
    queue.push(1, 1);
    queue.push(2, 1);
    expect(await queue.take(2)).toEqual([1, 2]);
    expect(await queue.take(2)).toEqual([3]);
  });

  test("gives what is left after close, then null, again and again", async () => {
    const queue = createBoundedQueue<number>(roomy);
    queue.push(1, 1);
    queue.close();
    expect([await queue.take(5), await queue.take(5), await queue.take(5)]).toEqual([[1], null, null]);
  });

  test("rejects with the error it was closed with, but only after what is left", async () => {
    const queue = createBoundedQueue<number>(roomy);
    const error = new Error("the connection broke");
    queue.push(1, 1);
    queue.close(error);
    queue.close(new Error("later ones do not matter"));
    expect(await queue.take(5)).toEqual([1]);
    await expect(queue.take(5)).rejects.toBe(error);
    await expect(queue.take(5)).rejects.toBe(error);
  });

  test.each([
    ["null", undefined],
    ["the error", new Error("broke")],
  ])("wakes a waiting take on close with %s", async (_, error) => {
    const queue = createBoundedQueue<number>(roomy);
    const taken = queue.take(5);
    queue.close(error);
    if (error === undefined) expect(await taken).toBeNull();
    else await expect(taken).rejects.toBe(error);
  });

  test("refuses a push after close", () => {
    const queue = createBoundedQueue<number>(roomy);
    queue.close();
    expect(() => queue.push(1, 1)).toThrow("closed");
  });

  test("refuses a second take while one waits, and the first one is not harmed", async () => {
    const queue = createBoundedQueue<number>(roomy);
    const first = queue.take(1);
    await expect(queue.take(1)).rejects.toThrow("another take");
    queue.push(1, 1);
    expect(await first).toEqual([1]);
    queue.push(2, 1);
    expect(await queue.take(1)).toEqual([2]);
  });

  test("counts and orders right over any pushes and takes", async () => {
    const step = fc.oneof(
      fc.record({ push: fc.integer({ min: 0, max: 50 }) }),
      fc.record({ take: fc.integer({ min: 1, max: 7 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        let paused = false;
        const queue = createBoundedQueue<number>({
          maxItems: 8,
          maxBytes: 100,
          onRoom: () => (paused = false),
        });
        const model: { item: number; bytes: number }[] = [];
        let next = 0;
        for (const one of steps) {
          if ("push" in one) {
            model.push({ item: next, bytes: one.push });
            if (!queue.push(next++, one.push)) paused = true;
          } else if (model.length > 0) {
            expect(await queue.take(one.take)).toEqual(model.splice(0, one.take).map(({ item }) => item));
          }
          const bytes = model.reduce((sum, entry) => sum + entry.bytes, 0);
          expect([queue.length, queue.bytes]).toEqual([model.length, bytes]);
          if (model.length >= 8 || bytes >= 100) expect(paused).toBe(true);
          if (model.length <= 4 && bytes <= 50) expect(paused).toBe(false);
        }
      }),
    );
  });

  test("keeps its order over many thousand items, part by part", async () => {
    const queue = createBoundedQueue<number>({ maxItems: 1e6, maxBytes: 1e9 });
    for (let item = 0; item < 20_000; item++) queue.push(item, 1);
    const taken: number[] = [];
    while (queue.length > 0) {
      taken.push(...((await queue.take(700)) ?? []));
      if (taken.length < 10_000) queue.push(20_000 + taken.length, 1);
    }
    expect(taken.slice(0, 20_000)).toEqual(Array.from({ length: 20_000 }, (_, item) => item));
    expect(taken.length).toBe(20_014);
  });
});
