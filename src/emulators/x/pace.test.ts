import { describe, expect, test } from "@jest/globals";
import { createManualClock, createSystemClock } from "../../kernel/clock.ts";
import { createPace, type RateProfile } from "./pace.ts";

/** Posts of each second. */
async function play(profile: RateProfile, seconds: number, seed = 1): Promise<number[]> {
  const clock = createManualClock(1_000_000);
  const stop = new AbortController();
  const pace = createPace({ ratePerSecond: 20, profile, seed, clock, signal: stop.signal });
  const perSecond = Array.from({ length: seconds }, () => 0);
  const playing = (async () => {
    for (;;) {
      const due = await pace.take(64);
      if (due === 0) return;
      const second = Math.floor((clock.now() - 1_000_000) / 1000);
      if (second < seconds) perSecond[second] = (perSecond[second] ?? 0) + due;
    }
  })();
  await clock.advance(seconds * 1000);
  stop.abort();
  await playing;
  return perSecond;
}

const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);

describe("a pace", () => {
  test("that is steady gives as many each second", async () => {
    const perSecond = await play("steady", 60);
    expect(perSecond.slice(1).every((count) => count >= 19 && count <= 21)).toBe(true);
  });

  test("on a clock that goes a thousand times as fast gives a thousand times as many", async () => {
    const clock = createSystemClock(1000);
    const stop = new AbortController();
    const pace = createPace({ ratePerSecond: 20, profile: "steady", seed: 1, clock, signal: stop.signal });
    const startMs = clock.now();
    let given = 0;
    while (given < 4000) given += await pace.take(64);
    expect(given / ((clock.now() - startMs) / 1000)).toBeGreaterThan(15);
  });

  test("with bursts goes 5 to 10 times as fast for 10 s of each minute, by its seed", async () => {
    const perSecond = await play("burst", 120);
    const heights = [perSecond.slice(41, 49), perSecond.slice(101, 109)].map((burst) => sum(burst) / 8 / 20);
    for (const height of heights) {
      expect(height).toBeGreaterThanOrEqual(4.9);
      expect(height).toBeLessThanOrEqual(10.1);
    }
    expect(heights[0]).not.toBe(heights[1]);
    expect(sum(perSecond.slice(5, 35)) / 30).toBeCloseTo(20, 0);
    expect(await play("burst", 120)).toEqual(perSecond);
    expect(await play("burst", 120, 2)).not.toEqual(perSecond);
  });

  test("with silences gives nothing for 45 s of each 90, and no more than before afterwards", async () => {
    const perSecond = await play("silence", 135);
    expect(sum(perSecond.slice(46, 89))).toBe(0);
    expect(sum(perSecond.slice(1, 44)) / 43).toBeCloseTo(20, 0);
    expect(Math.max(...perSecond.slice(90))).toBeLessThanOrEqual(26);
  });
});
