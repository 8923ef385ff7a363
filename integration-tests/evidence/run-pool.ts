/**
 * Several runs at a time, for what waits more than it works.
 */
const width = 6;

/** Results in the order of the items. Rejects with the first error, once those under way have ended. */
export async function runPool<Item, Result>(
  items: readonly Item[],
  run: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  const work = async () => {
    for (const [index, item] of queue) results[index] = await run(item);
  };
  const ends = await Promise.allSettled(Array.from({ length: width }, work));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return results;
}
