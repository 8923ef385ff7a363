/**
 * What a stream counts, for telemetry: numbers that only grow.
 */
import type { FailureClass } from "./failure.ts";
import { failureClasses } from "./failure.ts";
import { type DropReason, dropReasons } from "./read-body.ts";

export interface XStreamCounters {
  /** Connects that X answered with a stream. */
  connects: number;
  /** Connects that were refused or failed, by kind. */
  readonly refusals: Record<FailureClass, number>;
  readonly disconnects: Record<DropReason, number>;
  heartbeats: number;
  /** Stream-level messages of X that are no posts. */
  notices: number;
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
    disconnects: zeros(dropReasons),
    heartbeats: 0,
    notices: 0,
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
