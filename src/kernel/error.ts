/**
 * The one base of every error Birdwire throws on purpose.
 *
 * A room declares a closed union of codes and a subclass bound to it; callers decide on `code`, never on the
 * message. Expected outcomes (a verdict, an undecodable record) are values, not errors.
 */
import { isNativeError } from "node:util/types";

export interface BirdwireErrorOptions {
  /** True when the same call may succeed later without anyone changing anything. Default false. */
  readonly retriable?: boolean;
  /** Facts for machines: subject, version, topic, partition, offset, path. Never a token or a whole payload. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

export class BirdwireError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly retriable: boolean;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: Code, message: string, options: BirdwireErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.retriable = options.retriable ?? false;
    this.details = options.details ?? {};
  }
}

/**
 * The text of anything that was thrown, for a sentence that names the cause. Where the reason is only in what
 * caused it (fetch says "fetch failed"; a connect to several addresses says nothing), that is told too.
 */
export function describeCause(cause: unknown): string {
  return describe(cause, 4);
}

function describe(thrown: unknown, depth: number): string {
  // Not instanceof, which is false for an error out of another realm (a vm context, a test runner).
  if (!isNativeError(thrown)) return describeOther(thrown);
  const text = thrown.message === "" ? describeErrors(thrown, depth) : thrown.message;
  if (depth === 0 || thrown.cause === undefined || thrown instanceof BirdwireError) return text;
  const reason = describe(thrown.cause, depth - 1);
  return text.includes(reason) ? text : `${text}: ${reason}`;
}

function describeErrors(thrown: Error, depth: number): string {
  const errors: unknown = "errors" in thrown ? thrown.errors : undefined;
  if (!Array.isArray(errors) || errors.length === 0 || depth === 0) return thrown.name;
  return [...new Set(errors.map((error) => describe(error, depth - 1)))].join("; ");
}

function describeOther(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return "something without a text was thrown";
  }
}
