/**
 * The table of cases in cases/: what a rule matches, what it does not, what is said about it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { isJsonObject, type JsonObject } from "../kernel/json.ts";
import { createMatcher } from "./matcher.ts";
import { operators } from "./operators.ts";
import { parseRule } from "./parse-rule.ts";
import { printRule } from "./print-rule.ts";
import { printProblem } from "./problem.ts";

/** A text alone, a text with more members of `data`, or the name of a post in posts.yaml. */
type CasePost = string | { readonly text: string; readonly data: JsonObject } | { readonly post: string };

interface RuleCase {
  readonly rule: string;
  readonly maxChars?: number;
  readonly printed?: string;
  readonly matches?: readonly CasePost[];
  readonly misses?: readonly CasePost[];
  readonly warnings?: readonly string[];
  readonly problems?: readonly string[];
}

const folder = new URL("cases/", import.meta.url);
const read = (name: string): unknown => parse(readFileSync(new URL(name, folder), "utf8"));
const posts = read("posts.yaml") as Readonly<Record<string, unknown>>;
const files = readdirSync(folder).filter((name) => name !== "posts.yaml");

const unavailable =
  "Operator is not available in current product or product packaging. Please refer to complete available operator list at http://t.co/operators.";

function payloadOf(post: CasePost): unknown {
  if (typeof post === "string") return { data: { id: "1700000000000000001", text: post } };
  if ("text" in post) return { data: { id: "1700000000000000001", text: post.text, ...post.data } };
  const named = posts[post.post];
  if (!isJsonObject(named)) throw new Error(`posts.yaml has no post ${post.post}`);
  return named;
}

describe.each(files)("%s", (file) => {
  test.each(read(file) as RuleCase[])("$rule", (entry) => {
    const { rule, printed = rule, matches = [], misses = [], warnings = [], problems = [] } = entry;
    const parsed = parseRule(rule, entry.maxChars === undefined ? {} : { maxChars: entry.maxChars });
    if (parsed.kind === "invalid") {
      expect(parsed.problems.map(printProblem)).toEqual(
        problems.map((text) => text.replace("<unavailable>", unavailable)),
      );
      return;
    }
    expect(problems).toEqual([]);
    expect({ printed: printRule(parsed.root), warnings: parsed.warnings.map(printProblem) }).toEqual({
      printed,
      warnings,
    });
    expect(matches.length + misses.length).toBeGreaterThan(0);
    const matcher = createMatcher(parsed);
    const again = parseRule(printed);
    const matcherOfPrinted = again.kind === "rule" ? createMatcher(again) : () => null;
    const answers = [...matches, ...misses].map((post) => {
      const payload = payloadOf(post);
      return { post, is: matcher(payload), printedIs: matcherOfPrinted(payload) };
    });
    const expected = [
      ...matches.map((post) => ({ post, is: true, printedIs: true })),
      ...misses.map((post) => ({ post, is: false, printedIs: false })),
    ];
    expect(answers).toEqual(expected);
  });
});

test("every operator has a case that matches, or a warning that it never does", () => {
  const all = files.flatMap((file) => read(file) as RuleCase[]);
  const missing = Object.keys(operators).filter((name) => {
    const about = all.filter(({ rule }) => new RegExp(`(^|[\\s(-])${name}:`, "i").test(rule));
    return !about.some(({ matches = [], warnings = [] }) => matches.length + warnings.length > 0);
  });
  expect(missing).toEqual([]);
});
