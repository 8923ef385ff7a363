/**
 * What the routes share: the app that a token belongs to, with its own rules, limits, windows, streams and usage; and
 * what all apps of the emulator have in common.
 */
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../telemetry/log.ts";
import { type ConnectionTable, createConnectionTable } from "./connection-table.ts";
import type { CutMode } from "./cut.ts";
import { createJudge, type Judge } from "./judge.ts";
import type { Ledger } from "./ledger.ts";
import { type Limits, limitsOfTier, type Tier } from "./limits.ts";
import { createPostRing, type PostRing } from "./post-ring.ts";
import { createRateWindows, type RateWindows } from "./rate-window.ts";
import { createRuleStore, type RuleStore } from "./rule-store.ts";
import type { Faults } from "./scenarios/faults.ts";
import { createUsageMeter, type UsageMeter } from "./usage-meter.ts";

/** One stream too many: X was seen to refuse it, while its quickstart says that it closes the oldest instead. */
export const connectionPolicies = ["refuse", "replace"] as const;
export type ConnectionPolicy = (typeof connectionPolicies)[number];

export interface XWorld {
  readonly ledger: Ledger;
  readonly cut: CutMode | undefined;
  readonly keepAliveMs: number;
  readonly policy: ConnectionPolicy;
  /** How long a client that left still counts as connected. */
  readonly ghostMs: number;
  /** How long a change of the rules takes to reach open streams. */
  readonly ruleDelayMs: number;
  /** Whether a reader that is too slow is told so before it is cut off. */
  readonly slowReaderNotice: boolean;
  /** Whether the source waits for nobody, so that queues of slow readers fill. */
  readonly throttled: boolean;
  /** Bytes of past posts that are kept for backfill and recovery, for each app. */
  readonly pastBytes: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly faults: Faults;
  /** Counts streams of all apps from 1. */
  readonly nextConnection: () => number;
  readonly nextSerial: () => number;
  /** To be called when a stream has opened. */
  readonly onStream: () => void;
}

export interface XAppOptions {
  /** The bearer token; undefined: any that is not empty. */
  readonly token?: string;
  /** Default "pay-per-use". */
  readonly tier?: Tier;
  /** Overrides single limits of the tier. */
  readonly limits?: Partial<Limits>;
  /** Prepaid dollars. Default: no end of them. */
  readonly credits?: number;
}

export interface XApp extends XWorld, Disposable {
  /** As the ledger names it: counts from 1. */
  readonly number: number;
  /** As X names it. */
  readonly id: string;
  readonly token: string | undefined;
  readonly tier: Tier;
  readonly limits: Limits;
  readonly rules: RuleStore;
  readonly connections: ConnectionTable;
  readonly windows: RateWindows;
  readonly usage: UsageMeter;
  /** Null: the tier has neither backfill nor recovery. */
  readonly past: PostRing | null;
  readonly judge: Judge;
}

const firstId = 1_000_000;
const dayMs = 86_400_000;

export function createApp(number: number, options: XAppOptions, world: XWorld): XApp {
  const { tier = "pay-per-use", credits = null } = options;
  const limits = { ...limitsOfTier[tier], ...options.limits };
  const { clock } = world;
  const rules = createRuleStore({
    clock,
    delayMs: world.ruleDelayMs,
    nextSerial: world.nextSerial,
    onChange: world.onStream,
  });
  const connections = createConnectionTable({ clock, ghostMs: world.ghostMs });
  const hasPast = limits.backfill || limits.recoveryJobs > 0;
  return {
    ...world,
    number,
    id: String(firstId + number),
    token: options.token,
    tier,
    limits,
    rules,
    connections,
    windows: createRateWindows(limits, clock),
    usage: createUsageMeter({
      clock,
      postsPerMonth: limits.postsPerMonth,
      // A source as fast as can be would reach the tier's cap in half a minute.
      stopsAtCap: world.throttled || options.limits?.postsPerMonth !== undefined,
      credits,
    }),
    past: hasPast ? createPostRing({ maxBytes: world.pastBytes, maxAgeMs: dayMs }) : null,
    judge: createJudge(),
    [Symbol.dispose]() {
      rules[Symbol.dispose]();
      connections[Symbol.dispose]();
    },
  };
}
