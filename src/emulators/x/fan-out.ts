/**
 * Posts to the apps: each is held against every app's rules and goes to that app's live streams. X's delivery cap
 * drops, and so does having no stream; both are told to the ledger.
 */
import type { Clock } from "../../kernel/clock.ts";
import { PostFacts } from "../../rules/post-facts.ts";
import type { XApp } from "./app.ts";
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

  const handOnTo = (app: XApp, post: PlayedPost, facts: PostFacts, frames: Frames): HandedOn | null => {
    if (app.rules.active.length === 0) return null;
    const outcome = app.judge(facts, app.rules.active);
    if (outcome === null) return null;
    const { connections, past } = app;
    const went: number[] = [];
    for (const connection of connections.live) {
      if (isCapped(app, connection)) {
        connection.ledger.dropped(post.id, outcome.tags);
        continue;
      }
      went.push(connection.number);
      if (connection.script !== null) {
        connection.script.offer({ post, ...outcome });
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
    const atMs = clock.now();
    past?.push({ post, outcome, atMs, readDay: went.length > 0 ? Math.floor(atMs / dayMs) : -1 });
    if (went.length > 0) app.usage.count();
    else if (connections.live.size === 0 && connections.catchingUp === 0) {
      app.ledger.missed(app.number, post.id, outcome.tags);
    }
    return { app: app.number, tags: outcome.tags, connections: went };
  };
  const handOn = (post: PlayedPost, frames: Frames): readonly HandedOn[] => {
    const facts = new PostFacts(post.payload);
    counts.played++;
    const handed = apps.flatMap((app) => handOnTo(app, post, facts, frames) ?? []);
    if (handed.length > 0) counts.matched++;
    return handed;
  };
  const flush = (frames: Frames) => {
    for (const [connection, { text, posts }] of frames) connection.send(text, posts);
    frames.clear();
    for (const app of apps) if (hasReadAll(app)) endStreams(app);
  };

  return {
    counts,
    deliver(posts, from, to) {
      const startMs = performance.now();
      const frames: Frames = new Map();
      let at = from;
      for (; at < to; at++) {
        if (at % 8 === 0 && at > from && performance.now() - startMs > maxSliceMs) break;
        const post = posts[at];
        if (post === undefined || apps.some(isAboutToStrike)) break;
        handOn(post, frames);
        if (apps.some(hasReadAll)) flush(frames);
      }
      flush(frames);
      return at - from;
    },
    inject(post) {
      const frames: Frames = new Map();
      const handed = handOn(post, frames);
      flush(frames);
      return handed;
    },
  };
}

function isAboutToStrike({ connections }: XApp): boolean {
  for (const { script } of connections.live) if (script?.gate === "strike") return true;
  return false;
}

function hasReadAll({ connections, usage }: XApp): boolean {
  return connections.live.size > 0 && usage.state !== "open";
}

/** The app has no posts left to read: its streams end in order, and connecting again is refused. */
function endStreams({ connections, usage, log, number }: XApp): void {
  for (const connection of connections) {
    log.info(`X stream ${connection.number} of app ${number} ends: ${usage.state}`);
    connection.send(disconnectNotice("OperationalDisconnect"), 0);
    connections.kill(connection.id, "UsageCapExceeded");
  }
}
