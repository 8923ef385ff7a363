/**
 * What the X emulator allows and how it treats its clients: options of `up`.
 */
import type { ConnectionPolicy, XAppOptions } from "../emulators/x/app.ts";
import type { Tier } from "../emulators/x/limits.ts";
import { parseDurationOption, parseIntegerOption, UsageError } from "./usage-error.ts";

const group = "X emulator:";

const tierOfWord: Readonly<Record<string, Tier>> = {
  "pay-per-use": "pay-per-use",
  ppu: "pay-per-use",
  enterprise: "enterprise",
};
const tierWords = Object.keys(tierOfWord);

export const xAccessOptions = {
  "x-tier": {
    choices: tierWords,
    requiresArg: true,
    group,
    describe: "access level, which sets limits and allows backfill [pay-per-use]",
  },
  "x-app": {
    type: "string",
    array: true,
    nargs: 1,
    group,
    describe: "TOKEN=TIER, several times: apps with rules, limits, streams and usage of their own",
  },
  "x-too-many": {
    choices: ["refuse", "replace"],
    requiresArg: true,
    group,
    describe: "what one stream too many does: is refused, or replaces the oldest [refuse]",
  },
  "x-ghost": {
    type: "string",
    requiresArg: true,
    group,
    describe: "how long a client that left still counts as connected, for example 10s [0s]",
  },
  "x-rule-delay": {
    type: "string",
    requiresArg: true,
    group,
    describe: "how long a change of the rules takes to reach open streams [0s]",
  },
  "x-usage-cap": {
    type: "number",
    requiresArg: true,
    group,
    describe: "posts that an app may read in a month [3000000; enterprise: no cap]",
  },
  "x-credits": {
    type: "number",
    requiresArg: true,
    group,
    describe: "dollars that an app has; a post costs 0.005 [no end of them]",
  },
  "x-clock-speed": {
    type: "number",
    requiresArg: true,
    group,
    describe: "how fast the emulator's time goes: rate, heartbeats, windows, ghosts, delays [1]",
  },
} as const;

export interface XAccessArgs {
  readonly "x-tier"?: string | undefined;
  readonly "x-app"?: readonly (string | number)[] | undefined;
  readonly "x-too-many"?: ConnectionPolicy | undefined;
  readonly "x-ghost"?: string | undefined;
  readonly "x-rule-delay"?: string | undefined;
  readonly "x-usage-cap"?: number | undefined;
  readonly "x-credits"?: number | undefined;
}

export interface XAccessSettings extends Pick<XAppOptions, "tier" | "limits" | "credits"> {
  readonly apps?: readonly (XAppOptions & { readonly token: string })[];
  readonly policy?: ConnectionPolicy;
  readonly ghostMs?: number;
  readonly ruleDelayMs?: number;
}

/** Throws UsageError. */
export function parseXAccessOptions(args: XAccessArgs): XAccessSettings {
  const cap = parseIntegerOption("x-usage-cap", args["x-usage-cap"], { min: 1 });
  const credits = args["x-credits"];
  if (credits !== undefined && !(Number.isFinite(credits) && credits >= 0)) {
    throw new UsageError("usage", "--x-credits takes an amount of dollars, 0 or more");
  }
  const common = {
    ...(cap === undefined ? {} : { limits: { postsPerMonth: cap } }),
    ...(credits === undefined ? {} : { credits }),
  };
  const tier = args["x-tier"] === undefined ? undefined : tierOfWord[args["x-tier"]];
  const apps = args["x-app"]?.map((text) => ({ ...common, ...parseApp(String(text)) }));
  const tokens = new Set(apps?.map(({ token }) => token));
  if (apps !== undefined && tokens.size < apps.length) {
    throw new UsageError("usage", "--x-app names the same token twice");
  }
  const ghostMs = parseDurationOption("x-ghost", args["x-ghost"]);
  const ruleDelayMs = parseDurationOption("x-rule-delay", args["x-rule-delay"]);
  return {
    ...common,
    ...(tier === undefined ? {} : { tier }),
    ...(apps === undefined ? {} : { apps }),
    ...(args["x-too-many"] === undefined ? {} : { policy: args["x-too-many"] }),
    ...(ghostMs === undefined ? {} : { ghostMs }),
    ...(ruleDelayMs === undefined ? {} : { ruleDelayMs }),
  };
}

/** Default 1. Throws UsageError. */
export function parseClockSpeed(speed: number | undefined): number {
  if (speed === undefined) return 1;
  if (Number.isFinite(speed) && speed > 0 && speed <= 100_000) return speed;
  throw new UsageError("usage", "--x-clock-speed takes a number above 0, 100000 at most");
}

/** A token may hold `=` itself: the tier stands after the last one. */
function parseApp(text: string): { readonly token: string; readonly tier: Tier } {
  const at = text.lastIndexOf("=");
  const token = text.slice(0, at);
  const tier = tierOfWord[text.slice(at + 1)];
  if (at > 0 && token.trim() !== "" && tier !== undefined) return { token, tier };
  throw new UsageError("usage", `--x-app takes TOKEN=TIER, where TIER is one of ${tierWords.join(", ")}`);
}
