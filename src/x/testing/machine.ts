/**
 * A supervisor and its time, for tests: waits pass at once, and are told.
 */
import type { XFailure } from "../failure.ts";
import { readProblem } from "../problem.ts";
import {
  advance,
  createSupervisor,
  defaultPolicy,
  type Supervisor,
  type SupervisorEvent,
  type SupervisorPolicy,
  type SupervisorState,
} from "../supervisor.ts";

export const http = (
  status: number,
  body: unknown = null,
  more: { readonly resetInMs?: number; readonly retryAfterMs?: number } = {},
): Extract<SupervisorEvent, { kind: "refused" }> => ({
  kind: "refused",
  failure: {
    kind: "http",
    status,
    problem: readProblem(body),
    resetInMs: null,
    retryAfterMs: null,
    ...more,
  } satisfies XFailure,
});

export const network = (code: string): SupervisorEvent => ({
  kind: "refused",
  failure: { kind: "network", cause: Object.assign(new Error(code), { code }) },
});

export const dropped = (reason: string, sinceMs = 0): Extract<SupervisorEvent, { kind: "dropped" }> => ({
  kind: "dropped",
  reason,
  sinceMs,
});

export interface MachineRun {
  step(event: SupervisorEvent): SupervisorState;
  readonly state: SupervisorState;
  readonly machine: Supervisor;
  readonly nowMs: number;
  pass(ms: number): void;
  /** Goes through a wait into what it waited for; how long it was. */
  wait(): number;
  /** Goes through a wait and a connect. */
  connect(): void;
}

export interface MachineRunOptions {
  readonly policy?: Partial<SupervisorPolicy>;
  readonly random?: () => number;
  /** The rules are set, so that what comes next is the first connect. Default true. */
  readonly started?: boolean;
}

export function createRun({ policy, random = () => 0, started = true }: MachineRunOptions = {}): MachineRun {
  let nowMs = 1_000_000_000_000;
  let machine = createSupervisor(nowMs);
  const run: MachineRun = {
    step(event) {
      const context = { nowMs, random, policy: { ...defaultPolicy, ...policy }, url: "http://x" };
      machine = advance(machine, event, context);
      return machine.state;
    },
    get state() {
      return machine.state;
    },
    get machine() {
      return machine;
    },
    get nowMs() {
      return nowMs;
    },
    pass(ms) {
      nowMs += ms;
    },
    wait() {
      if (machine.state.kind !== "waiting") throw new Error(`${machine.state.kind} is no wait`);
      const ms = machine.state.untilMs - nowMs;
      nowMs += ms;
      run.step({ kind: "due" });
      return ms;
    },
    connect() {
      run.wait();
      run.step({ kind: "connected" });
    },
  };
  if (started) {
    run.wait();
    run.step({ kind: "reconciled" });
  }
  return run;
}
