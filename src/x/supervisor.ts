/**
 * When to connect, when to wait and when to give up: the connection supervisor as a state machine without I/O.
 *
 *   waiting -due-> connecting -connected-> streaming -dropped-> waiting ...
 *                  connecting -refused->  waiting | ended
 *   any state -stopped-> ended
 */
import { type BackOffKind, backOffMs, maxBackOffMs, withJitter } from "./back-off.ts";
import type { XError } from "./error.ts";
import { connectLimit } from "./facts.ts";
import { classifyFailure, type FailureClass, toXError, type XFailure } from "./failure.ts";

export type SupervisorState =
  | { readonly kind: "waiting"; readonly untilMs: number; readonly reason: string }
  | { readonly kind: "connecting" }
  | { readonly kind: "streaming"; readonly sinceMs: number }
  /** With an error when X ended it for good, null when it was stopped. */
  | { readonly kind: "ended"; readonly error: XError | null };

export type SupervisorEvent =
  | { readonly kind: "due" }
  | { readonly kind: "connected" }
  | { readonly kind: "refused"; readonly failure: XFailure }
  /** The stream ended; `reason` is for the log. With the failure that X announced, if it did. */
  | { readonly kind: "dropped"; readonly reason: string; readonly failure?: XFailure }
  | { readonly kind: "stopped" };

export interface Supervisor {
  readonly state: SupervisorState;
  readonly everConnected: boolean;
  /** Failures of each kind since a connection was last stable. */
  readonly failures: Readonly<Record<BackOffKind, number>>;
  /** Drops, since the last stable connection, of connections that were not. */
  readonly quickDrops: number;
  /** When connects were begun, within the rate window; newest last. */
  readonly connectsAtMs: readonly number[];
}

export interface SupervisorPolicy {
  /** A connection that lasted this long clears the counters: X answering 200 alone proves nothing. */
  readonly stableMs: number;
  /** Least time from one connect's begin to the next one's. */
  readonly minSpacingMs: number;
  /** Most connects in X's rate window; under X's own limit, for there may be other programs. */
  readonly maxConnects: number;
}

export const defaultPolicy: SupervisorPolicy = {
  stableMs: 30_000,
  minSpacingMs: 250,
  maxConnects: connectLimit.connects - 5,
};

export interface SupervisorContext {
  readonly nowMs: number;
  /** From 0 to 1, as Math.random. */
  readonly random: () => number;
  readonly policy: SupervisorPolicy;
  /** X's address, for errors. */
  readonly url: string;
}

const noFailures = { network: 0, server: 0, "rate-limit": 0, "too-many-connections": 0 } as const;

/** Ready to connect at once. */
export function createSupervisor(nowMs: number): Supervisor {
  return {
    state: { kind: "waiting", untilMs: nowMs, reason: "start" },
    everConnected: false,
    failures: noFailures,
    quickDrops: 0,
    connectsAtMs: [],
  };
}

/** The machine after an event. Pure. An event that the state does not know leaves the machine as it is. */
export function advance(machine: Supervisor, event: SupervisorEvent, context: SupervisorContext): Supervisor {
  if (machine.state.kind === "ended") return machine;
  switch (event.kind) {
    case "stopped":
      return { ...machine, state: { kind: "ended", error: null } };
    case "due": {
      if (machine.state.kind !== "waiting") return machine;
      const recent = machine.connectsAtMs.filter((at) => at > context.nowMs - connectLimit.windowMs);
      return { ...machine, state: { kind: "connecting" }, connectsAtMs: [...recent, context.nowMs] };
    }
    case "connected":
      if (machine.state.kind !== "connecting") return machine;
      return { ...machine, everConnected: true, state: { kind: "streaming", sinceMs: context.nowMs } };
    case "refused":
      return machine.state.kind === "connecting" ? onFailure(machine, event.failure, context) : machine;
    case "dropped": {
      if (machine.state.kind !== "streaming") return machine;
      const stable = context.nowMs - machine.state.sinceMs >= context.policy.stableMs;
      const rested = stable ? { ...machine, failures: noFailures, quickDrops: 0 } : machine;
      if (event.failure !== undefined) return onFailure(rested, event.failure, context);
      const delayMs = rested.quickDrops === 0 ? 0 : backOffMs("network", rested.quickDrops);
      return wait({ ...rested, quickDrops: rested.quickDrops + 1 }, delayMs, event.reason, context);
    }
  }
}

type Verdict = BackOffKind | "end" | "stop";

function verdictOf(kind: FailureClass, everConnected: boolean): Verdict {
  switch (kind) {
    case "aborted":
      return "stop";
    // At the first connect the address is wrong or nothing runs there; later it is a network that comes back.
    case "unreachable":
    case "untrusted":
      return everConnected ? "network" : "end";
    case "network":
    case "timeout":
      return "network";
    case "server":
    case "rate-limit":
    case "too-many-connections":
      return kind;
    case "usage-capped":
    case "credits-depleted":
    case "unauthorized":
    case "forbidden":
    case "no-rules":
    case "invalid-request":
      return "end";
  }
}

function onFailure(machine: Supervisor, failure: XFailure, context: SupervisorContext): Supervisor {
  const kind = classifyFailure(failure);
  const verdict = verdictOf(kind, machine.everConnected);
  if (verdict === "stop") return { ...machine, state: { kind: "ended", error: null } };
  if (verdict === "end") {
    return {
      ...machine,
      state: { kind: "ended", error: toXError(failure, { url: context.url, what: "the stream" }) },
    };
  }
  const count = machine.failures[verdict] + 1;
  const asked = failure.kind === "http" ? askedMs(failure, verdict, context.nowMs) : 0;
  const delayMs = Math.max(backOffMs(verdict, count), Math.min(asked, maxBackOffMs));
  return wait({ ...machine, failures: { ...machine.failures, [verdict]: count } }, delayMs, kind, context);
}

/** What X's headers ask for. The rate window is no concern of a refusal that is not about it. */
function askedMs(failure: XFailure & { kind: "http" }, kind: BackOffKind, nowMs: number): number {
  const resetMs = kind === "rate-limit" && failure.resetAtMs !== null ? failure.resetAtMs - nowMs : 0;
  return Math.max(resetMs, failure.retryAfterMs ?? 0);
}

function wait(machine: Supervisor, delayMs: number, reason: string, context: SupervisorContext): Supervisor {
  const { nowMs, random, policy } = context;
  const { connectsAtMs } = machine;
  const spacedMs = (connectsAtMs.at(-1) ?? Number.NEGATIVE_INFINITY) + policy.minSpacingMs;
  const oldest = connectsAtMs.at(-policy.maxConnects);
  const budgetMs =
    oldest === undefined || connectsAtMs.length < policy.maxConnects ? 0 : oldest + connectLimit.windowMs + 1;
  const untilMs = Math.max(nowMs + withJitter(delayMs, random), spacedMs, budgetMs);
  return { ...machine, state: { kind: "waiting", untilMs, reason } };
}
