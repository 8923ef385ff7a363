/**
 * Recorded posts as a feed: NDJSON of v2 messages, plain or gzip. Read again for each round of a loop, with ids moved
 * on by whole rounds so that none comes twice, and times moved with them.
 */
import { isUtf8 } from "node:buffer";
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { describeCause } from "../../kernel/error.ts";
import { isJsonObject, type JsonObject } from "../../kernel/json.ts";
import { createLineFramer } from "../../kernel/line-framer.ts";
import type { Log } from "../../telemetry/log.ts";
import { EmulatorError } from "../listen.ts";
import { forEachMember } from "./json-slices.ts";
import { type PostFeed, readPost } from "./post-feed.ts";
import type { PlayedPost } from "./projection.ts";
import { laterSnowflake, timeOfSnowflake } from "./snowflake.ts";

export interface ReplayFeedOptions {
  readonly file: string;
  /** Rounds after the first one. */
  readonly loop: number;
  readonly log: Log;
}

const maxLineBytes = 16 * 1024 * 1024;
const readBytes = 64 * 1024;

/** Throws EmulatorError `unreadable-replay`. */
export async function openReplayFeed({ file, loop, log }: ReplayFeedOptions): Promise<PostFeed> {
  const unreadable = (cause: unknown) =>
    new EmulatorError(
      "unreadable-replay",
      `the replay file ${file} cannot be read: ${describeCause(cause)}`,
      {
        details: { file },
        cause,
      },
    );
  const isGzip = await startsAsGzip(file).catch((cause: unknown) => {
    throw unreadable(cause);
  });
  let brokenLines = 0;
  let closed = false;

  async function* readRound(round: number, spanMs: number, seen: (post: PlayedPost) => void) {
    let line = 0;
    let posts: PlayedPost[] = [];
    const framer = createLineFramer({
      maxBytes: maxLineBytes,
      onLine(bytes) {
        line++;
        if (bytes.length === 0) return;
        const text = line === 1 ? bytes.toString().replace(/^\uFEFF/, "") : bytes.toString();
        const post = isUtf8(bytes) ? readPost(text) : "it is not UTF-8";
        if (typeof post === "string") {
          if (round > 0) return;
          brokenLines++;
          log.warn(`line ${line} of ${file} is not played: ${post}`, { file, line });
          return;
        }
        seen(post);
        posts.push(round === 0 ? post : movePost(post, round * spanMs));
      },
    });
    const handle = await open(file);
    const stream: Readable = handle.createReadStream({ highWaterMark: readBytes });
    // A pipe alone would swallow the file's own error.
    const gunzip = createGunzip();
    const bytes = isGzip ? stream.on("error", (error) => gunzip.destroy(error)).pipe(gunzip) : stream;
    for await (const chunk of bytes) {
      if (closed) return;
      framer.push(chunk as Buffer);
      if (posts.length > 0) yield posts;
      posts = [];
    }
    const rest = framer.end();
    if (rest !== null) framer.push(Buffer.concat([rest, Buffer.from("\n")]));
    if (posts.length > 0) yield posts;
  }

  return {
    get brokenLines() {
      return brokenLines;
    },
    async *batches() {
      let earliest = Number.POSITIVE_INFINITY;
      let latest = Number.NEGATIVE_INFINITY;
      const measure = ({ id }: PlayedPost) => {
        const time = timeOfSnowflake(id);
        earliest = Math.min(earliest, time);
        latest = Math.max(latest, time);
      };
      try {
        for (let round = 0; round <= loop && !closed; round++) {
          // Whole seconds, so that a time moved with its id still ends in .000Z.
          const spanMs = round === 0 ? 0 : (Math.floor((latest - earliest) / 1000) + 1) * 1000;
          yield* readRound(round, spanMs, round === 0 && loop > 0 ? measure : () => {});
          if (round === 0 && loop > 0 && latest < earliest) return;
        }
      } catch (error) {
        const { message } = unreadable(error);
        log.error(`${message}; nothing more is played`, { file });
      }
    },
    async [Symbol.asyncDispose]() {
      closed = true;
    },
  };
}

async function startsAsGzip(file: string): Promise<boolean> {
  await using handle = await open(file);
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
}

/** The post as it would have been `ms` later, whole seconds: its own id and times move, every other character stays. */
export function movePost({ id, payload, text }: PlayedPost, ms: number): PlayedPost {
  const newId = laterSnowflake(id, ms);
  const data: Record<string, unknown> = { ...(payload.data as JsonObject), id: newId };
  if (data.conversation_id === id) data.conversation_id = newId;
  if (Array.isArray(data.edit_history_tweet_ids)) {
    data.edit_history_tweet_ids = data.edit_history_tweet_ids.map((entry) => (entry === id ? newId : entry));
  }
  const createdAt = typeof data.created_at === "string" ? Date.parse(data.created_at) : Number.NaN;
  if (!Number.isNaN(createdAt)) data.created_at = new Date(createdAt + ms).toISOString();
  const moved = ["id", "conversation_id", "edit_history_tweet_ids", "created_at"];

  let newText = "";
  let kept = 0;
  forEachMember(text, 0, (name, start) => {
    if (name !== "data" || !isJsonObject(payload.data)) return;
    forEachMember(text, start, (member, from, to) => {
      if (!moved.includes(member)) return;
      newText += text.slice(kept, from) + JSON.stringify(data[member]);
      kept = to;
    });
  });
  return { id: newId, payload: { ...payload, data }, text: newText + text.slice(kept) };
}
