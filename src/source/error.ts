/**
 * What can go wrong with a source that is a file, and with a file that is to become one.
 */
import { BirdwireError } from "../kernel/error.ts";

export type SourceErrorCode =
  | "replay-not-found"
  | "unreadable-replay"
  | "recording-exists"
  | "unwritable-recording";
export class SourceError extends BirdwireError<SourceErrorCode> {}
