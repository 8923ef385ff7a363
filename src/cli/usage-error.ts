/**
 * The command line itself is wrong: exit code 2, and the way to the help.
 */
import { parseDurationMs } from "../kernel/duration.ts";
import { BirdwireError } from "../kernel/error.ts";

export type UsageErrorCode = "usage";
export class UsageError extends BirdwireError<UsageErrorCode> {}

/** Reads a duration option; undefined stays undefined. Throws UsageError. */
export function parseDurationOption<T extends string | undefined>(
  flag: string,
  text: T,
): T extends string ? number : undefined;
export function parseDurationOption(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDurationMs(text);
  if (ms === null) {
    throw new UsageError(
      "usage",
      `--${flag} ${JSON.stringify(text)} is not a duration, for example 500ms, 3s or 2m`,
    );
  }
  return ms;
}

export interface IntegerBounds {
  readonly min: number;
  readonly max?: number;
}

/** Reads a whole-number option; undefined stays undefined. Throws UsageError. */
export function parseIntegerOption<T extends number | undefined>(
  flag: string,
  value: T,
  { min, max = Number.MAX_SAFE_INTEGER }: IntegerBounds,
): T {
  if (value === undefined) return value;
  if (!Number.isInteger(value) || value < min || value > max) {
    const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`;
    throw new UsageError("usage", `--${flag} takes a whole number, ${range}`);
  }
  return value;
}
