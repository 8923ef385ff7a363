/**
 * A fenced producer is told so by a code of its own (90) since KIP-588; older versions say that its epoch is old.
 * What it may not do in the state of its transaction is code 120 since KIP-890, by which it knows to abort.
 */
import { ErrorCode } from "../protocol/error-codes.ts";

/** The code as this version of the request knows it; `since` is the first that knows 90. */
export function fencedCode(code: ErrorCode, version: number, since: number): ErrorCode {
  return code === ErrorCode.producerFenced && version < since ? ErrorCode.invalidProducerEpoch : code;
}

/** The same for a transaction that has to be aborted, whose code of its own is 120. */
export function abortableCode(code: ErrorCode, version: number, since: number): ErrorCode {
  return code === ErrorCode.invalidTxnState && version >= since ? ErrorCode.transactionAbortable : code;
}
