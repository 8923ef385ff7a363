/**
 * Numbers, texts and item counts read from and written to avsc's position in bytes, without its faults (Avro
 * specification, "Binary Encoding").
 */
import { isUtf8 } from "node:buffer";

/** Node's Buffer has these methods, faster than `write` and `toString`, without a declaration. */
export type TapBuffer = Buffer & {
  utf8Write(text: string, offset: number): number;
  utf8Slice(start: number, end: number): string;
  latin1Slice(start: number, end: number): string;
};

/** A position in bytes; reads past the end return something and leave `pos` beyond the buffer. */
export interface Cursor {
  readonly buf: TapBuffer;
  pos: number;
  /** Items of zero bytes that were read so far, if any were. */
  empty?: number;
}

/** avsc's. */
export interface Tap extends Cursor {
  readLong(): number;
  writeLong(value: number): void;
  readString(): string;
  writeString(text: string): void;
  readBytes(): Buffer | undefined;
  writeBytes(bytes: Buffer): void;
  readFixed(size: number): Buffer | undefined;
  writeFixed(bytes: Buffer, size: number): void;
  readBoolean(): boolean;
}

/** Bytes that no writer makes. What exactly is wrong with them is found by `byte-faults.ts`, away from the hot path. */
export class BytesFault extends Error {}

/**
 * Items of zero bytes (nulls, empty records) that one list may have, and the lists of one value together; others are
 * bounded by the bytes that are there.
 */
export const maxEmptyItems = 1_000_000;

/** 64 bits in groups of seven. */
export const maxVarintBytes = 10;

/** Reads a zigzag long without losing a bit; what lies beyond 2^53-1 comes back rounded. */
export function readExactLong(tap: Cursor): number {
  const { buf } = tap;
  const start = tap.pos;
  let pos = start;
  let low = 0;
  let shift = 0;
  let byte: number;
  do {
    byte = buf[pos++] ?? 0;
    low |= (byte & 0x7f) << shift;
    shift += 7;
  } while ((byte & 0x80) !== 0 && shift < 28);
  if ((byte & 0x80) === 0) {
    tap.pos = pos;
    return (low >>> 1) ^ -(low & 1);
  }
  let high = 0;
  let scale = 1;
  do {
    if (pos - start >= maxVarintBytes) throw new BytesFault("a number of more than ten bytes");
    byte = buf[pos++] ?? 0;
    high += (byte & 0x7f) * scale;
    scale *= 128;
  } while ((byte & 0x80) !== 0);
  tap.pos = pos;
  // The sign is the lowest bit, so the rest stays below 2^53 for every long that a number can hold.
  const magnitude = high * 0x800_0000 + (low >>> 1);
  return (low & 1) === 0 ? magnitude : -magnitude - 1;
}

/** Writes a safe integer as a zigzag long. */
export function writeExactLong(tap: Tap, value: number): void {
  if (value >= -0x4000_0000 && value < 0x4000_0000) {
    tap.writeLong(value);
    return;
  }
  const negative = value < 0 ? 1 : 0;
  const magnitude = negative === 1 ? -(value + 1) : value;
  let low = ((magnitude % 0x800_0000) << 1) | negative;
  let high = Math.floor(magnitude / 0x800_0000);
  const { buf } = tap;
  for (let group = 0; group < 4; group += 1) {
    buf[tap.pos++] = (low & 0x7f) | 0x80;
    low >>>= 7;
  }
  while (high > 0x7f) {
    buf[tap.pos++] = (high & 0x7f) | 0x80;
    high >>>= 7;
  }
  buf[tap.pos++] = high;
}

/** Longest text, in bytes, that is looked through here rather than by native code, whose call costs as much. */
const maxScannedBytes = 32;
/** Longest text that is put together here. */
const maxBuiltBytes = 10;
const unitsOfLength = Array.from({ length: maxBuiltBytes + 1 }, (_, length) =>
  new Array<number>(length).fill(0),
);

/** Reads a string, and throws on bytes that are not UTF-8. Past the end of the bytes the text is empty. */
export function readText(tap: Cursor): string {
  const { buf } = tap;
  let start = tap.pos;
  let length = buf[start] ?? 0;
  if ((length & 0x81) === 0) {
    length >>= 1;
    start += 1;
  } else {
    length = readExactLong(tap);
    if (length < 0) throw new BytesFault("a text of negative length");
    start = tap.pos;
  }
  const end = start + length;
  tap.pos = end;
  if (end > buf.length) return "";
  if (length <= maxScannedBytes) {
    let bits = 0;
    for (let pos = start; pos < end; pos += 1) bits |= buf[pos] as number;
    if (bits < 0x80)
      return length <= maxBuiltBytes ? buildAscii(buf, start, length) : buf.latin1Slice(start, end);
  }
  const text = buf.utf8Slice(start, end);
  // Only a text with the replacement character can have been damaged; it may also have been written so.
  if (text.includes("\ufffd") && !isUtf8(buf.subarray(start, end))) {
    throw new BytesFault("a string that is not UTF-8");
  }
  return text;
}

function buildAscii(buf: Buffer, start: number, length: number): string {
  const units = unitsOfLength[length] as number[];
  for (let index = 0; index < length; index += 1) units[index] = buf[start + index] as number;
  return String.fromCharCode.apply(null, units);
}

/** Most ids, times and names: one pass instead of a look for surrogates, a count of bytes and a copy. */
export function writeShortAscii(tap: Tap, text: string): boolean {
  const { buf } = tap;
  const { length } = text;
  let pos = tap.pos;
  buf[pos++] = length << 1;
  for (let index = 0; index < length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) return false;
    buf[pos++] = unit;
  }
  tap.pos = pos;
  return true;
}

/** Texts of this many UTF-16 units take 64 to 8191 bytes, so that their length takes two. */
const twoByteLength = { min: 64, max: 2730 } as const;

/**
 * Texts longer than an id: their bytes are not counted before they are written. Writes nothing that counts and returns
 * false for a length that it is not made for, for too little room, and for half of a surrogate pair.
 */
export function writeLongText(tap: Tap, text: string): boolean {
  const { buf } = tap;
  const { length } = text;
  const start = tap.pos + 2;
  if (length < twoByteLength.min || length > twoByteLength.max || buf.length - start < length * 3)
    return false;
  let end: number;
  if (text.charCodeAt(0) < 0x100 && text.charCodeAt(length >> 1) < 0x100) {
    // Probably Latin, which native code looks through and copies faster.
    if (!text.isWellFormed()) return false;
    end = start + buf.utf8Write(text, start);
  } else {
    end = writeUnits(buf, start, text);
    if (end < 0) return false;
  }
  const zigzag = (end - start) << 1;
  buf[start - 2] = (zigzag & 0x7f) | 0x80;
  buf[start - 1] = zigzag >> 7;
  tap.pos = end;
  return true;
}

/** The end of the text's UTF-8; -1 for half of a surrogate pair. */
function writeUnits(buf: Buffer, start: number, text: string): number {
  let pos = start;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) {
      buf[pos++] = unit;
    } else if (unit < 0x800) {
      buf[pos++] = 0xc0 | (unit >> 6);
      buf[pos++] = 0x80 | (unit & 0x3f);
    } else if (unit < 0xd800 || unit > 0xdfff) {
      buf[pos++] = 0xe0 | (unit >> 12);
      buf[pos++] = 0x80 | ((unit >> 6) & 0x3f);
      buf[pos++] = 0x80 | (unit & 0x3f);
    } else {
      index += 1;
      const low = text.charCodeAt(index);
      if (unit > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff)) return -1;
      const point = 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff);
      buf[pos++] = 0xf0 | (point >> 18);
      buf[pos++] = 0x80 | ((point >> 12) & 0x3f);
      buf[pos++] = 0x80 | ((point >> 6) & 0x3f);
      buf[pos++] = 0x80 | (point & 0x3f);
    }
  }
  return pos;
}

/** Items of the next block; 0 at the end. Throws on a count that the bytes left cannot hold. */
export function readBlockCount(tap: Cursor): number {
  let count = readExactLong(tap);
  if (count < 0) {
    count = -count;
    readExactLong(tap);
  }
  if (count > maxEmptyItems && count > tap.buf.length - tap.pos) {
    throw new BytesFault("more items than there are bytes");
  }
  return count;
}

/** Counts those items of a block that took no bytes. Throws when the value has too many: a few bytes can mean millions. */
export function countEmpty(tap: Cursor, items: number, bytes: number): void {
  if (items <= bytes) return;
  tap.empty = (tap.empty ?? 0) + items - bytes;
  if (tap.empty > maxEmptyItems) throw new BytesFault("more items than there are bytes");
}

/** Passes over the items of an array or map, by the size of a block where it is given. */
export function skipBlocks<At extends Cursor>(tap: At, skipItem: (tap: At) => void): void {
  for (;;) {
    const count = readExactLong(tap);
    if (count === 0) return;
    if (count < 0) {
      const size = readExactLong(tap);
      if (size < 0) throw new BytesFault("a block of negative size");
      tap.pos += size;
    } else {
      if (count > maxEmptyItems && count > tap.buf.length - tap.pos) {
        throw new BytesFault("more items than there are bytes");
      }
      const start = tap.pos;
      for (let left = count; left > 0 && tap.pos <= tap.buf.length; left -= 1) skipItem(tap);
      countEmpty(tap, count, tap.pos - start);
    }
    if (tap.pos > tap.buf.length) return;
  }
}
