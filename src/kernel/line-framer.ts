/**
 * Bytes to lines, without ever decoding a part of a line: a chunk may end inside a UTF-8 character or between
 * CR and LF and nothing changes. A line ends at LF; one CR before it belongs to the ending.
 */
import { BirdwireError } from "./error.ts";

export type LineErrorCode = "line-too-long";
export class LineError extends BirdwireError<LineErrorCode> {}

export interface LineFramer {
  /** Hands every line that `chunk` completes to `onLine`, in order. Throws LineError past `maxBytes`. */
  push(chunk: Buffer): void;
  /** The bytes after the last LF, or null when there are none; the framer is empty afterwards. */
  end(): Buffer | null;
}

export interface LineFramerOptions {
  /** Longest line in bytes, without its ending. */
  readonly maxBytes: number;
  /** Receives a line without its ending; an empty line (a heartbeat) too. The buffer may share memory with the chunk. */
  readonly onLine: (line: Buffer) => void;
}

const LF = 0x0a;
const CR = 0x0d;

export function createLineFramer({ maxBytes, onLine }: LineFramerOptions): LineFramer {
  let parts: Buffer[] = [];
  let held = 0;

  const check = (length: number) => {
    // One byte more than the limit may still be the CR of the line's ending.
    if (length > maxBytes + 1) {
      throw new LineError("line-too-long", `a line is longer than ${maxBytes} bytes`, {
        details: { maxBytes },
      });
    }
  };
  const emit = (line: Buffer) => {
    const end = line.length > 0 && line[line.length - 1] === CR ? line.length - 1 : line.length;
    if (end > maxBytes) check(maxBytes + 2);
    onLine(line.subarray(0, end));
  };

  return {
    push(chunk) {
      let start = 0;
      let at = chunk.indexOf(LF);
      if (at !== -1 && held > 0) {
        check(held + at);
        parts.push(chunk.subarray(0, at));
        const line = Buffer.concat(parts, held + at);
        parts = [];
        held = 0;
        start = at + 1;
        emit(line);
        at = chunk.indexOf(LF, start);
      }
      while (at !== -1) {
        emit(chunk.subarray(start, at));
        start = at + 1;
        at = chunk.indexOf(LF, start);
      }
      if (start < chunk.length) {
        held += chunk.length - start;
        check(held);
        parts.push(start === 0 ? chunk : chunk.subarray(start));
      }
    },
    end() {
      if (held === 0) return null;
      const rest = Buffer.concat(parts, held);
      parts = [];
      held = 0;
      return rest;
    },
  };
}
