/**
 * The lines that came in one piece of the stream, and their texts: decoded together when the first of them is taken, and
 * handed out line by line. A call that decodes costs as much as decoding a post, and a view of a line's bytes, which few
 * ever ask for, half of that.
 */
import type { PostOrigin } from "../source/port.ts";

const LF = 0x0a;

export class LineBlock {
  private readonly bytes: Buffer;
  /** From the first line that was taken to the last; null before, and after. */
  private text: string | null = null;
  /** Where the next line begins: in the text, and in the bytes. */
  private textAt = 0;
  private byteAt = 0;
  private doubtful = false;
  private lastEnd = 0;

  /** Of whole lines, and perhaps the beginning of one more. */
  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** The line at `start`..`end` of the bytes, as one that waits; in the order of the lines. */
  hold(origin: PostOrigin, start: number, end: number): WaitingLine {
    this.lastEnd = end;
    return new WaitingLine(origin, this, start, end);
  }

  /** A view of bytes, not a copy. */
  slice(start: number, end: number): Buffer {
    return this.bytes.subarray(start, end);
  }

  /**
   * The text of a line that waits, and perhaps the CR of its ending. Null when its bytes have to be looked at: some here
   * may not be UTF-8, or a line after it was taken before.
   */
  takeText({ start, end }: WaitingLine): string | null {
    const text = this.text ?? this.decode(start, end);
    if (text === null || !this.moveTo(start, text)) return null;
    const textEnd = text.indexOf("\n", this.textAt);
    const line = text.slice(this.textAt, textEnd === -1 ? text.length : textEnd);
    // It takes up to twice the bytes' memory, and they may stay for long.
    if (end >= this.lastEnd) this.text = null;
    this.textAt = textEnd + 1;
    this.byteAt = this.bytes[end] === LF ? end + 1 : end + 2;
    return line;
  }

  /** To the end of the last line that waits. */
  private decode(start: number, end: number): string | null {
    if (this.doubtful) return null;
    const text = this.bytes.toString("utf8", start, Math.max(end, this.lastEnd));
    // Decoding turns bytes that are not UTF-8 into U+FFFD without a word.
    this.doubtful = text.includes("\ufffd");
    if (this.doubtful) return null;
    this.text = text;
    this.textAt = 0;
    this.byteAt = start;
    return text;
  }

  /** Past lines that nobody takes: heartbeats, notices. */
  private moveTo(start: number, text: string): boolean {
    while (this.byteAt < start) {
      const textEnd = text.indexOf("\n", this.textAt);
      if (textEnd === -1) return false;
      this.textAt = textEnd + 1;
      this.byteAt = this.bytes.indexOf(LF, this.byteAt) + 1;
    }
    return this.byteAt === start;
  }
}

/** A line that waits: its place among the bytes it came with, and no more. */
export class WaitingLine {
  readonly kind = "line";
  readonly origin: PostOrigin;
  readonly block: LineBlock;
  readonly start: number;
  readonly end: number;

  constructor(origin: PostOrigin, block: LineBlock, start: number, end: number) {
    this.origin = origin;
    this.block = block;
    this.start = start;
    this.end = end;
  }

  get raw(): Buffer {
    return this.block.slice(this.start, this.end);
  }
}

/** A post whose raw bytes become a view of their own only for who asks. */
export class StreamPost {
  readonly kind = "post";
  readonly origin: PostOrigin;
  readonly payload: unknown;
  private readonly block: LineBlock;
  private readonly start: number;
  private readonly end: number;

  constructor({ origin, block, start, end }: WaitingLine, payload: unknown) {
    this.origin = origin;
    this.payload = payload;
    this.block = block;
    this.start = start;
    this.end = end;
  }

  get raw(): Buffer {
    return this.block.slice(this.start, this.end);
  }
}
