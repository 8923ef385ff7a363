/**
 * The last post that an earlier run had from X, as the topic tells: what X sent since then was missed.
 */
import type { ConsumedRecord } from "../kafka/port.ts";
import type { PostId } from "../kernel/brand.ts";

export interface LastPost {
  /** To be called with each record of the topic's tail. */
  see(id: PostId, record: ConsumedRecord): void;
  /** Null when there was none, or so long ago that this is a new run rather than a restart. */
  since(nowMs: number): { readonly atMs: number; readonly postId: PostId } | null;
}

/** A service that is started again comes back sooner; who starts by hand a day later knows that nothing ran. */
const longestRestartMs = 60 * 60_000;

/** `headers`: those of the records of this app of X; none are of it without them. */
export function createLastPost(headers: Readonly<Record<string, string>> | undefined): LastPost {
  const marks = Object.entries(headers ?? {});
  let last: { readonly atMs: number; readonly postId: PostId } | null = null;
  return {
    see(postId, { headers: found, value, timestampMs: atMs }) {
      const isOurs = marks.length > 0 && marks.every(([name, mark]) => found[name]?.toString() === mark);
      if (isOurs && value !== null && atMs > (last?.atMs ?? Number.NEGATIVE_INFINITY))
        last = { atMs, postId };
    },
    since: (nowMs) => (last === null || nowMs - last.atMs > longestRestartMs ? null : last),
  };
}
