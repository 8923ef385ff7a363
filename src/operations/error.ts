/**
 * What can go wrong with operations on a running pipeline.
 */
import { BirdwireError } from "../kernel/error.ts";

export type OperationErrorCode =
  /** Nothing stands at the place of a dead letter. */
  | "no-such-letter"
  /** A deleted post was still in the topic when the time was up. */
  | "still-there";
export class OperationError extends BirdwireError<OperationErrorCode> {}
