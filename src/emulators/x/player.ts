/**
 * Takes posts from the feed, holds them against the rules, and hands those that match to every open stream.
 *
 * It waits until there is a stream and a rule, and again whenever there is none: a post is played once in all. At
 * rate "max" it waits for the slowest socket; at a numeric rate time does not wait: X's delivery cap drops, and a reader
 * that falls too far behind is cut off.
 */
import type { Clock } from "../../kernel/clock.ts";
import { PostFacts } from "../../rules/post-facts.ts";
import type { Log } from "../../telemetry/log.ts";
import type { ConnectionTable } from "./connection-table.ts";
import type { Limits } from "./limits.ts";
import type { PlayedPost } from "./played-post.ts";
import type { PostFeed } from "./post-feed.ts";
import type { ActiveRule, RuleStore } from "./rule-store.ts";
import type { StreamConnection } from "./stream-connection.ts";

export interface PlayerCounters {
  /** Posts taken from the source and held against the rules. */
  readonly played: number;
  /** Of those, how many matched at least one rule. */
  readonly matched: number;
  readonly brokenLines: number;
  /** The source has no more posts, and all were played. */
  readonly finished: boolean;
}

export interface Player extends AsyncDisposable {
  /** To be called when a stream opened or the rules changed. */
  wake(): void;
  counters(): PlayerCounters;
  /** Resolves once the source has no more posts and the last one was handed on, or the player was closed. */
  readonly finished: Promise<void>;
}

export interface PlayerOptions {
  readonly feed: PostFeed;
  readonly ratePerSecond: number | "max";
  readonly rules: RuleStore;
  readonly connections: ConnectionTable;
  readonly limits: Pick<Limits, "deliveriesPerSecond" | "maxQueuedBytes">;
  readonly clock: Clock;
  readonly log: Log;
}

/** A slice of work between two turns of the event loop, which others share. */
const maxSlicePosts = 64;
const maxSliceMs = 3;
/** A machine that slept does not make up for it at once. */
const maxCatchUpMs = 250;

export function startPlayer(options: PlayerOptions): Player {
  const { feed, rules, connections, clock } = options;
  const stopping = new AbortController();
  const counts = { played: 0, matched: 0, finished: false };
  let wakeAudience = () => {};
  const hasAudience = () => connections.size > 0 && rules.rules.length > 0;

  const audience = async () => {
    while (!hasAudience() && !stopping.signal.aborted) {
      await new Promise<void>((resolve) => {
        wakeAudience = resolve;
      });
    }
  };

  const pace = createPace(options.ratePerSecond, clock, stopping.signal);
  const deliver = createDelivery(options, counts);

  const run = async () => {
    for await (const batch of feed.batches()) {
      for (let at = 0; at < batch.length; ) {
        if (stopping.signal.aborted) return;
        if (!hasAudience()) {
          await audience();
          pace.restart();
          continue;
        }
        const held = findHold(connections);
        if (held !== null) {
          await held;
          pace.restart();
          continue;
        }
        const due = await pace.take(Math.min(maxSlicePosts, batch.length - at));
        if (due === 0 || !hasAudience() || findHold(connections) !== null) continue;
        at += deliver(batch, at, at + due);
        if (options.ratePerSecond === "max") {
          for (const connection of connections) await connection.room();
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  };
  const finished = run().finally(() => {
    counts.finished = !stopping.signal.aborted;
  });

  return {
    wake: () => wakeAudience(),
    counters: () => ({ ...counts, brokenLines: feed.brokenLines }),
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
function findHold(connections: ConnectionTable): Promise<void> | null {
  const open = Array.from(connections);
  const striking = open.find(({ script }) => script?.gate === "strike");
  if (striking !== undefined) return striking.script?.opened() ?? null;
  const muted = open.flatMap(({ script }) => (script?.gate === "mute" ? script.opened() : []));
  return muted.length > 0 && muted.length === open.length ? Promise.race(muted) : null;
}

interface Outcome {
  readonly tags: readonly string[];
  readonly frameEnd: string;
}

/** Plays posts `from` up to `to`, or fewer when the slice's time is over; says how many. */
function createDelivery(
  { rules, connections, ratePerSecond, limits, clock, log }: PlayerOptions,
  counts: { played: number; matched: number },
): (posts: readonly PlayedPost[], from: number, to: number) => number {
  const { maxQueuedBytes } = limits;
  const cap = ratePerSecond === "max" ? null : limits.deliveriesPerSecond;
  const outcomes = new Map<string, Outcome>();
  const deliveredBy = new WeakMap<StreamConnection, { second: number; count: number }>();
  let known: readonly ActiveRule[] = [];

  const judge = (post: PlayedPost): Outcome | null => {
    if (known !== rules.rules) {
      known = rules.rules;
      outcomes.clear();
    }
    const facts = new PostFacts(post.payload);
    let key = "";
    for (let i = 0; i < known.length; i++) if (known[i]?.matches(facts) === true) key += `${i},`;
    if (key === "") return null;
    let outcome = outcomes.get(key);
    if (outcome === undefined) {
      const matching = key.split(",").flatMap((i) => (i === "" ? [] : (known[Number(i)] ?? [])));
      const entries = matching.map(({ id, tag }) => ({ id, tag: tag ?? "" }));
      outcome = {
        tags: entries.map(({ tag }) => tag),
        frameEnd: `,"matching_rules":${JSON.stringify(entries)}}\r\n`,
      };
      if (outcomes.size < 10_000) outcomes.set(key, outcome);
    }
    return outcome;
  };
  const isCapped = (connection: StreamConnection): boolean => {
    if (cap === null) return false;
    const second = Math.floor(clock.now() / 1000);
    let delivered = deliveredBy.get(connection);
    if (delivered?.second !== second) {
      delivered = { second, count: 0 };
      deliveredBy.set(connection, delivered);
    }
    return delivered.count++ >= cap;
  };

  return (posts, from, to) => {
    const startMs = performance.now();
    const frames = new Map<StreamConnection, { text: string; posts: number }>();
    for (const connection of connections) frames.set(connection, { text: "", posts: 0 });
    let at = from;
    let held = false;
    for (; at < to && !held; at++) {
      if (at % 8 === 0 && at > from && performance.now() - startMs > maxSliceMs) break;
      const post = posts[at];
      if (post === undefined) break;
      counts.played++;
      const outcome = judge(post);
      if (outcome === null) continue;
      counts.matched++;
      for (const [connection, frame] of frames) {
        if (isCapped(connection)) {
          connection.ledger.dropped(post.id, outcome.tags);
          continue;
        }
        if (connection.script !== null) {
          connection.script.offer({ post, ...outcome });
          held ||= connection.script?.gate === "strike";
          continue;
        }
        connection.ledger.matched(post.id, outcome.tags);
        frame.text += `{${connection.project(post)}${outcome.frameEnd}`;
        frame.posts++;
      }
    }
    for (const [connection, frame] of frames) {
      if (frame.posts > 0) connection.send(frame.text, frame.posts);
      if (ratePerSecond === "max" || connection.queuedBytes <= maxQueuedBytes) continue;
      log.warn(
        `X stream ${connection.number} is cut: its reader is more than ${maxQueuedBytes} bytes behind`,
      );
      connection.destroy();
    }
    return at - from;
  };
}

/** How many posts may be played now. */
function createPace(ratePerSecond: number | "max", clock: Clock, signal: AbortSignal) {
  let last = clock.now();
  let credit = 0;
  return {
    restart() {
      last = clock.now();
      credit = 1;
    },
    /** 1..max, as soon as one is due; 0 when it was stopped. */
    async take(max: number): Promise<number> {
      if (ratePerSecond === "max") return max;
      for (;;) {
        const now = clock.now();
        const catchUp = Math.max(1, (maxCatchUpMs * ratePerSecond) / 1000);
        credit = Math.min(credit + ((now - last) * ratePerSecond) / 1000, catchUp);
        last = now;
        // A hair below one is one: the clock's milliseconds don't divide every rate.
        const due = Math.min(max, Math.floor(credit + 1e-9));
        if (due >= 1) {
          credit -= due;
          return due;
        }
        try {
          await clock.sleep(Math.max(1, Math.ceil(((1 - credit) * 1000) / ratePerSecond)), signal);
        } catch {
          return 0;
        }
      }
    },
  };
}
