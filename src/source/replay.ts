/**
 * Recorded posts as a source: NDJSON, one X API v2 message a line ({data, includes?, matching_rules?, errors?}),
 * plain, gzip or Zstandard. A line that is not JSON is handed on as malformed, with its number, and the rest flows.
 */
import type { Log } from "../telemetry/log.ts";
import { defaultMaxLineBytes, type OpenLines, openLineFile } from "./lines.ts";
import { parsePost } from "./parse-post.ts";
import type { PostOrigin, PostSource, SourcedLine, SourcedPost } from "./port.ts";

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

export interface Replay extends PostSource, Pick<OpenLines, "readBytes" | "skippedBytes" | "totalBytes"> {}

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
  maxLineBytes = defaultMaxLineBytes,
  afterLine,
  log,
}: ReplayOptions): Promise<Replay> {
  const lines = await openLineFile({ file, what: "replay file", maxLineBytes, afterLine, log });
  return {
    get readBytes() {
      return lines.readBytes;
    },
    get skippedBytes() {
      return lines.skippedBytes;
    },
    totalBytes: lines.totalBytes,
    async *read(signal) {
      for await (const batch of lines.read(signal)) {
        yield batch.map((line) => toSourcedPost(line, file, maxLineBytes));
      }
    },
    [Symbol.asyncDispose]: () => lines[Symbol.asyncDispose](),
  };
}

function toSourcedPost({ raw, number, cut }: SourcedLine, file: string, maxLineBytes: number): SourcedPost {
  const origin: PostOrigin = { kind: "replay", file, line: number };
  if (cut)
    return { kind: "malformed", origin, raw, message: `the line is longer than ${maxLineBytes} bytes` };
  return parsePost(raw, origin);
}
