/**
 * A fenced producer is told so by a code of its own (90) since KIP-588; older versions say that its epoch is old.
 */
import { ErrorCode } from "../protocol/error-codes.ts";

/** The code as this version of the request knows it; `since` is the first that knows 90. */
export function fencedCode(code: ErrorCode, version: number, since: number): ErrorCode {
  return code === ErrorCode.producerFenced && version < since ? ErrorCode.invalidProducerEpoch : code;
}
