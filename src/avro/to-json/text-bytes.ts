/**
 * UTF-8 text as the inside of a JSON string: escaped as `JSON.stringify` does, and checked on the way (RFC 3629).
 */
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

const escapes: readonly Uint8Array[] = Array.from({ length: 0x80 }, (_, unit) =>
  Buffer.from(JSON.stringify(String.fromCharCode(unit)).slice(1, -1)),
);

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** Copies `bytes` from `start` to `end`; gives the end of what it put there, -1 for what is not UTF-8. */
export function copyJsonText(
  bytes: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): number {
  let pos = start;
  let out = at;
  while (pos < end) {
    const byte = bytes[pos] as number;
    const kind = kinds[byte];
    if (kind === plain) {
      target[out++] = byte;
      pos += 1;
    } else if (kind === escapable) {
      for (const each of escapes[byte] as Uint8Array) target[out++] = each;
      pos += 1;
    } else if (kind === triple) {
      if (end - pos < 3) return -1;
      const second = bytes[pos + 1] as number;
      const third = bytes[pos + 2] as number;
      if (!isContinuation(second) || !isContinuation(third)) return -1;
      // Longer than it need be, or half of a surrogate pair.
      if ((byte === 0xe0 && second < 0xa0) || (byte === 0xed && second > 0x9f)) return -1;
      target[out] = byte;
      target[out + 1] = second;
      target[out + 2] = third;
      out += 3;
      pos += 3;
    } else if (kind === pair) {
      if (end - pos < 2) return -1;
      const second = bytes[pos + 1] as number;
      if (!isContinuation(second)) return -1;
      target[out] = byte;
      target[out + 1] = second;
      out += 2;
      pos += 2;
    } else if (kind === quadruple) {
      if (end - pos < 4) return -1;
      const second = bytes[pos + 1] as number;
      const third = bytes[pos + 2] as number;
      const fourth = bytes[pos + 3] as number;
      if (!isContinuation(second) || !isContinuation(third) || !isContinuation(fourth)) return -1;
      // Longer than it need be, or beyond U+10FFFF.
      if ((byte === 0xf0 && second < 0x90) || (byte === 0xf4 && second > 0x8f)) return -1;
      target[out] = byte;
      target[out + 1] = second;
      target[out + 2] = third;
      target[out + 3] = fourth;
      out += 4;
      pos += 4;
    } else {
      return -1;
    }
  }
  return out;
}
