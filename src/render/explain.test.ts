import { describe, expect, test } from "@jest/globals";
import type { ResolutionStep } from "../serde/decoder.ts";
import { createExplainRenderer } from "./explain.ts";
import { createJsonRenderer } from "./json.ts";
import { expectGolden } from "./testing/compare-golden.ts";
import { recordOf } from "./testing/records.ts";

const author = {
  type: "record",
  name: "Author",
  fields: [
    { name: "name", type: "string" },
    { name: "followers", type: "long" },
  ],
};
const schema = JSON.stringify({
  type: "record",
  name: "Post",
  fields: [
    { name: "text", type: "string" },
    { name: "author", type: ["null", author] },
    { name: "tags", type: { type: "array", items: author } },
    { name: "mood", type: { type: "enum", name: "Mood", symbols: ["UNKNOWN", "GOOD"] } },
  ],
});
const reader = { name: "birdwire.Post", version: 3, fingerprint: "00112233445566ff" };
const resolution: readonly ResolutionStep[] = [
  { kind: "alias", path: [], written: "old.Post" },
  { kind: "alias", path: ["text"], written: "body" },
  { kind: "promoted", path: ["author", "followers"], from: "int", to: "long" },
  { kind: "defaulted", path: ["tags"], value: [] },
  { kind: "dropped", path: ["tags", "[]", "colour"] },
  { kind: "symbols-defaulted", path: ["mood"], symbols: ["BAD", "ANGRY"], value: "UNKNOWN" },
  { kind: "dropped", path: ["\u001b[31mred"] },
];
const full = {
  text: "hello",
  author: { name: "Ann", followers: 7 },
  tags: [{ name: "t", followers: 1 }],
  mood: "UNKNOWN",
};
const bare = { text: "hello", author: null, tags: [], mood: "GOOD" };
const recordWith = (value: unknown, steps: readonly ResolutionStep[], version: number | null = 1) =>
  recordOf(value, { writer: { id: 7, version, resolution: steps } });

describe("explain", () => {
  test("tells below the record what its resolution did, and nothing of what it has no value in", () => {
    const renderer = createExplainRenderer({ kind: "explain", schema, reader });
    expectGolden(
      "explain",
      [recordWith(full, resolution), recordWith(bare, resolution, null), recordWith(bare, [])]
        .map((record) => renderer.render(record))
        .join(""),
    );
  });

  test("finds its way through a union that wraps its values", () => {
    const renderer = createExplainRenderer({ kind: "explain", schema: '"null"', reader });
    const wrapped = { author: { Author: { name: "Ann", followers: 7 } } };
    expect(renderer.render(recordWith(wrapped, resolution.slice(2, 3)))).toMatch(
      /author\.followers {2}promoted from int to long/,
    );
  });

  test("stands inside of the wrap of JSON", () => {
    const renderer = createJsonRenderer({ kind: "json", schema, explain: reader });
    expect(JSON.parse(renderer.render(recordWith(bare, resolution)))).toMatchObject({
      writer: { id: 7, version: 1 },
      reader,
      resolution: [
        { field: "(record)", kind: "alias", written: "old.Post" },
        { field: "text", kind: "alias", written: "body" },
        { field: "tags", kind: "defaulted", value: [] },
        { field: "\u001b[31mred", kind: "dropped" },
      ],
      value: bare,
    });
  });
});
