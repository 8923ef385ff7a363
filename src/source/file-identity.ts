/**
 * Whether a file is still the one it was: by size, time of change and a hash of its beginning.
 */
import { createHash } from "node:crypto";
import { open, stat } from "node:fs/promises";

export interface FileIdentity {
  readonly size: number;
  /** Time of the last change, in ms since the epoch. */
  readonly changedMs: number;
  /** SHA-256 of the first 64 KiB, in hexadecimal. */
  readonly headHash: string;
}

const headBytes = 64 * 1024;

/** null for what is no regular file: a pipe cannot be read again. Rejects with the file system's error. */
export async function identifyFile(path: string): Promise<FileIdentity | null> {
  // Looked at before it is opened: whoever writes to a pipe takes our closing it for an end.
  if (!(await stat(path)).isFile()) return null;
  await using handle = await open(path, "r");
  const { size, mtimeMs } = await handle.stat();
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
  const headHash = createHash("sha256").update(buffer.subarray(0, bytesRead)).digest("hex");
  return { size, changedMs: Math.floor(mtimeMs), headHash };
}

/** What differs, as a phrase that follows "the file", or null when nothing does. */
export function describeChange(before: FileIdentity, now: FileIdentity): string | null {
  if (before.headHash !== now.headHash) return "begins otherwise";
  if (before.size !== now.size) return `has ${now.size} bytes and no longer ${before.size}`;
  if (before.changedMs !== now.changedMs) return "was changed meanwhile";
  return null;
}
