/**
 * A filter's text to tokens, each with its position. Words of the language are taken in any case, as SQL takes them.
 */
import { type FieldPath, scanFieldPath } from "../render/field-path.ts";
import { failAt } from "./error.ts";

export const words = [
  "and",
  "or",
  "not",
  "in",
  "contains",
  "matches",
  "is",
  "null",
  "true",
  "false",
  "timestamp",
] as const;
export type Word = (typeof words)[number];

/** `text` is what stands in the filter, for messages. */
export type FilterToken = { readonly at: number; readonly text: string } & (
  | { readonly kind: "word"; readonly word: Word }
  | { readonly kind: "sign"; readonly sign: string }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "number"; readonly value: number | bigint }
  | { readonly kind: "path"; readonly path: FieldPath }
  | { readonly kind: "end" }
);

const space = /\s+/y;
const sign = /==|!=|<>|<=|>=|&&|\|\||[=<>(),!]/y;
const numeral = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?/y;
const wordStart = /[A-Za-z_@]/;

/** Other ways to write a sign or a word. */
const synonyms: Readonly<Record<string, string>> = { "==": "=", "<>": "!=" };
const wordSigns: Readonly<Record<string, Word>> = { "&&": "and", "||": "or", "!": "not" };

/** Ends with one `end`. Throws FilterError. */
export function tokenizeFilter(text: string): readonly FilterToken[] {
  const tokens: FilterToken[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? null;
    if (found !== null) at += found.length;
    return found;
  };

  const takeString = (quote: string): string => {
    const start = at;
    let value = "";
    for (at += 1; at < text.length; at += 1) {
      const char = text.charAt(at);
      if (char === "\\") {
        const next = text.charAt(at + 1);
        const meant = { "\\": "\\", n: "\n", t: "\t", r: "\r", "'": "'", '"': '"' }[next];
        // A regular expression has escapes of its own, which need not be doubled.
        value += meant ?? `\\${next}`;
        at += 1;
      } else if (char !== quote) {
        value += char;
      } else if (text.charAt(at + 1) === quote) {
        value += quote;
        at += 1;
      } else {
        at += 1;
        return value;
      }
    }
    return failAt(text, start, `this ${quote} has no end`);
  };

  while (take(space) !== null || at < text.length) {
    const start = at;
    const char = text.charAt(at);
    if (char === "") break;
    const found = take(sign);
    if (found !== null) {
      const word = wordSigns[found];
      tokens.push(
        word === undefined
          ? { kind: "sign", at: start, text: found, sign: synonyms[found] ?? found }
          : { kind: "word", at: start, text: found, word },
      );
      continue;
    }
    if (char === "'" || char === '"') {
      const value = takeString(char);
      tokens.push({ kind: "string", at: start, text: text.slice(start, at), value });
      continue;
    }
    const digits = take(numeral);
    if (digits !== null) {
      const value = Number(digits);
      const isExact = /[.eE]/.test(digits) || Number.isSafeInteger(value);
      tokens.push({ kind: "number", at: start, text: digits, value: isExact ? value : BigInt(digits) });
      if (wordStart.test(text.charAt(at)))
        failAt(text, start, "a name begins with a letter, a text stands in quotes");
      continue;
    }
    if (!wordStart.test(char)) {
      failAt(text, start, `${JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 0))} means nothing`);
    }
    const scanned = scanFieldPath(text, at);
    if (scanned.kind === "problem") failAt(text, scanned.at, scanned.message);
    at = scanned.end;
    const shown = text.slice(start, at);
    const word = words.find((candidate) => candidate === shown.toLowerCase());
    tokens.push(
      word === undefined
        ? { kind: "path", at: start, text: shown, path: scanned.path }
        : { kind: "word", at: start, text: shown, word },
    );
  }
  tokens.push({ kind: "end", at: text.length, text: "the end" });
  return tokens;
}
