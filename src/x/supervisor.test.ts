import { describe, expect, test } from "@jest/globals";
import type { XFailure } from "./failure.ts";
import { readProblem } from "./problem.ts";
import {
  advance,
  createSupervisor,
  defaultPolicy,
  type Supervisor,
  type SupervisorEvent,
} from "./supervisor.ts";

const http = (status: number, body: unknown = null, more: Partial<XFailure> = {}): SupervisorEvent => ({
  kind: "refused",
  failure: {
    kind: "http",
    status,
    problem: readProblem(body),
    resetAtMs: null,
    retryAfterMs: null,
    ...more,
  } as XFailure,
});
const broken = (code: string): SupervisorEvent => ({
  kind: "refused",
  failure: { kind: "network", cause: Object.assign(new Error(code), { code }) },
});
const tooMany = { connection_issue: "TooManyConnections" };

/** A machine and its time: waits pass at once, and are written down. */
function createRun() {
  let nowMs = 1_000_000;
  let machine: Supervisor = createSupervisor(nowMs);
  const step = (event: SupervisorEvent) => {
    machine = advance(machine, event, { nowMs, random: () => 0, policy: defaultPolicy, url: "http://x" });
    return machine.state;
  };
  return {
    step,
    get nowMs() {
      return nowMs;
    },
    pass(ms: number) {
      nowMs += ms;
    },
    /** Goes through the wait and the connect; how long the wait was. */
    wait(): number {
      if (machine.state.kind !== "waiting") throw new Error(`${machine.state.kind} is no wait`);
      const ms = machine.state.untilMs - nowMs;
      nowMs += ms;
      step({ kind: "due" });
      return ms;
    },
    connect() {
      this.wait();
      step({ kind: "connected" });
    },
    get state() {
      return machine.state;
    },
  };
}

describe("the supervisor", () => {
  test("connects at once at the start", () => {
    const run = createRun();
    expect(run.wait()).toBe(0);
    expect(run.state).toEqual({ kind: "connecting" });
    run.step({ kind: "connected" });
    expect(run.state).toEqual({ kind: "streaming", sinceMs: run.nowMs });
  });

  test("connects at once after an established stream dropped", () => {
    const run = createRun();
    run.connect();
    run.pass(60_000);
    run.step({ kind: "dropped", reason: "reset" });
    expect(run.wait()).toBe(0);
  });

  test("never loops hot when each connect is answered and then cut", () => {
    const run = createRun();
    const waits: number[] = [];
    for (let n = 0; n < 6; n++) {
      waits.push(run.wait());
      run.step({ kind: "connected" });
      run.step({ kind: "dropped", reason: "ended" });
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
      run.step({ kind: "dropped", reason: "ended" });
    }
    for (const begin of connects) {
      const within = connects.filter((at) => at >= begin && at < begin + 15 * 60_000);
      expect(within.length).toBeLessThan(50);
    }
  });

  test.each([
    ["503", http(503), [5_000, 10_000, 20_000]],
    ["a broken connect", broken("ECONNRESET"), [250, 500, 750]],
    ["no answer", { kind: "refused", failure: { kind: "timeout", waitedMs: 1 } } as const, [250, 500, 750]],
    ["a 429 for the rate", http(429), [60_000, 120_000, 240_000]],
    ["a 429 for another connection", http(429, tooMany), [5_000, 10_000, 20_000]],
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
    run.step(http(429, null, { resetAtMs: run.nowMs + 300_000 }));
    expect(run.wait()).toBe(300_000);
  });

  test.each([
    ["in the past", -10_000, 60_000],
    ["hours ahead, as with a clock that is wrong", 7 * 3_600_000, 900_000],
  ])("bounds a reset %s", (_, ahead, waited) => {
    const run = createRun();
    run.wait();
    run.step(http(429, null, { resetAtMs: run.nowMs + ahead }));
    expect(run.wait()).toBe(waited);
  });

  test("heeds Retry-After, and no rate window on a refusal that is not about it", () => {
    const run = createRun();
    run.wait();
    run.step(http(503, null, { retryAfterMs: 30_000 }));
    expect(run.wait()).toBe(30_000);
    run.step(http(429, tooMany, { resetAtMs: run.nowMs + 500_000 }));
    expect(run.wait()).toBe(5_000);
  });

  test("forgets failures only once a connection was stable", () => {
    const run = createRun();
    run.wait();
    run.step(http(503));
    run.wait();
    run.step({ kind: "connected" });
    run.pass(1_000);
    run.step({ kind: "dropped", reason: "ended" });
    run.wait();
    run.step(http(503));
    expect(run.wait()).toBe(10_000);
    run.step({ kind: "connected" });
    run.pass(defaultPolicy.stableMs);
    run.step({ kind: "dropped", reason: "ended" });
    run.wait();
    run.step(http(503));
    expect(run.wait()).toBe(5_000);
  });

  test.each([
    ["400", http(400), "x-invalid-request"],
    ["401", http(401), "x-unauthorized"],
    ["402", http(402), "x-credits-depleted"],
    ["403", http(403), "x-forbidden"],
    ["409", http(409), "x-no-rules"],
    ["the usage cap", http(429, { title: "UsageCapExceeded" }), "x-usage-capped"],
  ])("ends at %s, also after it was connected once", (_, refusal, code) => {
    const first = createRun();
    first.wait();
    expect(first.step(refusal)).toMatchObject({ kind: "ended", error: { code } });

    const later = createRun();
    later.connect();
    later.pass(60_000);
    later.step({ kind: "dropped", reason: "reset" });
    later.wait();
    expect(later.step(refusal)).toMatchObject({ kind: "ended", error: { code } });
  });

  test.each([
    ["ECONNREFUSED", "x-unreachable"],
    ["CERT_HAS_EXPIRED", "x-untrusted"],
  ])("ends at %s at the first connect, and retries it later", (cause, code) => {
    const first = createRun();
    first.wait();
    expect(first.step(broken(cause))).toMatchObject({ kind: "ended", error: { code } });

    const later = createRun();
    later.connect();
    later.pass(60_000);
    later.step({ kind: "dropped", reason: "reset" });
    later.wait();
    expect(later.step(broken(cause))).toMatchObject({ kind: "waiting" });
  });

  test("takes what X announced while it dropped for what it would refuse next", () => {
    const announce = (body: unknown) => {
      const run = createRun();
      run.connect();
      run.pass(60_000);
      const { failure } = http(200, body) as { failure: XFailure };
      return run.step({ kind: "dropped", reason: "notice", failure });
    };
    expect(announce({ title: "UsageCapExceeded" })).toMatchObject({ kind: "ended" });
    expect(announce(tooMany)).toMatchObject({ kind: "waiting", reason: "too-many-connections" });
  });

  test("ends without an error when stopped, wherever it is, and stays ended", () => {
    const run = createRun();
    run.connect();
    expect(run.step({ kind: "stopped" })).toEqual({ kind: "ended", error: null });
    expect(run.step({ kind: "due" })).toEqual({ kind: "ended", error: null });
    expect(run.step({ kind: "dropped", reason: "x" })).toEqual({ kind: "ended", error: null });
  });

  test("spreads waits by the dice it is given", () => {
    const machine = advance(
      advance(
        createSupervisor(0),
        { kind: "due" },
        { nowMs: 0, random: () => 1, policy: defaultPolicy, url: "" },
      ),
      http(503),
      { nowMs: 0, random: () => 1, policy: defaultPolicy, url: "" },
    );
    expect(machine.state).toMatchObject({ kind: "waiting", untilMs: 6_250 });
  });
});
