import { describe, expect, test } from "@jest/globals";
import { isJsonObject, type JsonObject } from "../../kernel/json.ts";
import { type PlayedPost, readPost } from "./played-post.ts";
import { createProjection, type FieldQuery } from "./projection.ts";

const message = {
  data: {
    id: "20",
    text: "hi @bob",
    edit_history_tweet_ids: ["20"],
    created_at: "2026-01-05T09:00:00.000Z",
    author_id: "1",
    lang: null,
    in_reply_to_user_id: "3",
    entities: { mentions: [{ start: 3, end: 7, username: "Bob" }] },
    referenced_tweets: [{ type: "replied_to", id: "10" }],
    attachments: { media_keys: ["3_1"] },
  },
  includes: {
    users: [
      { id: "1", name: "A", username: "ann", verified: true },
      { id: "2", name: "B", username: "bob" },
      { id: "3", name: "C", username: "carl" },
      { id: "4", name: "D", username: "dora" },
    ],
    tweets: [
      { id: "10", text: "first", author_id: "4", edit_history_tweet_ids: ["10"] },
      { id: "11", text: "stranger", author_id: "1" },
    ],
    media: [{ media_key: "3_1", type: "photo", url: "u" }],
  },
};

function recorded(text: string): PlayedPost {
  const post = readPost(text);
  if (typeof post === "string") throw new Error(post);
  return post;
}

const generated: PlayedPost = { id: "20", payload: message, recorded: null };

function project(query: FieldQuery, post: PlayedPost): JsonObject {
  const projected: unknown = JSON.parse(`{${createProjection(query)(post)}}`);
  if (!isJsonObject(projected)) throw new Error("no object");
  return projected;
}

describe.each([
  ["a recorded post", recorded(JSON.stringify(message, null, 1))],
  ["a generated post", generated],
])("%s", (_kind, post) => {
  const basic = { id: "20", text: "hi @bob", edit_history_tweet_ids: ["20"] };
  const basicUser = (id: string, name: string, username: string) => ({ id, name, username });
  test.each<[string, FieldQuery, unknown]>([
    ["has only its default fields when nothing is asked for", {}, { data: basic }],
    [
      "has the fields that are asked for, and an absent one is absent",
      { "tweet.fields": ["created_at", "lang", "geo"] },
      { data: { ...basic, created_at: "2026-01-05T09:00:00.000Z" } },
    ],
    [
      "brings an expansion's field and only the users it joins",
      { expansions: ["author_id"] },
      { data: { ...basic, author_id: "1" }, includes: { users: [basicUser("1", "A", "ann")] } },
    ],
    [
      "has the user fields that are asked for",
      { expansions: ["author_id"], "user.fields": ["verified"] },
      {
        data: { ...basic, author_id: "1" },
        includes: { users: [{ ...basicUser("1", "A", "ann"), verified: true }] },
      },
    ],
    [
      "joins mentions by username, whatever their case",
      { expansions: ["entities.mentions.username"] },
      {
        data: { ...basic, entities: message.data.entities },
        includes: { users: [basicUser("2", "B", "bob")] },
      },
    ],
    [
      "joins who is replied to",
      { expansions: ["in_reply_to_user_id"] },
      { data: { ...basic, in_reply_to_user_id: "3" }, includes: { users: [basicUser("3", "C", "carl")] } },
    ],
    [
      "joins referenced posts with their authors, in the fields of posts",
      { expansions: ["referenced_tweets.id.author_id"] },
      {
        data: { ...basic, referenced_tweets: message.data.referenced_tweets },
        includes: {
          users: [basicUser("4", "D", "dora")],
          tweets: [{ id: "10", text: "first", edit_history_tweet_ids: ["10"] }],
        },
      },
    ],
    [
      "joins media by key",
      { expansions: ["attachments.media_keys"], "media.fields": ["url"] },
      {
        data: { ...basic, attachments: { media_keys: ["3_1"] } },
        includes: { media: message.includes.media },
      },
    ],
    ["has no includes when nothing joins", { expansions: ["geo.place_id"] }, { data: basic }],
    ["ignores fields of objects that are not expanded", { "user.fields": ["verified"] }, { data: basic }],
  ])("%s", (_title, query, expected) => {
    expect(project(query, post)).toEqual(expected);
  });
});

describe("characters", () => {
  const text = String.raw`{"data":{"text":"caf\u00e9 \/ \ud800 👩‍💻 \"\\","id":"7", "x": 1.0,"public_metrics":{"like_count":1e2}},"errors":[{"a":1.0}]}`;

  test("of a recorded post are sent as they were recorded", () => {
    expect(createProjection({ "tweet.fields": ["public_metrics"] })(recorded(text))).toBe(
      String.raw`"data":{"text":"caf\u00e9 \/ \ud800 👩‍💻 \"\\","id":"7","public_metrics":{"like_count":1e2}},"errors":[{"a":1.0}]`,
    );
  });

  test("a lone surrogate in a generated post is sent as an escape", () => {
    const post = { id: "7", payload: { data: { id: "7", text: "\ud800" } }, recorded: null };
    expect(createProjection({})(post)).toBe(String.raw`"data":{"id":"7","text":"\ud800"}`);
  });

  test.each([
    ["generated", (payload: JsonObject): PlayedPost => ({ id: "7", payload, recorded: null })],
    ["recorded", (payload: JsonObject) => recorded(JSON.stringify(payload))],
  ])("errors of a %s post are for who asked for what could not be expanded", (_kind, postOf) => {
    const [deleted, strange] = [{ parameter: "referenced_tweets.id", resource_id: "1" }, { title: "Odd" }];
    const data = { id: "7" };
    const told = (errors: readonly JsonObject[], ...expansions: readonly string[]) =>
      project(expansions.length === 0 ? {} : { expansions }, postOf({ data, errors }));
    expect(told([deleted, strange])).toEqual({ data, errors: [strange] });
    expect(told([deleted])).toEqual({ data });
    expect(told([deleted], "author_id")).toEqual({ data });
    expect(told([deleted, strange], "referenced_tweets.id")).toEqual({ data, errors: [deleted, strange] });
    expect(told([deleted], "referenced_tweets.id.author_id")).toEqual({ data, errors: [deleted] });
  });

  test("includes that are not what they should be do no harm", () => {
    const odd = recorded(
      '{"data":{"id":"7","author_id":"1"},"includes":{"users":[1,null,{"id":"1"}],"tweets":"x","media":null}}',
    );
    const query = { expansions: ["author_id", "referenced_tweets.id", "attachments.media_keys"] };
    expect(project(query, odd)).toEqual({
      data: { id: "7", author_id: "1" },
      includes: { users: [{ id: "1" }] },
    });
    expect(project(query, recorded('{"data":{"id":"7"},"includes":null}'))).toEqual({ data: { id: "7" } });
  });
});

describe("readPost", () => {
  test.each([
    ["{", /not JSON/],
    ["[]", /no "data" object/],
    ['{"errors":[]}', /no "data" object/],
    ['{"data":{"id":7}}', /not a post id/],
    ['{"data":{"id":"x"}}', /not a post id/],
    ['{"data":{"id":"9223372036854775808"}}', /not a post id/],
  ])("says why %s can't be played", (line, reason) => {
    expect(readPost(line)).toEqual(expect.stringMatching(reason));
  });
});
