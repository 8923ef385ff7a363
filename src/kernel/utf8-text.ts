/**
 * Text that is put together as UTF-8 from the start. A run prints far more than it keeps: strings would be joined,
 * flattened and encoded again for each record, which costs several times what the bytes themselves do.
 */

const quote = 0x22;
const backslash = 0x5c;

/** JSON's escape of each character below 0x80 that needs one. */
export const jsonEscapes: readonly (Uint8Array | undefined)[] = Array.from({ length: 0x80 }, (_, unit) =>
  unit < 0x20 || unit === quote || unit === backslash ? escapeUnit(unit) : undefined,
);

function escapeUnit(unit: number): Buffer {
  return Buffer.from(JSON.stringify(String.fromCharCode(unit)).slice(1, -1));
}

/** Longest escape of one UTF-16 unit: \u001f. */
const maxUnitBytes = 6;

/** Longest bytes and text that are copied here: a call of native code costs more than the first few. */
const maxCopiedBytes = 10;
const maxSpelledUnits = 32;
const escaped = /["\\\u0000-\u001f\ud800-\udfff]/;

/** Node's Buffer has this method, faster than `write`, without a declaration. */
type Utf8Buffer = Buffer & { utf8Write(text: string, offset: number): number };

function allocate(size: number): Utf8Buffer {
  return Buffer.allocUnsafeSlow(size) as Utf8Buffer;
}

export class Utf8Text {
  readonly #roomBytes: number;
  #bytes: Utf8Buffer;
  #spare: Utf8Buffer | null = null;
  /** Taken, and not given back yet. */
  readonly #lent = new WeakMap<Buffer, Utf8Buffer>();
  #end = 0;

  /** With room for so many bytes before it has to grow. */
  constructor(roomBytes: number) {
    this.#roomBytes = roomBytes;
    this.#bytes = allocate(roomBytes);
  }

  /** In bytes. */
  get length(): number {
    return this.#end;
  }

  /** What there is, the caller's own; the text is empty then. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#end);
    this.#end = 0;
    if (taken.length < this.#roomBytes / 4) return Buffer.from(taken);
    this.#lent.set(taken, this.#bytes);
    this.#bytes = this.#spare ?? allocate(this.#roomBytes);
    this.#spare = null;
    return taken;
  }

  /**
   * Of what `take` gave, when nobody reads it any more: its memory is used again. Fresh memory costs as much as putting
   * a good part of the text there.
   */
  giveBack(taken: Buffer): void {
    const bytes = this.#lent.get(taken);
    this.#lent.delete(taken);
    // One that had to grow is let go.
    if (bytes?.length === this.#roomBytes) this.#spare = bytes;
  }

  /**
   * For who writes by itself: where bytes may be put from `length` on, so many at least. Valid until anything else is
   * written or taken; nothing counts before `advance`.
   */
  room(extra: number): Buffer {
    this.#reserve(extra);
    return this.#bytes;
  }

  /** The text ends there now: behind what was put into its room, or where it was before something went wrong. */
  advance(length: number): void {
    this.#end = length;
  }

  /** UTF-8 as it is. */
  bytes(content: Uint8Array): void {
    const { length } = content;
    this.#reserve(length);
    const target = this.#bytes;
    let pos = this.#end;
    if (length > maxCopiedBytes) target.set(content, pos);
    else for (let index = 0; index < length; index += 1) target[pos++] = content[index] as number;
    this.#end += length;
  }

  /** A lone surrogate becomes U+FFFD. */
  text(content: string): void {
    this.#reserve(content.length * 3);
    this.#end += this.#bytes.utf8Write(content, this.#end);
  }

  /** As `JSON.stringify` prints it. */
  json(content: string): void {
    const { length } = content;
    this.#reserve(length * maxUnitBytes + 2);
    const target = this.#bytes;
    let pos = this.#end;
    target[pos++] = quote;
    if (length > maxSpelledUnits && !escaped.test(content)) {
      pos += target.utf8Write(content, pos);
      target[pos++] = quote;
      this.#end = pos;
      return;
    }
    for (let index = 0; index < length; index += 1) {
      const unit = content.charCodeAt(index);
      if (unit < 0x80) {
        if (unit >= 0x20 && unit !== quote && unit !== backslash) target[pos++] = unit;
        else pos = copy(jsonEscapes[unit] as Uint8Array, target, pos);
      } else if (unit < 0x800) {
        target[pos++] = 0xc0 | (unit >> 6);
        target[pos++] = 0x80 | (unit & 0x3f);
      } else if (unit < 0xd800 || unit > 0xdfff) {
        target[pos++] = 0xe0 | (unit >> 12);
        target[pos++] = 0x80 | ((unit >> 6) & 0x3f);
        target[pos++] = 0x80 | (unit & 0x3f);
      } else {
        const low = content.charCodeAt(index + 1);
        if (unit > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff)) {
          pos = copy(escapeUnit(unit), target, pos);
          continue;
        }
        index += 1;
        const point = 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff);
        target[pos++] = 0xf0 | (point >> 18);
        target[pos++] = 0x80 | ((point >> 12) & 0x3f);
        target[pos++] = 0x80 | ((point >> 6) & 0x3f);
        target[pos++] = 0x80 | (point & 0x3f);
      }
    }
    target[pos++] = quote;
    this.#end = pos;
  }

  /** Digits of a safe integer; -0 is 0. */
  integer(value: number): void {
    if (value < 0 || value > 999_999_999) {
      this.text(String(value));
      return;
    }
    let digits = 1;
    for (let bound = 10; value >= bound; bound *= 10) digits += 1;
    this.digits(value, digits);
  }

  /** The last so many digits of a whole number from 0 to 999,999,999, with zeros before them. */
  digits(value: number, count: number): void {
    this.#reserve(count);
    const target = this.#bytes;
    let rest = value;
    for (let pos = this.#end + count - 1; pos >= this.#end; pos -= 1) {
      const tenth = (rest / 10) | 0;
      target[pos] = 0x30 + rest - tenth * 10;
      rest = tenth;
    }
    this.#end += count;
  }

  #reserve(extra: number): void {
    const needed = this.#end + extra;
    if (needed <= this.#bytes.length) return;
    const grown = allocate(Math.max(this.#bytes.length * 2, needed));
    this.#bytes.copy(grown, 0, 0, this.#end);
    this.#bytes = grown;
  }
}

function copy(from: Uint8Array, target: Buffer, at: number): number {
  let pos = at;
  for (const byte of from) target[pos++] = byte;
  return pos;
}
