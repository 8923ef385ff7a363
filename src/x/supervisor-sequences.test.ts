import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readProblem } from "./problem.ts";
import { defaultPolicy, type SupervisorEvent, type SupervisorState } from "./supervisor.ts";
import { createRun, dropped, http, type MachineRun, network } from "./testing/machine.ts";

const tooMany = readProblem({ connection_issue: "TooManyConnections" });
const windowMs = 15 * 60_000;

/** What can come of each state's work. Those that end the machine are rare, so that runs are long. */
const outcomes = fc.record({
  afterMs: fc.oneof(fc.nat(500), fc.nat(120_000)),
  reconciling: fc.oneof(
    { weight: 5, arbitrary: fc.constant<SupervisorEvent>({ kind: "reconciled" }) },
    fc.constantFrom<SupervisorEvent>(http(503), http(429), network("ECONNRESET"), http(502)),
  ),
  connecting: fc.oneof(
    { weight: 5, arbitrary: fc.constant<SupervisorEvent>({ kind: "connected" }) },
    fc.constantFrom<SupervisorEvent>(
      http(503, null, { retryAfterMs: 1_000 }),
      http(429, null, { resetInMs: -5_000 }),
      http(429, { connection_issue: "TooManyConnections" }),
      http(409),
      network("ECONNREFUSED"),
      { kind: "refused", failure: { kind: "timeout", waitedMs: 20_000 } },
    ),
  ),
  clearing: fc.nat(2).map((killed): SupervisorEvent => ({ kind: "cleared", killed })),
  announced: fc.constantFrom("nothing", "nothing", "too many", "rules"),
  awayMs: fc.nat(400_000),
  dice: fc.double({ min: 0, max: 1, noNaN: true }),
});
type Outcome = typeof outcomes extends fc.Arbitrary<infer T> ? T : never;

/** One step of a run: the state's work takes its time, then ends in the way that was drawn. */
function play(run: MachineRun, outcome: Outcome): void {
  const { state } = run;
  if (state.kind === "waiting") {
    run.wait();
    return;
  }
  run.pass(outcome.afterMs);
  switch (state.kind) {
    case "reconciling":
    case "connecting":
    case "clearing":
      run.step(outcome[state.kind]);
      return;
    case "streaming": {
      const event = dropped("reset", run.nowMs - outcome.awayMs);
      const failure = {
        nothing: undefined,
        "too many": { ...http(200).failure, problem: tooMany },
        rules: http(409).failure,
      }[outcome.announced as "nothing" | "too many" | "rules"];
      run.step(failure === undefined ? event : { ...event, failure });
    }
  }
}

const allEvents: readonly SupervisorEvent[] = [
  { kind: "due" },
  { kind: "reconciled" },
  { kind: "connected" },
  { kind: "cleared", killed: 1 },
  http(503),
  dropped("reset"),
];
/** The events that a state knows, beside `stopped`. */
const known: Readonly<Record<SupervisorState["kind"], readonly string[]>> = {
  waiting: ["due"],
  reconciling: ["reconciled", "refused", "impossible"],
  connecting: ["connected", "refused"],
  clearing: ["cleared"],
  streaming: ["dropped"],
  ended: [],
};

describe("whatever happens", () => {
  test("connects keep their spacing, are under X's limit, and are one at a time", () => {
    fc.assert(
      fc.property(fc.array(outcomes, { minLength: 1, maxLength: 200 }), (drawn) => {
        let dice = 0;
        const run = createRun({ random: () => dice });
        const begun: number[] = [];
        for (const outcome of drawn) {
          dice = outcome.dice;
          const before = run.state.kind;
          play(run, outcome);
          if (run.state.kind !== "connecting") continue;
          // Only a wait leads to a connect, so that none begins while another is under way or a stream is read.
          expect(before).toBe("waiting");
          begun.push(run.nowMs);
        }
        for (const [index, at] of begun.entries()) {
          if (index > 0)
            expect(at - (begun[index - 1] as number)).toBeGreaterThanOrEqual(defaultPolicy.minSpacingMs);
          expect(begun.filter((other) => other > at - windowMs && other <= at).length).toBeLessThan(50);
        }
      }),
      { numRuns: 100 },
    );
  });

  test("a stop ends it, without an error, and nothing begins after it", () => {
    fc.assert(
      fc.property(
        fc.array(outcomes, { maxLength: 30 }),
        fc.array(outcomes, { maxLength: 5 }),
        (drawn, later) => {
          const run = createRun({ started: false });
          for (const outcome of drawn) if (run.state.kind !== "ended") play(run, outcome);
          run.step({ kind: "stopped" });
          const { state } = run;
          expect(state.kind).toBe("ended");
          for (const event of [...allEvents, ...later.map(({ connecting }) => connecting)]) run.step(event);
          expect(run.state).toBe(state);
        },
      ),
    );
  });

  test("an event that a state does not know changes nothing", () => {
    fc.assert(
      fc.property(fc.array(outcomes, { maxLength: 30 }), (drawn) => {
        const run = createRun({ started: false });
        for (const outcome of drawn) {
          const { machine, state } = run;
          for (const event of allEvents) {
            if (known[state.kind].includes(event.kind)) continue;
            run.step(event);
            expect(run.machine).toBe(machine);
          }
          play(run, outcome);
        }
      }),
    );
  });

  test("no wait is longer than X's window, and a backfill never longer than X allows", () => {
    fc.assert(
      fc.property(fc.array(outcomes, { maxLength: 200 }), (drawn) => {
        const run = createRun({ random: () => 1 });
        for (const outcome of drawn) {
          play(run, outcome);
          const { state } = run;
          if (state.kind === "waiting") {
            expect(state.untilMs - run.nowMs).toBeLessThanOrEqual(windowMs * 1.25 + 1);
          }
          if (state.kind === "connecting" && state.backfillMinutes !== null) {
            expect([1, 2, 3, 4, 5]).toContain(state.backfillMinutes);
          }
        }
      }),
    );
  });
});
