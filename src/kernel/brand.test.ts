import { describe, expect, test } from "@jest/globals";
import {
  isPostId,
  parsePostId,
  parseSchemaId,
  parseSchemaVersion,
  parseSubjectName,
  parseTopicName,
  type SchemaId,
  type SchemaVersion,
} from "./brand.ts";

const maxInt32 = 2 ** 31 - 1;
const maxLong = "9223372036854775807";

describe.each([
  [
    "parseSchemaId",
    parseSchemaId,
    [1, maxInt32],
    [0, -1, 1.5, maxInt32 + 1, Number.NaN, "1", 1n, null, undefined],
  ],
  ["parseSchemaVersion", parseSchemaVersion, [1, maxInt32], [0, -1, 1.5, maxInt32 + 1, "latest", {}]],
  [
    "parseSubjectName",
    parseSubjectName,
    ["twitter-value", "a b", "日本", ":.ctx:x", "😀"],
    ["", "a\nb", "a\u0000", "a\u0085", "\ud800", 7, null, ["a"]],
  ],
  [
    "parseTopicName",
    parseTopicName,
    ["twitter", "twitter.dlq", "A_b-1", "...", "t".repeat(249)],
    ["", ".", "..", "a b", "a/b", "a\n", "é", "t".repeat(250), 7, undefined],
  ],
  [
    "parsePostId",
    parsePostId,
    ["0", "1871234567890123456", maxLong],
    ["", "-1", "1.0", "12345678901234567890", "9223372036854775808", " 1", "1\n", "１", 7, 7n],
  ],
] as const)("%s", (_name, parse, good, bad) => {
  test.each(good.map((value) => [value]))("gives back %j", (value) => {
    expect(parse(value)).toBe(value);
  });

  test.each(bad.map((value) => [value]))("refuses %p", (value) => {
    expect(() => parse(value)).toThrow(
      expect.objectContaining({ name: "IdentifierError", code: "invalid-identifier" }),
    );
  });
});

test("isPostId guards what parsePostId gives back", () => {
  expect([isPostId(maxLong), isPostId("9223372036854775808"), isPostId(1)]).toEqual([true, false, false]);
});

test("a refusal names what was asked and what came, but never at length", () => {
  expect(() => parseTopicName("a b")).toThrow(
    `"a b" is not a topic name: 1 to 249 of letters, digits, '.', '_' and '-', and not '.' or '..'`,
  );
  expect(() => parseSchemaId({ secret: 1 })).toThrow(
    "an object is not a schema id: an integer from 1 to 2147483647",
  );
  expect(() => parseSchemaId(["1"])).toThrow("an array is not a schema id");
  expect(() => parsePostId("x".repeat(10_000))).toThrow(/^"x{79}… is not a post id/);
});

test("a plain number or another brand is no id to the compiler", () => {
  const takesId = (id: SchemaId) => id;
  const version: SchemaVersion = parseSchemaVersion(1);
  // @ts-expect-error: only the parser makes an id
  expect(takesId(1)).toBe(1);
  // @ts-expect-error: a version is no id
  expect(takesId(version)).toBe(1);
});
