import { describe, expect, test } from "@jest/globals";
import { parseTopicRegex } from "./topic-regex.ts";

describe("a subscription by regular expression", () => {
  test.each([
    ["tweets", "tweets", true],
    ["tweets", "tweets2", false],
    ["weet", "tweets", false],
    ["tweets|posts", "posts", true],
    ["tweets|posts", "posts2", false],
    ["^a.*", "abc", true],
    ["(?i)TWEETS", "tweets", true],
    ["(?P<name>a)b", "ab", true],
    ["\\Aab\\z", "ab", true],
    ["\\Qa.b\\E.", "a.bc", true],
    ["\\Qa.b\\E.", "axbc", false],
    ["[[:alpha:]_]+", "a_b", true],
    ["[[:alpha:]]+", "a1", false],
    ["a\\\\A", "aA", false],
    ["[]a]+", "a]", true],
    ["\\pL+\\p{Nd}", "ab1", true],
    ["[\\p{Lu}]", "a", false],
    ["a{,2}", "a{,2}", true],
    ["a{2}", "aa", true],
    ["\\x{61}\\x62", "ab", true],
    ["(?U)a+", "aa", true],
    ["(?-s).", "a", true],
    ["", "", false],
  ])("%p, looking at %p: %p", (regex, topic, isMatch) => {
    const parsed = parseTopicRegex(regex);
    expect(parsed.kind === "valid" && parsed.matches(topic)).toBe(isMatch);
    expect(parsed.kind).toBe("valid");
  });

  // What RE2/J says of each, as Kafka 4.1.1 passed it on.
  test.each([
    ["[", "missing closing ]"],
    ["[^]", "missing closing ]"],
    ["(a", "missing closing )"],
    ["a)", "regexp/syntax: internal error"],
    ["*a", "missing argument to repetition operator"],
    ["a|*", "missing argument to repetition operator"],
    ["a**", "invalid nested repetition operator"],
    ["a*+", "invalid nested repetition operator"],
    ["[b-a]", "invalid character class range"],
    ["[[:foo:]]", "invalid character class range"],
    ["\\p{Foo}", "invalid character class range"],
    ["a{3,1}", "invalid repeat count"],
    ["a{1001}", "invalid repeat count"],
    ["a\\", "trailing backslash at end of expression"],
    ["(a)\\1", "invalid escape sequence"],
    ["a\\Z", "invalid escape sequence"],
    ["(?!a)", "invalid or unsupported Perl syntax"],
    ["(?=a)", "invalid or unsupported Perl syntax"],
    ["(?>a)", "invalid or unsupported Perl syntax"],
    ["(?z)a", "invalid or unsupported Perl syntax"],
    ["(?<=a)", "invalid named capture"],
  ])("%p is none: %s", (regex, reason) => {
    expect(parseTopicRegex(regex)).toEqual({ kind: "invalid", reason });
  });

  test("is none when it is longer than any client's", () => {
    expect(parseTopicRegex("a".repeat(10_001))).toMatchObject({ kind: "invalid" });
  });
});
