/**
 * What X allows, by access tier. Source: x-api facts 1.4, 1.8; the docs' rate-limit table and usage page.
 */
import { maxRuleChars } from "../../rules/problem.ts";

export const tiers = ["pay-per-use", "enterprise"] as const;
export type Tier = (typeof tiers)[number];

export interface Limits {
  readonly rules: number;
  readonly ruleChars: number;
  readonly connections: number;
  /** Streams of the past (`start_time` to `end_time`) that may run at the same time; 0: the tier has none. */
  readonly recoveryJobs: number;
  /** Posts for each connection and second when the source has a numeric rate; null: none. */
  readonly deliveriesPerSecond: number | null;
  /** How much may wait for a slow reader at a numeric rate before its connection is cut. */
  readonly maxQueuedBytes: number;
  /** `backfill_minutes` is for this tier. */
  readonly backfill: boolean;
  /** Post reads in a calendar month (UTC); null: no cap. The tier's own stops nobody at rate "max". */
  readonly postsPerMonth: number | null;
  readonly connectsPerWindow: number;
  readonly ruleReadsPerWindow: number;
  readonly ruleWritesPerWindow: number;
  readonly usageReadsPerWindow: number;
  readonly connectionKillsPerWindow: number;
  /** What the docs have no number for. */
  readonly otherPerWindow: number;
}

const common = {
  maxQueuedBytes: 8 * 1024 * 1024,
  connectsPerWindow: 50,
  ruleReadsPerWindow: 450,
  ruleWritesPerWindow: 100,
  usageReadsPerWindow: 50,
  connectionKillsPerWindow: 25,
  otherPerWindow: 450,
} as const;

export const limitsOfTier: Readonly<Record<Tier, Limits>> = {
  "pay-per-use": {
    ...common,
    rules: 1000,
    ruleChars: maxRuleChars["pay-per-use"],
    connections: 1,
    recoveryJobs: 0,
    deliveriesPerSecond: 250,
    backfill: false,
    postsPerMonth: 3_000_000,
  },
  enterprise: {
    ...common,
    rules: 25_000,
    ruleChars: maxRuleChars.enterprise,
    connections: 2,
    recoveryJobs: 2,
    deliveriesPerSecond: null,
    backfill: true,
    postsPerMonth: null,
  },
};
