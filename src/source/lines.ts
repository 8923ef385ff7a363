/**
 * Lines of a file or of a stream, with their numbers: NDJSON and its like, plain, gzip or Zstandard.
 */
import { type FileHandle, open } from "node:fs/promises";
import type { Readable } from "node:stream";
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
import type { LineSource, SourcedLine } from "./port.ts";

export interface LineOptions {
  /** Longest line in bytes; of a longer one only its first so many bytes are kept. Default 4 MiB. */
  readonly maxLineBytes?: number | undefined;
  /** Told when packed bytes end in the middle. */
  readonly log: Pick<Log, "warn">;
}

export interface LineFileOptions extends LineOptions {
  /** Path of the file. It is packed as its name says (`.gz`, `.zst`), or else as it begins. */
  readonly file: string;
  /** What the file is called in errors. Default `file`. */
  readonly what?: string;
  /** Lines up to this one are passed over. Default 0. */
  readonly afterLine?: number | undefined;
}

export interface OpenLines extends LineSource {
  /** Bytes that were read so far, packed as they are. */
  readonly readBytes: number;
  /** Of them, those that were read before the first line was given out. */
  readonly skippedBytes: number;
  /** Bytes of the file when it was opened; null for what has no size, such as a pipe. */
  readonly totalBytes: number | null;
  /**
   * May be called once, and gives batches of at most 500 lines, a few of them in memory at a time: not taking is what
   * holds the source back. Ends soon after `signal` is aborted. What is packed and was cut off gives what can be
   * unpacked, and a warning. Rejects with SourceError `unreadable-replay`, after all the lines before it were given out.
   */
  read(signal: AbortSignal): AsyncIterable<readonly SourcedLine[]>;
}

export const defaultMaxLineBytes = 4 * 1024 * 1024;
const chunkBytes = 256 * 1024;
const maxBatch = 500;

/** Throws SourceError `replay-not-found`, or `unreadable-replay` (a folder, no permission). */
export async function openLineFile({ file, what = "file", ...options }: LineFileOptions): Promise<OpenLines> {
  const name = `the ${what} ${file}`;
  const handle = await openFile(file, what);
  let found: { readonly packing: Packing; readonly totalBytes: number | null };
  try {
    found = await inspect(handle, file);
  } catch (cause) {
    await handle.close();
    throw unreadable(name, cause);
  }
  return createLineSource({
    ...options,
    name,
    shown: file,
    totalBytes: found.totalBytes,
    open: () => handle.createReadStream({ autoClose: false, highWaterMark: chunkBytes }),
    unpack: (bytes) => unpackBytes(found.packing, bytes),
    close: () => handle.close(),
  });
}

/** What another program writes to us; packed as it begins. The stream is destroyed with the source. */
export function openLineStream(stream: Readable, name: string, options: LineOptions): OpenLines {
  return createLineSource({
    ...options,
    name,
    shown: name,
    totalBytes: null,
    open: () => stream,
    unpack: unpackByHead,
    close: async () => {},
  });
}

interface SourceParts extends LineOptions {
  /** For errors, and for warnings, which begin with it. */
  readonly name: string;
  readonly shown: string;
  readonly totalBytes: number | null;
  readonly afterLine?: number | undefined;
  open(): Readable;
  unpack(bytes: AsyncIterable<Buffer>): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

function createLineSource({
  name,
  shown,
  totalBytes,
  afterLine = 0,
  maxLineBytes = defaultMaxLineBytes,
  log,
  ...parts
}: SourceParts): OpenLines {
  let input: Readable | undefined;
  let readBytes = 0;
  let skippedBytes = 0;
  let isGiving = false;
  let closed = false;

  const close = async () => {
    if (closed) return;
    closed = true;
    input?.destroy();
    await parts.close();
  };

  async function* counted(stream: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer> {
    for await (const chunk of stream) {
      const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      if (afterLine > 0 && !isGiving) skippedBytes = readBytes;
      readBytes += bytes.length;
      yield bytes;
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
      if (input !== undefined || closed) throw new Error("lines are read once");
      const stream = parts.open();
      input = stream;
      const stop = () => stream.destroy();
      signal.addEventListener("abort", stop, { once: true });
      const lines = createLines({ maxLineBytes, afterLine });
      try {
        if (signal.aborted) return;
        for await (const chunk of parts.unpack(counted(stream))) {
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
        if (!isCut(error)) throw unreadable(name, error);
        log.warn(
          `${shown} ends in the middle, as the file of a recorder that was killed: what can be read of it was read`,
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
  /** What was completed since the last call. */
  batches(): Iterable<readonly SourcedLine[]>;
}

const byteOrderMark = Buffer.from("\ufeff");

function createLines({
  maxLineBytes,
  afterLine,
}: {
  readonly maxLineBytes: number;
  readonly afterLine: number;
}): Lines {
  let number = 0;
  let lines: SourcedLine[] = [];
  const add = (line: Buffer, cut: boolean) => {
    number += 1;
    const isMarked = number === 1 && line.subarray(0, byteOrderMark.length).equals(byteOrderMark);
    const raw = isMarked ? line.subarray(byteOrderMark.length) : line;
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
      for (let start = 0; start < taken.length; start += maxBatch) yield taken.slice(start, start + maxBatch);
    },
  };
}

async function openFile(file: string, what: string): Promise<FileHandle> {
  try {
    return await open(file, "r");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") {
      throw new SourceError("replay-not-found", `there is no ${what} ${file}`, { details: { file }, cause });
    }
    throw unreadable(`the ${what} ${file}`, cause);
  }
}

async function inspect(
  handle: FileHandle,
  file: string,
): Promise<{ readonly packing: Packing; readonly totalBytes: number | null }> {
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
}

/** Unpacks what begins as packed bytes do. */
async function* unpackByHead(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const chunks = bytes[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  // Lines are given out as they come: only a head that may be that of packed bytes waits for its rest.
  for (;;) {
    const next = await chunks.next();
    if (next.done === true) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
    if (head.length >= packingMagicBytes || head.includes(0x0a)) break;
  }
  async function* whole(): AsyncGenerator<Buffer> {
    if (head.length > 0) yield head;
    yield* { [Symbol.asyncIterator]: () => chunks };
  }
  yield* unpackBytes(packingOfHead(head), whole());
}

function unreadable(name: string, cause: unknown): SourceError {
  return new SourceError("unreadable-replay", `${name} cannot be read: ${describeCause(cause)}`, {
    details: { name },
    cause,
  });
}
