/**
 * What a look at one thing found out.
 */
export type FindingStatus = "ok" | "warn" | "fail";

export interface Finding {
  /** What was looked at, in a word or two: `broker`, `topic twitter`. */
  readonly check: string;
  readonly status: FindingStatus;
  readonly message: string;
  /** What to do about it. */
  readonly remedy?: string | undefined;
  /** Exit code of a failure. */
  readonly exitCode?: number | undefined;
}

/** Takes the findings of a check as they are made, so that one that is cut short has told what it knew. */
export interface Findings {
  ok(check: string, message: string): void;
  warn(check: string, message: string, remedy?: string): void;
  fail(check: string, message: string, exitCode: number, remedy?: string): void;
}
