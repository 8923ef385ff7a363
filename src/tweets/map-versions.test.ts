import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type TweetInput, TweetSchema, TweetVersions } from "../generated/tweet.ts";
import { mapPost } from "./map-post.ts";
import { fullPost, ingestedAtMs, tweetV1, tweetV2, tweetV3 } from "./testing/full-post.ts";
import { latestTweetVersion, type TweetVersion, tweetVersions } from "./version.ts";

const map = (payload: unknown, version: TweetVersion = 3) => mapPost(payload, { version, ingestedAtMs });

function mapped(payload: unknown, version: TweetVersion = 3) {
  const result = map(payload, version);
  if (result.kind !== "tweet") throw new Error(result.message);
  return result;
}

/** The full post with one part replaced; a place is a JSON pointer. */
function withPart(place: string, value: unknown): unknown {
  const copy = structuredClone(fullPost) as unknown as Record<string, unknown>;
  const names = place.split("/").slice(1);
  const last = names.pop() ?? "";
  let at = copy;
  for (const name of names) at = at[name] as Record<string, unknown>;
  at[last] = value;
  return copy;
}

function fieldsOf(json: string): string[] {
  const { fields } = JSON.parse(json) as { readonly fields: readonly { readonly name: string }[] };
  return fields.map(({ name }) => name);
}

describe("the versions of Tweet", () => {
  test("are those of the schemas, and the latest is the one that has types", () => {
    expect(TweetVersions.map(({ version }) => version)).toEqual([...tweetVersions]);
    expect(TweetSchema.version).toBe(latestTweetVersion);
  });

  test.each(tweetVersions)("version %d has each of its fields, in order, and no others", (version) => {
    const schema = TweetVersions[version - 1];
    expect(Object.keys(mapped(fullPost, version).tweet)).toEqual(fieldsOf(schema?.json ?? ""));
  });

  test.each([
    [1, tweetV1],
    [2, tweetV2],
    [3, tweetV3],
  ] as const)("version %d has exactly what the post has", (version, tweet) => {
    expect(map(fullPost, version)).toEqual({
      kind: "tweet",
      tweet,
      id: fullPost.data.id,
      tags: ["birds", "theirs"],
      leftOut: [],
    });
  });

  test("a post with nothing but what is always there has the defaults everywhere else", () => {
    const { created_at, id, text } = fullPost.data;
    const { tweet, leftOut } = mapped({ data: { created_at, id, text } });
    const nulls = ["author_id", "lang", "conversation_id", "in_reply_to_user_id", "possibly_sensitive"];
    const more = ["public_metrics", "entities", "author", "place", "note_text", "edit_controls", "withheld"];
    const lists = ["edit_history_tweet_ids", "matching_rules", "referenced_tweets", "media"];
    expect(tweet).toEqual({
      created_at,
      id,
      text,
      ingested_at: ingestedAtMs,
      ...Object.fromEntries([...nulls, ...more].map((name) => [name, null])),
      ...Object.fromEntries(lists.map((name) => [name, []])),
    });
    expect(leftOut).toEqual([]);
  });

  test("null, which X may send for what is absent, is no fault", () => {
    const { created_at, id, text } = fullPost.data;
    const names = Object.keys(fullPost.data).filter((name) => !["created_at", "id", "text"].includes(name));
    const nulls = Object.fromEntries(names.map((name) => [name, null]));
    const { tweet, leftOut } = mapped({ data: { ...nulls, created_at, id, text }, includes: null });
    expect(tweet).toEqual(mapped({ data: { created_at, id, text } }).tweet);
    expect(leftOut).toEqual([]);
  });
});

describe("what X includes", () => {
  test("is joined by id and key; what is not included keeps its id or key alone", () => {
    const { tweet, leftOut } = mapped({ ...fullPost, includes: undefined });
    const unknown = { author_id: null, created_at: null, lang: null, text: null, note_text: null };
    expect(tweet).toMatchObject({
      author_id: "11",
      author: null,
      referenced_tweets: [
        { type: "retweeted", id: "2017571234567890000", ...unknown },
        { type: "quoted", id: "404", ...unknown },
      ],
      media: [
        { media_key: "7_1", type: null },
        { media_key: "3_404", type: null },
      ],
      place: { id: "01a9a39529b27f36", full_name: null, bbox: [] },
    });
    expect(leftOut).toEqual([]);
  });

  test("is found under the names that X's newest description has", () => {
    const { data, includes } = fullPost;
    const { referenced_tweets, edit_history_tweet_ids, note_tweet, public_metrics, ...rest } = data;
    const { retweet_count, ...counts } = public_metrics;
    const { tweets, ...pools } = includes;
    const renamed = {
      ...fullPost,
      data: {
        ...rest,
        referenced_posts: referenced_tweets,
        edit_history_post_ids: edit_history_tweet_ids,
        note_post: note_tweet,
        public_metrics: { ...counts, repost_count: retweet_count },
      },
      includes: { ...pools, posts: tweets },
    };
    expect(mapped(renamed).tweet).toEqual(tweetV3);
  });
});

describe("a part that is not of its kind", () => {
  test.each<[place: string, value: unknown, expected: Partial<TweetInput>, leftOut: string]>([
    ["/data/author_id", 11, { author_id: null, author: null }, "/data/author_id"],
    ["/data/lang", ["de"], { lang: null }, "/data/lang"],
    ["/data/lang", "d\ud83d", { lang: null }, "/data/lang"],
    ["/data/possibly_sensitive", "yes", { possibly_sensitive: null }, "/data/possibly_sensitive"],
    ["/data/public_metrics", 3, { public_metrics: null }, "/data/public_metrics"],
    [
      "/data/public_metrics/like_count",
      "3",
      { public_metrics: { ...tweetV2.public_metrics, like_count: 0 } },
      "/data/public_metrics/like_count",
    ],
    [
      "/data/public_metrics/like_count",
      2 ** 60,
      { public_metrics: { ...tweetV2.public_metrics, like_count: 0 } },
      "/data/public_metrics/like_count",
    ],
    [
      "/data/edit_history_tweet_ids",
      ["1", 2],
      { edit_history_tweet_ids: ["1"] },
      "/data/edit_history_tweet_ids/*",
    ],
    ["/data/edit_history_tweet_ids", "1", { edit_history_tweet_ids: [] }, "/data/edit_history_tweet_ids"],
    [
      "/matching_rules",
      [{ tag: "x" }, { id: "1" }],
      { matching_rules: [{ id: "1", tag: "" }] },
      "/matching_rules/*",
    ],
    ["/data/entities", [], { entities: null }, "/data/entities"],
    [
      "/data/entities/hashtags/0/start",
      "20",
      { entities: { ...tweetV3.entities, hashtags: [] } },
      "/data/entities/hashtags/*",
    ],
    [
      "/data/entities/urls/0/status",
      2 ** 31,
      { entities: { ...tweetV3.entities, urls: [{ ...fullPost.data.entities.urls[0], status: null }] } },
      "/data/entities/urls/*/status",
    ],
    ["/data/referenced_tweets", [null], { referenced_tweets: [] }, "/data/referenced_tweets/*"],
    ["/includes", "all", { author: null }, "/includes"],
    ["/includes/users", {}, { author: null }, "/includes/users"],
    ["/includes/users/1/name", null, { author: null }, "/includes/users/*"],
    ["/includes/places/0/geo/bbox", [1, 2, 3], {}, "/includes/places/*/geo/bbox"],
    ["/data/note_tweet", "text", { note_text: null }, "/data/note_tweet"],
    [
      "/data/edit_controls/editable_until",
      "2026-02-30T00:00:00.000Z",
      { edit_controls: { is_edit_eligible: true, editable_until: null, edits_remaining: 5 } },
      "/data/edit_controls/editable_until",
    ],
  ])("%s as %j has the default, and its place is told", (place, value, expected, leftOut) => {
    const result = mapped(withPart(place, value));
    expect(result.tweet).toMatchObject(expected);
    expect(result.leftOut).toContain(leftOut);
    // What X includes is part of several fields; whatever else is malformed is its own affair.
    if (place.startsWith("/includes")) return;
    const rest = (tweet: TweetInput) => ({ ...tweet, ...expected });
    expect(result.tweet).toEqual(rest(tweetV3));
  });

  test("a whole text with half a surrogate pair makes a dead letter, as the text itself does", () => {
    expect(map(withPart("/data/note_tweet/text", "half \ud83d"))).toMatchObject({
      kind: "rejected",
      code: "unpaired-surrogate",
      path: "/data/note_tweet/text",
    });
    expect(map(withPart("/data/note_tweet/text", "half \ud83d"), 2).kind).toBe("tweet");
  });

  test("is never a crash, whatever it is", () => {
    const places: string[] = [];
    const collect = (value: unknown, place: string) => {
      if (place !== "") places.push(place);
      if (typeof value !== "object" || value === null) return;
      for (const [name, member] of Object.entries(value)) collect(member, `${place}/${name}`);
    };
    collect(fullPost, "");
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue(), (place, value) => {
        for (const version of tweetVersions) map(withPart(place, value), version);
      }),
      { numRuns: 500 },
    );
  });
});
