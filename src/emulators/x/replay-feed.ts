/**
 * Recorded posts as a feed: NDJSON of v2 messages, plain, gzip or Zstandard. Read again for each round of a loop, with ids moved
 * on by whole rounds so that none comes twice, and times moved with them.
 */
import { isUtf8 } from "node:buffer";
import { open } from "node:fs/promises";
import { BirdwireError, describeCause } from "../../kernel/error.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { createLineFramer } from "../../kernel/line-framer.ts";
import { type Packing, packingMagicBytes, packingOfHead, unpackBytes } from "../../kernel/packed-bytes.ts";
import type { Log } from "../../telemetry/log.ts";
import { EmulatorError } from "../listen.ts";
import { type PlayedPost, readPost } from "./played-post.ts";
import type { PostFeed } from "./post-feed.ts";
import { laterSnowflake, timeOfSnowflake } from "./snowflake.ts";

export interface ReplayFeedOptions {
  readonly file: string;
  /** Rounds after the first one. */
  readonly loop: number;
  readonly log: Log;
}

const maxLineBytes = 16 * 1024 * 1024;
/** A file up to this size is read once, however often it is played. */
const maxKeptChars = 16 * 1024 * 1024;
const postsABatch = 64;
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
  const packing = await findPacking(file).catch((cause: unknown) => {
    throw unreadable(cause);
  });
  let brokenLines = 0;

  /** Batches as recorded. `warn` is for the first reading: a line is broken once. */
  async function* readFile(warn: boolean): AsyncGenerator<readonly PlayedPost[]> {
    let line = 0;
    let posts: PlayedPost[] = [];
    const framer = createLineFramer({
      maxBytes: maxLineBytes,
      onLine(read, start, end) {
        line++;
        if (start === end) return;
        const bytes = read.subarray(start, end);
        const text = line === 1 ? bytes.toString().replace(/^\uFEFF/, "") : bytes.toString();
        const post = isUtf8(bytes) ? readPost(text) : "it is not UTF-8";
        if (typeof post !== "string") posts.push(post);
        else if (warn) {
          brokenLines++;
          log.warn(`line ${line} of ${file} is not played: ${post}`, { file, line });
        }
      },
    });
    const handle = await open(file);
    const stream = handle.createReadStream({ highWaterMark: readBytes });
    try {
      try {
        for await (const chunk of unpackBytes(packing, stream)) {
          framer.push(chunk);
          if (posts.length > 0) yield posts;
          posts = [];
        }
      } catch (error) {
        // A recorder that was killed leaves such a file; what stands before the cut is whole.
        if (!(error instanceof BirdwireError) || error.code !== "packed-bytes-cut") throw error;
        if (warn) log.warn(`${file} ends in the middle: what can be read of it is played`, { file, line });
      }
      const rest = framer.end();
      if (rest !== null) framer.push(Buffer.concat([rest, Buffer.from("\n")]));
      if (posts.length > 0) yield posts;
    } finally {
      stream.destroy();
    }
  }

  async function* play(): AsyncGenerator<readonly PlayedPost[]> {
    let earliest = Number.POSITIVE_INFINITY;
    let latest = Number.NEGATIVE_INFINITY;
    let kept: PlayedPost[] | null = loop > 0 ? [] : null;
    let keptChars = 0;
    for await (const batch of readFile(true)) {
      for (const { id, recorded } of loop > 0 ? batch : []) {
        const time = timeOfSnowflake(id);
        earliest = Math.min(earliest, time);
        latest = Math.max(latest, time);
        keptChars += recorded?.text.length ?? 0;
      }
      kept = kept === null || keptChars > maxKeptChars ? null : kept.concat(batch);
      yield batch;
    }
    if (latest < earliest) return;
    // Whole seconds, so that a time moved with its id still ends in .000Z.
    const spanMs = (Math.floor((latest - earliest) / 1000) + 1) * 1000;
    for (let round = 1; round <= loop; round++) {
      for await (const batch of kept === null ? readFile(false) : inBatches(kept)) {
        yield batch.map((post) => movePost(post, round * spanMs));
      }
    }
  }

  return {
    get brokenLines() {
      return brokenLines;
    },
    async *batches() {
      try {
        yield* play();
      } catch (error) {
        log.error(`${unreadable(error).message}; nothing more is played`, { file });
      }
    },
    async [Symbol.asyncDispose]() {},
  };
}

function* inBatches(posts: readonly PlayedPost[]): Generator<readonly PlayedPost[]> {
  for (let at = 0; at < posts.length; at += postsABatch) yield posts.slice(at, at + postsABatch);
}

/** As the file begins, whatever its name is. */
async function findPacking(file: string): Promise<Packing> {
  await using handle = await open(file);
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(packingMagicBytes), 0, packingMagicBytes, 0);
  return packingOfHead(buffer.subarray(0, bytesRead));
}

/** The post as it would have been `ms` later, whole seconds: its own id and times move, every other character stays. */
export function movePost({ id, payload, recorded }: PlayedPost, ms: number): PlayedPost {
  const newId = laterSnowflake(id, ms);
  const data: Record<string, unknown> = { ...(payload.data as JsonObject), id: newId };
  const moved: Record<string, string> = { id: `"${newId}"` };
  const move = (name: string, value: unknown) => {
    data[name] = value;
    moved[name] = JSON.stringify(value);
  };
  if (data.conversation_id === id) move("conversation_id", newId);
  const history = data.edit_history_tweet_ids;
  if (Array.isArray(history)) {
    move(
      "edit_history_tweet_ids",
      history.map((entry) => (entry === id ? newId : entry)),
    );
  }
  const createdAt = typeof data.created_at === "string" ? Date.parse(data.created_at) : Number.NaN;
  if (!Number.isNaN(createdAt)) move("created_at", new Date(createdAt + ms).toISOString());
  return { id: newId, payload: { ...payload, data }, recorded, moved };
}
