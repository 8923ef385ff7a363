/**
 * What X allows, by access tier, and the 15-minute windows that requests are counted in. Source: x-api facts 1.8.
 */
import type { Clock } from "../../kernel/clock.ts";

export type Tier = "pay-per-use" | "enterprise";

export interface Limits {
  readonly rules: number;
  readonly ruleChars: number;
  readonly connections: number;
  /** Posts for each connection and second when the source has a numeric rate; null: none. */
  readonly deliveriesPerSecond: number | null;
  /** How much may wait for a slow reader at a numeric rate before its connection is cut. */
  readonly maxQueuedBytes: number;
  /** `backfill_minutes` and recovery are for this tier. */
  readonly backfill: boolean;
  readonly connectsPerWindow: number;
  readonly ruleReadsPerWindow: number;
  readonly ruleWritesPerWindow: number;
}

const common = {
  maxQueuedBytes: 8 * 1024 * 1024,
  connectsPerWindow: 50,
  ruleReadsPerWindow: 450,
  ruleWritesPerWindow: 100,
} as const;

export const limitsOfTier: Readonly<Record<Tier, Limits>> = {
  "pay-per-use": {
    ...common,
    rules: 1000,
    ruleChars: 1024,
    connections: 1,
    deliveriesPerSecond: 250,
    backfill: false,
  },
  enterprise: {
    ...common,
    rules: 25_000,
    ruleChars: 2048,
    connections: 2,
    deliveriesPerSecond: null,
    backfill: true,
  },
};

const windowMs = 15 * 60_000;

export interface WindowState {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Seconds since the epoch at which the window begins anew. */
  readonly reset: number;
}

/** Counts requests in windows that begin with their first request. */
export function createRateWindow(limit: number, clock: Clock): { take(): WindowState } {
  let endsAtMs = Number.NEGATIVE_INFINITY;
  let used = 0;
  return {
    take() {
      const now = clock.now();
      if (now >= endsAtMs) {
        endsAtMs = now + windowMs;
        used = 0;
      }
      const allowed = used < limit;
      if (allowed) used++;
      return { allowed, limit, remaining: limit - used, reset: Math.ceil(endsAtMs / 1000) };
    },
  };
}
