/**
 * The members of a JSON object as stretches of its text, so that a post goes out with the very characters it came
 * with: escapes, number forms and lone surrogates (`\ud800`) included. The text must be valid JSON already.
 */

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

function skipSpace(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) <= 0x20) at++;
  return at;
}

/** Just past the string that begins at `from`. */
function skipString(text: string, from: number): number {
  let end = text.indexOf('"', from + 1);
  for (;;) {
    if (end === -1) return text.length;
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes++;
    if (escapes % 2 === 0) return end + 1;
    end = text.indexOf('"', end + 1);
  }
}

/** Just past the value that begins at `from`. */
export function skipValue(text: string, from: number): number {
  const first = text.charCodeAt(from);
  if (first === quote) return skipString(text, from);
  if (first === openBrace || first === openBracket) {
    let depth = 0;
    for (let at = from; at < text.length; ) {
      const unit = text.charCodeAt(at);
      if (unit === quote) {
        at = skipString(text, at);
        continue;
      }
      at++;
      if (unit === openBrace || unit === openBracket) depth++;
      else if ((unit === closeBrace || unit === closeBracket) && --depth === 0) return at;
    }
    return text.length;
  }
  let at = from;
  for (; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === comma || unit === closeBrace || unit === closeBracket || unit <= 0x20) break;
  }
  return at;
}

/**
 * Goes through the members of the object that begins at `from`, in order, a name without its escapes; `visit` gets
 * where a value begins and says where it ends, by `skipValue` or by going through it. Gives the end of the object.
 */
export function walkObject(
  text: string,
  from: number,
  visit: (name: string, start: number) => number,
): number {
  let at = skipSpace(text, skipSpace(text, from) + 1);
  while (at < text.length && text.charCodeAt(at) !== closeBrace) {
    const nameEnd = skipString(text, at);
    const raw = text.slice(at + 1, nameEnd - 1);
    const name = raw.includes("\\") ? (JSON.parse(`"${raw}"`) as string) : raw;
    at = skipSpace(text, visit(name, skipSpace(text, skipSpace(text, nameEnd) + 1)));
    if (text.charCodeAt(at) === comma) at = skipSpace(text, at + 1);
  }
  return at + 1;
}

/** Where the elements of the array that begins at `from` begin. */
export function elementsOf(text: string, from: number): number[] {
  const starts: number[] = [];
  let at = skipSpace(text, skipSpace(text, from) + 1);
  while (at < text.length && text.charCodeAt(at) !== closeBracket) {
    starts.push(at);
    at = skipSpace(text, skipValue(text, at));
    if (text.charCodeAt(at) === comma) at = skipSpace(text, at + 1);
  }
  return starts;
}
