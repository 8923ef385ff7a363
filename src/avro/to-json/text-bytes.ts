/**
 * UTF-8 text as the inside of a JSON string: escaped as `JSON.stringify` does, and checked on the way (RFC 3629).
 */
import { jsonEscapes } from "../../kernel/utf8-text.ts";

const plain = 0;
const escapable = 1;
const pair = 2;
const triple = 3;
const quadruple = 4;
const invalid = 5;

/** What a byte is at the beginning of a character. */
const kinds = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte < 0x20 || byte === 0x22 || byte === 0x5c) return escapable;
  if (byte < 0x80) return plain;
  if (byte < 0xc2) return invalid;
  if (byte < 0xe0) return pair;
  if (byte < 0xf0) return triple;
  return byte < 0xf5 ? quadruple : invalid;
});

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** Four bytes at a time, little-endian: whether one of them is not a plain character of ASCII. */
const high = 0x80808080;
const ones = 0x01010101;
const spaces = 0x20202020;
const quotes = 0x22222222;
const backslashes = 0x5c5c5c5c;

/**
 * Copies the text of `bytes` from `start` to `end` to `target`; gives the end of what it put there, -1 for what is not
 * UTF-8.
 */
export function copyJsonText(
  bytes: DataView,
  start: number,
  end: number,
  target: DataView,
  at: number,
): number {
  let pos = start;
  let out = at;
  while (pos < end) {
    while (pos + 4 <= end) {
      const word = bytes.getInt32(pos, true);
      // Below a space, a quote or a backslash leaves a highest bit when it is subtracted; so does what borrows from it.
      const marks = word | (word - spaces) | ((word ^ quotes) - ones) | ((word ^ backslashes) - ones);
      if ((marks & high) !== 0) break;
      target.setInt32(out, word, true);
      pos += 4;
      out += 4;
    }
    // Up to a plain character past what stopped the words, since one that is not ASCII rarely comes alone.
    for (let left = 4; pos < end && left > 0; left -= 1) {
      const byte = bytes.getUint8(pos);
      const kind = kinds[byte];
      if (kind === plain) {
        target.setUint8(out++, byte);
        pos += 1;
      } else if (kind === escapable) {
        for (const each of jsonEscapes[byte] as Uint8Array) target.setUint8(out++, each);
        pos += 1;
      } else {
        const length = kind === triple ? 3 : kind === pair ? 2 : 4;
        if (kind === invalid || end - pos < length || !isCharacter(bytes, pos, byte, length)) return -1;
        target.setUint8(out, byte);
        target.setUint8(out + 1, bytes.getUint8(pos + 1));
        if (length > 2) target.setUint8(out + 2, bytes.getUint8(pos + 2));
        if (length > 3) target.setUint8(out + 3, bytes.getUint8(pos + 3));
        out += length;
        pos += length;
        left = 4;
      }
    }
  }
  return out;
}

/** Whether the bytes after the first go with it: neither longer than need be, nor a surrogate, nor beyond U+10FFFF. */
function isCharacter(bytes: DataView, pos: number, first: number, length: number): boolean {
  const second = bytes.getUint8(pos + 1);
  if (!isContinuation(second)) return false;
  if (length === 2) return true;
  if (!isContinuation(bytes.getUint8(pos + 2))) return false;
  if (length === 3) return !((first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f));
  if (!isContinuation(bytes.getUint8(pos + 3))) return false;
  return !((first === 0xf0 && second < 0x90) || (first === 0xf4 && second > 0x8f));
}
