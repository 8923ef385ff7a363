/**
 * What can go wrong with operations on a running pipeline.
 */
import { BirdwireError } from "../kernel/error.ts";

export type OperationErrorCode =
  /** Nothing stands at the place of a dead letter. */
  | "no-such-letter"
  /** The group has neither a member nor a position in the topic. */
  | "no-such-group"
  | "no-such-partition"
  /** What is to be shifted has no position to begin with. */
  | "no-position"
  /** A deleted post was still in the topic when the time was up. */
  | "still-there";
export class OperationError extends BirdwireError<OperationErrorCode> {}
