import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { mapPost as mapPostTo } from "./map-post.ts";

const mapPost = (payload: unknown) => mapPostTo(payload, { version: 1, ingestedAtMs: 0 });

const post = {
  id: "1212092628029698048",
  text: "grüße 👩‍👩‍👧 こんにちは",
  created_at: "2019-12-31T19:26:16.000Z",
};

describe("mapPost", () => {
  test("takes id, text and created_at of the post and leaves the rest", () => {
    const mapped = mapPost({
      data: { ...post, lang: "de", edit_history_tweet_ids: [post.id] },
      includes: { users: [] },
    });
    expect(mapped).toEqual({ kind: "tweet", tweet: post, id: post.id, tags: [], leftOut: [] });
  });

  test("names the rules that matched as their author did, each once, without those that have no tag", () => {
    const rules = ["birdwire:love", "", "theirs", "birdwire:love", "birdwire:a=b"].map((tag, id) => ({
      id: `${id}`,
      tag,
    }));
    const mapped = mapPost({
      data: post,
      matching_rules: [...rules, { id: "9" }, null, { id: "10", tag: null }],
    });
    expect(mapped).toMatchObject({ kind: "tweet", tags: ["love", "theirs", "a=b"] });
  });

  test("takes a post that also carries errors", () => {
    expect(mapPost({ data: post, errors: [{ title: "Not Found Error" }] }).kind).toBe("tweet");
  });

  test.each([
    ["null", null, "null"],
    ["a list", [], "a list"],
    ["a text", "post", "a string"],
    ["a number", 5, "a number"],
    ["an empty object", {}, "an object of another kind"],
    ["a notice", { errors: [{ title: "operational-disconnect" }] }, "a notice with errors only"],
    [
      "a bare problem",
      { title: "ConnectionException", detail: "x" },
      'a problem titled "ConnectionException"',
    ],
    ["data that is null", { data: null }, "an object of another kind"],
  ])("rejects %s as no post and names what it is", (_, payload, name) => {
    expect(mapPost(payload)).toEqual({
      kind: "rejected",
      code: "not-a-post",
      path: "",
      message: expect.stringContaining(name),
    });
  });

  test("rejects data that is a list at its path", () => {
    expect(mapPost({ data: [post] })).toMatchObject({ code: "not-a-post", path: "/data" });
  });

  test.each(["id", "text", "created_at"] as const)(
    "rejects a post without %s, or with null there, at its path",
    (field) => {
      const expected = {
        kind: "rejected",
        code: "missing-field",
        path: `/data/${field}`,
        message: expect.stringContaining(field),
      };
      const { [field]: _, ...rest } = post;
      expect(mapPost({ data: rest })).toEqual(expected);
      expect(mapPost({ data: { ...post, [field]: null } })).toEqual(expected);
    },
  );

  test.each([
    ["an id that is a number", { id: 12 }, "/data/id"],
    ["an id of twenty digits", { id: "1".repeat(20) }, "/data/id"],
    ["an empty id", { id: "" }, "/data/id"],
    ["an id with other characters", { id: "12a" }, "/data/id"],
    ["a text that is a list", { text: ["a"] }, "/data/text"],
    ["a time without a zone", { created_at: "2019-12-31T19:26:16" }, "/data/created_at"],
    ["a time in another form", { created_at: "Tue Dec 31 19:26:16 +0000 2019" }, "/data/created_at"],
    ["month 13", { created_at: "2019-13-01T00:00:00Z" }, "/data/created_at"],
    ["30 February", { created_at: "2020-02-30T00:00:00Z" }, "/data/created_at"],
    ["29 February of 2019", { created_at: "2019-02-29T00:00:00Z" }, "/data/created_at"],
    ["a time that is a number", { created_at: 1577820376000 }, "/data/created_at"],
  ])("rejects %s as invalid, at its path", (_, field, path) => {
    expect(mapPost({ data: { ...post, ...field } })).toMatchObject({
      kind: "rejected",
      code: "invalid-field",
      path,
    });
  });

  test.each(["2020-02-29T23:59:59.000Z", "2019-12-31T19:26:16Z", "2019-12-31T19:26:16.123456+05:30"])(
    "takes %s as a time, as it is written",
    (created_at) => {
      expect(mapPost({ data: { ...post, created_at } })).toMatchObject({
        kind: "tweet",
        tweet: { created_at },
      });
    },
  );

  test.each([
    ["high", "a\ud83d b"],
    ["low", "\ude00"],
    ["swapped", "\ude00\ud83d"],
  ])("rejects a text with a lone %s surrogate instead of letting it become U+FFFD", (_, text) => {
    expect(mapPost({ data: { ...post, text } })).toMatchObject({
      kind: "rejected",
      code: "unpaired-surrogate",
      path: "/data/text",
    });
  });

  test("takes a text that has U+FFFD itself", () => {
    expect(mapPost({ data: { ...post, text: "\ufffd" } })).toMatchObject({ tweet: { text: "\ufffd" } });
  });

  test("answers any JSON without throwing, and never quotes more than a little of it", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          fc.jsonValue().map((data) => ({ data })),
        ),
        (payload) => {
          const mapped = mapPost(payload);
          if (mapped.kind === "rejected") expect(mapped.message.length).toBeLessThan(250);
        },
      ),
    );
    expect(mapPost({ data: { ...post, id: "9".repeat(5000) } })).toMatchObject({
      message: expect.not.stringMatching(/9{100}/),
    });
  });
});
