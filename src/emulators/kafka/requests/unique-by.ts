/**
 * Requests may name the same thing a hundred thousand times; answering each time would cost memory without bound.
 */
/** The first of the items with each key, in order. */
export function uniqueBy<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const unique = new Map<string, T>();
  for (const item of items) {
    const key = keyOf(item);
    if (!unique.has(key)) unique.set(key, item);
  }
  return [...unique.values()];
}

/** The keys that more than one of the items has. */
export function repeatedKeys<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlySet<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const item of items) {
    const key = keyOf(item);
    (seen.has(key) ? repeated : seen).add(key);
  }
  return repeated;
}
