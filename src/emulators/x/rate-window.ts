/**
 * The 15-minute windows that an app's requests are counted in, one for each kind of request. Source: x-api facts 1.8.
 */
import type { Clock } from "../../kernel/clock.ts";
import type { Limits } from "./limits.ts";

export type WindowName =
  | "connect"
  | "readRules"
  | "countRules"
  | "writeRules"
  | "usage"
  | "killConnections"
  | "other";

export interface WindowState {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Seconds since the epoch at which the window begins anew. */
  readonly reset: number;
}

export interface RateWindow {
  /** Counts one request. */
  take(): WindowState;
  /** Begins anew with the next request. */
  reset(): void;
}

export type RateWindows = Readonly<Record<WindowName, RateWindow>>;

const windowMs = 15 * 60_000;

/** Counts requests in windows that begin with their first request. */
export function createRateWindow(limit: number, clock: Clock): RateWindow {
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
    reset() {
      endsAtMs = Number.NEGATIVE_INFINITY;
    },
  };
}

export function createRateWindows(limits: Limits, clock: Clock): RateWindows {
  return {
    connect: createRateWindow(limits.connectsPerWindow, clock),
    readRules: createRateWindow(limits.ruleReadsPerWindow, clock),
    countRules: createRateWindow(limits.otherPerWindow, clock),
    writeRules: createRateWindow(limits.ruleWritesPerWindow, clock),
    usage: createRateWindow(limits.usageReadsPerWindow, clock),
    killConnections: createRateWindow(limits.connectionKillsPerWindow, clock),
    other: createRateWindow(limits.otherPerWindow, clock),
  };
}
