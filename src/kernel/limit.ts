/**
 * Work in parallel, and only so much of it at once.
 */

/** Runs what it is given when its turn comes, in the order given. */
export type Limit = <Value>(work: () => Promise<Value>) => Promise<Value>;

/** At most `max` pieces of work are under way at any time. Work must not wait for other work of the same limit. */
export function createLimit(max: number): Limit {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= max) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      // Whoever waited longest takes over the place.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
