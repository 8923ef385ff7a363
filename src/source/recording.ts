/**
 * A recording being made: NDJSON, the exact bytes of each line, packed as the file's name says. It grows by whole
 * blocks (of gzip a member each, of Zstandard a frame each), so that one that breaks off is readable up to the last.
 */
import { type FileHandle, open, unlink } from "node:fs/promises";
import { promisify } from "node:util";
import { gzip, zstdCompress } from "node:zlib";
import type { Clock } from "../kernel/clock.ts";
import { describeCause } from "../kernel/error.ts";
import { type Packing, packingOfName } from "../kernel/packed-bytes.ts";
import { SourceError } from "./error.ts";

export interface RecordingOptions {
  /** Path of a file that is not there yet: `.gz` is packed with gzip, `.zst` with Zstandard, another not at all. */
  readonly file: string;
  readonly clock: Clock;
  /** Lines wait for company at most that long, in ms. Default 1,000. */
  readonly flushMs?: number;
  /** Or until there are so many bytes of them. Default 1 MiB. */
  readonly flushBytes?: number;
}

export interface Recording extends AsyncDisposable {
  /** Bytes that are safe in the file, packed as they are. */
  readonly writtenBytes: number;
  /**
   * Takes lines without their endings; resolves when they may be forgotten, which is not yet when they are safe.
   * Rejects with SourceError `unwritable-recording`, also for an earlier block.
   */
  append(lines: readonly Buffer[]): Promise<void>;
  /** Resolves when all that was taken is on the disk and the file is closed; one without a line is valid and empty. */
  finish(): Promise<void>;
  /** Closes the file; one that nothing was ever written to is removed. */
  [Symbol.asyncDispose](): Promise<void>;
}

const newline = Buffer.from("\n");
const packers: Readonly<Record<Packing, (bytes: Buffer) => Promise<Buffer>>> = {
  plain: (bytes) => Promise.resolve(bytes),
  gzip: promisify<Buffer, Buffer>(gzip),
  zstd: promisify<Buffer, Buffer>(zstdCompress),
};

/** Throws SourceError `recording-exists` or `unwritable-recording`. */
export async function openRecording({
  file,
  clock,
  flushMs = 1000,
  flushBytes = 1024 * 1024,
}: RecordingOptions): Promise<Recording> {
  const packing = packingOfName(file);
  const handle = await create(file);
  let held: Buffer[] = [];
  let heldBytes = 0;
  let writtenBytes = 0;
  let closed = false;
  let cancelTimer: (() => void) | null = null;
  let failure: { readonly error: SourceError } | null = null;
  /** Blocks are written one after the other. */
  let writing: Promise<void> = Promise.resolve();

  const check = () => {
    if (failure !== null) throw failure.error;
  };
  const writeBlock = async (bytes: Buffer) => {
    if (failure !== null) return;
    try {
      const packed = await packers[packing](bytes);
      await handle.appendFile(packed);
      await handle.datasync();
      writtenBytes += packed.length;
    } catch (cause) {
      failure = { error: unwritable(file, cause) };
    }
  };
  const flush = () => {
    cancelTimer?.();
    cancelTimer = null;
    if (heldBytes > 0) {
      const block = Buffer.concat(held, heldBytes);
      held = [];
      heldBytes = 0;
      writing = writing.then(() => writeBlock(block));
    }
    return writing;
  };
  const close = async () => {
    if (closed) return;
    closed = true;
    await flush();
    await handle.close();
  };

  return {
    get writtenBytes() {
      return writtenBytes;
    },
    async append(lines) {
      check();
      for (const line of lines) {
        held.push(line, newline);
        heldBytes += line.length + newline.length;
      }
      if (heldBytes >= flushBytes) await flush();
      else if (heldBytes > 0) cancelTimer ??= clock.after(flushMs, () => void flush());
      check();
    },
    async finish() {
      await flush();
      // What unpacks it wants a member, if only of nothing.
      if (writtenBytes === 0 && packing !== "plain") await writeBlock(Buffer.alloc(0));
      await close();
      check();
    },
    async [Symbol.asyncDispose]() {
      const isUnused = !closed && writtenBytes === 0 && heldBytes === 0;
      await close();
      if (isUnused && writtenBytes === 0) await unlink(file).catch(() => {});
    },
  };
}

async function create(file: string): Promise<FileHandle> {
  try {
    return await open(file, "wx");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw unwritable(file, cause);
    throw new SourceError("recording-exists", `${file} is there already, and a recording replaces nothing`, {
      details: { file },
      cause,
    });
  }
}

function unwritable(file: string, cause: unknown): SourceError {
  return new SourceError(
    "unwritable-recording",
    `the recording ${file} cannot be written: ${describeCause(cause)}`,
    {
      details: { file },
      cause,
    },
  );
}
