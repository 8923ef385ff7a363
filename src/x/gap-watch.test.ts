import { describe, expect, test } from "@jest/globals";
import { createManualClock } from "../kernel/clock.ts";
import type { SourceGap } from "../source/port.ts";
import { silentLog } from "../telemetry/log.ts";
import { createCounters } from "./counters.ts";
import { createGapWatch } from "./gap-watch.ts";
import { LineBlock } from "./line-block.ts";
import type { QueuedLine } from "./line-sink.ts";

const origin = { kind: "x", connection: 1, receivedAtMs: 0 } as const;
const line = (id: string): QueuedLine => {
  const bytes = Buffer.from(JSON.stringify({ data: { id, text: "x" } }));
  return new LineBlock(bytes).hold(origin, 0, bytes.length);
};

function createWatch(nowMs = 10_000) {
  const gaps: SourceGap[] = [];
  const counters = createCounters();
  const clock = createManualClock(nowMs);
  const onGap = (gap: SourceGap) => gaps.push(gap);
  const watch = createGapWatch({ clock, log: silentLog, counters, lastPostId: null, onGap });
  return { watch, gaps, counters };
}

describe("the gap watch", () => {
  test("tells nothing of a first connection", () => {
    const { watch, gaps } = createWatch();
    watch.regained({ missingSinceMs: null, backfillMinutes: null, atMs: 1 });
    watch.seen(line("1"));
    watch.end(null);
    expect(gaps).toEqual([]);
  });

  test("tells a gap with the first post after it, whatever lines come before that", () => {
    const { watch, gaps } = createWatch();
    watch.lost({ cause: "reset", lastPost: line("1") });
    watch.regained({ missingSinceMs: 1_000, backfillMinutes: null, atMs: 3_000 });
    watch.seen({ kind: "malformed", origin, raw: Buffer.from("{"), message: "x" });
    watch.seen({ kind: "post", origin, raw: Buffer.from("{}"), payload: { event: "x" } });
    expect(gaps).toEqual([]);
    watch.seen(line("2"));
    watch.seen(line("3"));
    expect(gaps).toEqual([
      {
        cause: "reset",
        fromMs: 1_000,
        toMs: 3_000,
        lastPostId: "1",
        nextPostId: "2",
        backfilledFromMs: null,
      },
    ]);
  });

  test("takes a gap that was to be filled and was not into the one that follows", () => {
    const { watch, gaps, counters } = createWatch();
    watch.lost({ cause: "reset", lastPost: line("1") });
    for (const atMs of [3_000, 4_000, 5_000]) {
      watch.regained({ missingSinceMs: 1_000, backfillMinutes: 2, atMs });
      watch.lost({ cause: "ended", lastPost: null });
    }
    watch.regained({ missingSinceMs: 1_000, backfillMinutes: 2, atMs: 6_000 });
    watch.seen(line("2"));
    expect(gaps).toMatchObject([
      { cause: "ended", fromMs: 1_000, toMs: 6_000, lastPostId: "1", nextPostId: "2" },
    ]);
    expect(counters).toMatchObject({ gaps: 1, gapsBackfilled: 1, gapMs: 0 });
  });

  test("tells two gaps where a connection between them brought nothing", () => {
    const { watch, gaps, counters } = createWatch();
    watch.lost({ cause: "reset", lastPost: line("1") });
    watch.regained({ missingSinceMs: 1_000, backfillMinutes: null, atMs: 3_000 });
    watch.lost({ cause: "idle", lastPost: null });
    watch.regained({ missingSinceMs: 3_000, backfillMinutes: null, atMs: 4_500 });
    watch.end(3_000);
    expect(gaps).toMatchObject([
      { cause: "reset", fromMs: 1_000, toMs: 3_000, lastPostId: "1", nextPostId: null },
      { cause: "idle", fromMs: 3_000, toMs: 4_500, lastPostId: "1", nextPostId: null },
    ]);
    expect(counters).toMatchObject({ gaps: 2, gapMs: 3_500 });
  });

  test("counts of a gap that is longer than X keeps only what is left open", () => {
    const { watch, gaps, counters } = createWatch();
    watch.lost({ cause: "reset", lastPost: null });
    watch.regained({ missingSinceMs: 0, backfillMinutes: 5, atMs: 1_000_000 });
    watch.seen(line("2"));
    expect(gaps).toMatchObject([{ fromMs: 0, toMs: 1_000_000, backfilledFromMs: 700_000 }]);
    expect(counters).toMatchObject({ gaps: 1, gapsBackfilled: 0, gapMs: 700_000 });
  });

  test("tells at the end that the stream is away", () => {
    const { watch, gaps } = createWatch(10_000);
    watch.lost({ cause: "idle", lastPost: line("1") });
    watch.end(4_000);
    expect(gaps).toMatchObject([{ fromMs: 4_000, toMs: 10_000, lastPostId: "1", nextPostId: null }]);
  });
});
