/**
 * Stdout that does not take what is printed: its reader has gone, as that of `| head` does, which is a quiet end; or it
 * fails, as a full disk does.
 */
import { getSystemErrorMessage } from "node:util";
import { BirdwireError, describeCause } from "../kernel/error.ts";

export type OutputErrorCode = "output-gone" | "output-failed";
export class OutputError extends BirdwireError<OutputErrorCode> {}

/** What a pipe, a socket and a stream that was closed in this process say when nobody reads any more. */
const goneCodes: readonly unknown[] = ["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED"];

/** From what the stream gave as the reason; null where it was closed without one. */
export function toOutputError(cause: Error | null): OutputError {
  if (cause === null) return new OutputError("output-gone", "stdout was closed");
  const { code, errno } = cause as NodeJS.ErrnoException;
  const details = { code };
  if (goneCodes.includes(code)) {
    return new OutputError("output-gone", `the reader of stdout has gone (${code})`, { details, cause });
  }
  const reason = errno === undefined ? undefined : getSystemErrorMessage(errno);
  const told = reason === undefined ? describeCause(cause) : `${reason} (${code})`;
  return new OutputError("output-failed", `cannot write to stdout: ${told}`, { details, cause });
}

export function isReaderGone(error: unknown): boolean {
  return error instanceof OutputError && error.code === ("output-gone" satisfies OutputErrorCode);
}
