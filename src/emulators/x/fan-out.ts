/**
 * Posts to the apps: each is held against every app's rules and goes to that app's live streams. X's delivery cap
 * drops, and so does having no stream; both are told to the ledger.
 */
import type { Clock } from "../../kernel/clock.ts";
import { PostFacts } from "../../rules/post-facts.ts";
import type { XApp } from "./app.ts";
import type { Outcome } from "./judge.ts";
import { disconnectNotice } from "./notice.ts";
import type { PlayedPost } from "./played-post.ts";
import type { StreamConnection } from "./stream-connection.ts";

/** What one app made of a post. */
export interface HandedOn {
  readonly app: number;
  readonly tags: readonly string[];
  /** Numbers of the connections that it goes to. */
  readonly connections: readonly number[];
}

export interface FanOut {
  /**
   * Hands on posts `from` up to `to`, or fewer when the time of a slice is over or a fault is about to strike; says how
   * many.
   */
  deliver(posts: readonly PlayedPost[], from: number, to: number): number;
  /** One post of somebody's own, at once. */
  inject(post: PlayedPost): readonly HandedOn[];
  readonly counts: { readonly played: number; readonly matched: number };
}

export interface FanOutOptions {
  readonly apps: readonly XApp[];
  readonly clock: Clock;
}

const maxSliceMs = 3;
const dayMs = 86_400_000;

type Frames = Map<StreamConnection, { text: string; posts: number }>;

export function createFanOut({ apps, clock }: FanOutOptions): FanOut {
  const counts = { played: 0, matched: 0 };
  const deliveredBy = new WeakMap<StreamConnection, { second: number; count: number }>();

  const isCapped = ({ throttled, limits }: XApp, connection: StreamConnection): boolean => {
    if (!throttled || limits.deliveriesPerSecond === null) return false;
    const second = Math.floor(clock.now() / 1000);
    let delivered = deliveredBy.get(connection);
    if (delivered?.second !== second) {
      delivered = { second, count: 0 };
      deliveredBy.set(connection, delivered);
    }
    return delivered.count++ >= limits.deliveriesPerSecond;
  };

  let striking = false;
  let hasReadAll = false;

  /** Null: no rule of the app matches. */
  const handOnTo = (app: XApp, post: PlayedPost, facts: PostFacts, frames: Frames): Outcome | null => {
    const rules = app.rules.active;
    if (rules.length === 0) return null;
    const outcome = app.judge(facts, rules);
    if (outcome === null) return null;
    const { connections, past } = app;
    let went = false;
    for (const connection of connections.live) {
      if (isCapped(app, connection)) {
        connection.ledger.dropped(post.id, outcome.tags);
        continue;
      }
      went = true;
      if (connection.script !== null) {
        connection.script.offer({ post, ...outcome });
        striking ||= connection.script?.gate === "strike";
        continue;
      }
      connection.ledger.matched(post.id, outcome.tags);
      let frame = frames.get(connection);
      if (frame === undefined) {
        frame = { text: "", posts: 0 };
        frames.set(connection, frame);
      }
      frame.text += `{${connection.project(post)}${outcome.frameEnd}`;
      frame.posts++;
    }
    if (past !== null) {
      const atMs = clock.now();
      past.push({ post, outcome, atMs, readDay: went ? Math.floor(atMs / dayMs) : -1 });
    }
    if (went) hasReadAll = app.usage.count() || hasReadAll;
    else if (connections.live.size === 0 && connections.catchingUp === 0) {
      app.ledger.missed(app.number, post.id, outcome.tags);
    }
    return outcome;
  };
  const handOn = (post: PlayedPost, frames: Frames, onMatch?: (app: XApp, outcome: Outcome) => void) => {
    const facts = new PostFacts(post.payload);
    let matched = false;
    for (const app of apps) {
      const outcome = handOnTo(app, post, facts, frames);
      if (outcome === null) continue;
      matched = true;
      onMatch?.(app, outcome);
    }
    counts.played++;
    if (matched) counts.matched++;
  };
  const flush = (frames: Frames) => {
    for (const [connection, { text, posts }] of frames) connection.send(text, posts);
    frames.clear();
    if (!hasReadAll) return;
    hasReadAll = false;
    for (const app of apps) if (app.usage.state !== "open") endStreams(app);
  };

  return {
    counts,
    deliver(posts, from, to) {
      const startMs = performance.now();
      const frames: Frames = new Map();
      striking = false;
      let at = from;
      for (; at < to && !striking; at++) {
        if (at % 8 === 0 && at > from && performance.now() - startMs > maxSliceMs) break;
        const post = posts[at];
        if (post === undefined) break;
        handOn(post, frames);
        if (hasReadAll) flush(frames);
      }
      flush(frames);
      return at - from;
    },
    inject(post) {
      const frames: Frames = new Map();
      const handed: HandedOn[] = [];
      handOn(post, frames, ({ number: app, connections }, { tags }) => {
        const numbers = Array.from(connections.live, ({ number }) => number);
        handed.push({ app, tags, connections: numbers });
      });
      flush(frames);
      return handed;
    },
  };
}

/** The app has no posts left to read: its streams end in order, and connecting again is refused. */
function endStreams({ connections, usage, log, number }: XApp): void {
  for (const connection of connections) {
    log.info(`X stream ${connection.number} of app ${number} ends: ${usage.state}`);
    connection.send(disconnectNotice("OperationalDisconnect"), 0);
    connections.kill(connection.id, "UsageCapExceeded");
  }
}
