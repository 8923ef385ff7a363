/**
 * The times in which the stream was away: from the last line of a connection that was lost to the next connection.
 * Each is told once, when the first post after it is known, or when the run ends.
 */
import type { Clock } from "../kernel/clock.ts";
import { isJsonObject } from "../kernel/json.ts";
import { openPartOf, type SourceGap } from "../source/port.ts";
import type { Log } from "../telemetry/log.ts";
import type { XStreamCounters } from "./counters.ts";
import type { QueuedLine } from "./line-sink.ts";
import { parseLine } from "./parse-line.ts";

export interface GapWatch {
  /** A connection is lost; `lastPost` is the last line of its that may be a post. */
  lost(loss: { readonly cause: string; readonly lastPost: QueuedLine | null }): void;
  /** The next connection stands; up to `missingSinceMs` everything came before it. */
  regained(again: {
    readonly missingSinceMs: number | null;
    readonly backfillMinutes: number | null;
    readonly atMs: number;
  }): void;
  /** A line that may be a post. Called for each, and quick once no gap is open. */
  seen(line: QueuedLine): void;
  /** Nothing more will come. What is missing counts only when the stream is away now. */
  end(missingSinceMs: number | null): void;
}

export interface GapWatchOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: XStreamCounters;
  /** Of an earlier run. */
  readonly lastPostId: string | null;
  readonly onGap: (gap: SourceGap) => void;
}

export function createGapWatch(options: GapWatchOptions): GapWatch {
  const { clock, log, counters, onGap } = options;
  let loss = { cause: "restart", lastPostId: options.lastPostId };
  let open: Omit<SourceGap, "nextPostId"> | null = null;
  let away = false;

  const measure = (fromMs: number, toMs: number, backfilledFromMs: number | null) => ({
    ...loss,
    fromMs: Math.min(fromMs, toMs),
    toMs,
    backfilledFromMs,
  });
  const tell = (gap: SourceGap) => {
    open = null;
    counters.gaps += 1;
    const missed = openPartOf(gap);
    if (missed === null) counters.gapsBackfilled += 1;
    else counters.gapMs += missed.toMs - missed.fromMs;
    onGap(gap);
  };
  /** Tells a gap after which no post came, unless one that begins now takes it in. */
  const settle = (missingSinceMs: number | null) => {
    if (open === null) return;
    const { fromMs } = open;
    if (missingSinceMs !== null && missingSinceMs <= fromMs) open = null;
    else tell({ ...open, nextPostId: null });
  };

  return {
    lost({ cause, lastPost }) {
      away = true;
      // A connection without a post leaves the last one before it.
      loss = { cause, lastPostId: (lastPost === null ? null : readPostId(lastPost)) ?? loss.lastPostId };
    },
    regained({ missingSinceMs, backfillMinutes, atMs }) {
      away = false;
      settle(missingSinceMs);
      if (missingSinceMs === null) return;
      const fromMs = backfillMinutes === null ? null : atMs - backfillMinutes * 60_000;
      open = measure(missingSinceMs, atMs, fromMs);
      logGap(log, open);
    },
    seen(line) {
      if (open === null) return;
      const nextPostId = readPostId(line);
      if (nextPostId !== null) tell({ ...open, nextPostId });
    },
    end(missingSinceMs) {
      settle(away ? missingSinceMs : null);
      if (!away || missingSinceMs === null) return;
      const gap = measure(missingSinceMs, clock.now(), null);
      logGap(log, gap);
      tell({ ...gap, nextPostId: null });
    },
  };
}

function logGap(log: Log, gap: Omit<SourceGap, "nextPostId">): void {
  const missed = openPartOf({ ...gap, nextPostId: null });
  const fields = {
    from: new Date((missed ?? gap).fromMs).toISOString(),
    to: new Date((missed ?? gap).toMs).toISOString(),
    ms: (missed ?? gap).toMs - (missed ?? gap).fromMs,
    cause: gap.cause,
    ...(gap.lastPostId === null ? {} : { lastPostId: gap.lastPostId }),
  };
  if (missed === null) log.info("X's stream was away; X sends again what was posted meanwhile", fields);
  else log.warn("X's stream was away; posts that matched meanwhile may be missing", fields);
}

/** The id of a post; null for a line that is none. */
function readPostId(line: QueuedLine): string | null {
  if (line.kind === "malformed") return null;
  let payload: unknown;
  if (line.kind === "post") payload = line.payload;
  else {
    const parsed = parseLine(line.raw);
    payload = parsed.kind === "post" ? parsed.payload : null;
  }
  const data = isJsonObject(payload) && isJsonObject(payload.data) ? payload.data : {};
  return typeof data.id === "string" ? data.id : null;
}
