/**
 * X's filtered stream as a source of posts: rules first, then one connection after another for as long as it is read.
 * When to connect is supervisor.ts's; this file does what the supervisor says.
 */
import { createBoundedQueue } from "../kernel/bounded-queue.ts";
import type { Clock } from "../kernel/clock.ts";
import type { PostSource } from "../source/port.ts";
import type { Log } from "../telemetry/log.ts";
import { createCounters, type XStreamCounters } from "./counters.ts";
import { XError } from "./error.ts";
import { describeFailure } from "./failure.ts";
import { type QueuedLine, toSourcedPost } from "./line-sink.ts";
import { createPerformer } from "./perform.ts";
import type { BodyReader } from "./read-body.ts";
import { listRules, reconcileRules } from "./reconcile-rules.ts";
import type { RuleSpec } from "./rule-plan.ts";
import { toStreamQuery, type XStreamFields } from "./stream-query.ts";
import {
  advance,
  createSupervisor,
  defaultPolicy,
  type SupervisorEvent,
  type SupervisorPolicy,
  type SupervisorState,
} from "./supervisor.ts";
import { createXApi, type XApi } from "./twitter-api.ts";

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

const maxBatch = 500;

/**
 * Sets the rules on X and resolves; connecting begins with `read`, which may be called once and rejects with XError
 * when X ends things for good, after all that was received is given out. Once `read`'s signal is aborted, X is asked
 * to end the stream, and what it had sent by then is given out; that takes 5 s at most. Leaving the loop, or disposing,
 * closes at once. Either way no socket stays open.
 *
 * Throws XError: those of reconcileRules, `x-invalid-url`, and `x-no-rules` when X would have nothing to send.
 */
export async function openXStream(options: XStreamOptions): Promise<XStream> {
  const { token, clock, log, rules = [], callTimeoutMs = 15_000 } = options;
  const api = createXApi({ token, clock, ...(options.url === undefined ? {} : { url: options.url }) });
  const calls = { api, log, timeoutMs: callTimeoutMs };
  const total =
    rules.length === 0
      ? (await listRules(calls)).length
      : (await reconcileRules({ ...calls, desired: rules })).total;
  if (total === 0) {
    throw new XError("x-no-rules", `there is no rule on X at ${api.url}, so nothing would be sent`, {
      details: { url: api.url },
    });
  }
  return createXStream(api, options);
}

function createXStream(api: XApi, options: XStreamOptions): XStream {
  const { clock } = options;
  const counters = createCounters();
  const disposed = new AbortController();
  let machine = createSupervisor(clock.now());
  let reader: BodyReader | undefined;
  let running: Promise<void> | undefined;
  const queue = createBoundedQueue<QueuedLine>({
    maxItems: options.queue?.maxItems ?? 10_000,
    maxBytes: options.queue?.maxBytes ?? 32 * 1024 * 1024,
    onRoom: () => reader?.resume(),
  });
  let endedPausedMs = 0;

  const run = async (signal: AbortSignal) => {
    const performer = createPerformer({
      api,
      query: toStreamQuery(options.fields ?? {}),
      compression: options.compression ?? false,
      idleMs: options.idleMs ?? 25_000,
      headerDeadlineMs: options.headerDeadlineMs ?? 20_000,
      maxLineBytes: options.maxLineBytes ?? 4 * 1024 * 1024,
      clock,
      log: options.log,
      queue,
      counters,
      signal,
      disposed: disposed.signal,
      onReader(next) {
        if (next === undefined) endedPausedMs += reader?.pausedMs ?? 0;
        reader = next;
      },
    });
    const policy = { ...defaultPolicy, ...options.policy };
    try {
      while (machine.state.kind !== "ended") {
        const event = await performer.perform(machine.state);
        const context = { nowMs: clock.now(), random: options.random ?? Math.random, policy, url: api.url };
        machine = advance(machine, signal.aborted ? { kind: "stopped" } : event, context);
        logState(options.log, event, machine.state, clock.now());
      }
    } finally {
      performer.close();
    }
    if (machine.state.error !== null) throw machine.state.error;
  };

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

function logState(log: Log, event: SupervisorEvent, state: SupervisorState, nowMs: number): void {
  if (state.kind === "streaming") log.info("connected to X's stream");
  if (state.kind !== "waiting") return;
  const inMs = Math.max(0, Math.round(state.untilMs - nowMs));
  if (event.kind === "dropped")
    log.warn("X's stream was cut; connecting again", { reason: event.reason, inMs });
  if (event.kind === "refused") {
    log.warn("X refused the stream; trying again", { reason: describeFailure(event.failure), inMs });
  }
}
