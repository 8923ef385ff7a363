import { describe, expect, test } from "@jest/globals";
import { isJsonObject, type JsonObject } from "../../../kernel/json.ts";
import { createMatcher } from "../../../rules/matcher.ts";
import { parseRule } from "../../../rules/parse-rule.ts";
import type { PlayedPost } from "../played-post.ts";
import { createdAtOf, timeOfSnowflake } from "../snowflake.ts";
import { createGeneratedFeed } from "./generated-feed.ts";

async function generate(seed: number, count: number): Promise<PlayedPost[]> {
  const posts: PlayedPost[] = [];
  await using feed = createGeneratedFeed({ seed, count });
  for await (const batch of feed.batches()) posts.push(...batch);
  return posts;
}

const object = (value: unknown): JsonObject => (isJsonObject(value) ? value : {});
const list = (value: unknown): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isJsonObject) : [];
const dataOf = (post: PlayedPost) => object(post.payload.data);

function share(posts: readonly PlayedPost[], rule: string): number {
  const parsed = parseRule(rule);
  if (parsed.kind !== "rule") throw new Error(rule);
  const matches = createMatcher(parsed);
  return posts.filter(({ payload }) => matches(payload)).length / posts.length;
}

const posts = await generate(1, 1500);

describe("generated posts", () => {
  test("are as many as asked for, and the same for the same seed", async () => {
    expect(posts).toHaveLength(1500);
    const again = await generate(1, 100);
    expect(again).toEqual(posts.slice(0, 100));
    const other = await generate(2, 100);
    expect(other.map(({ id }) => id)).not.toEqual(again.map(({ id }) => id));
  });

  test("have rising ids whose time is their created_at", () => {
    const ids = posts.map(({ id }) => BigInt(id));
    expect(ids.every((id, i) => id > (ids[i - 1] ?? 0n))).toBe(true);
    for (const data of posts.map(dataOf)) {
      expect(data.created_at).toBe(createdAtOf(timeOfSnowflake(String(data.id))));
    }
  });

  test("each have a word of the vocabulary, and each word a good share", () => {
    expect(share(posts, "python OR BTS OR typescript OR kafka")).toBe(1);
    for (const word of ["python", "BTS", "typescript", "kafka"])
      expect(share(posts, word)).toBeGreaterThan(0.15);
    expect(share(posts, "kafka avro")).toBeGreaterThan(0.03);
  });

  test("are mostly not ASCII, in several scripts, with joined emoji, flags and skin tones", () => {
    const texts = posts.map((post) => String(dataOf(post).text));
    const count = (pattern: RegExp) => texts.filter((text) => pattern.test(text)).length;
    expect(count(/[^\x00-\x7f]/)).toBeGreaterThan(posts.length / 2);
    for (const script of [
      "Hiragana",
      "Arabic",
      "Devanagari",
      "Hangul",
      "Cyrillic",
      "Thai",
      "Han",
      "Hebrew",
      "Greek",
    ]) {
      expect(count(new RegExp(`\\p{Script=${script}}`, "u"))).toBeGreaterThan(25);
    }
    for (const piece of [/\u200d/, /\p{RI}/u, /\p{Emoji_Modifier}/u, /\ufe0f/])
      expect(count(piece)).toBeGreaterThan(10);
    expect(texts.every((text) => text.isWellFormed())).toBe(true);
  });

  test("are of every kind, and what they refer to is included", () => {
    for (const rule of [
      "is:retweet",
      "is:quote",
      "is:reply",
      "has:media",
      "has:images",
      "has:videos",
      "has:links",
    ]) {
      expect(share(posts, `(python OR BTS OR typescript OR kafka) ${rule}`)).toBeGreaterThan(0.02);
    }
    for (const post of posts) {
      const data = dataOf(post);
      const includes = object(post.payload.includes);
      const ids = (pool: string) => list(includes[pool]).map((entry) => entry.id ?? entry.media_key);
      const { media_keys: keys, poll_ids: polls } = object(data.attachments);
      const missing = list(post.payload.errors).map((error) => error.resource_id);
      const joined =
        ids("users").includes(data.author_id) &&
        (data.geo === undefined || ids("places").includes(object(data.geo).place_id)) &&
        list(data.referenced_tweets).every(({ id }) => ids("tweets").includes(id) !== missing.includes(id)) &&
        (!Array.isArray(keys) || keys.every((key) => ids("media").includes(key))) &&
        (!Array.isArray(polls) || polls.every((id) => ids("polls").includes(id)));
      if (!joined) throw new Error(`${post.id} refers to what is not included`);
    }
  });

  test("refer to what was deleted or is protected now and then, and say so in errors beside data", () => {
    const partial = posts.filter((post) => post.payload.errors !== undefined);
    expect(partial.length).toBeGreaterThan(10);
    const types = new Set(partial.flatMap((post) => list(post.payload.errors)).map(({ type }) => type));
    expect([...types].map((type) => String(type).split("/").at(-1)).sort()).toEqual([
      "not-authorized-for-resource",
      "resource-not-found",
    ]);
  });

  test("carry photos, videos, GIFs and polls", () => {
    const media = posts.flatMap((post) => list(object(post.payload.includes).media));
    const count = (type: string) => media.filter((item) => item.type === type).length;
    for (const type of ["photo", "video", "animated_gif"]) expect(count(type)).toBeGreaterThan(5);
    expect(posts.some((post) => list(object(post.payload.includes).media).length > 1)).toBe(true);
    const polls = posts.flatMap((post) => list(object(post.payload.includes).polls));
    expect(polls.length).toBeGreaterThan(10);
    for (const poll of polls) {
      const labels = list(poll.options).map(({ label }) => Array.from(String(label)).length);
      expect(labels.length).toBeGreaterThanOrEqual(2);
      expect(labels.every((chars) => chars > 0 && chars <= 25)).toBe(true);
    }
  });

  test("stand in chains: a reply to a reply, a quote of a quote, in the conversation of the first one", () => {
    const parents = posts.flatMap((post) =>
      list(object(post.payload.includes).tweets).map((parent) => ({ data: dataOf(post), parent })),
    );
    const chained = parents.filter(({ parent }) => list(parent.referenced_tweets).length > 0);
    expect(chained.length).toBeGreaterThan(50);
    const replies = chained.filter(({ data }) => data.in_reply_to_user_id !== undefined);
    expect(replies.length).toBeGreaterThan(10);
    for (const { data, parent } of replies) {
      expect(data.conversation_id).toBe(parent.conversation_id);
      expect(list(parent.referenced_tweets)).toEqual([{ type: "replied_to", id: data.conversation_id }]);
    }
    expect(chained.some(({ parent }) => list(parent.referenced_tweets)[0]?.type === "quoted")).toBe(true);
  });

  test("come again when they are edited, under a new id with the ids of all versions, five times at most", () => {
    const byId = new Map(posts.map((post) => [post.id, dataOf(post)]));
    const edits = [...byId.values()].filter((data) => (data.edit_history_tweet_ids as string[]).length > 1);
    expect(edits.length).toBeGreaterThan(20);
    expect(
      Math.max(...edits.map((data) => (data.edit_history_tweet_ids as string[]).length)),
    ).toBeGreaterThan(2);
    for (const data of edits) {
      const history = data.edit_history_tweet_ids as string[];
      expect(history.at(-1)).toBe(data.id);
      const before = byId.get(history.at(-2) ?? "") ?? {};
      expect(before.edit_history_tweet_ids).toEqual(history.slice(0, -1));
      expect(before.author_id).toBe(data.author_id);
      expect(before.text).not.toBe(data.text);
      const left = 6 - history.length;
      expect(data.edit_controls).toMatchObject({ edits_remaining: left, is_edit_eligible: left > 0 });
    }
  });

  test("can be edited for half an hour after the first version, and some are tagged with a place", () => {
    for (const { edit_history_tweet_ids: history, edit_controls: controls } of posts.map(dataOf)) {
      const [first = ""] = history as string[];
      const until = Date.parse(String(object(controls).editable_until));
      expect(until - Date.parse(createdAtOf(timeOfSnowflake(first)))).toBe(30 * 60_000);
    }
    const placed = posts.filter((post) => dataOf(post).geo !== undefined).length / posts.length;
    expect(placed).toBeGreaterThan(0.05);
    expect(placed).toBeLessThan(0.2);
  });

  test("are withheld in places now and then, by themselves or with their author", () => {
    expect(posts.filter((post) => dataOf(post).withheld !== undefined).length).toBeGreaterThan(3);
    const users = posts.flatMap((post) => list(object(post.payload.includes).users));
    expect(users.some((user) => object(user.withheld).scope === "user")).toBe(true);
  });

  test("that are long have their whole text in note_tweet and the start of it in text", () => {
    const long = posts.filter((post) => isJsonObject(dataOf(post).note_tweet));
    expect(long.length).toBeGreaterThan(50);
    for (const post of long) {
      const whole = String(object(dataOf(post).note_tweet).text);
      const text = String(dataOf(post).text);
      expect(Array.from(whole).length).toBeGreaterThan(280);
      expect(Array.from(text).length).toBeLessThan(281);
      expect(whole.startsWith(text.slice(0, -1))).toBe(true);
    }
  });

  test("have entities whose offsets, in code points, are where they stand", () => {
    let checked = 0;
    for (const post of posts) {
      const points = Array.from(String(dataOf(post).text));
      const entities = object(dataOf(post).entities);
      const expected = [
        ...list(entities.hashtags).map((entity) => [entity, `#${String(entity.tag)}`] as const),
        ...list(entities.mentions).map((entity) => [entity, `@${String(entity.username)}`] as const),
        ...list(entities.cashtags).map((entity) => [entity, `$${String(entity.tag)}`] as const),
        ...list(entities.urls).map((entity) => [entity, String(entity.url)] as const),
      ];
      for (const [{ start, end }, text] of expected) {
        if (points.slice(Number(start), Number(end)).join("") !== text)
          throw new Error(`${text} is not there`);
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(500);
  });
});
