/**
 * JSON text to value, with the line and column of what is wrong (RFC 8259). The engine parses; its messages carry no
 * position for some errors, so a text that it refuses is scanned once more to find the place.
 */
import { AvroError } from "./error.ts";

/** @throws {AvroError} `not-json`, with `line` and `column` from 1 in `details`. */
export function parseJsonText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const fault = findJsonFault(text) ?? { offset: text.length, reason: "the text is not JSON" };
    const { line, column } = positionOf(text, fault.offset);
    throw new AvroError("not-json", `not JSON at line ${line}, column ${column}: ${fault.reason}`, {
      details: { line, column, reason: fault.reason },
      cause,
    });
  }
}

export interface TextPosition {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}

export function positionOf(text: string, offset: number): TextPosition {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line += 1;
    lineStart = at + 1;
  }
  return { line, column: offset - lineStart + 1 };
}

interface JsonFault {
  readonly offset: number;
  readonly reason: string;
}

const blank = /[ \t\r\n]*/y;
const stringToken = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const numberToken = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const wordToken = /true|false|null/y;

/** The first place where the text stops being JSON; null when it is JSON. */
export function findJsonFault(text: string): JsonFault | null {
  let at = 0;
  // What each open bracket waits for, so that deep nesting cannot exhaust the stack.
  const open: ("{" | "[")[] = [];

  const take = (token: RegExp): boolean => {
    token.lastIndex = at;
    if (!token.test(text)) return false;
    at = token.lastIndex;
    return true;
  };
  const fault = (expected: string): JsonFault => {
    const found = at >= text.length ? "the text ends here" : `found ${JSON.stringify(text.charAt(at))}`;
    return { offset: at, reason: `expected ${expected}, ${found}` };
  };
  const skipBlank = (): string => {
    take(blank);
    return text.charAt(at);
  };
  const takeKey = (): JsonFault | null => {
    if (skipBlank() !== '"') return fault("a property name in double quotes");
    if (!take(stringToken)) return { offset: at, reason: "a text that is not closed or has a bad escape" };
    if (skipBlank() !== ":") return fault("':'");
    at += 1;
    return null;
  };

  for (;;) {
    const next = skipBlank();
    if (next === "{" || next === "[") {
      at += 1;
      const close = next === "{" ? "}" : "]";
      if (skipBlank() === close) {
        at += 1;
      } else {
        open.push(next);
        const badKey = next === "{" ? takeKey() : null;
        if (badKey !== null) return badKey;
        continue;
      }
    } else if (next === '"') {
      if (!take(stringToken)) return { offset: at, reason: "a text that is not closed or has a bad escape" };
    } else if (!take(numberToken) && !take(wordToken)) {
      return fault("a value");
    }
    // A value has ended: close what ends with it, then expect the next one.
    for (;;) {
      const inside = open.at(-1);
      const after = skipBlank();
      if (inside === undefined) return at < text.length ? fault("the end of the text") : null;
      const close = inside === "{" ? "}" : "]";
      if (after === close) {
        at += 1;
        open.pop();
        continue;
      }
      if (after !== ",") return fault(`',' or '${close}'`);
      at += 1;
      const badKey = inside === "{" ? takeKey() : null;
      if (badKey !== null) return badKey;
      break;
    }
  }
}
