/**
 * Runs a program over a record's bytes. What is odd in them ends the run with nothing printed: whoever asked reads them
 * by way of values then, which says what is wrong, so that only sound records have to be quick.
 */
import type { Utf8Text } from "../../kernel/utf8-text.ts";
import { maxVarintBytes, type TapBuffer } from "../tap.ts";
import { instruction, type JsonProgram, operandsAt } from "./program.ts";
import { copyJsonText } from "./text-bytes.ts";
import { putDigits, putTimestamp, timestampBytes } from "./time-bytes.ts";

/** Room for what an instruction prints besides texts. */
const slackBytes = 64;
/** Longest form of a byte of text: \u001f. */
const maxEscapedBytes = 6;
const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const closingBracket = 0x5d;
const closingBrace = 0x7d;
/** "null", "true" and "alse" as little-endian words. */
const nullWord = 0x6c6c756e;
const trueWord = 0x65757274;
const alseWord = 0x65736c61;
const letterF = 0x66;

const ops = instruction;
/** Calls, lists that are not ended, and noted places. What nests deeper goes by way of values, as far as these can. */
const stack = new Int32Array(500);
/** Keys of the maps that are not ended. */
const keySets: Set<string>[] = [];
const cursor = { buf: Buffer.alloc(0) as TapBuffer, pos: 0 };
/** Where the last number ended. */
let numberEnd = 0;

/** Records of one fetch lie in one piece of memory. */
let memory: ArrayBufferLike | null = null;
let memoryView: DataView = new DataView(new ArrayBuffer(0));

function viewOf({ buffer }: Buffer): DataView {
  if (buffer !== memory) {
    memory = buffer;
    memoryView = new DataView(buffer);
  }
  return memoryView;
}

/** A zigzag number at `pos`; NaN when there is none, and for more than 2^53-1 something that is no safe integer. */
function readNumber(bytes: Buffer, start: number, size: number): number {
  let pos = start;
  let low = 0;
  let shift = 0;
  for (;;) {
    if (pos >= size) return Number.NaN;
    const byte = bytes[pos++] as number;
    low |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      numberEnd = pos;
      return (low >>> 1) ^ -(low & 1);
    }
    shift += 7;
    if (shift === 28) break;
  }
  let high = 0;
  let scale = 1;
  for (;;) {
    if (pos >= size || pos - start >= maxVarintBytes) return Number.NaN;
    const byte = bytes[pos++] as number;
    high += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
    scale *= 128;
  }
  numberEnd = pos;
  const magnitude = high * 0x800_0000 + (low >>> 1);
  return (low & 1) === 0 ? magnitude : -magnitude - 1;
}

/** Whether an object would have such a key elsewhere than where it was put. */
const isIndex = /^(?:0|[1-9][0-9]{0,9})$/;

/**
 * Puts the JSON of `bytes` from `from` on behind `target`. False, with nothing put there, for bytes that are no value of
 * the writer's schema and for some rare ones that are.
 */
export function runJsonProgram(program: JsonProgram, bytes: Buffer, from: number, target: Utf8Text): boolean {
  const { code, words, reads, skips } = program;
  const size = bytes.length;
  const source = viewOf(bytes);
  const base = bytes.byteOffset;
  const start = target.length;
  let room = target.room(slackBytes);
  let view = target.view;
  let limit = room.length - slackBytes;
  let out = start;
  let pos = from;
  let pc = 0;
  let top = 0;
  let maps = 0;

  for (;;) {
    const op = code[pc] as number;
    const prefixBytes = code[pc + 2] as number;
    if (out + prefixBytes > limit) {
      room = target.room(prefixBytes + 2 * slackBytes, out - start);
      view = target.view;
      limit = room.length - slackBytes;
    }
    if (prefixBytes > 0) {
      let word = code[pc + 1] as number;
      for (let at = out; at < out + prefixBytes; at += 8) view.setFloat64(at, words[word++] as number, true);
      out += prefixBytes;
    }
    const at = pc + operandsAt;
    switch (op) {
      case ops.optionalString:
      case ops.string:
      case ops.mapKey: {
        pc = at;
        if (op === ops.optionalString) {
          pc += 2;
          if (pos >= size) return false;
          const branch = bytes[pos++] as number;
          if (branch === code[at]) {
            view.setInt32(out, nullWord, true);
            out += 4;
            break;
          }
          if (branch !== code[at + 1]) return false;
        }
        if (pos >= size) return false;
        let length = bytes[pos] as number;
        if ((length & 0x81) === 0) {
          length >>= 1;
          pos += 1;
        } else {
          length = readNumber(bytes, pos, size);
          if (!(length >= 0)) return false;
          pos = numberEnd;
        }
        const end = pos + length;
        if (end > size) return false;
        if (out + length * maxEscapedBytes > limit) {
          room = target.room(length * maxEscapedBytes + 2 * slackBytes, out - start);
          view = target.view;
          limit = room.length - slackBytes;
        }
        room[out++] = quote;
        const from = out;
        out = copyJsonText(source, base + pos, base + end, view, out);
        if (out < 0) return false;
        if (op === ops.mapKey) {
          const keys = keySets[maps - 1] as Set<string>;
          const key = room.toString("utf8", from, out);
          if (keys.has(key) || isIndex.test(key)) return false;
          keys.add(key);
          room[out + 1] = colon;
        }
        room[out++] = quote;
        if (op === ops.mapKey) out += 1;
        pos = end;
        break;
      }
      case ops.int:
      case ops.long: {
        if (pos >= size) return false;
        let value = bytes[pos] as number;
        if (value < 0x80) {
          value = (value >> 1) ^ -(value & 1);
          pos += 1;
        } else {
          value = readNumber(bytes, pos, size);
          if (!Number.isSafeInteger(value)) return false;
          if (op === ops.int && (value | 0) !== value) return false;
          pos = numberEnd;
        }
        if (value >= 0 && value < 10) room[out++] = 0x30 + value;
        else out = putDigits(room, out, value);
        pc = at;
        break;
      }
      case ops.boolean: {
        if (pos >= size) return false;
        const value = bytes[pos++] as number;
        if (value > 1) return false;
        if (value === 1) view.setInt32(out, trueWord, true);
        else {
          room[out++] = letterF;
          view.setInt32(out, alseWord, true);
        }
        out += 4;
        pc = at;
        break;
      }
      case ops.timestamp:
      case ops.read: {
        pc = at + 1;
        if (op === ops.timestamp && putTimestamp(view, out, readNumber(bytes, pos, size))) {
          pos = numberEnd;
          out += timestampBytes;
          break;
        }
        cursor.buf = bytes as TapBuffer;
        cursor.pos = pos;
        const text = reads[code[at] as number]?.(cursor) ?? "";
        pos = cursor.pos;
        if (pos > size) return false;
        if (out + text.length * 3 > limit) {
          room = target.room(text.length * 3 + 2 * slackBytes, out - start);
          view = target.view;
          limit = room.length - slackBytes;
        }
        out += room.write(text, out);
        break;
      }
      case ops.optional: {
        if (pos >= size) return false;
        const branch = bytes[pos++] as number;
        if (branch === code[at]) {
          view.setInt32(out, nullWord, true);
          out += 4;
          pc = code[at + 2] as number;
        } else {
          if (branch !== code[at + 1]) return false;
          pc = at + 3;
        }
        break;
      }
      case ops.union: {
        const branch = readNumber(bytes, pos, size);
        if (!(branch >= 0 && branch < (code[at] as number))) return false;
        pos = numberEnd;
        pc = code[at + 1 + branch] as number;
        break;
      }
      case ops.jump:
        pc = code[at] as number;
        break;
      case ops.call:
        if (top === stack.length) return false;
        stack[top++] = at + 1;
        pc = code[at] as number;
        break;
      case ops.return:
        pc = stack[--top] as number;
        break;
      case ops.array:
      case ops.map: {
        const count = readCount(bytes, pos, size);
        if (count < 0) return false;
        pos = numberEnd;
        if (count > 0) {
          if (top === stack.length) return false;
          stack[top++] = count;
          if (op === ops.map) keySets[maps++] = new Set();
          pc = at + 1;
        } else {
          room[out++] = op === ops.map ? closingBrace : closingBracket;
          pc = code[at] as number;
        }
        break;
      }
      case ops.nextItem:
      case ops.nextEntry: {
        let left = (stack[top - 1] as number) - 1;
        if (left === 0) {
          left = readCount(bytes, pos, size);
          if (left < 0) return false;
          pos = numberEnd;
        }
        if (left > 0) {
          stack[top - 1] = left;
          room[out++] = comma;
          pc = code[at] as number;
        } else {
          top -= 1;
          if (op === ops.nextEntry) maps -= 1;
          room[out++] = op === ops.nextEntry ? closingBrace : closingBracket;
          pc = at + 1;
        }
        break;
      }
      case ops.enum: {
        const symbol = readNumber(bytes, pos, size);
        const symbols = code[at] as number;
        if (!(symbol >= 0 && symbol < symbols)) return false;
        pos = numberEnd;
        let word = code[at + 1 + 2 * symbol] as number;
        const length = code[at + 2 + 2 * symbol] as number;
        if (out + length > limit) {
          room = target.room(length + 2 * slackBytes, out - start);
          view = target.view;
          limit = room.length - slackBytes;
        }
        for (let to = out; to < out + length; to += 8) view.setFloat64(to, words[word++] as number, true);
        out += length;
        pc = at + 1 + 2 * symbols;
        break;
      }
      case ops.skip:
        cursor.buf = bytes as TapBuffer;
        cursor.pos = pos;
        skips[code[at] as number]?.(cursor);
        pos = cursor.pos;
        if (pos > size) return false;
        pc = at + 1;
        break;
      case ops.mark: {
        const count = code[at] as number;
        if (top + count >= stack.length) return false;
        cursor.buf = bytes as TapBuffer;
        cursor.pos = pos;
        for (let index = 0; index < count; index += 1) {
          stack[top++] = cursor.pos;
          skips[code[at + 1 + index] as number]?.(cursor);
        }
        if (cursor.pos > size) return false;
        stack[top++] = cursor.pos;
        pc = at + 1 + count;
        break;
      }
      case ops.seek:
        pos = stack[top - 1 - (code[at] as number) + (code[at + 1] as number)] as number;
        pc = at + 2;
        break;
      case ops.sought:
        if (pos !== stack[top - (code[at] as number) + (code[at + 1] as number)]) return false;
        pc = at + 2;
        break;
      case ops.unmark:
        pos = stack[top - 1] as number;
        top -= (code[at] as number) + 1;
        pc = at + 1;
        break;
      default:
        if (pos !== size) return false;
        target.advance(out);
        return true;
    }
  }
}

/** Items of the next block; -1 for no number, and for more than there are bytes. */
function readCount(bytes: Buffer, pos: number, size: number): number {
  const byte = pos < size ? (bytes[pos] as number) : 0xff;
  if ((byte & 0x81) === 0) {
    numberEnd = pos + 1;
    return byte >> 1 <= size - numberEnd ? byte >> 1 : -1;
  }
  const count = readNumber(bytes, pos, size);
  if (count >= 0) return count <= size - numberEnd ? count : -1;
  // A negative one is followed by the block's size.
  if (!(count < 0) || !(readNumber(bytes, numberEnd, size) >= 0)) return -1;
  return -count <= size - numberEnd ? -count : -1;
}
