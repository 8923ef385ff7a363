import { describe, expect, test } from "@jest/globals";
import { parsePostId } from "../kernel/brand.ts";
import type { SourcedPost } from "../source/port.ts";
import { createReadCounter } from "./count-reads.ts";

const origin = { kind: "x", connection: 1, receivedAtMs: 0 } as const;
const sourced = (payload: unknown): SourcedPost => ({
  kind: "post",
  origin,
  raw: Buffer.from(JSON.stringify(payload)),
  payload,
});
const countAll = (payloads: readonly unknown[]) => {
  const counter = createReadCounter();
  return payloads.map((payload) => counter.count(sourced(payload)).reads);
};

describe("what a message is billed as", () => {
  test("is one post, each id once", () => {
    const [first, again, other] = countAll([
      { data: { id: "1" } },
      { data: { id: "1" } },
      { data: { id: "2" } },
    ]);
    expect([first, again, other]).toEqual([
      { posts: 1, users: 0 },
      { posts: 0, users: 0 },
      { posts: 1, users: 0 },
    ]);
  });

  test.each(["tweets", "posts"])("is a post for each of includes.%s that was not read yet", (pool) => {
    const quoting = (id: string) => ({ data: { id }, includes: { [pool]: [{ id: "7" }, { id: "8" }] } });
    expect(countAll([quoting("1"), quoting("7"), quoting("2")]).map(({ posts }) => posts)).toEqual([3, 0, 1]);
  });

  test("is a user for each that comes along and was not read yet", () => {
    const by = (id: string, ...users: string[]) => ({
      data: { id },
      includes: { users: users.map((user) => ({ id: user })) },
    });
    expect(countAll([by("1", "5"), by("2", "5", "6")])).toEqual([
      { posts: 1, users: 1 },
      { posts: 1, users: 1 },
    ]);
  });

  test("is a post where the message cannot be understood", () => {
    const counter = createReadCounter();
    const malformed = { kind: "malformed", origin, raw: Buffer.from("{"), message: "" } as const;
    expect(counter.count(malformed).reads).toEqual({ posts: 1, users: 0 });
    for (const payload of [null, [], "x", {}, { data: 1 }, { data: {} }, { data: { id: "x" } }]) {
      expect(counter.count(sourced(payload)).reads).toEqual({ posts: 1, users: 0 });
    }
    const odd = { data: { id: "1" }, includes: { tweets: 1, users: [null, 3] }, matching_rules: {} };
    expect(counter.count(sourced(odd))).toEqual({ reads: { posts: 1, users: 0 }, tags: new Set() });
  });

  test("is laid on every rule that matched, by its tag as its author wrote it", () => {
    const rules = [{ id: "1", tag: "birdwire:a" }, { id: "2", tag: "b" }, { id: "3" }, { id: "4", tag: "b" }];
    const { tags } = createReadCounter().count(sourced({ data: { id: "1" }, matching_rules: rules }));
    expect(tags).toEqual(new Set(["a", "b", ""]));
  });

  test("is nothing for what was read before, until a new day", () => {
    const counter = createReadCounter();
    counter.seen(parsePostId("1"));
    const count = () => counter.count(sourced({ data: { id: "1" } })).reads.posts;
    expect(count()).toBe(0);
    counter.reset();
    expect(count()).toBe(1);
  });
});
