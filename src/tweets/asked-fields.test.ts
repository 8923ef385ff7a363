import { describe, expect, test } from "@jest/globals";
import { askedFields } from "./asked-fields.ts";

describe("what X is asked for", () => {
  test("is the time alone for version 1", () => {
    expect(askedFields(1, { users: true })).toEqual({
      tweet: ["created_at"],
      user: [],
      media: [],
      place: [],
      expansions: [],
    });
  });

  test("is nothing that is billed beyond the post for version 2", () => {
    const { tweet, ...others } = askedFields(2, { users: true });
    expect(tweet).toEqual(expect.arrayContaining(["created_at", "author_id", "public_metrics"]));
    expect(others).toEqual({ user: [], media: [], place: [], expansions: [] });
  });

  test("is one user and no more for version 3, when users are asked for: the author", () => {
    const { expansions, user } = askedFields(3, { users: true });
    expect(expansions.filter((name) => name.includes("user") || name.includes("author"))).toEqual([
      "author_id",
    ]);
    expect(user).toContain("verified");
  });

  test("is no user at all otherwise, and everything else of version 3", () => {
    const { expansions: withUsers, user: _users, ...others } = askedFields(3, { users: true });
    const expansions = withUsers.filter((name) => name !== "author_id");
    expect(askedFields(3, { users: false })).toEqual({ ...others, expansions, user: [] });
  });
});
