/**
 * The posts that matched an app's rules in the last 24 hours, for backfill and recovery, as long as they fit in memory:
 * the oldest go first. Each is kept with the rules that it matched when it was posted. Source: x-api facts 1.2.
 *
 * Time is when a post was played, on the emulator's clock: what a generator or a recording calls `created_at` may be
 * years away.
 */
import type { Outcome } from "./judge.ts";
import type { PlayedPost } from "./played-post.ts";

export interface RingEntry {
  readonly post: PlayedPost;
  readonly outcome: Outcome;
  readonly atMs: number;
  /** The UTC day on which it was last read, as days since the epoch; -1: it was not. A second time is free. */
  readDay: number;
}

export interface PostRing {
  /** Entries count from 0 since the start; this is the number of the next one. */
  readonly end: number;
  readonly length: number;
  push(entry: RingEntry): void;
  /** The number of the first entry that is kept and not older than `timeMs`. */
  numberAt(timeMs: number): number;
  /** Entries from number `from` on, `max` at most; `lost` of them were dropped meanwhile. */
  read(from: number, max: number): { readonly entries: readonly RingEntry[]; readonly lost: number };
  clear(): void;
}

export interface PostRingOptions {
  /** Roughly. */
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

/** What a post without a text of its own takes in memory, roughly; a recorded one takes its text six times. */
const generatedPostBytes = 6000;
const bytesAChar = 6;

export function createPostRing({ maxBytes, maxAgeMs }: PostRingOptions): PostRing {
  let entries: RingEntry[] = [];
  /** Entries before this index are dropped, and cut off now and then. */
  let start = 0;
  /** The number of entries[0]. */
  let base = 0;
  let bytes = 0;

  const dropOldest = () => {
    const oldest = entries[start++];
    if (oldest !== undefined) bytes -= bytesOf(oldest.post);
    if (start < 1024 || start * 2 < entries.length) return;
    entries = entries.slice(start);
    base += start;
    start = 0;
  };

  return {
    get end() {
      return base + entries.length;
    },
    get length() {
      return entries.length - start;
    },
    push(entry) {
      entries.push(entry);
      bytes += bytesOf(entry.post);
      for (let oldest = entries[start]; oldest !== undefined; oldest = entries[start]) {
        if (bytes <= maxBytes && oldest.atMs >= entry.atMs - maxAgeMs) break;
        dropOldest();
      }
    },
    numberAt(timeMs) {
      let low = start;
      let high = entries.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((entries[middle]?.atMs ?? 0) < timeMs) low = middle + 1;
        else high = middle;
      }
      return base + low;
    },
    read(from, max) {
      const first = Math.max(from, base + start);
      return { entries: entries.slice(first - base, first - base + max), lost: first - from };
    },
    clear() {
      base += entries.length;
      entries = [];
      start = 0;
      bytes = 0;
    },
  };
}

function bytesOf({ recorded }: PlayedPost): number {
  return recorded === null ? generatedPostBytes : recorded.text.length * bytesAChar;
}
