/**
 * A point in time on the command line: as ISO 8601 has it, or as how long ago it was.
 */
import { parseDurationMs } from "../kernel/duration.ts";
import { UsageError } from "./usage-error.ts";

const isoDate = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/;

/** Milliseconds since the epoch; a time without a zone is UTC. undefined stays undefined. Throws UsageError. */
export function parseTimeOption(flag: string, text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const agoMs = parseDurationMs(text);
  if (agoMs !== null) return nowMs - agoMs;
  const hasZone = /T.*(?:Z|[+-]\d\d:\d\d)$/.test(text) || !text.includes("T");
  const ms = isoDate.test(text) ? Date.parse(hasZone ? text : `${text}Z`) : Number.NaN;
  if (Number.isNaN(ms)) {
    throw new UsageError(
      "usage",
      `--${flag} ${JSON.stringify(text)} is neither a time, for example 2026-01-31T12:00:00Z, nor how long ago, for example 2h`,
    );
  }
  return ms;
}
