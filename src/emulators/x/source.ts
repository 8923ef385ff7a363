/**
 * Where the posts of the emulator come from, and how fast.
 */
import type { Log } from "../../telemetry/log.ts";
import { EmulatorError } from "../listen.ts";
import { createGeneratedFeed } from "./generator/generated-feed.ts";
import type { RateProfile } from "./pace.ts";
import type { PostFeed } from "./post-feed.ts";
import { openReplayFeed } from "./replay-feed.ts";

interface Rate {
  /** Posts a second of the emulator's clock, or "max", which waits for the slowest socket. Default 10. */
  readonly ratePerSecond?: number | "max";
  /** How the rate goes up and down. Default "steady". */
  readonly profile?: RateProfile;
  /**
   * After the first stream, posts go on while nobody listens, as on X; what nobody got then is lost, but for backfill
   * and recovery. Not at rate "max". Default: the source waits for the next stream, and each post is played to one.
   */
  readonly goesOn?: boolean;
}

export type XSource =
  | (Rate & {
      readonly kind: "generated";
      /** Default 1. The same seed gives the same posts. */
      readonly seed?: number;
      /** Default: for ever. */
      readonly count?: number;
    })
  | (Rate & {
      readonly kind: "replay";
      /** NDJSON of v2 messages (`{data, includes}`), plain or gzip. */
      readonly file: string;
      /** Rounds after the first, with fresh ids. Default 0: each post once. */
      readonly loop?: number;
    });

const defaultRate = 10;

/** Throws EmulatorError `invalid-option`. */
export function readRate(source: XSource): Required<Rate> & { readonly seed: number } {
  const { ratePerSecond = defaultRate, profile = "steady", goesOn = false } = source;
  if (ratePerSecond !== "max" && !(Number.isFinite(ratePerSecond) && ratePerSecond > 0)) {
    throw invalid(`a rate is "max" or more than 0 posts a second, not ${ratePerSecond}`);
  }
  if (goesOn && ratePerSecond === "max") {
    throw invalid(`posts cannot go on at rate "max" while nobody listens: give a number of posts a second`);
  }
  const seed = source.kind === "generated" ? checkWhole("seed", source.seed ?? 1) : 1;
  return { ratePerSecond, profile, goesOn, seed };
}

/** Throws EmulatorError `invalid-option` or `unreadable-replay`. */
export async function openFeed(source: XSource, log: Log): Promise<PostFeed> {
  if (source.kind === "replay") {
    return openReplayFeed({ file: source.file, loop: checkWhole("loop", source.loop ?? 0), log });
  }
  const count = source.count === undefined ? null : checkWhole("count", source.count);
  return createGeneratedFeed({ seed: checkWhole("seed", source.seed ?? 1), count });
}

/** Throws EmulatorError `invalid-option`. */
export function checkWhole(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid(`${name} is a whole number from 0, not ${value}`);
}

function invalid(message: string): EmulatorError {
  return new EmulatorError("invalid-option", message);
}
