/**
 * How many posts may be played now: a rate in posts a second of the emulator's clock, steady or in a profile.
 */
import type { Clock } from "../../kernel/clock.ts";
import { createRandom } from "./generator/random.ts";

export const rateProfiles = ["steady", "burst", "silence"] as const;
/**
 * `steady`: the rate; `burst`: for 10 s of every minute 5 to 10 times the rate; `silence`: for 45 s of every 90 s
 * nothing at all, which is longer than two heartbeats.
 */
export type RateProfile = (typeof rateProfiles)[number];

export interface Pace {
  /** Forgets the time that has passed since the last post. */
  restart(): void;
  /** 1..max, as soon as one is due; 0 when it was stopped. */
  take(max: number): Promise<number>;
}

export interface PaceOptions {
  readonly ratePerSecond: number | "max";
  readonly profile: RateProfile;
  /** How high each burst goes comes from it. */
  readonly seed: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A machine that slept does not make up for it at once. Real time: a clock that goes faster catches up on more. */
const maxCatchUpMs = 250;
const burst = { everyMs: 60_000, afterMs: 40_000, untilMs: 50_000, least: 5, most: 10 } as const;
const silence = { everyMs: 90_000, afterMs: 45_000 } as const;

export function createPace({ ratePerSecond, profile, seed, clock, signal }: PaceOptions): Pace {
  const startMs = clock.now();
  const realStartMs = performance.now();
  const speedAt = (now: number) =>
    Math.max(1, (now - startMs) / Math.max(1, performance.now() - realStartMs));
  const phaseAt = createProfile(profile, seed);
  let last = startMs;
  let lastRate = 0;
  let credit = 0;
  return {
    restart() {
      last = clock.now();
      credit = 1;
    },
    async take(max) {
      for (;;) {
        const now = clock.now();
        const { factor, endsInMs } = phaseAt(now - startMs);
        const rate = ratePerSecond === "max" ? 0 : ratePerSecond * factor;
        if (ratePerSecond === "max" && factor > 0) return max;
        const catchUp = Math.max(1, (maxCatchUpMs * speedAt(now) * rate) / 1000);
        // A wait ends with its phase: what has passed since was of the one before.
        credit = Math.min(credit + ((now - last) * lastRate) / 1000, catchUp);
        lastRate = rate;
        last = now;
        // A hair below one is one: the clock's milliseconds don't divide every rate.
        const due = factor === 0 ? 0 : Math.min(max, Math.floor(credit + 1e-9));
        if (due >= 1) {
          credit -= due;
          return due;
        }
        const waitMs = rate === 0 ? endsInMs : Math.min(endsInMs, ((1 - credit) * 1000) / rate);
        try {
          await clock.sleep(Math.max(1, Math.ceil(waitMs)), signal);
        } catch {
          return 0;
        }
      }
    },
  };
}

interface Phase {
  /** Times the rate. */
  readonly factor: number;
  readonly endsInMs: number;
}

const always: Phase = { factor: 1, endsInMs: Number.POSITIVE_INFINITY };

/** What the profile says at so many milliseconds since the start. */
function createProfile(profile: RateProfile, seed: number): (elapsedMs: number) => Phase {
  switch (profile) {
    case "steady":
      return () => always;
    case "silence":
      return (elapsedMs) => {
        const at = elapsedMs % silence.everyMs;
        return at < silence.afterMs
          ? { factor: 1, endsInMs: silence.afterMs - at }
          : { factor: 0, endsInMs: silence.everyMs - at };
      };
    case "burst":
      return (elapsedMs) => {
        const at = elapsedMs % burst.everyMs;
        if (at < burst.afterMs) return { factor: 1, endsInMs: burst.afterMs - at };
        if (at >= burst.untilMs) return { factor: 1, endsInMs: burst.everyMs - at };
        const height = createRandom(seed + Math.floor(elapsedMs / burst.everyMs)).next();
        const factor = burst.least + height * (burst.most - burst.least);
        return { factor, endsInMs: burst.untilMs - at };
      };
  }
}
