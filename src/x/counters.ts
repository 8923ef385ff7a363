/**
 * What a stream counts, for telemetry: numbers that only grow.
 */
import type { ConnectBudget } from "./answer-times.ts";
import type { FailureClass } from "./failure.ts";
import { failureClasses } from "./failure.ts";
import { type DropReason, dropReasons } from "./read-body.ts";

export interface XStreamCounters {
  /** Connects that X answered with a stream. */
  connects: number;
  /** Connects that were refused or failed, by kind. */
  readonly refusals: Record<FailureClass, number>;
  /** Calls about rules that failed, by kind. */
  readonly ruleRefusals: Record<FailureClass, number>;
  readonly disconnects: Record<DropReason, number>;
  heartbeats: number;
  /** Stream-level messages of X that are no posts. */
  notices: number;
  /** The same by what they say: `SlowReader`, `TooManyConnections`, `usage-capped`, ... */
  readonly noticeTypes: Record<string, number>;
  /** Times in which the stream was away, and those of them that X was asked to fill. */
  gaps: number;
  gapsBackfilled: number;
  /** Milliseconds of them that nothing filled. */
  gapMs: number;
  /** Connections that X still counted and was made to end. */
  ghostsKilled: number;
  /** Connects that X's rate window had left when it last said so. */
  connectBudget: ConnectBudget | null;
  /** Lines received that are not heartbeats or notices. */
  lines: number;
  /** Lines cut off by a disconnect of X's, which nobody can read. */
  partialLines: number;
  /** Decompressed bytes. */
  bytes: number;
  /** Milliseconds in which the socket was not read, for the reader was slower. */
  pausedMs: number;
  /** When the last byte came, milliseconds since the epoch; null before the first. */
  lastByteAtMs: number | null;
}

export function createCounters(): XStreamCounters {
  return {
    connects: 0,
    refusals: zeros(failureClasses),
    ruleRefusals: zeros(failureClasses),
    disconnects: zeros(dropReasons),
    heartbeats: 0,
    notices: 0,
    noticeTypes: {},
    gaps: 0,
    gapsBackfilled: 0,
    gapMs: 0,
    ghostsKilled: 0,
    connectBudget: null,
    lines: 0,
    partialLines: 0,
    bytes: 0,
    pausedMs: 0,
    lastByteAtMs: null,
  };
}

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}
