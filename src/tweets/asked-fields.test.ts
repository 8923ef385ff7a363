import { describe, expect, test } from "@jest/globals";
import { askedFields } from "./asked-fields.ts";

describe("what X is asked for", () => {
  test("is the time alone for version 1", () => {
    expect(askedFields(1)).toEqual({
      tweet: ["created_at"],
      user: [],
      media: [],
      place: [],
      expansions: [],
    });
  });

  test("is nothing that is billed beyond the post for version 2", () => {
    const { tweet, ...others } = askedFields(2);
    expect(tweet).toEqual(expect.arrayContaining(["created_at", "author_id", "public_metrics"]));
    expect(others).toEqual({ user: [], media: [], place: [], expansions: [] });
  });

  test("is one user and no more for version 3: the author", () => {
    const { expansions } = askedFields(3);
    expect(expansions.filter((name) => name.includes("user") || name.includes("author"))).toEqual([
      "author_id",
    ]);
  });
});
