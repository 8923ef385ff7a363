/**
 * A filter's text to its tree. `or` binds loosest, then `and`, then `not`, then tests such as `lang = 'en'`.
 */
import { type Comparison, comparisons, type Expression, functionNames, type Operand } from "./ast.ts";
import { failAt } from "./error.ts";
import { parseInstant } from "./instant.ts";
import { type FilterToken, tokenizeFilter, type Word } from "./tokenize-filter.ts";

/** Far past what a person writes, and short of the stack's end. */
const maxDepth = 200;
const maxChars = 10_000;

/** Throws FilterError with the place of the first thing that is wrong. */
export function parseFilter(text: string): Expression {
  if (text.length > maxChars) failAt(text, maxChars, `it has more than ${maxChars} characters`);
  const tokens = tokenizeFilter(text);
  let next = 0;
  let depth = 0;
  const peek = (): FilterToken => tokens[next] ?? { kind: "end", at: text.length, text: "the end" };
  const isWord = (word: Word): boolean => {
    const token = peek();
    return token.kind === "word" && token.word === word;
  };
  const takeWord = (word: Word): boolean => {
    if (!isWord(word)) return false;
    next += 1;
    return true;
  };
  const isSign = (sign: string): boolean => {
    const token = peek();
    return token.kind === "sign" && token.sign === sign;
  };
  const takeSign = (sign: string): boolean => {
    if (!isSign(sign)) return false;
    next += 1;
    return true;
  };
  const refuse = (expected: string): never => {
    const token = peek();
    return failAt(
      text,
      token.at,
      `${expected} is expected here, not ${token.kind === "end" ? token.text : JSON.stringify(token.text)}`,
    );
  };
  const nest = <T>(parse: () => T): T => {
    depth += 1;
    if (depth > maxDepth) failAt(text, peek().at, `it is nested more than ${maxDepth} levels deep`);
    const parsed = parse();
    depth -= 1;
    return parsed;
  };

  const parseJoin = (kind: "and" | "or", parseChild: () => Expression): Expression => {
    const { at } = peek();
    const first = parseChild();
    const children = [first];
    while (takeWord(kind)) children.push(parseChild());
    return children.length === 1 ? first : { kind, at, children };
  };
  const parseOr = (): Expression => nest(() => parseJoin("or", parseAnd));
  const parseAnd = (): Expression => parseJoin("and", parseNot);
  const parseNot = (): Expression => {
    const { at } = peek();
    return takeWord("not") ? { kind: "not", at, child: nest(parseNot) } : parseTest();
  };

  const parseTest = (): Expression => {
    const start = peek().at;
    if (takeSign("(")) {
      const inner = parseOr();
      if (!takeSign(")")) refuse('"and", "or" or ")"');
      return inner;
    }
    const left = parseOperand();
    const { at } = peek();
    if (takeWord("is")) {
      const isNegated = takeWord("not");
      if (!takeWord("null")) refuse(isNegated ? '"null"' : '"null" or "not null"');
      const test: Expression = { kind: "is-null", at: start, operand: left };
      return isNegated ? { kind: "not", at, child: test } : test;
    }
    const isNegated = takeWord("not");
    for (const kind of ["in", "contains", "matches"] as const) {
      if (!takeWord(kind)) continue;
      const test: Expression = { kind, at, left, right: kind === "in" ? parseHaystack() : parseOperand() };
      return isNegated ? { kind: "not", at, child: test } : test;
    }
    if (isNegated) refuse('"in", "contains" or "matches"');
    const operator = takeComparison();
    if (operator === null) return { kind: "truth", at: start, operand: left };
    const test: Expression = { kind: "compare", at, operator, left, right: parseOperand() };
    const again = peek();
    if (takeComparison() !== null) failAt(text, again.at, 'two comparisons are joined with "and" or "or"');
    return test;
  };

  const takeComparison = (): Comparison | null => {
    const found = comparisons.find((comparison) => isSign(comparison)) ?? null;
    if (found !== null) next += 1;
    return found;
  };

  const parseHaystack = (): Operand => {
    const { at } = peek();
    if (!takeSign("(")) return parseOperand();
    const items: Operand[] = [];
    do items.push(parseOperand());
    while (takeSign(","));
    if (!takeSign(")")) refuse('"," or ")"');
    return { kind: "list", at, items };
  };

  const parseOperand = (): Operand => {
    const token = peek();
    const { at } = token;
    switch (token.kind) {
      case "string":
      case "number":
        next += 1;
        return { kind: "literal", at, value: token.value };
      case "path": {
        next += 1;
        const name = functionNames.find((candidate) => candidate === token.text.toLowerCase());
        if (!isSign("(")) return { kind: "field", at, path: token.path, text: token.text };
        if (name === undefined)
          failAt(text, at, `there is no function ${token.text}; there are ${functionNames.join(", ")}`);
        next += 1;
        const argument = nest(parseOperand);
        if (!takeSign(")")) refuse('")"');
        return { kind: "call", at, name, argument };
      }
      case "word":
        if (takeWord("null")) return { kind: "literal", at, value: null };
        if (takeWord("true")) return { kind: "literal", at, value: true };
        if (takeWord("false")) return { kind: "literal", at, value: false };
        if (takeWord("timestamp")) return parseTimestamp();
        return refuse("a field or a value");
      default:
        return refuse("a field or a value");
    }
  };

  const parseTimestamp = (): Operand => {
    const token = peek();
    if (token.kind !== "string") return refuse("a time in quotes");
    next += 1;
    const nanos = parseInstant(token.value);
    if (nanos === null) return failAt(text, token.at, notATime);
    return { kind: "timestamp", at: token.at, nanos };
  };

  const root = parseOr();
  if (peek().kind !== "end") refuse('"and", "or" or the end');
  return root;
}

export const notATime = "this is no time; one is 2026-01-31 or 2026-01-31T12:00:00Z";
