/**
 * The record loop: lines from a source are kept as they came, whatever they are, until the run ends.
 */
import type { Clock } from "../kernel/clock.ts";
import type { PostSource } from "../source/port.ts";
import type { RecordTally } from "../telemetry/tally.ts";
import { startIdleWatch } from "./idle-watch.ts";

/** Keeps lines. */
export interface LineKeeper {
  /** Takes lines without their endings; waiting holds the source back. */
  append(lines: readonly Buffer[]): Promise<void>;
}

export interface RecordPorts {
  readonly source: PostSource;
  readonly keeper: LineKeeper;
  readonly clock: Clock;
  readonly tally: RecordTally;
}

export interface RecordOptions {
  /** Ends the run once that many lines were kept. */
  readonly maxPosts?: number | undefined;
  /** Ends the run when nothing came for that long, in ms; before the first line at least `firstPostMs`. */
  readonly untilIdleMs?: number | undefined;
  /** Default 10,000. */
  readonly firstPostMs?: number;
  /** Ends the run: what was received is still kept. */
  readonly signal: AbortSignal;
}

export type RecordEnd = "signal" | "limit" | "idle" | "source-ended";

/** Runs until the limit, the idle time, the signal or the end of the source. Rejects with what a port rejects with. */
export async function record(
  { source, keeper, clock, tally }: RecordPorts,
  { maxPosts = Number.POSITIVE_INFINITY, untilIdleMs, firstPostMs = 10_000, signal }: RecordOptions,
): Promise<RecordEnd> {
  const stop = new AbortController();
  const idle = startIdleWatch({ clock, untilIdleMs, firstPostMs, onIdle: () => stop.abort() });
  try {
    for await (const posts of source.read(AbortSignal.any([signal, stop.signal]))) {
      idle.busy();
      tally.received += posts.length;
      const kept = posts.slice(0, maxPosts - tally.recorded);
      await keeper.append(kept.map(({ raw }) => raw));
      tally.recorded += kept.length;
      tally.malformed += kept.filter(({ kind }) => kind === "malformed").length;
      tally.beyondLimit += posts.length - kept.length;
      for (const { raw } of kept) tally.bytes += raw.length + 1;
      if (tally.recorded >= maxPosts) stop.abort();
      idle.waiting();
    }
  } finally {
    idle.stop();
  }
  if (signal.aborted) return "signal";
  if (tally.recorded >= maxPosts) return "limit";
  return idle.expired ? "idle" : "source-ended";
}
