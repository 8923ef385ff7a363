/**
 * Recorded posts as a source: NDJSON, one X API v2 message a line ({data, includes?, matching_rules?, errors?}),
 * plain, gzip or Zstandard. A line that is not JSON is handed on as malformed, with its number, and the rest flows.
 */
import { type FileHandle, open } from "node:fs/promises";
import { BirdwireError, describeCause } from "../kernel/error.ts";
import { createLineFramer } from "../kernel/line-framer.ts";
import {
  type Packing,
  packingMagicBytes,
  packingOfHead,
  packingOfName,
  unpackBytes,
} from "../kernel/packed-bytes.ts";
import type { Log } from "../telemetry/log.ts";
import { SourceError } from "./error.ts";
import { parsePost } from "./parse-post.ts";
import type { PostOrigin, PostSource, SourcedPost } from "./port.ts";

export interface ReplayOptions {
  /** Path of the file. It is packed as its name says (`.gz`, `.zst`), or else as it begins. */
  readonly file: string;
  /** Longest line in bytes; a longer one is malformed and keeps only its first so many bytes. Default 4 MiB. */
  readonly maxLineBytes?: number;
  /** Lines up to this one are passed over. Default 0. */
  readonly afterLine?: number | undefined;
  /** Told when a packed file ends in the middle. */
  readonly log: Pick<Log, "warn">;
}

export interface Replay extends PostSource {
  /** Bytes of the file that were read so far, packed as they are. */
  readonly readBytes: number;
  /** Of them, those that were read before the first line was given out. */
  readonly skippedBytes: number;
  /** Bytes of the file when it was opened; null for what has no size, such as a pipe. */
  readonly totalBytes: number | null;
}

const chunkBytes = 256 * 1024;
const maxBatch = 500;

/**
 * Opens a recorded file; `read` may be called once and gives batches of at most 500 lines, a few of them in
 * memory at a time. Lines count from 1, empty ones too, though they are skipped. A packed file that was cut off, as
 * that of a recorder that was killed, gives what can be unpacked, and a warning.
 *
 * Throws SourceError `replay-not-found`, or `unreadable-replay` (a folder, no permission; later, from `read`, also
 * broken packing or a broken disk, after all the lines before it were given out).
 */
export async function openReplay({
  file,
  maxLineBytes = 4 * 1024 * 1024,
  afterLine = 0,
  log,
}: ReplayOptions): Promise<Replay> {
  const handle = await openFile(file);
  let found: { readonly packing: Packing; readonly totalBytes: number | null };
  try {
    found = await inspect(handle, file);
  } catch (error) {
    await handle.close();
    throw error;
  }
  const { packing, totalBytes } = found;
  let input: ReturnType<FileHandle["createReadStream"]> | undefined;
  let readBytes = 0;
  let skippedBytes = 0;
  let isGiving = false;
  let closed = false;

  const close = async () => {
    if (closed) return;
    closed = true;
    input?.destroy();
    await handle.close();
  };

  async function* counted(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of stream) {
      if (afterLine > 0 && !isGiving) skippedBytes = readBytes;
      readBytes += chunk.length;
      yield chunk;
    }
  }

  return {
    get readBytes() {
      return readBytes;
    },
    get skippedBytes() {
      return skippedBytes;
    },
    totalBytes,
    async *read(signal) {
      if (input !== undefined || closed) throw new Error("a replay is read once");
      const stream = handle.createReadStream({ autoClose: false, highWaterMark: chunkBytes });
      input = stream;
      const stop = () => stream.destroy();
      signal.addEventListener("abort", stop, { once: true });
      const lines = createLines(file, { maxLineBytes, afterLine });
      try {
        if (signal.aborted) return;
        for await (const chunk of unpackBytes(packing, counted(stream))) {
          lines.push(chunk);
          isGiving ||= lines.count > afterLine;
          yield* lines.batches();
          if (signal.aborted) return;
        }
        lines.end();
        yield* lines.batches();
      } catch (error) {
        if (signal.aborted) return;
        lines.end();
        yield* lines.batches();
        if (!isCut(error)) throw unreadable(file, error);
        log.warn(
          `${file} ends in the middle, as the file of a recorder that was killed: what can be read of it was read`,
          { lines: lines.count },
        );
      } finally {
        signal.removeEventListener("abort", stop);
        await close();
      }
    },
    [Symbol.asyncDispose]: close,
  };
}

function isCut(error: unknown): boolean {
  return error instanceof BirdwireError && error.code === "packed-bytes-cut";
}

interface Lines {
  push(chunk: Buffer): void;
  end(): void;
  /** Lines so far, those passed over too. */
  readonly count: number;
  /** What was completed since the last call, parsed as it is taken. */
  batches(): Iterable<readonly SourcedPost[]>;
}

interface Line {
  readonly raw: Buffer;
  readonly number: number;
  readonly cut: boolean;
}

function createLines(
  file: string,
  { maxLineBytes, afterLine }: { readonly maxLineBytes: number; readonly afterLine: number },
): Lines {
  let number = 0;
  let lines: Line[] = [];
  const add = (raw: Buffer, cut: boolean) => {
    number += 1;
    if (raw.length > 0 && number > afterLine) lines.push({ raw, number, cut });
  };
  const framer = createLineFramer({
    maxBytes: maxLineBytes,
    onLine: (bytes, start, end) => add(bytes.subarray(start, end), false),
    onTooLong: (head) => add(head, true),
  });
  return {
    get count() {
      return number;
    },
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

const byteOrderMark = Buffer.from("\ufeff");

function toSourcedPost({ raw, number, cut }: Line, file: string, maxLineBytes: number): SourcedPost {
  const origin: PostOrigin = { kind: "replay", file, line: number };
  if (cut)
    return { kind: "malformed", origin, raw, message: `the line is longer than ${maxLineBytes} bytes` };
  const isMarked = number === 1 && raw.subarray(0, byteOrderMark.length).equals(byteOrderMark);
  return parsePost(isMarked ? raw.subarray(byteOrderMark.length) : raw, origin);
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

async function inspect(
  handle: FileHandle,
  file: string,
): Promise<{ readonly packing: Packing; readonly totalBytes: number | null }> {
  try {
    const stat = await handle.stat();
    if (stat.isDirectory()) throw new Error("it is a folder");
    const named = packingOfName(file);
    // A pipe cannot be read at a position, and what is taken from it is gone.
    if (!stat.isFile()) return { packing: named, totalBytes: null };
    // A recorder that was killed before it wrote anything leaves no packing behind.
    if (stat.size === 0) return { packing: "plain", totalBytes: 0 };
    if (named !== "plain") return { packing: named, totalBytes: stat.size };
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(packingMagicBytes), 0, packingMagicBytes, 0);
    return { packing: packingOfHead(buffer.subarray(0, bytesRead)), totalBytes: stat.size };
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
