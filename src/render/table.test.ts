import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import stringWidth from "string-width";
import { createTableRenderer } from "./table.ts";
import { expectGolden } from "./testing/compare-golden.ts";
import {
  everything,
  everythingSchema,
  recordOf,
  recordSchema,
  tweetSchema,
  zwjFamily,
} from "./testing/records.ts";

const sparkRows = readFileSync(new URL("cases/spark-rows.ndjson", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => recordOf(JSON.parse(line)));

const textSchema = recordSchema(["text", "string"]);
const showTexts = (texts: readonly string[], truncate?: number | false): string =>
  createTableRenderer({ kind: "table", schema: textSchema, truncate }).render(
    texts.map((text) => recordOf({ text })),
    0,
  ).text;
/** The cell of one row, without its padding. */
const showText = (text: string, truncate?: number | false): string =>
  showTexts([text], truncate).split("\n")[6]?.slice(1, -1).trim() ?? "";

describe("table, beside what Spark 4.1 prints for the same rows", () => {
  test.each([
    ["spark-default", {}, 0],
    ["spark-untruncated", { truncate: false }, 0],
    ["spark-one-row", { rows: 1 }, sparkRows.length - 1],
    ["spark-three-rows", { rows: 3 }, sparkRows.length - 3],
  ] as const)("prints %s byte for byte and counts the rows it hides", (name, options, hidden) => {
    const renderer = createTableRenderer({ kind: "table", schema: tweetSchema, ...options });
    const batch = renderer.render(sparkRows, 0);
    expectGolden(name, batch.text);
    expect(batch.hidden).toBe(hidden);
  });

  test("prints batch after batch, each as wide as it needs, as from a topic with maxOffsetsPerTrigger", () => {
    const renderer = createTableRenderer({ kind: "table", schema: tweetSchema });
    const batches = [0, 1, 2, 3].map((n) => renderer.render(sparkRows.slice(4 * n, 4 * n + 4), n).text);
    expectGolden("spark-batches", batches.join(""));
  });
});

describe("table, where it differs from Spark on purpose", () => {
  test("escapes what a terminal would act on", () => {
    expectGolden(
      "table-hostile",
      showTexts(
        [
          "red \u001b[31m",
          "\u001b]52;c;QUFB\u0007",
          "c1 \u009b2J",
          "\u202eolleh",
          "\u2066isolated\u2069",
          "nul \u0000",
        ],
        false,
      ),
    );
  });

  test("pads by the columns of a terminal: emoji, flags, skin tones, combining marks", () => {
    expectGolden(
      "table-wide",
      showTexts([
        zwjFamily,
        "🇩🇪🇫🇷",
        "👍🏽 ok",
        "e\u0301t\u00e9",
        "⭐ ⚡",
        "日本",
        "Z\u0351\u0352\u0353",
        "नमस्ते",
      ]),
    );
  });

  test.each([
    ["an emoji with joiners", `1234567890${zwjFamily}tail tail`, "1234567890..."],
    ["a surrogate pair", `1234567890123456${"😀"}7890`, "1234567890123456..."],
    ["a flag", "123456789012345🇩🇪 and more", "123456789012345..."],
    ["a letter and its accent", "1234567890123456e\u0301 and", "1234567890123456..."],
    ["a first cluster longer than the cell", `z${"\u0301".repeat(30)}`, "..."],
  ])("never cuts inside %s", (_what, text, expected) => {
    expect(showText(text)).toBe(expected);
  });
});

describe("table", () => {
  test("prints a batch without rows as an empty grid", () => {
    const { text, hidden } = createTableRenderer({ kind: "table", schema: textSchema }).render([], 12);
    const rule = "-".repeat(43);
    expect(text).toBe(`${rule}\nBatch: 12\n${rule}\n+----+\n|text|\n+----+\n+----+\n\n`);
    expect(hidden).toBe(0);
  });

  test("shows every kind of value in Spark's forms", () => {
    const renderer = createTableRenderer({ kind: "table", schema: everythingSchema, truncate: false });
    expectGolden("table-everything", renderer.render([recordOf(everything), recordOf(null)], 3).text);
  });

  test("has a column for a field once a writer has it, and keeps it", () => {
    const schema = recordSchema(["id", "string"], ["lang", ["null", "string"]], ["tags", ["null", "string"]]);
    const renderer = createTableRenderer({ kind: "table", schema });
    const heads = (...writers: readonly (ReadonlySet<string> | null)[]) =>
      renderer
        .render(
          writers.map((fields) =>
            recordOf({ id: "1", lang: null, tags: null }, { writer: { id: 1, version: 1, fields } }),
          ),
          0,
        )
        .text.split("\n")[4];
    const first = new Set(["id"]);
    expect(heads(first, first)).toBe("| id|");
    expect(heads(first, new Set(["id", "lang"]))).toBe("| id|lang|");
    expect(heads(first)).toBe("| id|lang|");
    expect(heads(first, null)).toBe("| id|lang|tags|");
  });

  test("has every column when the writers have none of the fields", () => {
    const renderer = createTableRenderer({ kind: "table", schema: textSchema });
    const record = recordOf({ text: "x" }, { writer: { id: 1, version: 1, fields: new Set() } });
    expect(renderer.render([record], 0).text).toContain("|text|");
  });

  test("gives a schema that is no record one column, value", () => {
    const renderer = createTableRenderer({ kind: "table", schema: '"long"' });
    expect(renderer.render([recordOf(5n)], 0).text).toContain("|value|\n+-----+\n|    5|\n");
  });

  test.each([
    [3, "abc"],
    [4, "a..."],
    [6, "abcdef"],
    [0, "abcdef"],
  ])("with truncate %d shows abcdef as %s", (truncate, expected) => {
    expect(showText("abcdef", truncate)).toBe(expected);
  });

  test("escapes column names but does not cut them", () => {
    const name = "a_long_name_past_twenty_units";
    const renderer = createTableRenderer({ kind: "table", schema: recordSchema([name, "int"]) });
    expect(renderer.render([], 0).text).toContain(`|${name}|`);
  });

  test("keeps every line of a grid at one width, whatever the text", () => {
    const cell = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: "grapheme" }),
      fc.constant(zwjFamily),
    );
    const truncate = fc.oneof(fc.constant<false>(false), fc.integer({ min: 1, max: 30 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 5 }), truncate, (pairs, limit) => {
        const schema = recordSchema(["a", "string"], ["b", "string"]);
        const records = pairs.map(([a, b]) => recordOf({ a, b }));
        const { text } = createTableRenderer({ kind: "table", schema, truncate: limit }).render(records, 0);
        const grid = text.split("\n").slice(3, -2);
        expect(grid).toHaveLength(pairs.length + 4);
        expect(new Set(grid.map((line) => stringWidth(line))).size).toBe(1);
      }),
      {
        numRuns: 300,
        // A joiner before a spacing mark measures otherwise after another character than alone.
        examples: [[[["\u200d\u0903", "\u0600"]], false]],
      },
    );
  });
});
