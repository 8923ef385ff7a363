/**
 * Where a JSON pointer (RFC 6901) points in a text: line and column, as an editor and a CI annotation count them.
 * The text is walked and never parsed to a value, so that a schema of any size costs one pass up to the place.
 */
import { positionOf, type TextPosition } from "../avro/json-text.ts";

const blank = /[ \t\r\n\ufeff]*/y;
const stringToken = /"(?:[^"\\]|\\.)*"/y;
const scalarToken = /[^\s,\]}]+/y;

/**
 * The place of the value; of a property's value when the last step is a key. Where the text has no such place (a
 * branch of what is no union here, a type that the file only names), it is the deepest place above it.
 * A text that is not JSON is located at its start.
 */
export function locatePointer(text: string, pointer: string): TextPosition {
  return positionOf(text, offsetOf(text, stepsOf(pointer)));
}

/** "/" is how registries write the root. */
function stepsOf(pointer: string): readonly string[] {
  if (pointer === "" || pointer === "/") return [];
  return pointer
    .replace(/^\//, "")
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function offsetOf(text: string, steps: readonly string[]): number {
  let at = skip(text, 0, blank);
  for (const step of steps) {
    const next = text[at] === "{" ? findKey(text, at, step) : findItem(text, at, step);
    if (next === null) return at;
    at = next;
  }
  return at;
}

/** JSON.parse keeps the last of two properties of one name; so does this. */
function findKey(text: string, start: number, key: string): number | null {
  let found: number | null = null;
  let at = skip(text, start + 1, blank);
  while (text[at] === '"') {
    const end = skip(text, at, stringToken);
    if (end === at) return found;
    const isKey = readKey(text.slice(at, end)) === key;
    at = skip(text, skip(text, end, blank) + 1, blank);
    if (isKey) found = at;
    const after = skip(text, skipValue(text, at), blank);
    if (text[after] !== ",") return found;
    at = skip(text, after + 1, blank);
  }
  return found;
}

function findItem(text: string, start: number, step: string): number | null {
  if (text[start] !== "[" || !/^(?:0|[1-9][0-9]{0,8})$/.test(step)) return null;
  let at = skip(text, start + 1, blank);
  if (text[at] === "]") return null;
  for (let left = Number(step); left > 0; left -= 1) {
    const after = skip(text, skipValue(text, at), blank);
    if (text[after] !== ",") return null;
    at = skip(text, after + 1, blank);
  }
  return at;
}

/** The offset behind the value, whatever its depth. */
function skipValue(text: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < text.length) {
    const character = text[at];
    if (character === '"') {
      const end = skip(text, at, stringToken);
      at = end === at ? text.length : end;
    } else if (character === "{" || character === "[") {
      depth += 1;
      at += 1;
    } else if (character === "}" || character === "]") {
      if (depth === 0) return at;
      depth -= 1;
      at += 1;
    } else if (depth > 0) {
      at += 1;
    } else {
      return Math.max(skip(text, at, scalarToken), at + 1);
    }
    if (depth === 0) return at;
  }
  return at;
}

function skip(text: string, at: number, token: RegExp): number {
  token.lastIndex = at;
  return token.test(text) ? token.lastIndex : at;
}

function readKey(token: string): unknown {
  try {
    return JSON.parse(token);
  } catch {
    return null;
  }
}
