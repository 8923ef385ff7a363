/**
 * How long to wait before the next connect. Spec: X's reconnect guidance for the filtered stream: TCP and TLS errors
 * linear from 250 ms to 16 s; HTTP errors doubling from 5 s to 320 s; rate limits doubling from 60 s until they pass.
 */
export const backOffKinds = ["network", "server", "rate-limit", "too-many-connections", "rules"] as const;
export type BackOffKind = (typeof backOffKinds)[number];

/** No wait is longer than X's rate window, whatever a header says: clocks differ. */
export const maxBackOffMs = 15 * 60_000;

/** Milliseconds before the connect that follows the `failures`th failure of a kind in a row (from 1). */
export function backOffMs(kind: BackOffKind, failures: number): number {
  switch (kind) {
    case "network":
      return Math.min(250 * failures, 16_000);
    case "server":
      return doubling(5_000, failures, 320_000);
    case "rate-limit":
      return doubling(60_000, failures, maxBackOffMs);
    case "too-many-connections":
      // X's own ghosts last seconds to a minute.
      return doubling(5_000, failures, 60_000);
    case "rules":
      // Lost rules are set again at once; then X may need some 20 s until its stream knows of them.
      return failures === 1 ? 0 : doubling(5_000, failures - 1, 320_000);
  }
}

function doubling(firstMs: number, failures: number, mostMs: number): number {
  return Math.min(firstMs * 2 ** (failures - 1), mostMs);
}

/** Adds up to a quarter, so that clients cut together don't come back together; never takes away. */
export function withJitter(delayMs: number, random: () => number): number {
  return delayMs + Math.floor(delayMs * 0.25 * random());
}
