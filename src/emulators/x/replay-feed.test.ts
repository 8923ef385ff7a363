import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { JsonObject } from "../../kernel/json.ts";
import type { Log } from "../../telemetry/log.ts";
import type { PlayedPost } from "./played-post.ts";
import { createProjection } from "./projection.ts";
import { openReplayFeed } from "./replay-feed.ts";
import { createdAtOf, snowflakeAt, timeOfSnowflake } from "./snowflake.ts";

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "birdwire-x-replay-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function play(content: string | Buffer, loop = 0) {
  const file = join(folder, `${++files}.ndjson`);
  await writeFile(file, content);
  const warnings: string[] = [];
  const log: Log = {
    debug() {},
    info() {},
    warn: (text) => warnings.push(text),
    error: (text) => warnings.push(text),
  };
  await using feed = await openReplayFeed({ file, loop, log });
  const posts: PlayedPost[] = [];
  for await (const batch of feed.batches()) posts.push(...batch);
  return { file, posts, warnings, brokenLines: feed.brokenLines };
}

const startMs = Date.UTC(2022, 5, 14, 18);
const postAt = (ms: number, lower = 1, more: object = {}) => {
  const id = snowflakeAt(startMs + ms, lower);
  return {
    data: { id, text: "t", edit_history_tweet_ids: [id], created_at: createdAtOf(startMs + ms), ...more },
  };
};
const lines = (...posts: readonly object[]) => posts.map((post) => `${JSON.stringify(post)}\n`).join("");
const dataOf = (post: PlayedPost) => post.payload.data as JsonObject;

describe("a recording", () => {
  test("is played in order, and a broken line is named and left out", async () => {
    const [first, second] = [postAt(0), postAt(1)];
    const bad = Buffer.from([0x7b, 0xff, 0x7d, 0x0a]);
    const { file, posts, warnings, brokenLines } = await play(
      Buffer.concat([
        Buffer.from(`\ufeff${lines(first)}\n{"data":\r\n`),
        bad,
        Buffer.from(`{}\n${lines(second).trim()}`),
      ]),
    );
    expect(posts.map(({ id }) => id)).toEqual([first.data.id, second.data.id]);
    expect(warnings).toEqual([
      expect.stringMatching(new RegExp(`^line 3 of ${file} is not played: it is not JSON`)),
      `line 4 of ${file} is not played: it is not UTF-8`,
      `line 5 of ${file} is not played: it has no "data" object`,
    ]);
    expect(brokenLines).toBe(3);
  });

  test.each([
    ["gzip", gzipSync],
    ["Zstandard", zstdCompressSync],
  ])("may be %s, in several members", async (_what, pack) => {
    const { posts } = await play(Buffer.concat([pack(lines(postAt(0), postAt(1))), pack(lines(postAt(2)))]));
    expect(posts).toHaveLength(3);
  });

  test.each([
    ["gzip", gzipSync],
    ["Zstandard", zstdCompressSync],
  ])(
    "that was cut off, as %s, is played as far as it goes in each round, and the log says so",
    async (_what, pack) => {
      const whole = pack(lines(postAt(0), postAt(400)));
      const { posts, warnings } = await play(
        Buffer.concat([whole, pack(lines(postAt(700))).subarray(0, 20)]),
        1,
      );
      expect(posts).toHaveLength(4);
      expect(warnings).toEqual([
        expect.stringMatching(/ends in the middle: what can be read of it is played$/),
      ]);
    },
  );

  test("that is broken is played up to there, and the log says so", async () => {
    const packed = gzipSync(
      lines(...Array.from({ length: 2000 }, (_, i) => postAt(i * 7919, i, { text: `${Math.sin(i)}` }))),
    );
    const middle = packed.length >>> 1;
    packed.fill(0x55, middle, middle + 40);
    const { posts, warnings } = await play(packed);
    expect(posts.length).toBeLessThan(2000);
    expect(warnings.at(-1)).toMatch(/cannot be read: .*; nothing more is played$/);
  });

  test("that is not there is refused at once", async () => {
    const log: Log = { debug() {}, info() {}, warn() {}, error() {} };
    await expect(openReplayFeed({ file: join(folder, "none"), loop: 0, log })).rejects.toMatchObject({
      code: "unreadable-replay",
      message: expect.stringContaining(join(folder, "none")),
    });
    await expect(openReplayFeed({ file: folder, loop: 0, log })).rejects.toMatchObject({
      code: "unreadable-replay",
    });
  });
});

describe("a loop", () => {
  test("plays as many more rounds, with ids of their own and times that agree with them", async () => {
    const recording = [postAt(0), postAt(400, 2), postAt(61_500), postAt(30_000)];
    const { posts } = await play(lines(...recording), 3);
    expect(posts).toHaveLength(16);
    expect(new Set(posts.map(({ id }) => id)).size).toBe(16);
    for (const post of posts) {
      const data = dataOf(post);
      expect(data).toEqual({
        id: post.id,
        text: "t",
        edit_history_tweet_ids: [post.id],
        created_at: createdAtOf(timeOfSnowflake(post.id)),
      });
    }
    expect(posts.slice(0, 4).map(({ id }) => id)).toEqual(recording.map(({ data }) => data.id));
  });

  test("sends the moved members and every other character as recorded", async () => {
    const { data } = postAt(0);
    const line = String.raw`{"data":{"id":"${data.id}", "text":"\u00e9 \/","created_at":"${data.created_at}","conversation_id":"${data.id}"}}`;
    const { posts } = await play(`${line}\n`, 1);
    const [first, second] = posts.map(
      createProjection({ "tweet.fields": ["created_at", "conversation_id"] }),
    );
    const id = snowflakeAt(startMs + 1000, 1);
    expect(first).toBe(line.slice(1, -1).replace(", ", ","));
    expect(second).toBe(
      String.raw`"data":{"id":"${id}","text":"\u00e9 \/","created_at":"2022-06-14T18:00:01.000Z","conversation_id":"${id}"}`,
    );
  });

  test("of a recording without a post ends", async () => {
    expect(await play("\n{\n", 1000)).toMatchObject({ posts: [], brokenLines: 1 });
  });
});
