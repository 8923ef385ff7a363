import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createGatherer } from "./gatherer.ts";

function setUp(maxItems: number) {
  const sends: { readonly items: readonly number[]; finish(error?: Error): void }[] = [];
  const gatherer = createGatherer<number>({
    maxItems,
    send: (items) =>
      new Promise((resolve, reject) => {
        sends.push({ items, finish: (error) => (error === undefined ? resolve() : reject(error)) });
      }),
  });
  return { gatherer, sends, batches: () => sends.map(({ items }) => items) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("the gatherer", () => {
  test("sends the first addition at once, and what came meanwhile together", async () => {
    const { gatherer, sends, batches } = setUp(10);
    await gatherer.add([1]);
    await gatherer.add([2, 3]);
    await gatherer.add([4]);
    expect(batches()).toEqual([[1]]);
    sends[0]?.finish();
    await turn();
    expect(batches()).toEqual([[1], [2, 3, 4]]);
  });

  test("never sends more than the maximum at once", async () => {
    const { gatherer, sends, batches } = setUp(2);
    await gatherer.add([1, 2, 3, 4, 5]);
    for (let index = 0; index < 3; index++) {
      sends[index]?.finish();
      await turn();
    }
    expect(batches()).toEqual([[1, 2], [3, 4], [5]]);
    await gatherer.drain();
  });

  test("holds the giver back while too much is held", async () => {
    const { gatherer, sends } = setUp(2);
    await gatherer.add([1]);
    let taken = false;
    const adding = gatherer.add([2, 3, 4, 5, 6]).then(() => {
      taken = true;
    });
    await turn();
    expect(taken).toBe(false);
    sends[0]?.finish();
    await adding;
    expect(taken).toBe(true);
  });

  test("stops at the first failure and tells it to whoever adds or drains", async () => {
    const { gatherer, sends, batches } = setUp(2);
    await gatherer.add([1]);
    await gatherer.add([2]);
    const error = new Error("no");
    sends[0]?.finish(error);
    await expect(gatherer.drain()).rejects.toBe(error);
    await expect(gatherer.add([3])).rejects.toBe(error);
    expect(batches()).toEqual([[1]]);
  });

  test("keeps every item and their order, whatever comes when", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.array(fc.nat())),
        async (maxItems, lists) => {
          const sent: number[] = [];
          const gatherer = createGatherer<number>({
            maxItems,
            send: async (items) => {
              expect(items.length).toBeLessThanOrEqual(maxItems);
              sent.push(...items);
            },
          });
          for (const list of lists) await gatherer.add(list);
          await gatherer.drain();
          expect(sent).toEqual(lists.flat());
        },
      ),
    );
  });
});
