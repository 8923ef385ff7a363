/**
 * One connection's lines on their way to the queue: framed, told apart, counted. Posts are parsed only when they
 * are taken from the queue, so that a waiting post is its bytes and no more.
 */
import { createLineFramer } from "../kernel/line-framer.ts";
import type { PostOrigin, SourcedPost } from "../source/port.ts";
import type { XStreamCounters } from "./counters.ts";
import { beginsAsPost, parseLine } from "./parse-line.ts";
import type { Problem } from "./problem.ts";

/** A line that waits: its raw bytes, or what became of them when it had to be looked at. */
export type QueuedLine =
  | { readonly kind: "line"; readonly origin: PostOrigin; readonly raw: Buffer }
  | SourcedPost;

export interface LineSink {
  /** A line over the limit is malformed and keeps only so many of its first bytes. */
  push(chunk: Buffer, receivedAtMs: number): void;
  /**
   * What the connection left unfinished: a whole post that lacks only its ending is queued; anything else is
   * returned, to be reported.
   */
  end(): Buffer | null;
  /** When the last line ended, a heartbeat too; null before the first. */
  readonly lastLineAtMs: number | null;
  /** Bytes since then, also of a line that is too long and skipped. */
  readonly unendedBytes: number;
}

export interface LineSinkOptions {
  /** Number of the connection, from 1. */
  readonly connection: number;
  readonly maxLineBytes: number;
  readonly counters: XStreamCounters;
  readonly onLine: (line: QueuedLine, bytes: number) => void;
  readonly onNotice: (problem: Problem) => void;
}

const LF = 0x0a;

export function createLineSink({
  connection,
  maxLineBytes,
  counters,
  onLine,
  onNotice,
}: LineSinkOptions): LineSink {
  let lastLineAtMs: number | null = null;
  let unendedBytes = 0;
  let origin: PostOrigin = { kind: "x", connection, receivedAtMs: 0 };

  const give = (line: QueuedLine) => {
    counters.lines += 1;
    onLine(line, line.raw.length);
  };
  const take = (raw: Buffer) => {
    if (raw.length === 0) {
      counters.heartbeats += 1;
      return;
    }
    if (beginsAsPost(raw)) {
      give({ kind: "line", origin, raw });
      return;
    }
    const parsed = parseLine(raw);
    if (parsed.kind === "notice") {
      counters.notices += 1;
      onNotice(parsed.problem);
    } else give({ ...parsed, origin, raw });
  };
  const framer = createLineFramer({
    maxBytes: maxLineBytes,
    onLine: take,
    // How long it is nobody knows yet: its end may never come.
    onTooLong: (raw) =>
      give({ kind: "malformed", origin, raw, message: `the line is longer than ${maxLineBytes} bytes` }),
  });

  return {
    push(chunk, receivedAtMs) {
      counters.bytes += chunk.length;
      counters.lastByteAtMs = receivedAtMs;
      origin = { kind: "x", connection, receivedAtMs };
      framer.push(chunk);
      const lineEnd = chunk.lastIndexOf(LF);
      if (lineEnd !== -1) lastLineAtMs = receivedAtMs;
      unendedBytes = lineEnd === -1 ? unendedBytes + chunk.length : chunk.length - lineEnd - 1;
    },
    get lastLineAtMs() {
      return lastLineAtMs;
    },
    get unendedBytes() {
      return unendedBytes;
    },
    end() {
      const rest = framer.end();
      if (rest === null) return null;
      // JSON that was cut inside an object does not parse, so what parses as one is whole.
      const parsed = parseLine(rest);
      if (parsed.kind === "malformed" || typeof (parsed.kind === "post" ? parsed.payload : {}) !== "object")
        return rest;
      take(rest);
      return null;
    },
  };
}

/** Parses a line that waited. */
export function toSourcedPost(line: QueuedLine): SourcedPost {
  if (line.kind !== "line") return line;
  const { origin, raw } = line;
  const parsed = parseLine(raw);
  // A line that begins as a post is no notice; were it one, it would still be handed on rather than lost.
  if (parsed.kind === "notice") return { kind: "malformed", origin, raw, message: "the line is a notice" };
  // Not spread, which would cost more than the rest of this function.
  return parsed.kind === "post"
    ? { kind: "post", origin, raw, payload: parsed.payload }
    : { kind: "malformed", origin, raw, message: parsed.message };
}
