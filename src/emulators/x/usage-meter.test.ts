import { describe, expect, test } from "@jest/globals";
import { createManualClock } from "../../kernel/clock.ts";
import { createUsageMeter } from "./usage-meter.ts";

const dayMs = 86_400_000;

function createMeter(options: { postsPerMonth?: number | null; credits?: number | null } = {}) {
  const clock = createManualClock(Date.UTC(2026, 0, 30, 12));
  const { postsPerMonth = null, credits = null } = options;
  const meter = createUsageMeter({ clock, postsPerMonth, credits });
  const read = (posts: number) => {
    for (let n = 0; n < posts; n++) meter.count();
  };
  return { clock, meter, read };
}

describe("the usage of an app", () => {
  test("is counted by UTC day, and by month for the cap", async () => {
    const { clock, meter, read } = createMeter({ postsPerMonth: 5 });
    read(3);
    await clock.advance(dayMs);
    expect(meter).toMatchObject({ state: "open", posts: 3, daysToReset: 1 });
    read(2);
    expect(meter.state).toBe("usage-capped");
    expect(meter.history(7)).toEqual([
      { date: "2026-01-30T00:00:00.000Z", posts: 3 },
      { date: "2026-01-31T00:00:00.000Z", posts: 2 },
    ]);
    expect(meter.history(1)).toHaveLength(1);
    await clock.advance(dayMs);
    expect(meter).toMatchObject({ state: "open", posts: 0, daysToReset: 28 });
  });

  test("is remembered for 90 days", async () => {
    const { clock, meter, read } = createMeter();
    for (let day = 0; day < 200; day++) {
      read(1);
      await clock.advance(dayMs);
    }
    read(1);
    expect(meter.history(365)).toHaveLength(90);
  });

  test("takes half a cent of credits for each post until none is left, and is set back whole", () => {
    const { meter, read } = createMeter({ credits: 0.02 });
    expect(meter.creditsLeft).toBe(0.02);
    read(3);
    expect(meter).toMatchObject({ state: "open", creditsLeft: 0.005 });
    read(1);
    expect(meter).toMatchObject({ state: "credits-depleted", creditsLeft: 0 });
    meter.reset();
    expect(meter).toMatchObject({ state: "open", creditsLeft: 0.02, posts: 0 });
    expect(meter.history(7)).toEqual([]);
  });
});
