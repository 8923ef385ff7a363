/**
 * What the X emulator plays: the options that `up` and `demo` share.
 */
import type { CutMode } from "../emulators/x/cut.ts";
import type { RateProfile } from "../emulators/x/pace.ts";
import type { XSource } from "../emulators/x/start.ts";
import { parseIntegerOption, UsageError } from "./usage-error.ts";

const group = "X emulator:";
const defaultRate = "50";

export const xEmulatorOptions = {
  "x-replay": {
    type: "string",
    requiresArg: true,
    group,
    describe:
      "play recorded X API v2 posts, one a line (plain, gzip or Zstandard), instead of generated ones",
  },
  "x-rate": { type: "string", requiresArg: true, group, describe: `posts a second, or max [${defaultRate}]` },
  "x-profile": {
    choices: ["steady", "burst", "silence"],
    requiresArg: true,
    group,
    describe:
      "the rate, steady; in a burst 5 to 10 times it for 10 s of every minute; or with a silence of 45 s in every 90 s [steady]",
  },
  "x-live": {
    type: "boolean",
    group,
    describe: "posts go on while no stream is open, as X's do, and are lost [they wait]",
  },
  "x-loop": {
    type: "number",
    requiresArg: true,
    group,
    implies: "x-replay",
    describe: "play the file that many times more, with fresh ids",
  },
  "x-posts": {
    type: "number",
    requiresArg: true,
    group,
    describe: "stop the generator after that many posts",
  },
  "x-seed": { type: "number", requiresArg: true, group, describe: "the same seed gives the same posts" },
  "x-cut": {
    choices: ["bytes", "utf8", "crlf", "heartbeats"],
    requiresArg: true,
    group,
    describe:
      "cut the stream at every byte, inside characters, before line endings, or glue heartbeats to posts",
  },
  "x-token": { type: "string", requiresArg: true, group, describe: "the one bearer token that is accepted" },
} as const;

export interface XEmulatorArgs {
  readonly "x-replay"?: string | undefined;
  readonly "x-rate"?: string | undefined;
  readonly "x-profile"?: RateProfile | undefined;
  readonly "x-live"?: boolean | undefined;
  readonly "x-loop"?: number | undefined;
  readonly "x-posts"?: number | undefined;
  readonly "x-seed"?: number | undefined;
  readonly "x-cut"?: CutMode | undefined;
  readonly "x-token"?: string | undefined;
}

export interface XEmulatorSettings {
  readonly source: XSource;
  readonly cut?: CutMode;
  readonly token?: string;
}

/** Throws UsageError for a number that is none, and for generator options beside a replay. */
export function parseXEmulatorOptions(args: XEmulatorArgs): XEmulatorSettings {
  const ratePerSecond = parseRate(args["x-rate"] ?? defaultRate);
  const loop = parseIntegerOption("x-loop", args["x-loop"], { min: 0 });
  const count = parseIntegerOption("x-posts", args["x-posts"], { min: 1 });
  const seed = parseIntegerOption("x-seed", args["x-seed"], { min: 0, max: 2 ** 32 - 1 });
  const file = args["x-replay"];
  if (file !== undefined && (count !== undefined || seed !== undefined)) {
    throw new UsageError("usage", "--x-posts and --x-seed are for the generator; --x-replay plays a file");
  }
  const goesOn = args["x-live"] === true;
  if (goesOn && ratePerSecond === "max") {
    throw new UsageError(
      "usage",
      "--x-live needs a --x-rate in posts a second: at max all would be lost at once",
    );
  }
  const rate = { ratePerSecond, goesOn, profile: args["x-profile"] ?? "steady" };
  const source: XSource =
    file === undefined
      ? {
          kind: "generated",
          ...rate,
          ...(count === undefined ? {} : { count }),
          ...(seed === undefined ? {} : { seed }),
        }
      : { kind: "replay", file, ...rate, ...(loop === undefined ? {} : { loop }) };
  return {
    source,
    ...(args["x-cut"] === undefined ? {} : { cut: args["x-cut"] }),
    ...(args["x-token"] === undefined ? {} : { token: args["x-token"] }),
  };
}

function parseRate(text: string): number | "max" {
  if (text === "max") return "max";
  const rate = Number(text);
  if (text.trim() === "" || !Number.isFinite(rate) || rate <= 0) {
    throw new UsageError(
      "usage",
      `--x-rate ${JSON.stringify(text)} is not a number of posts a second, or max`,
    );
  }
  return rate;
}
