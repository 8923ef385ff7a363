/**
 * Posts of before on a stream: the minutes of a backfill, after which it gets what is posted now, or the stretch of a
 * recovery, after which it ends. Older posts come first, and posts that the client has had come again. Source: x-api
 * facts 1.2 and the docs' "Recovery and redundancy".
 */
import type { XApp } from "./app.ts";
import type { PostRing, RingEntry } from "./post-ring.ts";
import type { StreamConnection } from "./stream-connection.ts";

export interface Stretch {
  /** Numbers in the ring; `until` undefined: up to now, and then on. */
  readonly from: number;
  readonly until?: number;
}

const postsASlice = 64;
const dayMs = 86_400_000;

/** Never rejects; ends when the stream does. */
export async function catchUp(
  app: XApp,
  connection: StreamConnection,
  { from, until }: Stretch,
): Promise<void> {
  const { past, connections, log } = app;
  if (past === null) return;
  let at = from;
  while (connection.writable) {
    await connection.room();
    if (!connection.writable) return;
    const wanted = Math.min(postsASlice, (until ?? past.end) - at);
    const { entries, lost } = past.read(at, wanted);
    if (lost > 0) log.warn(`X stream ${connection.number}: ${lost} posts of the past are no longer kept`);
    // Without a wait between asking and going live, no post falls between the two.
    if (entries.length === 0 || wanted <= 0) break;
    at += lost + entries.length;
    await send(app, connection, entries);
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (!connection.writable) return;
  if (until === undefined) {
    connections.goLive(connection);
    return app.onStream();
  }
  connections.kill(connection.id, "RecoveryCompleted");
}

async function send(app: XApp, connection: StreamConnection, entries: readonly RingEntry[]): Promise<void> {
  const today = Math.floor(app.clock.now() / dayMs);
  let frames = "";
  let posts = 0;
  for (const entry of entries) {
    const { post, outcome } = entry;
    while (connection.script?.gate === "strike") await connection.script.opened();
    if (!connection.writable) return;
    if (entry.readDay !== today) app.usage.count();
    entry.readDay = today;
    if (connection.script !== null) {
      connection.script.offer({ post, ...outcome });
      continue;
    }
    connection.ledger.matched(post.id, outcome.tags);
    frames += `{${connection.project(post)}${outcome.frameEnd}`;
    posts++;
  }
  if (posts > 0) connection.send(frames, posts);
}

/** Where the last `minutes` begin. */
export function backfillOf(past: PostRing, nowMs: number, minutes: number): Stretch {
  return { from: past.numberAt(nowMs - minutes * 60_000) };
}

/** What was posted from `startMs` on and before `endMs`. */
export function recoveryOf(past: PostRing, startMs: number, endMs: number): Stretch {
  return { from: past.numberAt(startMs), until: past.numberAt(endMs) };
}
