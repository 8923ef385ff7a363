/**
 * The one base of every error Birdwire throws on purpose.
 *
 * A room declares a closed union of codes and a subclass bound to it; callers decide on `code`, never on the
 * message. Expected outcomes (a verdict, an undecodable record) are values, not errors.
 */
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

/** The text of anything that was thrown, for a sentence that names the cause. */
export function describeCause(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === "") {
    return cause.errors.map(describeCause).join("; ");
  }
  if (cause instanceof Error) return cause.message === "" ? cause.name : cause.message;
  return String(cause);
}
