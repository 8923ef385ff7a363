/**
 * Bytes to lines, without ever decoding a part of a line: a chunk may end inside a UTF-8 character or between
 * CR and LF and nothing changes. A line ends at LF; one CR before it belongs to the ending.
 */
import { BirdwireError } from "./error.ts";

export type LineErrorCode = "line-too-long";
export class LineError extends BirdwireError<LineErrorCode> {}

export interface LineFramer {
  /** Hands every line that `chunk` completes to `onLine`, in order. Throws LineError past `maxBytes`, unless `onTooLong` is given. */
  push(chunk: Buffer): void;
  /**
   * The bytes after the last LF, or null when there are none; the framer is empty afterwards. What is over the limit
   * goes the way of a line too long.
   */
  end(): Buffer | null;
}

export interface LineFramerOptions {
  /** Longest line in bytes, without its ending. */
  readonly maxBytes: number;
  /**
   * Receives a line, `start`..`end` of the bytes, without its ending; an empty line (a heartbeat) too. The bytes are the
   * chunk itself, where the whole line came with it: a view of each line would cost as much as finding it.
   */
  readonly onLine: (bytes: Buffer, start: number, end: number) => void;
  /**
   * Receives the first `maxBytes` bytes of a line that is longer, in its place among the lines; the rest of it is
   * skipped and the lines after it follow. Without this a line too long throws.
   */
  readonly onTooLong?: (head: Buffer) => void;
}

const LF = 0x0a;
const CR = 0x0d;

export function createLineFramer({ maxBytes, onLine, onTooLong }: LineFramerOptions): LineFramer {
  let parts: Buffer[] = [];
  let held = 0;
  let skipping = false;

  const overflow = (line: Buffer) => {
    if (onTooLong === undefined) {
      throw new LineError("line-too-long", `a line is longer than ${maxBytes} bytes`, {
        details: { maxBytes },
      });
    }
    onTooLong(line.subarray(0, maxBytes));
  };
  /** A line of `bytes` from `start` to `lf`. */
  const emit = (bytes: Buffer, start: number, lf: number) => {
    const end = lf > start && bytes[lf - 1] === CR ? lf - 1 : lf;
    if (end - start > maxBytes) overflow(bytes.subarray(start, lf));
    else onLine(bytes, start, end);
  };
  const emitHeld = () => {
    const line = takeHeld();
    emit(line, 0, line.length);
  };
  const takeHeld = () => {
    const line = Buffer.concat(parts, held);
    parts = [];
    held = 0;
    return line;
  };

  return {
    push(chunk) {
      let start = 0;
      let at = chunk.indexOf(LF);
      if (skipping) {
        if (at === -1) return;
        skipping = false;
        start = at + 1;
        at = chunk.indexOf(LF, start);
      } else if (at !== -1 && held > 0) {
        held += at;
        parts.push(chunk.subarray(0, at));
        start = at + 1;
        emitHeld();
        at = chunk.indexOf(LF, start);
      }
      while (at !== -1) {
        emit(chunk, start, at);
        start = at + 1;
        at = chunk.indexOf(LF, start);
      }
      if (start < chunk.length) {
        held += chunk.length - start;
        parts.push(start === 0 ? chunk : chunk.subarray(start));
        // One byte more than the limit may still be the CR of the line's ending.
        if (held > maxBytes + 1) {
          skipping = onTooLong !== undefined;
          overflow(takeHeld());
        }
      }
    },
    end() {
      skipping = false;
      if (held === 0) return null;
      const rest = takeHeld();
      // Only the CR of an ending that never came may be one too many.
      if (rest.length <= maxBytes || (rest.length === maxBytes + 1 && rest[maxBytes] === CR)) return rest;
      overflow(rest);
      return null;
    },
  };
}
