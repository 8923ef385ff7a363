import { describe, expect, test } from "@jest/globals";
import type { SourceGap } from "../source/port.ts";
import { createGapLog } from "./gap-log.ts";

const startMs = Date.UTC(2026, 0, 31, 12);
const gap = (more: Partial<SourceGap> = {}): SourceGap => ({
  cause: "reset",
  fromMs: startMs,
  toMs: startMs + 1_500,
  lastPostId: "1",
  nextPostId: "2",
  backfilledFromMs: null,
  ...more,
});

describe("createGapLog", () => {
  test("has no rows without a gap", () => {
    expect(createGapLog().rows()).toEqual([]);
  });

  test("tells bounds, and what X sent again of them", () => {
    const log = createGapLog();
    log.add(gap());
    log.add(gap({ backfilledFromMs: startMs - 60_000, lastPostId: null }));
    log.add(gap({ toMs: startMs + 600_000, backfilledFromMs: startMs + 300_000, nextPostId: null }));
    expect(log.rows()).toEqual([
      ["gaps", "3, 1 sent again by X, 2 open"],
      [
        "gap",
        "2026-01-31T12:00:00.000Z to 2026-01-31T12:00:01.500Z (1.5 s), after post 1, before post 2, open: reset",
      ],
      ["gap", "2026-01-31T12:00:00.000Z to 2026-01-31T12:00:01.500Z (1.5 s), before post 2, sent again by X"],
      ["gap", "2026-01-31T12:00:00.000Z to 2026-01-31T12:05:00.000Z (300.0 s), after post 1, open: reset"],
    ]);
  });

  test("counts all and tells the last ten", () => {
    const log = createGapLog();
    for (let n = 0; n < 25; n++) log.add(gap({ lastPostId: `${n}` }));
    const rows = log.rows();
    expect(rows).toHaveLength(11);
    expect(rows[0]).toEqual(["gaps", "25, 25 open"]);
    expect(rows[1]?.[1]).toContain("after post 15");
  });
});
