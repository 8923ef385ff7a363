import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { RenderedRecord } from "../render/record.ts";
import { compileFilter, compileTagFilter } from "./compile-filter.ts";

const user = {
  type: "record",
  name: "User",
  fields: [
    { name: "name", type: "string" },
    { name: "followers", type: ["null", "long"] },
  ],
};
const rule = { type: "record", name: "Rule", fields: [{ name: "tag", type: "string" }] };
const schema = JSON.stringify({
  type: "record",
  name: "Tweet",
  fields: [
    ["id", "string"],
    ["text", "string"],
    ["created_at", "string"],
    ["lang", ["null", "string"]],
    ["note", ["null", "string"]],
    ["sensitive", ["null", "boolean"]],
    ["likes", "long"],
    ["score", "double"],
    ["ratio", "float"],
    ["price", { type: "bytes", logicalType: "decimal", precision: 9, scale: 2 }],
    ["seen", ["null", { type: "long", logicalType: "timestamp-millis" }]],
    ["nanos", { type: "long", logicalType: "timestamp-nanos" }],
    ["day", { type: "int", logicalType: "date" }],
    ["raw", "bytes"],
    ["kind", { type: "enum", name: "Kind", symbols: ["post", "repost"] }],
    ["either", ["null", "string", "long"]],
    ["author", ["null", user]],
    ["ids", { type: "array", items: "string" }],
    ["places", { type: "array", items: ["null", "long"] }],
    ["counts", { type: "map", values: "int" }],
    ["matching_rules", { type: "array", items: rule }],
  ].map(([name, type]) => ({ name, type })),
});

const value = {
  id: "1700000000000000102",
  text: "Kafka & café\nsecond line",
  created_at: "2026-01-31T12:00:00.000Z",
  lang: "en",
  note: null,
  sensitive: false,
  likes: 9_007_199_254_740_993n,
  score: 0.5,
  ratio: Math.fround(0.1),
  price: Buffer.from([0xff, 0x6a]),
  seen: Date.parse("2026-01-31T12:00:00.250Z"),
  nanos: 1_700_000_000_000_000_001n,
  day: 20_484,
  raw: Buffer.from([1]),
  kind: "post",
  either: 5,
  author: { name: "Ada", followers: 10 },
  ids: ["1", "2"],
  places: [1, null],
  counts: { a: 1 },
  matching_rules: [{ tag: "python" }, { tag: "music" }],
};

const recordOf = (over: object = {}): RenderedRecord => ({
  topic: "twitter",
  partition: 2,
  offset: 1234,
  timestampMs: Date.parse("2026-02-01T00:00:00Z"),
  key: Buffer.from("k"),
  writer: { id: 7, version: 3 },
  value: { ...value, ...over },
});
const holds = (text: string, over?: object): boolean => compileFilter(text, schema)(recordOf(over));

interface Refusal {
  readonly message: string;
  readonly position: unknown;
}
function refusalOf(text: string): Refusal {
  try {
    compileFilter(text, schema);
  } catch (error) {
    const { code, message, details } = error as {
      code: string;
      message: string;
      details: Record<string, unknown>;
    };
    expect({ code, text: details.text }).toEqual({ code: "invalid-filter", text });
    return { message, position: details.position };
  }
  throw new Error(`${text} was taken`);
}

describe("a filter holds", () => {
  test.each([
    ["lang = 'en'", true],
    ['lang == "en"', true],
    ["lang != 'en'", false],
    ["lang <> 'de'", true],
    ["'en' = lang", true],
    ["lang < 'f'", true],
    ["likes = 9007199254740993", true],
    ["likes = 9007199254740992", false],
    ["likes > 1e3 and likes >= 9007199254740993", true],
    ["score = 0.5 and ratio = 0.1", true],
    ["price = -1.5", true],
    ["price < -1.5", false],
    ["sensitive", false],
    ["not sensitive", true],
    ["sensitive = false", true],
    ["kind = 'post'", true],
    ["either = 5", true],
    ["either = 'x'", false],
    ["author.name = 'Ada' and author.followers <= 10", true],
    ["counts.a = 1", true],
    ["counts.b is null", true],
    ["ids[1] = '2'", true],
    ["ids[9] is null", true],
    ["@partition = 2 and @offset < 2000 and @writer.version = 3 and @topic = 'twitter'", true],
    ["@timestamp >= '2026-02-01'", true],
  ])("%s: %s", (text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  test.each([
    ["not lang = 'de' and not (likes < 1 or note is not null)", true],
    ["lang = 'de' or lang = 'fr' or lang = 'en'", true],
    ["lang = 'en' or lang = 'de' and likes < 1", true],
    ["(lang = 'en' or lang = 'de') and likes < 1", false],
    ["not not lang = 'en'", true],
    ["!(lang = 'en') || lang = 'en' && likes > 1", true],
    ["LANG = 'en'".toLowerCase(), true],
    ["lang = 'en' AND NOT Sensitive".replace("Sensitive", "sensitive"), true],
  ])("by precedence and parentheses, %s: %s", (text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  test.each([
    ["lang in ('de', 'en')", true],
    ["lang not in ('de', 'en')", false],
    ["likes in (1, 9007199254740993)", true],
    ["lang in ('de', null)", false],
    ["lang in (null)", false],
    ["'2' in ids", true],
    ["'python' in matching_rules.tag", true],
    ["matching_rules.tag contains 'java'", false],
    ["matching_rules.tag not contains 'java'", true],
    ["places contains 1", true],
    ["places contains null", true],
    ["text contains 'café'", true],
    ["text contains 'kafka'", false],
    ["lower(text) contains 'kafka'", true],
    ["lower(matching_rules.tag) contains 'music'", true],
    ["text contains author.name", false],
    ["length(text) = 24", true],
    ["length(ids) > 1", true],
    ["text matches '^Kafka.*café$'", false],
    ["text matches '(?s)^Kafka.*line$'", true],
    ["text matches '(?i)kafka'", true],
    ["text matches '\\bcaf\\p{L}'", true],
    ["text matches '\\\\bcaf'", true],
    ["text not matches 'x{3,}'", true],
    ["matching_rules.tag matches '^py'", true],
    ["seen in ('2026-01-31T12:00:00.250Z')", true],
  ])("of lists, texts and patterns, %s: %s", (text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  test.each([
    ["seen > '2026-01-31T12:00:00Z'", true],
    ["seen < timestamp '2026-01-31T12:00:00.251Z'", true],
    ["seen = '2026-01-31T13:00:00.25+01:00'", true],
    ["seen > '2026-01-31'", true],
    ["nanos = '2023-11-14T22:13:20.000000001Z'", true],
    ["nanos > '2023-11-14T22:13:20Z'", true],
    ["day = '2026-01-31'", true],
    ["created_at = timestamp '2026-01-31T12:00'", true],
    ["created_at < seen", true],
  ])("of times, %s: %s", (text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  test.each([
    ["note is null", true],
    ["note is not null", false],
    ["note = null", true],
    ["note != null", false],
    ["note = 'x'", false],
    ["note != 'x'", true],
    ["note < 'x' or note >= 'x'", false],
    ["note contains 'x' or note matches '.*' or note in ('x')", false],
    ["length(note) = 0", false],
    ["note = lang", false],
    ["author is not null and raw is not null", true],
  ])("of what is missing, %s: %s", (text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  test("of fields below a record that is missing, as of missing ones", () => {
    expect(holds("author.name is null", { author: null })).toBe(true);
    expect(holds("author.followers > 0", { author: null })).toBe(false);
  });

  test("of NaN, which equals nothing and has no order", () => {
    expect(holds("score = 0.5 or score < 1 or score >= 1", { score: Number.NaN })).toBe(false);
    expect(holds("score != 0.5", { score: Number.NaN })).toBe(true);
  });

  test("of a text that is no time, as of a missing one", () => {
    expect(holds("created_at < timestamp '2027-01-01'", { created_at: "soon" })).toBe(false);
  });

  test("of a record without a value", () => {
    const filter = compileFilter("lang is null", schema);
    expect(filter({ ...recordOf(), value: null })).toBe(true);
  });
});

describe("a filter is refused at the start", () => {
  test.each<[text: string, position: number, says: string]>([
    ["", 1, "a field or a value is expected here, not the end"],
    ["lng = 'en'", 1, "there is no field lng; did you mean lang?"],
    ["author.nam = 'x'", 8, "there is no field nam in author; did you mean name?"],
    ["lang = ", 8, "a field or a value is expected here"],
    ["lang = 'en' lang", 13, '"and", "or" or the end is expected here, not "lang"'],
    ["(lang = 'en'", 13, '"and", "or" or ")" is expected here'],
    ["lang = 'en", 8, "this ' has no end"],
    ["lang = en", 8, "there is no field en"],
    ["lang = 5", 6, "lang is a text, and 5 is a number; a text stands in quotes: '5'"],
    ["likes = 'many'", 7, "likes is a number, and many is a text"],
    ["id > 5", 4, "in quotes: '5'"],
    ["lang", 1, "lang is a text, not true or false"],
    ["likes and lang = 'en'", 1, "not true or false"],
    ["1 < likes < 3", 11, 'joined with "and" or "or"'],
    ["matching_rules.tag = 'x'", 20, "matching_rules.tag contains 'x' asks for one of it"],
    ["lang in 'en'", 9, "after in comes a list"],
    ["'x' in text", 8, "text contains 'x' looks into a text"],
    ["lang in (id)", 10, "a list holds values, not fields"],
    ["lang in (1, 2)", 6, "the list is a list (each a number), and lang is a text"],
    ["ids in ('1')", 1, "ids is a list; in takes one value"],
    ["likes contains '5'", 1, "contains takes texts, and likes is a number"],
    ["text contains 5", 15, "contains takes texts, and 5 is a number"],
    ["text matches '('", 14, "missing closing )"],
    ["text matches '(?=x)'", 14, "RE2"],
    ["text matches lang", 14, "a regular expression in quotes"],
    ["likes matches '5'", 1, "matches takes a text"],
    ["seen > 'yesterday'", 8, "this is no time"],
    ["seen > '2026-02-30'", 8, "this is no time"],
    ["timestamp 'x' < seen", 11, "this is no time"],
    ["seen > 5", 6, "seen is a time, and 5 is a number"],
    ["lang < null", 6, "null has no order"],
    ["sensitive < true", 11, "have no order"],
    ["raw = 'x'", 5, "raw is neither text, number, time nor boolean"],
    ["lang is 'en'", 9, '"null" or "not null" is expected here'],
    ["lang not 'en'", 10, '"in", "contains" or "matches" is expected here'],
    ["upper(lang) = 'EN'", 1, "there is no function upper; there are lower, length"],
    ["lower(likes) = '5'", 7, "lower takes a text, and likes is a number"],
    ["process.exit()", 1, "there is no function process.exit"],
    ["lang = $x", 8, '"$" means nothing'],
    ["lang = 5x", 8, "a name begins with a letter"],
    ["ids[x] = '1'", 4, "a number in brackets"],
    ["__proto__ is null", 1, "there is no field __proto__"],
    ["counts.a.b = 1", 10, "counts.a is a number and has no fields"],
  ])("%s, at character %d", (text, position, says) => {
    const refused = refusalOf(text);
    expect(refused.message).toContain(says);
    expect(refused.position).toBe(position);
  });

  test("nested deeper, or longer, than anyone writes", () => {
    expect(refusalOf(`${"(".repeat(5000)}lang = 'en'`).message).toContain("200 levels");
    expect(refusalOf(`${"not ".repeat(2000)}sensitive`).message).toContain("200 levels");
    expect(refusalOf(`${"lower(".repeat(1000)}lang`).message).toContain("200 levels");
    expect(refusalOf(`lang = '${"x".repeat(10_000)}'`).message).toContain("10000 characters");
  });
});

describe("a filter of any text", () => {
  const word = fc.constantFrom(
    ..."lang likes sensitive note matching_rules.tag author seen and or not in contains matches is null true".split(
      " ",
    ),
    ..."( ) , = != < >= ' 'en' 5 -1.5 '(a+)+$' '2026-01-31' timestamp lower( length( @offset @ [0] . \\ \" !".split(
      " ",
    ),
  );

  test("is taken or refused with a place in it, and never fails otherwise", () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.array(word, { maxLength: 9 }), fc.string({ maxLength: 3 }), (parts, noise) => {
        const text = `${parts.join(" ")}${noise}`;
        let filter: ReturnType<typeof compileFilter>;
        try {
          filter = compileFilter(text, schema);
        } catch (error) {
          const { code, details } = error as { code: string; details: { position: number } };
          expect(code).toBe("invalid-filter");
          expect(details.position).toBeGreaterThanOrEqual(1);
          expect(details.position).toBeLessThanOrEqual(text.length + 1);
          return;
        }
        taken += 1;
        expect(typeof filter(recordOf())).toBe("boolean");
      }),
      { numRuns: 3000, examples: [[["lang", "=", "'en'"], ""]] },
    );
    expect(taken).toBeGreaterThan(0);
  });

  test("and what a JavaScript function says of the same tests are one", () => {
    type Case = { readonly text: string; readonly says: (likes: number, lang: string | null) => boolean };
    const number = fc.integer({ min: -2, max: 2 });
    const leaf: fc.Arbitrary<Case> = fc.oneof(
      number.map((n): Case => ({ text: `likes >= ${n}`, says: (likes) => likes >= n })),
      number.map((n): Case => ({ text: `likes in (${n}, 9)`, says: (likes) => likes === n || likes === 9 })),
      fc.constantFrom("en", "it's").map(
        (text): Case => ({
          text: `lang != '${text.replaceAll("'", "''")}'`,
          says: (_likes, lang) => lang !== text,
        }),
      ),
      fc.constant<Case>({ text: "lang is null", says: (_likes, lang) => lang === null }),
    );
    const { tree } = fc.letrec<{ tree: Case }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.tuple(tie("tree"), tie("tree")).map(
          ([a, b]): Case => ({
            text: `(${a.text} and ${b.text})`,
            says: (likes, lang) => a.says(likes, lang) && b.says(likes, lang),
          }),
        ),
        fc.tuple(tie("tree"), tie("tree")).map(
          ([a, b]): Case => ({
            text: `(${a.text} or ${b.text})`,
            says: (likes, lang) => a.says(likes, lang) || b.says(likes, lang),
          }),
        ),
        tie("tree").map(
          (a): Case => ({ text: `not ${a.text}`, says: (likes, lang) => !a.says(likes, lang) }),
        ),
      ),
    }));
    const lang = fc.constantFrom("en", "it's", "de", null);
    fc.assert(
      fc.property(tree, fc.array(fc.tuple(number, lang), { minLength: 1, maxLength: 5 }), (made, tweets) => {
        const filter = compileFilter(made.text, schema);
        for (const [likes, of] of tweets) {
          expect(filter(recordOf({ likes, lang: of }))).toBe(made.says(likes, of));
        }
      }),
      { numRuns: 500 },
    );
  });

  test("takes time in line with the text, whatever the pattern", () => {
    const filter = compileFilter("text matches '^(a+)+$'", schema);
    const long = recordOf({ text: `${"a".repeat(25_000)}!` });
    const startedAt = performance.now();
    expect(filter(long)).toBe(false);
    // A backtracking engine would need longer than the universe is old.
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});

describe("a filter of tags", () => {
  test("keeps records that matched one of the rules", () => {
    expect(compileTagFilter(["python"], schema)(recordOf())).toBe(true);
    expect(compileTagFilter(["java", "music"], schema)(recordOf())).toBe(true);
    expect(compileTagFilter(["pyth"], schema)(recordOf())).toBe(false);
    expect(compileTagFilter(["python"], schema)(recordOf({ matching_rules: [] }))).toBe(false);
  });

  test("is refused for records that name no rules", () => {
    expect(() => compileTagFilter(["x"], '"string"')).toThrow(
      expect.objectContaining({ code: "invalid-filter", message: expect.stringContaining("name no rules") }),
    );
  });
});
