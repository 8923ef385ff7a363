/**
 * Many small additions, few large sends: the first addition goes out at once, and what comes while it is under way is
 * gathered for the next one. So nothing waits for a timer, and a busy run sends full batches.
 */
export interface Gatherer<T> {
  /** Takes the items, in order; waits while too many are held. Rejects with the first failure of any send. */
  add(items: readonly T[]): Promise<void>;
  /** Resolves when nothing is held or under way; rejects with the first failure. */
  drain(): Promise<void>;
}

export interface GathererOptions<T> {
  /** Most items of one send; twice as many may be held. */
  readonly maxItems: number;
  /** Never called again before it has resolved, nor after it has rejected. */
  readonly send: (items: readonly T[]) => Promise<void>;
}

export function createGatherer<T>({ maxItems, send }: GathererOptions<T>): Gatherer<T> {
  let held: T[] = [];
  let underWay: Promise<void> | null = null;
  let failure: { readonly error: unknown } | undefined;

  const check = () => {
    if (failure !== undefined) throw failure.error;
  };
  const sendNext = () => {
    const batch = held.length <= maxItems ? held : held.slice(0, maxItems);
    held = held.length <= maxItems ? [] : held.slice(maxItems);
    underWay = send(batch)
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => {
        underWay = null;
        if (held.length > 0 && failure === undefined) sendNext();
      });
  };

  return {
    async add(items) {
      check();
      if (items.length === 0) return;
      for (const item of items) held.push(item);
      if (underWay === null) sendNext();
      while (held.length > maxItems * 2 && underWay !== null) await underWay;
      check();
    },
    async drain() {
      while (underWay !== null) await underWay;
      check();
    },
  };
}
