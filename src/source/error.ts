/**
 * What can go wrong with a source that is a file.
 */
import { BirdwireError } from "../kernel/error.ts";

export type SourceErrorCode = "replay-not-found" | "unreadable-replay";
export class SourceError extends BirdwireError<SourceErrorCode> {}
