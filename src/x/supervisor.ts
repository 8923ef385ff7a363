/**
 * When to connect, when to wait and when to give up: the connection supervisor as a state machine without I/O.
 *
 *   waiting -due-> reconciling -reconciled-> waiting
 *                  reconciling -refused->    waiting | ended
 *   waiting -due-> connecting -connected->   streaming -dropped-> waiting | ended
 *                  connecting -refused->     waiting | clearing | ended
 *                  clearing -cleared->       waiting
 *   any state -stopped-> ended
 *
 * A wait is before reconciling the rules (at the start, and after X lost them) or before connecting.
 */
import { type BackOffKind, backOffMs, maxBackOffMs, withJitter } from "./back-off.ts";
import type { XError } from "./error.ts";
import { backfillLimit, connectLimit } from "./facts.ts";
import { classifyFailure, toXError, type XFailure } from "./failure.ts";
import { verdictOf } from "./verdict.ts";

export type SupervisorState =
  | {
      readonly kind: "waiting";
      readonly untilMs: number;
      readonly reason: string;
      readonly next: "reconcile" | "connect";
    }
  /** The rules on X are being brought to what is wanted. */
  | { readonly kind: "reconciling" }
  | {
      readonly kind: "connecting";
      /** Since when posts may be missing; null when nothing was received yet. */
      readonly missingSinceMs: number | null;
      /** How much X is asked to send again; null for nothing. */
      readonly backfillMinutes: number | null;
    }
  /** Connections that X still counts and nobody holds are being ended. */
  | { readonly kind: "clearing" }
  | { readonly kind: "streaming"; readonly sinceMs: number; readonly backfilled: boolean }
  /** With an error when X ended it for good, null when it was stopped. */
  | { readonly kind: "ended"; readonly error: XError | null };

export type SupervisorEvent =
  | { readonly kind: "due" }
  | { readonly kind: "reconciled" }
  /** What is wanted cannot be had: a rule that X refuses, say. */
  | { readonly kind: "impossible"; readonly error: XError }
  | { readonly kind: "connected" }
  | { readonly kind: "refused"; readonly failure: XFailure }
  | { readonly kind: "cleared"; readonly killed: number }
  /**
   * The stream ended; `reason` is for the log. Up to `sinceMs` everything came. With the failure that X announced,
   * if it did.
   */
  | {
      readonly kind: "dropped";
      readonly reason: string;
      readonly sinceMs: number;
      readonly failure?: XFailure;
    }
  | { readonly kind: "stopped" };

export interface Supervisor {
  readonly state: SupervisorState;
  /** Something answered at X's address: what fails from then on is an outage, not a wrong address. */
  readonly everAnswered: boolean;
  /** Failures of each kind since a connection was last stable. */
  readonly failures: Readonly<Record<BackOffKind, number>>;
  /** Drops, since the last stable connection, of connections that were not. */
  readonly quickDrops: number;
  /** When connects were begun, within the rate window; newest last. */
  readonly connectsAtMs: readonly number[];
  /** Since when posts may be missing that no connection has brought yet. */
  readonly missingSinceMs: number | null;
  /** X refused `backfill_minutes`: the app's access level has none. */
  readonly backfillRefused: boolean;
}

export interface SupervisorPolicy {
  /** A connection that lasted this long clears the counters: X answering 200 alone proves nothing. */
  readonly stableMs: number;
  /** Least time from one connect's begin to the next one's. */
  readonly minSpacingMs: number;
  /** Most connects in X's rate window; under X's own limit, for there may be other programs. */
  readonly maxConnects: number;
  /** After so many attempts without any answer nothing of X's is taken to be at the address. */
  readonly maxUnanswered: number;
  /** After so many refusals in a row for want of rules, with the rules there, X is taken at its word. */
  readonly maxRuleFailures: number;
  /** Ask X to send again what was missed; given up for good once X refuses that. */
  readonly backfill: boolean;
  /** Try to end ghost connections when X counts too many. */
  readonly clearGhosts: boolean;
}

export const defaultPolicy: SupervisorPolicy = {
  stableMs: 30_000,
  minSpacingMs: 250,
  maxConnects: connectLimit.connects - 5,
  maxUnanswered: 3,
  maxRuleFailures: 10,
  backfill: true,
  clearGhosts: true,
};

/** After a ghost was ended X needs a moment to count it out. */
const afterClearingMs = 1_000;

export interface SupervisorContext {
  readonly nowMs: number;
  /** From 0 to 1, as Math.random. */
  readonly random: () => number;
  readonly policy: SupervisorPolicy;
  /** X's address, for errors. */
  readonly url: string;
}

const noFailures = { network: 0, server: 0, "rate-limit": 0, "too-many-connections": 0, rules: 0 } as const;

/** Ready to reconcile rules, and then to connect, at once. `missingSinceMs`: up to here an earlier run got everything. */
export function createSupervisor(nowMs: number, missingSinceMs: number | null = null): Supervisor {
  return {
    state: { kind: "waiting", untilMs: nowMs, reason: "start", next: "reconcile" },
    everAnswered: false,
    failures: noFailures,
    quickDrops: 0,
    connectsAtMs: [],
    missingSinceMs,
    backfillRefused: false,
  };
}

/** The machine after an event. Pure. An event that the state does not know leaves the machine as it is. */
export function advance(machine: Supervisor, event: SupervisorEvent, context: SupervisorContext): Supervisor {
  const { state } = machine;
  if (state.kind === "ended") return machine;
  switch (event.kind) {
    case "stopped":
      return { ...machine, state: { kind: "ended", error: null } };
    case "due":
      return state.kind === "waiting" ? begin(machine, state.next, context) : machine;
    case "reconciled":
      return state.kind === "reconciling"
        ? wait({ ...machine, everAnswered: true }, { delayMs: 0, reason: "rules", next: "connect" }, context)
        : machine;
    case "impossible":
      return state.kind === "reconciling"
        ? { ...machine, state: { kind: "ended", error: event.error } }
        : machine;
    case "connected":
      if (state.kind !== "connecting") return machine;
      return {
        ...machine,
        everAnswered: true,
        state: { kind: "streaming", sinceMs: context.nowMs, backfilled: state.backfillMinutes !== null },
      };
    case "refused":
      return state.kind === "connecting" || state.kind === "reconciling"
        ? onFailure(machine, event.failure, context)
        : machine;
    case "cleared":
      return state.kind === "clearing" ? onCleared(machine, event.killed, context) : machine;
    case "dropped":
      return state.kind === "streaming" ? onDropped(machine, state, event, context) : machine;
  }
}

function begin(
  machine: Supervisor,
  next: "reconcile" | "connect",
  { nowMs, policy }: SupervisorContext,
): Supervisor {
  if (next === "reconcile") return { ...machine, state: { kind: "reconciling" } };
  const recent = machine.connectsAtMs.filter((at) => at > nowMs - connectLimit.windowMs);
  const { missingSinceMs, backfillRefused } = machine;
  const asks = policy.backfill && !backfillRefused && missingSinceMs !== null;
  // One minute more than is missing: posts are not sent in order, and arrive seconds late.
  const minutes = asks ? Math.ceil(Math.max(0, nowMs - missingSinceMs) / 60_000) + 1 : null;
  const backfillMinutes = minutes === null ? null : Math.min(minutes, backfillLimit.minutes);
  return {
    ...machine,
    state: { kind: "connecting", missingSinceMs, backfillMinutes },
    connectsAtMs: [...recent, nowMs],
  };
}

function onDropped(
  machine: Supervisor,
  state: Extract<SupervisorState, { kind: "streaming" }>,
  { reason, sinceMs, failure }: Extract<SupervisorEvent, { kind: "dropped" }>,
  context: SupervisorContext,
): Supervisor {
  const stable = context.nowMs - state.sinceMs >= context.policy.stableMs;
  // What was to be sent again may not have come before the drop.
  const unfinished = state.backfilled && !stable ? machine.missingSinceMs : null;
  const missing = { ...machine, missingSinceMs: Math.min(unfinished ?? sinceMs, sinceMs) };
  const rested = stable ? { ...missing, failures: noFailures, quickDrops: 0 } : missing;
  if (failure !== undefined) return onFailure(rested, failure, context);
  const delayMs = rested.quickDrops === 0 ? 0 : backOffMs("network", rested.quickDrops);
  const dropped = { ...rested, quickDrops: rested.quickDrops + 1 };
  return wait(dropped, { delayMs, reason, next: "connect" }, context);
}

function onCleared(machine: Supervisor, killed: number, context: SupervisorContext): Supervisor {
  const kind = "too-many-connections";
  const count = machine.failures[kind];
  // Refused again after that, it was somebody's who came back: two must not end each other in turn.
  const delayMs = killed > 0 && count === 1 ? afterClearingMs : backOffMs(kind, count);
  return wait(machine, { delayMs, reason: kind, next: "connect" }, context);
}

function onFailure(before: Supervisor, failure: XFailure, context: SupervisorContext): Supervisor {
  const machine = failure.kind === "http" ? { ...before, everAnswered: true } : before;
  const { state } = machine;
  const kind = classifyFailure(failure);
  if (kind === "invalid-request" && state.kind === "connecting" && state.backfillMinutes !== null) {
    const without = { ...machine, backfillRefused: true };
    return wait(without, { delayMs: 0, reason: "backfill refused", next: "connect" }, context);
  }
  const verdict = verdictOf(kind, { ...machine, ...context.policy });
  if (verdict === "stop") return { ...machine, state: { kind: "ended", error: null } };
  if (verdict === "end") {
    const what = state.kind === "reconciling" ? "its rules" : "the stream";
    return { ...machine, state: { kind: "ended", error: toXError(failure, { url: context.url, what }) } };
  }
  const count = machine.failures[verdict] + 1;
  const counted = { ...machine, failures: { ...machine.failures, [verdict]: count } };
  if (verdict === "too-many-connections" && state.kind === "connecting" && context.policy.clearGhosts)
    return { ...counted, state: { kind: "clearing" } };
  const asked = failure.kind === "http" ? askedMs(failure, verdict) : 0;
  const delayMs = Math.max(backOffMs(verdict, count), Math.min(asked, maxBackOffMs));
  const next = verdict === "rules" || state.kind === "reconciling" ? "reconcile" : "connect";
  return wait(counted, { delayMs, reason: kind, next }, context);
}

/** What X's headers ask for. The rate window is no concern of a refusal that is not about it. */
function askedMs(failure: XFailure & { kind: "http" }, kind: BackOffKind): number {
  return Math.max(kind === "rate-limit" ? (failure.resetInMs ?? 0) : 0, failure.retryAfterMs ?? 0);
}

interface Wait {
  readonly delayMs: number;
  readonly reason: string;
  readonly next: "reconcile" | "connect";
}

function wait(machine: Supervisor, { delayMs, reason, next }: Wait, context: SupervisorContext): Supervisor {
  const { nowMs, random, policy } = context;
  // The system's clock may have been put back.
  const connectsAtMs = machine.connectsAtMs.filter((at) => at <= nowMs);
  const dueMs = nowMs + withJitter(delayMs, random);
  if (next === "reconcile") return { ...machine, state: { kind: "waiting", untilMs: dueMs, reason, next } };
  const spacedMs = (connectsAtMs.at(-1) ?? Number.NEGATIVE_INFINITY) + policy.minSpacingMs;
  const oldest = connectsAtMs.at(-policy.maxConnects);
  const budgetMs =
    oldest === undefined || connectsAtMs.length < policy.maxConnects ? 0 : oldest + connectLimit.windowMs + 1;
  const untilMs = Math.max(dueMs, spacedMs, budgetMs);
  return { ...machine, connectsAtMs, state: { kind: "waiting", untilMs, reason, next } };
}
