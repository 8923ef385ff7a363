import { getEventListeners } from "node:events";
import { describe, expect, test } from "@jest/globals";
import { createManualClock, createSystemClock } from "./clock.ts";

describe("the manual clock", () => {
  test("stands still until it is advanced", async () => {
    const clock = createManualClock(1000);
    expect(clock.now()).toBe(1000);
    await clock.advance(250);
    expect(clock.now()).toBe(1250);
  });

  test("runs what falls due in the order of time, and of asking where times are equal, each at its own time", async () => {
    const clock = createManualClock();
    const ran: string[] = [];
    const note = (name: string) => () => void ran.push(`${name}@${clock.now()}`);
    clock.after(20, note("c"));
    clock.after(10, note("a"));
    clock.after(10, note("b"));
    clock.after(21, note("d"));
    clock.after(-5, note("past"));
    await clock.advance(20);
    expect(ran).toEqual(["past@0", "a@10", "b@10", "c@20"]);
  });

  test("runs within one advance what was asked for on the way", async () => {
    const clock = createManualClock();
    const ticks: number[] = [];
    const tick = () => {
      ticks.push(clock.now());
      clock.after(10, tick);
    };
    clock.after(10, tick);
    await clock.advance(35);
    expect(ticks).toEqual([10, 20, 30]);
  });

  test("lets a loop of sleeps keep its pace", async () => {
    const clock = createManualClock();
    const woke: number[] = [];
    const loop = (async () => {
      await Promise.resolve();
      for (let turn = 0; turn < 3; turn++) {
        await clock.sleep(10);
        await Promise.resolve();
        woke.push(clock.now());
      }
    })();
    await clock.advance(30);
    await loop;
    expect(woke).toEqual([10, 20, 30]);
  });

  test("does not run what was taken back", async () => {
    const clock = createManualClock();
    const cancel = clock.after(10, () => {
      throw new Error("taken back");
    });
    cancel();
    cancel();
    await clock.advance(10);
  });
});

describe("sleep", () => {
  test("rejects with the reason of a signal that is already aborted", async () => {
    const reason = new Error("stop");
    await expect(createManualClock().sleep(10, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  test("rejects with the reason when it is aborted on the way, and forgets its timer", async () => {
    const clock = createManualClock();
    const abort = new AbortController();
    const slept = clock.sleep(10, abort.signal);
    const reason = new Error("stop");
    abort.abort(reason);
    await expect(slept).rejects.toBe(reason);
    await clock.advance(10);
  });

  test("leaves no listener on the signal, however it ends", async () => {
    const clock = createManualClock();
    const abort = new AbortController();
    const slept = clock.sleep(10, abort.signal);
    expect(getEventListeners(abort.signal, "abort")).toHaveLength(1);
    await clock.advance(10);
    await slept;
    expect(getEventListeners(abort.signal, "abort")).toHaveLength(0);
  });
});

describe("the system clock", () => {
  test("is the machine's own", () => {
    const before = Date.now();
    const now = createSystemClock().now();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });

  test("goes as many times faster as it is told, timers included", async () => {
    const clock = createSystemClock(10_000);
    const startedAt = clock.now();
    await clock.sleep(60_000);
    // Six real milliseconds, of which Node may round one away.
    expect(clock.now() - startedAt).toBeGreaterThanOrEqual(50_000);
  });

  test("does not call back what was taken back", async () => {
    const clock = createSystemClock();
    clock.after(0, () => {
      throw new Error("taken back");
    })();
    await clock.sleep(1);
  });

  test("waits for months without firing early, which Node's own timers do", async () => {
    const clock = createSystemClock();
    let fired = false;
    const cancel = clock.after(40 * 86_400_000, () => {
      fired = true;
    });
    await clock.sleep(5);
    cancel();
    expect(fired).toBe(false);
  });
});
