/**
 * Which group and topic, how it is printed, and where a group is moved to: the options of `offsets`.
 */
import type { ResetTarget } from "../operations/offsets.ts";
import { parseTimeOption } from "./time-option.ts";
import { UsageError } from "./usage-error.ts";

export const offsetsOptions = {
  group: { type: "string", requiresArg: true, demandOption: true, describe: "the consumer group" },
  format: {
    choices: ["text", "json"],
    default: "text",
    requiresArg: true,
    describe: "text for people, or one JSON object a line",
  },
} as const;

/** Throws UsageError. */
export function parseGroup(name: string): string {
  if (name === "") throw new UsageError("usage", "--group needs a name");
  return name;
}

/** Throws UsageError. */
export function parseResetTarget(text: string, nowMs: number): ResetTarget {
  if (text === "earliest" || text === "latest") return { kind: text };
  if (/^\d{1,15}$/.test(text)) return { kind: "offset", offset: Number(text) };
  const shift = /^shift:([+-]?\d{1,15})$/.exec(text)?.[1];
  if (shift !== undefined) return { kind: "shift", by: Number(shift) };
  try {
    const timeMs = parseTimeOption("to", text, nowMs);
    if (timeMs !== undefined && timeMs <= nowMs) return { kind: "time", timeMs };
  } catch {
    throw refuse(text);
  }
  throw new UsageError("usage", `--to ${text} is still to come; --to latest skips all there is`);
}

function refuse(text: string): UsageError {
  return new UsageError(
    "usage",
    `--to ${JSON.stringify(text)} is none of: earliest, latest, an offset (1200), a time (2026-01-31T12:00:00Z), how long ago (15m), shift:-100, shift:+100`,
  );
}
