/**
 * Takes posts from the feed and hands them on, at its pace.
 *
 * It waits until some app has a stream and a rule, and again whenever none has: a post is played once in all. Told to go
 * on, it waits only for the first one, as X, which never does. At rate "max" it waits for the slowest socket; at a
 * numeric rate time does not wait: X's delivery cap drops, and a reader that falls too far behind is cut off.
 */
import type { Clock } from "../../kernel/clock.ts";
import type { XApp } from "./app.ts";
import { createFanOut, type HandedOn } from "./fan-out.ts";
import { createPace, type RateProfile } from "./pace.ts";
import type { PlayedPost } from "./played-post.ts";
import type { PostFeed } from "./post-feed.ts";

export interface PlayerCounters {
  /** Posts taken from the source, or injected, and held against the rules. */
  readonly played: number;
  /** Of those, how many matched at least one rule of any app. */
  readonly matched: number;
  readonly brokenLines: number;
  /** The source has no more posts, and all were played. */
  readonly finished: boolean;
}

export interface Player extends AsyncDisposable {
  /** To be called when a stream opened or the rules changed. */
  wake(): void;
  /** Plays one post more, at once, whoever listens. */
  inject(post: PlayedPost): readonly HandedOn[];
  counters(): PlayerCounters;
  /** Resolves once the source has no more posts and the last one was handed on, or the player was closed. */
  readonly finished: Promise<void>;
}

export interface PlayerOptions {
  readonly feed: PostFeed;
  readonly ratePerSecond: number | "max";
  readonly profile: RateProfile;
  readonly seed: number;
  /** After the first stream, posts go on while nobody listens. */
  readonly goesOn: boolean;
  readonly apps: readonly XApp[];
  readonly clock: Clock;
}

/** A slice of work between two turns of the event loop, which others share. */
const maxSlicePosts = 64;

export function startPlayer(options: PlayerOptions): Player {
  const { feed, apps, clock, ratePerSecond } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const fanOut = createFanOut({ apps, clock });
  let finishedAll = false;
  let begun = false;
  let wakeAudience = () => {};
  const hasAudience = () => {
    const heard = apps.some(({ connections, rules }) => connections.live.size > 0 && rules.active.length > 0);
    begun ||= heard;
    return heard || (options.goesOn && begun);
  };

  const audience = async () => {
    while (!hasAudience() && !signal.aborted) {
      await new Promise<void>((resolve) => {
        wakeAudience = resolve;
      });
    }
  };

  const pace = createPace({ ratePerSecond, profile: options.profile, seed: options.seed, clock, signal });

  const run = async () => {
    for await (const batch of feed.batches()) {
      for (let at = 0; at < batch.length; ) {
        if (signal.aborted) return;
        if (!hasAudience()) {
          await audience();
          pace.restart();
          continue;
        }
        const held = findHold(apps);
        if (held !== null) {
          await held;
          pace.restart();
          continue;
        }
        const due = await pace.take(Math.min(maxSlicePosts, batch.length - at));
        if (due === 0 || !hasAudience() || findHold(apps) !== null) continue;
        at += fanOut.deliver(batch, at, at + due);
        if (ratePerSecond === "max") {
          for (const { connections } of apps) {
            await connections.caughtUp();
            for (const connection of connections.live) await connection.room();
          }
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  };
  const finished = run().finally(() => {
    finishedAll = !signal.aborted;
  });

  return {
    wake: () => wakeAudience(),
    inject: (post) => fanOut.inject(post),
    counters: () => ({ ...fanOut.counts, brokenLines: feed.brokenLines, finished: finishedAll }),
    finished,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      wakeAudience();
      await finished.catch(() => {});
      await feed[Symbol.asyncDispose]();
    },
  };
}

/** Null when posts may be played; else resolves when it is worth asking again. */
function findHold(apps: readonly XApp[]): Promise<void> | null {
  const open = apps.flatMap(({ connections }) => Array.from(connections));
  const striking = open.find(({ script }) => script?.gate === "strike");
  if (striking !== undefined) return striking.script?.opened() ?? null;
  const muted = open.flatMap(({ script }) => (script?.gate === "mute" ? script.opened() : []));
  return muted.length > 0 && muted.length === open.length ? Promise.race(muted) : null;
}
