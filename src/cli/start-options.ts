/**
 * Which records `consume` takes: the options that say where a run starts and which partitions it reads, and what of
 * them contradicts each other.
 */
import type { StartChoice } from "./choose-starts.ts";
import { parseTimeOption } from "./time-option.ts";
import { parseDurationOption, parseIntegerOption, UsageError } from "./usage-error.ts";

export const startOptions = {
  "from-beginning": {
    type: "boolean",
    default: false,
    describe: "start at the first record where the group has no position yet",
  },
  "from-time": {
    type: "string",
    requiresArg: true,
    describe: "start at the first record of that time or later: 2026-01-31T12:00:00Z, or how long ago: 15m",
  },
  "from-offset": {
    type: "string",
    array: true,
    nargs: 1,
    describe: "start at that offset of every partition, or PARTITION:OFFSET of one; may be repeated",
  },
  last: {
    type: "number",
    requiresArg: true,
    describe: "start that many records before the end, shared out over the partitions",
  },
  partitions: {
    type: "string",
    requiresArg: true,
    describe: "read only these, for example 0,2; not with --group, which shares them out",
  },
  commit: {
    type: "boolean",
    default: true,
    describe: "store how far the group is; --no-commit leaves its positions as they are",
  },
  "session-timeout": {
    type: "string",
    requiresArg: true,
    describe: "how long the group waits for a member that is silent [10s]",
  },
} as const;

export interface StartArgs {
  readonly "from-beginning": boolean;
  readonly "from-time"?: string | undefined;
  readonly "from-offset"?: readonly (string | number)[] | undefined;
  readonly last?: number | undefined;
  readonly partitions?: string | undefined;
  readonly commit: boolean;
  readonly "session-timeout"?: string | undefined;
  readonly group?: string | undefined;
}

export interface Selection {
  readonly fromBeginning: boolean;
  /** Where partitions without a position start; without it at the beginning or the end. */
  readonly from?: StartChoice | undefined;
  /** Without it all. */
  readonly partitions?: readonly number[] | undefined;
  readonly commits: boolean;
  readonly sessionTimeoutMs?: number | undefined;
}

/** What a broker takes by default: group.min.session.timeout.ms and group.max.session.timeout.ms. */
const sessionBoundsMs = { min: 6000, max: 30 * 60_000 } as const;

/** Throws UsageError for what is no number, time or offset, and for options that contradict each other. */
export function parseSelection(args: StartArgs, nowMs: number): Selection {
  const given = (["from-beginning", "from-time", "from-offset", "last"] as const).filter((name) => {
    const value = args[name];
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
  });
  if (given.length > 1) {
    throw refuse(`a run starts at one place: ${given.map((name) => `--${name}`).join(" or ")}, not both`);
  }
  const from = parseStart(args, nowMs);
  const partitions = parsePartitions(args.partitions);
  const sessionTimeoutMs = parseDurationOption("session-timeout", args["session-timeout"]);
  if (args.group === "") throw refuse("--group needs a name");
  if (args.group === undefined) {
    if (sessionTimeoutMs !== undefined) {
      throw refuse("--session-timeout is for members of a group: name it with --group");
    }
  } else {
    if (partitions !== undefined) {
      throw refuse("--partitions and --group exclude each other: a group shares out the partitions itself");
    }
    if (!args.commit && from !== undefined) {
      throw refuse(
        `--no-commit starts where group ${args.group} is, so leave out --${given[0]}, or leave out --group`,
      );
    }
  }
  if (sessionTimeoutMs !== undefined) checkSessionTimeout(sessionTimeoutMs);
  if (from?.kind === "offset" && partitions !== undefined) {
    const stray = [...from.byPartition.keys()].filter((partition) => !partitions.includes(partition));
    if (stray.length > 0) {
      throw refuse(
        `--from-offset names partition ${stray.join(", ")}, which --partitions ${args.partitions} leaves out`,
      );
    }
  }
  return { fromBeginning: args["from-beginning"], from, partitions, commits: args.commit, sessionTimeoutMs };
}

function parseStart(args: StartArgs, nowMs: number): StartChoice | undefined {
  const timeMs = parseTimeOption("from-time", args["from-time"], nowMs);
  if (timeMs !== undefined) {
    if (timeMs > nowMs) throw refuse(`--from-time ${args["from-time"]} is still to come`);
    return { kind: "time", flag: "--from-time", timeMs };
  }
  const records = parseIntegerOption("last", args.last, { min: 1 });
  if (records !== undefined) return { kind: "last", flag: "--last", records };
  const texts = args["from-offset"] ?? [];
  return texts.length === 0 ? undefined : parseOffsets(texts.map(String));
}

function parseOffsets(texts: readonly string[]): StartChoice {
  let everywhere: number | undefined;
  const byPartition = new Map<number, number>();
  for (const text of texts) {
    const match = /^(?:(\d{1,9}):)?(\d{1,15})$/.exec(text);
    if (match === null) {
      throw refuse(
        `--from-offset ${JSON.stringify(text)} is neither an offset nor PARTITION:OFFSET, for example 0:1200`,
      );
    }
    const offset = Number(match[2]);
    if (match[1] === undefined) {
      if (everywhere !== undefined) throw refuse("--from-offset without a partition is given twice");
      everywhere = offset;
    } else {
      const partition = Number(match[1]);
      if (byPartition.has(partition)) throw refuse(`--from-offset names partition ${partition} twice`);
      byPartition.set(partition, offset);
    }
  }
  return { kind: "offset", flag: "--from-offset", everywhere, byPartition };
}

/** A set of partitions, in their order; undefined stays undefined. Throws UsageError. */
export function parsePartitions(text: string | undefined): readonly number[] | undefined {
  if (text === undefined) return undefined;
  if (!/^\s*\d{1,9}(?:\s*,\s*\d{1,9})*\s*$/.test(text)) {
    throw refuse(`--partitions ${JSON.stringify(text)} is no list of partitions, for example 0,2`);
  }
  return [...new Set(text.split(",").map(Number))].sort((one, other) => one - other);
}

function checkSessionTimeout(timeoutMs: number): void {
  const { min, max } = sessionBoundsMs;
  if (timeoutMs >= min && timeoutMs <= max) return;
  throw refuse("--session-timeout takes 6s to 30m, which is what brokers allow if not told otherwise");
}

function refuse(message: string): UsageError {
  return new UsageError("usage", message);
}
