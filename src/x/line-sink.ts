/**
 * One connection's lines on their way to the queue: framed, told apart, counted. Posts are parsed only when they
 * are taken from the queue, so that a waiting post is its bytes and no more.
 */
import { createLineFramer } from "../kernel/line-framer.ts";
import type { PostOrigin, SourcedPost } from "../source/port.ts";
import type { XStreamCounters } from "./counters.ts";
import { LineBlock, StreamPost, type WaitingLine } from "./line-block.ts";
import { beginsAsPost, parseLine, parseText } from "./parse-line.ts";
import type { Problem } from "./problem.ts";

/** A line that waits, or what became of it when it had to be looked at. */
export type QueuedLine = WaitingLine | SourcedPost;

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
const noBytes: Buffer = Buffer.alloc(0);
const noBlock = new LineBlock(noBytes);

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
  let blockBytes = noBytes;
  let block = noBlock;

  const give = (line: QueuedLine, bytes: number) => {
    counters.lines += 1;
    onLine(line, bytes);
  };
  const take = (bytes: Buffer, start: number, end: number) => {
    if (start === end) {
      counters.heartbeats += 1;
      return;
    }
    if (beginsAsPost(bytes, start, end)) {
      if (bytes !== blockBytes) {
        blockBytes = bytes;
        block = new LineBlock(bytes);
      }
      give(block.hold(origin, start, end), end - start);
      return;
    }
    const raw = bytes.subarray(start, end);
    const parsed = parseLine(raw);
    if (parsed.kind === "notice") {
      counters.notices += 1;
      onNotice(parsed.problem);
    } else give({ ...parsed, origin, raw }, raw.length);
  };
  const framer = createLineFramer({
    maxBytes: maxLineBytes,
    onLine: take,
    // How long it is nobody knows yet: its end may never come.
    onTooLong: (raw) =>
      give(
        { kind: "malformed", origin, raw, message: `the line is longer than ${maxLineBytes} bytes` },
        raw.length,
      ),
  });

  return {
    push(chunk, receivedAtMs) {
      counters.bytes += chunk.length;
      counters.lastByteAtMs = receivedAtMs;
      origin = { kind: "x", connection, receivedAtMs };
      framer.push(chunk);
      // What nobody waits for any more shall not stay.
      blockBytes = noBytes;
      block = noBlock;
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
      take(rest, 0, rest.length);
      return null;
    },
  };
}

/** Parses a line that waited. */
export function toSourcedPost(line: QueuedLine): SourcedPost {
  if (line.kind !== "line") return line;
  const text = line.block.takeText(line);
  if (text !== null) {
    const parsed = parseText(text);
    if (parsed.kind === "post") return new StreamPost(line, parsed.payload);
  }
  const { origin, raw } = line;
  const parsed = parseLine(raw);
  if (parsed.kind === "post") return new StreamPost(line, parsed.payload);
  // A line that begins as a post is no notice; were it one, it would still be handed on rather than lost.
  const message = parsed.kind === "notice" ? "the line is a notice" : parsed.message;
  return { kind: "malformed", origin, raw, message };
}
