/**
 * Recorded posts as a source: NDJSON, one X API v2 message a line ({data, includes?, matching_rules?, errors?}),
 * plain or gzip. A line that is not JSON is handed on as malformed, with its number, and the rest flows.
 */
import { isUtf8 } from "node:buffer";
import { type FileHandle, open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { describeCause } from "../kernel/error.ts";
import { createLineFramer } from "../kernel/line-framer.ts";
import { SourceError } from "./error.ts";
import type { PostOrigin, PostSource, SourcedPost } from "./port.ts";

export interface ReplayOptions {
  /** Path of the file. It is gzip when it ends in `.gz` or begins as gzip does. */
  readonly file: string;
  /** Longest line in bytes; a longer one is malformed and keeps only its first so many bytes. Default 4 MiB. */
  readonly maxLineBytes?: number;
}

const chunkBytes = 256 * 1024;
const maxBatch = 500;

/**
 * Opens a recorded file; `read` may be called once and gives batches of at most 500 lines, a few of them in
 * memory at a time. Lines count from 1, empty ones too, though they are skipped.
 *
 * Throws SourceError `replay-not-found`, or `unreadable-replay` (a folder, no permission; later, from `read`, also
 * a broken gzip or disk, after all the lines before it were given out).
 */
export async function openReplay({
  file,
  maxLineBytes = 4 * 1024 * 1024,
}: ReplayOptions): Promise<PostSource> {
  const handle = await openFile(file);
  let gzip: boolean;
  try {
    gzip = await isGzip(handle, file);
  } catch (error) {
    await handle.close();
    throw error;
  }
  let stream: Readable | undefined;
  let closed = false;

  const close = async () => {
    if (closed) return;
    closed = true;
    stream?.destroy();
    await handle.close();
  };

  return {
    async *read(signal) {
      if (stream !== undefined || closed) throw new Error("a replay is read once");
      const input = handle.createReadStream({ autoClose: false, highWaterMark: chunkBytes });
      // The callback only keeps an error from being unhandled: the loop below meets it too.
      stream = gzip ? pipeline(input, createGunzip({ chunkSize: chunkBytes }), () => {}) : input;
      const body = stream;
      const stop = () => body.destroy();
      signal.addEventListener("abort", stop, { once: true });
      const lines = createLines(file, maxLineBytes);
      try {
        if (signal.aborted) return;
        for await (const chunk of body as AsyncIterable<Buffer>) {
          lines.push(chunk);
          yield* lines.batches();
          if (signal.aborted) return;
        }
        lines.end();
        yield* lines.batches();
      } catch (error) {
        if (signal.aborted) return;
        lines.end();
        yield* lines.batches();
        throw unreadable(file, error);
      } finally {
        signal.removeEventListener("abort", stop);
        await close();
      }
    },
    [Symbol.asyncDispose]: close,
  };
}

interface Lines {
  push(chunk: Buffer): void;
  end(): void;
  /** What was completed since the last call, parsed as it is taken. */
  batches(): Iterable<readonly SourcedPost[]>;
}

interface Line {
  readonly raw: Buffer;
  readonly number: number;
  readonly cut: boolean;
}

function createLines(file: string, maxLineBytes: number): Lines {
  let number = 0;
  let lines: Line[] = [];
  const add = (raw: Buffer, cut: boolean) => {
    number += 1;
    if (raw.length > 0) lines.push({ raw, number, cut });
  };
  const framer = createLineFramer({
    maxBytes: maxLineBytes,
    onLine: (line) => add(line, false),
    onTooLong: (head) => add(head, true),
  });
  return {
    push: (chunk) => framer.push(chunk),
    end() {
      const rest = framer.end();
      if (rest !== null) add(rest, false);
    },
    *batches() {
      const taken = lines;
      lines = [];
      for (let start = 0; start < taken.length; start += maxBatch) {
        yield taken.slice(start, start + maxBatch).map((line) => toSourcedPost(line, file, maxLineBytes));
      }
    },
  };
}

function toSourcedPost({ raw, number, cut }: Line, file: string, maxLineBytes: number): SourcedPost {
  const origin: PostOrigin = { kind: "replay", file, line: number };
  const malformed = (message: string): SourcedPost => ({ kind: "malformed", origin, raw, message });
  if (cut) return malformed(`the line is longer than ${maxLineBytes} bytes`);
  let text = raw.toString();
  // Decoding turns bytes that are not UTF-8 into U+FFFD without a word; text that truly has one is rare.
  if (text.includes("\ufffd") && !isUtf8(raw)) return malformed("the line is not UTF-8");
  if (number === 1 && text.startsWith("\ufeff")) text = text.slice(1);
  try {
    return { kind: "post", origin, raw, payload: JSON.parse(text) };
  } catch (error) {
    return malformed(`the line is not JSON: ${describeCause(error)}`);
  }
}

async function openFile(file: string): Promise<FileHandle> {
  try {
    return await open(file, "r");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") {
      throw new SourceError("replay-not-found", `there is no replay file ${file}`, {
        details: { file },
        cause,
      });
    }
    throw unreadable(file, cause);
  }
}

async function isGzip(handle: FileHandle, file: string): Promise<boolean> {
  try {
    const stat = await handle.stat();
    if (stat.isDirectory()) throw new Error("it is a folder");
    if (file.endsWith(".gz")) return true;
    // A pipe cannot be read at a position, and what is taken from it is gone.
    if (!stat.isFile()) return false;
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function unreadable(file: string, cause: unknown): SourceError {
  return new SourceError(
    "unreadable-replay",
    `the replay file ${file} cannot be read: ${describeCause(cause)}`,
    {
      details: { file },
      cause,
    },
  );
}
