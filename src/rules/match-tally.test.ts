import { describe, expect, test } from "@jest/globals";
import { createMatchTallier } from "./match-tally.ts";
import { parseRule } from "./parse-rule.ts";

function tallier(...rules: string[]) {
  return createMatchTallier(
    rules.map((text) => {
      const parsed = parseRule(text);
      if (parsed.kind !== "rule") throw new Error(text);
      return parsed;
    }),
  );
}

const post = (id: string, text: string, more: object = {}, users: object[] = []) => ({
  data: { id, text, created_at: "2026-01-01T00:00:00.000Z", author_id: "a", ...more },
  ...(users.length === 0 ? {} : { includes: { users } }),
});

describe("a tally of matches", () => {
  test("counts a post once in all however many rules match it", () => {
    const { add, tally } = tallier("cat", "dog", "fish");
    expect([add(post("1", "cat dog")), add(post("2", "cat")), add(post("3", "bird"))]).toEqual([2, 1, 0]);
    expect(tally).toMatchObject({
      posts: 3,
      matched: 2,
      rules: [
        { matched: 2, alone: 1 },
        { matched: 1, alone: 0 },
        { matched: 0, alone: 0 },
      ],
    });
  });

  test("counts a post that comes again once a UTC day", () => {
    const { add, tally } = tallier("cat");
    const nextDay = { created_at: "2026-01-02T00:00:00.000Z" };
    expect([add(post("1", "cat")), add(post("1", "cat")), add(post("1", "cat", nextDay))]).toEqual([
      1,
      null,
      1,
    ]);
    expect(tally).toMatchObject({ posts: 2, repeated: 1, matched: 2 });
  });

  test("counts authors and users that came with matched posts, each once a UTC day", () => {
    const { add, tally } = tallier("cat");
    add(post("1", "cat", {}, [{ id: "a" }, { id: "b" }]));
    add(post("2", "cat", { author_id: "b" }));
    add(post("3", "dog", { author_id: "c" }));
    add(post("4", "cat", { author_id: "b", created_at: "2026-01-02T00:00:00.000Z" }));
    expect(tally.users).toBe(3);
  });

  test("knows the span of time, from ids where posts do not tell", () => {
    const { add, tally } = tallier("cat");
    add({ data: { id: "2006515713438646273", text: "x" } });
    add({ data: { id: "2006515759575990284", text: "x" } });
    expect(tally).toMatchObject({
      firstAtMs: Date.parse("2026-01-01T00:00:00.000Z"),
      lastAtMs: Date.parse("2026-01-01T00:00:11.000Z"),
    });
  });

  test.each([null, 1, {}, { errors: [] }, { data: {} }, { data: { id: 1 } }])("%j is no post", (payload) => {
    const { add, tally } = tallier("cat");
    expect(add(payload)).toBeNull();
    expect(tally).toMatchObject({ posts: 0, notPosts: 1, firstAtMs: null });
  });
});
