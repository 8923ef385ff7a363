/**
 * X's filtered stream as a source of posts: rules first, then one connection after another for as long as it is read.
 * When to do what is supervisor.ts's; this file does what the supervisor says.
 */
import { createBoundedQueue } from "../kernel/bounded-queue.ts";
import type { Clock } from "../kernel/clock.ts";
import type { PostSource, SourceGap } from "../source/port.ts";
import type { Log } from "../telemetry/log.ts";
import { createCounters, type XStreamCounters } from "./counters.ts";
import type { GhostPolicy } from "./facts.ts";
import { createGapWatch } from "./gap-watch.ts";

import { type QueuedLine, toSourcedPost } from "./line-sink.ts";
import { logStep } from "./log-step.ts";
import { createPerformer } from "./perform.ts";
import type { BodyReader } from "./read-body.ts";
import type { RuleSpec } from "./rule-plan.ts";
import { toStreamQuery, type XStreamFields } from "./stream-query.ts";
import {
  advance,
  createSupervisor,
  defaultPolicy,
  type SupervisorPolicy,
  type SupervisorState,
} from "./supervisor.ts";
import { createXApi } from "./twitter-api.ts";

export interface XStreamOptions {
  /** X's address; `https://api.x.com` by default. */
  readonly url?: string;
  /** The app's bearer token. */
  readonly token: string;
  /** The rules X shall hold for us. Absent or empty: the rules that are there, whoever made them. */
  readonly rules?: readonly RuleSpec[];
  readonly fields?: XStreamFields;
  readonly clock: Clock;
  readonly log: Log;
  /** Ask for gzip. Default false. */
  readonly compression?: boolean;
  /** A connection silent for this long is dead; X's heartbeat comes every 20 s. Default 25 s. */
  readonly idleMs?: number;
  /** How long X may take to answer a connect. Default 20 s. */
  readonly headerDeadlineMs?: number;
  /** How long a REST call may take. Default 15 s. */
  readonly callTimeoutMs?: number;
  /** Longest line. Default 4 MiB. */
  readonly maxLineBytes?: number;
  /** What may wait between socket and reader before the socket is paused. Default 10,000 lines and 32 MiB. */
  readonly queue?: { readonly maxItems: number; readonly maxBytes: number };
  /** Which connections may be ended when X counts too many. Default `auto`: those this process left behind. */
  readonly ghosts?: GhostPolicy;
  /** Ask X to send again what was missed, until it says that the access level has no such thing. Default true. */
  readonly backfill?: boolean;
  /** What an earlier run got last: what was missed since then is a gap as any other. */
  readonly resume?: { readonly atMs: number; readonly postId: string | null };
  /** Told of each time in which the stream was away, once the first post after it came. */
  readonly onGap?: (gap: SourceGap) => void;
  /** Gives up setting the rules; `read` then ends at once. */
  readonly signal?: AbortSignal;
  readonly policy?: Partial<SupervisorPolicy>;
  /** Jitter's dice. Default Math.random. */
  readonly random?: () => number;
}

export interface XStream extends PostSource {
  readonly counters: Readonly<XStreamCounters>;
  /** Where the connection stands now, for readiness. */
  readonly state: SupervisorState;
  /** Lines that wait to be taken. */
  readonly queueLength: number;
}

/** Few enough that a batch, parsed, is still in the processor's cache when it is mapped. */
const maxBatch = 100;

/**
 * Sets the rules on X, waiting out what passes, and resolves; connecting begins with `read`, which may be called once
 * and rejects with XError when X ends things for good, after all that was received is given out. Once `read`'s signal
 * is aborted, X is asked to end the stream, and what it had sent by then is given out; that takes 5 s at most. Leaving
 * the loop, or disposing, closes at once. Either way no socket stays open.
 *
 * Throws XError: those of reconcileRules, `x-invalid-url`, and `x-no-rules` when X would have nothing to send.
 */
export async function openXStream(options: XStreamOptions): Promise<XStream> {
  const { token, clock, log, url, signal: opening = new AbortController().signal } = options;
  const api = createXApi({ token, clock, ...(url === undefined ? {} : { url }) });
  const counters = createCounters();
  const disposed = new AbortController();
  let machine = createSupervisor(clock.now(), options.resume?.atMs ?? null);
  let reader: BodyReader | undefined;
  let running: Promise<void> | undefined;
  let endedPausedMs = 0;
  const queue = createBoundedQueue<QueuedLine>({
    maxItems: options.queue?.maxItems ?? 10_000,
    maxBytes: options.queue?.maxBytes ?? 32 * 1024 * 1024,
    onRoom: () => reader?.resume(),
  });
  const gaps = createGapWatch({
    clock,
    log,
    counters,
    lastPostId: options.resume?.postId ?? null,
    onGap: options.onGap ?? (() => {}),
  });
  const ghosts = options.ghosts ?? "auto";
  const performer = createPerformer({
    api,
    rules: options.rules ?? [],
    query: toStreamQuery(options.fields ?? {}),
    compression: options.compression ?? false,
    ghosts,
    idleMs: options.idleMs ?? 25_000,
    headerDeadlineMs: options.headerDeadlineMs ?? 20_000,
    callTimeoutMs: options.callTimeoutMs ?? 15_000,
    maxLineBytes: options.maxLineBytes ?? 4 * 1024 * 1024,
    clock,
    log,
    queue,
    counters,
    gaps,
    onReader(next) {
      if (next === undefined) endedPausedMs += reader?.pausedMs ?? 0;
      reader = next;
    },
  });
  const policy: SupervisorPolicy = {
    ...defaultPolicy,
    clearGhosts: ghosts !== "never",
    backfill: options.backfill ?? true,
    ...options.policy,
  };
  const step = async (signal: AbortSignal) => {
    const event = await performer.perform(machine.state, { signal, disposed: disposed.signal });
    const context = { nowMs: clock.now(), random: options.random ?? Math.random, policy, url: api.url };
    machine = advance(machine, signal.aborted ? { kind: "stopped" } : event, context);
    logStep(log, event, machine.state, clock.now());
  };
  const run = async (signal: AbortSignal) => {
    try {
      while (machine.state.kind !== "ended") await step(signal);
    } finally {
      performer.close();
      gaps.end(machine.missingSinceMs);
    }
    if (machine.state.error !== null) throw machine.state.error;
  };

  while (isBeforeRules(machine.state)) await step(opening);
  if (machine.state.kind === "ended" && machine.state.error !== null) throw machine.state.error;

  return {
    counters: Object.defineProperty(counters, "pausedMs", {
      enumerable: true,
      get: () => endedPausedMs + (reader?.pausedMs ?? 0),
    }),
    get state() {
      return machine.state;
    },
    get queueLength() {
      return queue.length;
    },
    async *read(signal) {
      if (running !== undefined || disposed.signal.aborted) throw new Error("an X stream is read once");
      running = run(AbortSignal.any([signal, disposed.signal])).then(
        () => queue.close(),
        (error: unknown) => queue.close(error),
      );
      try {
        for (;;) {
          const lines = await queue.take(maxBatch);
          if (lines === null) return;
          yield lines.map(toSourcedPost);
        }
      } finally {
        disposed.abort();
        await running;
      }
    },
    async [Symbol.asyncDispose]() {
      disposed.abort();
      await running;
    },
  };
}

function isBeforeRules(state: SupervisorState): boolean {
  return state.kind === "reconciling" || (state.kind === "waiting" && state.next === "reconcile");
}
