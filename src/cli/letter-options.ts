/**
 * Which dead letters: the options that `dlq list`, `dlq explain` and `dlq redrive` share.
 */
import type { TopicName } from "../kernel/brand.ts";
import type { LetterFilter } from "../operations/dead-letters.ts";
import { type LetterPlace, parsePlace, printPlace } from "../operations/receipt.ts";
import { topicOfDeadLetters } from "../pipeline/letter-topic.ts";
import { ownSubjects } from "./open-clients.ts";
import { parseTimeOption } from "./time-option.ts";
import { UsageError } from "./usage-error.ts";

export const letterOptions = {
  reason: {
    type: "string",
    array: true,
    nargs: 1,
    describe: "only those with this reason, for example invalid-json; may be repeated",
  },
  stage: {
    type: "string",
    array: true,
    nargs: 1,
    describe: "only those of this stage (parse, map, encode, produce, decode); may be repeated",
  },
  "from-time": {
    type: "string",
    requiresArg: true,
    describe: "only those given up at that time or later: 2026-01-31T12:00:00Z, or how long ago: 2h",
  },
} as const;

/** Those of a look at several. */
export const letterListOptions = {
  ...letterOptions,
  last: { type: "number", requiresArg: true, describe: "only the newest so many" },
  all: { type: "boolean", default: false, describe: "those too that were redriven or forgotten" },
  format: {
    choices: ["text", "json"],
    default: "text",
    requiresArg: true,
    describe: "text for people, or one JSON object a line",
  },
} as const;

export interface LetterArgs {
  readonly reason?: readonly (string | number)[] | undefined;
  readonly stage?: readonly (string | number)[] | undefined;
  readonly "from-time"?: string | undefined;
}

/** Throws UsageError. */
export function parseLetterFilter(args: LetterArgs, nowMs: number): LetterFilter {
  return {
    reasons: args.reason?.map(String),
    stages: args.stage?.map(String),
    fromMs: parseTimeOption("from-time", args["from-time"], nowMs),
  };
}

/** What a command on these letters has to say of their topic, with a space before it; empty for our own. */
export function flagOfTopic(deadLetterTopic: TopicName): string {
  const isOwn = ownSubjects().some(({ topic }) => topic === deadLetterTopic);
  return isOwn ? "" : ` --topic ${topicOfDeadLetters(deadLetterTopic)}`;
}

/** Throws UsageError. */
export function parsePlaceArgument(text: string): LetterPlace {
  const place = parsePlace(text);
  if (place !== null) return place;
  throw new UsageError(
    "usage",
    `${JSON.stringify(text)} is not PARTITION:OFFSET, for example 0:17; \`birdwire dlq list\` shows them`,
  );
}

/** Places as a filter has them; undefined for none. Throws UsageError. */
export function parsePlaces(
  texts: readonly (string | number)[] | undefined,
): ReadonlySet<string> | undefined {
  return texts === undefined || texts.length === 0
    ? undefined
    : new Set(texts.map((text) => printPlace(parsePlaceArgument(String(text)))));
}
