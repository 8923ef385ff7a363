import { describe, expect, test } from "@jest/globals";
import { XError } from "./error.ts";
import type { XFailure } from "./failure.ts";
import { defaultPolicy, type SupervisorEvent } from "./supervisor.ts";
import { createRun, dropped, http, network } from "./testing/machine.ts";

const tooMany = { connection_issue: "TooManyConnections" };

describe("the supervisor", () => {
  test("sets the rules first, then connects at once", () => {
    const run = createRun({ started: false });
    expect(run.wait()).toBe(0);
    expect(run.state).toEqual({ kind: "reconciling" });
    run.step({ kind: "reconciled" });
    expect(run.wait()).toBe(0);
    expect(run.state).toEqual({ kind: "connecting", missingSinceMs: null, backfillMinutes: null });
    run.step({ kind: "connected" });
    expect(run.state).toEqual({ kind: "streaming", sinceMs: run.nowMs, backfilled: false });
  });

  test("connects at once after an established stream dropped", () => {
    const run = createRun();
    run.connect();
    run.pass(60_000);
    run.step(dropped("reset"));
    expect(run.wait()).toBe(0);
  });

  test("never loops hot when each connect is answered and then cut", () => {
    const run = createRun();
    const waits: number[] = [];
    for (let n = 0; n < 6; n++) {
      waits.push(run.wait());
      run.step({ kind: "connected" });
      run.step(dropped("ended", run.nowMs));
    }
    // The second is the least spacing, for the first reconnect is at once.
    expect(waits).toEqual([0, 250, 250, 500, 750, 1000]);
  });

  test("stays under X's limit of connects however often it is cut", () => {
    const run = createRun();
    const connects: number[] = [];
    while (connects.length < 400) {
      run.wait();
      connects.push(run.nowMs);
      run.step({ kind: "connected" });
      run.step(dropped("ended", run.nowMs));
    }
    for (const begin of connects) {
      const within = connects.filter((at) => at >= begin && at < begin + 15 * 60_000);
      expect(within.length).toBeLessThan(50);
    }
  });

  test.each([
    ["503", http(503), [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 320_000]],
    ["a broken connect", network("ECONNRESET"), [250, 500, 750]],
    ["no answer", { kind: "refused", failure: { kind: "timeout", waitedMs: 1 } } as const, [250, 500, 750]],
    ["a 429 for the rate", http(429), [60_000, 120_000, 240_000, 480_000, 900_000, 900_000]],
    [
      "a subscription that X still sets up",
      http(403, { connection_issue: "ProvisioningSubscription" }),
      [5_000],
    ],
  ] as [string, SupervisorEvent, number[]][])("waits longer after each %s", (_, refusal, waits) => {
    const run = createRun();
    run.wait();
    expect(
      waits.map(() => {
        run.step(refusal);
        return run.wait();
      }),
    ).toEqual(waits);
  });

  test("waits until the rate window ends when that is later than the table", () => {
    const run = createRun();
    run.wait();
    run.step(http(429, null, { resetInMs: 300_000 }));
    expect(run.wait()).toBe(300_000);
  });

  test.each([
    ["in the past", -10_000, 60_000],
    ["hours ahead, as with a clock that is wrong", 7 * 3_600_000, 900_000],
  ])("bounds a reset %s", (_, resetInMs, waited) => {
    const run = createRun();
    run.wait();
    run.step(http(429, null, { resetInMs }));
    expect(run.wait()).toBe(waited);
  });

  test("heeds Retry-After, and no rate window on a refusal that is not about it", () => {
    const run = createRun();
    run.wait();
    run.step(http(503, null, { retryAfterMs: 30_000, resetInMs: 500_000 }));
    expect(run.wait()).toBe(30_000);
  });

  test("forgets failures only once a connection was stable", () => {
    const run = createRun();
    run.wait();
    run.step(http(503));
    run.wait();
    run.step({ kind: "connected" });
    run.pass(1_000);
    run.step(dropped("ended", run.nowMs));
    run.wait();
    run.step(http(503));
    expect(run.wait()).toBe(10_000);
    run.step({ kind: "connected" });
    run.pass(defaultPolicy.stableMs);
    run.step(dropped("ended", run.nowMs));
    run.wait();
    run.step(http(503));
    expect(run.wait()).toBe(5_000);
  });

  test.each([
    ["400", http(400), "x-invalid-request"],
    ["401", http(401), "x-unauthorized"],
    ["402", http(402), "x-credits-depleted"],
    ["403", http(403), "x-forbidden"],
    ["the usage cap", http(429, { title: "UsageCapExceeded" }), "x-usage-capped"],
  ])("ends at %s, for the rules, the first connect and a later one", (_, refusal, code) => {
    const asked = createRun({ started: false });
    asked.wait();
    expect(asked.step(refusal)).toMatchObject({ kind: "ended", error: { code } });

    const first = createRun();
    first.wait();
    expect(first.step(refusal)).toMatchObject({ kind: "ended", error: { code } });

    const later = createRun({ policy: { backfill: false } });
    later.connect();
    later.pass(60_000);
    later.step(dropped("reset"));
    later.wait();
    expect(later.step(refusal)).toMatchObject({ kind: "ended", error: { code } });
  });

  test.each([
    ["ECONNREFUSED", "x-unreachable"],
    ["CERT_HAS_EXPIRED", "x-untrusted"],
  ])("ends at %s before anything answered, and retries it later", (cause, code) => {
    const first = createRun({ started: false });
    first.wait();
    expect(first.step(network(cause))).toMatchObject({ kind: "ended", error: { code } });

    const later = createRun({ started: false });
    later.wait();
    later.step(http(503));
    later.wait();
    expect(later.step(network(cause))).toMatchObject({ kind: "waiting", next: "reconcile" });
  });

  test("gives up on an address where nothing answers, and never on one where something did", () => {
    const silence: SupervisorEvent = { kind: "refused", failure: { kind: "timeout", waitedMs: 15_000 } };
    const first = createRun({ started: false });
    let tries = 0;
    while (first.state.kind !== "ended") {
      first.wait();
      first.step(silence);
      tries += 1;
    }
    expect(tries).toBe(defaultPolicy.maxUnanswered);
    expect(first.state).toMatchObject({ error: { code: "x-timeout" } });

    const later = createRun();
    later.wait();
    for (let n = 0; n < 50; n++) {
      later.step(silence);
      later.wait();
    }
    expect(later.state.kind).toBe("connecting");
  });

  test("waits out a failure of the rules call and asks again", () => {
    const run = createRun({ started: false });
    run.wait();
    for (const waited of [5_000, 10_000, 20_000]) {
      run.step(http(503));
      expect(run.wait()).toBe(waited);
      expect(run.state).toEqual({ kind: "reconciling" });
    }
  });

  test("ends with the error of rules that cannot be had", () => {
    const run = createRun({ started: false });
    run.wait();
    const error = new XError("x-invalid-rule", "no");
    expect(run.step({ kind: "impossible", error })).toEqual({ kind: "ended", error });
  });

  test("sets the rules again at once when X has none, then ever later, and ends when X keeps to it", () => {
    const run = createRun();
    run.wait();
    const waits: number[] = [];
    while (run.step(http(409)).kind === "waiting") {
      waits.push(run.wait());
      expect(run.state).toEqual({ kind: "reconciling" });
      run.step({ kind: "reconciled" });
      run.wait();
    }
    expect(waits.slice(0, 4)).toEqual([0, 5_000, 10_000, 20_000]);
    expect(waits.length).toBe(defaultPolicy.maxRuleFailures);
    expect(run.state).toMatchObject({ error: { code: "x-no-rules" } });
  });

  test("tries to end ghosts when X counts too many, and waits by its table where there was none", () => {
    const run = createRun();
    run.wait();
    const waits: number[] = [];
    for (const killed of [0, 0, 0]) {
      expect(run.step(http(429, tooMany))).toEqual({ kind: "clearing" });
      run.step({ kind: "cleared", killed });
      waits.push(run.wait());
      expect(run.state.kind).toBe("connecting");
    }
    expect(waits).toEqual([5_000, 10_000, 20_000]);
  });

  test("connects soon after a ghost was ended, but not again and again: that would be a quarrel", () => {
    const run = createRun();
    run.wait();
    const waits: number[] = [];
    for (const killed of [1, 1, 1]) {
      run.step(http(429, tooMany));
      run.step({ kind: "cleared", killed });
      waits.push(run.wait());
      run.step({ kind: "connected" });
      run.step(dropped("ended", run.nowMs));
      run.wait();
    }
    expect(waits).toEqual([1_000, 10_000, 20_000]);
  });

  test("leaves ghosts to X when told to", () => {
    const run = createRun({ policy: { clearGhosts: false } });
    run.wait();
    run.step(http(429, tooMany));
    expect(run.wait()).toBe(5_000);
  });

  test("takes what X announced while it dropped for what it would refuse next", () => {
    const announce = (body: unknown, status = 200) => {
      const run = createRun();
      run.connect();
      run.pass(60_000);
      const { failure } = http(status, body) as { failure: XFailure };
      return run.step({ ...dropped("notice"), failure });
    };
    expect(announce({ title: "UsageCapExceeded" })).toMatchObject({ kind: "ended" });
    expect(announce(tooMany)).toMatchObject({ kind: "waiting", reason: "too-many-connections" });
    expect(announce(null, 409)).toMatchObject({ kind: "waiting", next: "reconcile" });
  });

  test("ends without an error when stopped, wherever it is, and stays ended", () => {
    const run = createRun();
    run.connect();
    expect(run.step({ kind: "stopped" })).toEqual({ kind: "ended", error: null });
    expect(run.step({ kind: "due" })).toEqual({ kind: "ended", error: null });
    expect(run.step(dropped("x"))).toEqual({ kind: "ended", error: null });
  });

  test("spreads waits by the dice it is given", () => {
    const run = createRun({ random: () => 1 });
    run.wait();
    run.step(http(503));
    expect(run.wait()).toBe(6_250);
  });

  test("is not put off by a clock that was put back", () => {
    const run = createRun();
    for (let n = 0; n < 45; n++) {
      run.connect();
      run.step(dropped("ended", run.nowMs));
    }
    run.pass(-24 * 3_600_000);
    run.wait();
    run.step(http(503));
    expect(run.wait()).toBe(5_000);
  });
});

describe("backfill", () => {
  const reconnectAfter = (awayMs: number, policy = {}) => {
    const run = createRun({ policy });
    run.connect();
    run.pass(60_000);
    run.step(dropped("reset", run.nowMs - awayMs));
    run.wait();
    return run;
  };

  test.each([
    [0, 1],
    [1, 2],
    [60_000, 2],
    [60_001, 3],
    [239_999, 5],
    [3_600_000, 5],
  ])("after %i ms asks for %i minutes", (awayMs, minutes) => {
    expect(reconnectAfter(awayMs).state).toMatchObject({ kind: "connecting", backfillMinutes: minutes });
  });

  test("is not asked for when switched off", () => {
    expect(reconnectAfter(5_000, { backfill: false }).state).toMatchObject({ backfillMinutes: null });
  });

  test("that X refuses is never asked for again, and the connect repeated at once", () => {
    const run = reconnectAfter(5_000);
    run.step(http(400, { title: "Invalid Request" }));
    expect(run.wait()).toBe(defaultPolicy.minSpacingMs);
    expect(run.state).toMatchObject({ kind: "connecting", backfillMinutes: null });
    expect(run.step(http(400))).toMatchObject({ kind: "ended", error: { code: "x-invalid-request" } });
  });

  test("is asked for from the first loss on when its connection drops before it can have come", () => {
    const run = reconnectAfter(5_000);
    const missingSinceMs = run.nowMs - 5_000;
    run.step({ kind: "connected" });
    run.pass(10_000);
    run.step(dropped("reset", run.nowMs));
    run.wait();
    expect(run.state).toMatchObject({ missingSinceMs, backfillMinutes: 2 });
    run.step({ kind: "connected" });
    run.pass(defaultPolicy.stableMs);
    run.step(dropped("reset", run.nowMs));
    run.wait();
    expect(run.state).toMatchObject({ missingSinceMs: run.nowMs, backfillMinutes: 1 });
  });
});
