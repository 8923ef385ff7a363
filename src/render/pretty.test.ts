import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { createPrettyRenderer } from "./pretty.ts";
import { expectGolden } from "./testing/compare-golden.ts";
import { everything, everythingSchema, recordOf, recordSchema, tweetSchema } from "./testing/records.ts";

describe("pretty", () => {
  test("shows a tweet with where it came from, its text over several lines", () => {
    const tweet = {
      created_at: "2024-02-29T09:00:00.000Z",
      id: "1700000000000000102",
      text: "one\ntwo 日本\r\nthree",
    };
    expectGolden(
      "pretty-tweet",
      createPrettyRenderer({ kind: "pretty", schema: tweetSchema }).render(recordOf(tweet)),
    );
  });

  test("indents nested values of every kind", () => {
    const renderer = createPrettyRenderer({ kind: "pretty", schema: everythingSchema });
    const empty = {
      ...everything,
      tags: [],
      counts: {},
      bare: null,
      raw: Buffer.alloc(0),
      wrapped: { int: 1 },
    };
    expectGolden(
      "pretty-everything",
      renderer.render(recordOf(everything)) + renderer.render(recordOf(empty)),
    );
  });

  test("shows a tombstone, and a record without key, time or known version", () => {
    const renderer = createPrettyRenderer({ kind: "pretty", schema: tweetSchema });
    const bare = recordOf(null, { key: null, timestampMs: -1, writer: { id: 7, version: null } });
    expect(renderer.render(bare)).toBe("twitter[2]@1234  no time  no key  schema 7\n  null\n\n");
  });

  test("neutralises texts and keys", () => {
    const renderer = createPrettyRenderer({ kind: "pretty", schema: tweetSchema });
    const tweet = { created_at: "\u009b", id: "\u202e", text: "\u001b]52;c;\u0007" };
    const text = renderer.render(recordOf(tweet, { key: Buffer.from("\u001b") }));
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
  });

  test("colours labels and the origin when asked, and nothing that the record says", () => {
    const schema = recordSchema(["text", "string"]);
    const record = recordOf({ text: "hi \u001b[31m" });
    const colored = createPrettyRenderer({ kind: "pretty", schema, color: true }).render(record);
    const plain = createPrettyRenderer({ kind: "pretty", schema }).render(record);
    expect(colored).toMatch(/^\u001b\[2mtwitter\[2\]@1234 .*\u001b\[22m\n {2}\u001b\[36mtext:\u001b\[39m hi/);
    expect(stripVTControlCharacters(colored)).toBe(plain);
  });
});
