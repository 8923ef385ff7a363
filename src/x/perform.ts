/**
 * The supervisor's hands: waits, sets rules, connects, reads one connection into the queue until it drops, and ends
 * ghosts.
 */
import type { BoundedQueue } from "../kernel/bounded-queue.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Log } from "../telemetry/log.ts";
import type { XStreamCounters } from "./counters.ts";
import type { GhostPolicy } from "./facts.ts";
import { classifyFailure } from "./failure.ts";
import type { GapWatch } from "./gap-watch.ts";
import { killGhosts, type Opening } from "./ghosts.ts";
import { keepRules } from "./keep-rules.ts";
import type { QueuedLine } from "./line-sink.ts";
import type { BodyReader } from "./read-body.ts";
import { readConnection } from "./read-connection.ts";
import type { RuleSpec } from "./rule-plan.ts";
import type { SupervisorEvent, SupervisorState } from "./supervisor.ts";
import type { XApi, XConnection, XQuery } from "./twitter-api.ts";

export interface PerformerOptions {
  readonly api: XApi;
  readonly rules: readonly RuleSpec[];
  readonly query: XQuery;
  readonly compression: boolean;
  readonly ghosts: GhostPolicy;
  readonly idleMs: number;
  readonly headerDeadlineMs: number;
  readonly callTimeoutMs: number;
  readonly maxLineBytes: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly queue: BoundedQueue<QueuedLine>;
  readonly counters: XStreamCounters;
  readonly gaps: GapWatch;
  /** Called with the reader of the connection that is read now, and with undefined when it is over. */
  readonly onReader: (reader: BodyReader | undefined) => void;
}

/** What ends the work on a state before it is done. */
export interface PerformerSignals {
  /** Stops: an open stream is read to the end that the peer makes, for a bounded time. */
  readonly signal: AbortSignal;
  /** Stops without waiting for anything; to be aborted with `signal` or after it. */
  readonly disposed: AbortSignal;
}

export interface Performer {
  /** Does what a state asks for and answers with what came of it. */
  perform(state: SupervisorState, signals: PerformerSignals): Promise<SupervisorEvent>;
  /** Closes a connection that was made and not read. */
  close(): void;
}

/** Openings kept: X lists no more connections than these at once. */
const maxOpenings = 100;

export function createPerformer(options: PerformerOptions): Performer {
  const { api, clock, log, counters, gaps } = options;
  const openings: Opening[] = [];
  let connection: XConnection | undefined;

  const wait = async (untilMs: number, signal: AbortSignal): Promise<SupervisorEvent> => {
    const ms = untilMs - clock.now();
    if (ms > 0) await clock.sleep(ms, signal).catch(() => {});
    return { kind: "due" };
  };

  const reconcile = async (signal: AbortSignal): Promise<SupervisorEvent> => {
    const { rules, callTimeoutMs: timeoutMs } = options;
    const event = await keepRules({ api, rules, log, timeoutMs, signal });
    if (event.kind === "refused" && !signal.aborted)
      counters.ruleRefusals[classifyFailure(event.failure)] += 1;
    return event;
  };

  const connect = async (
    { missingSinceMs, backfillMinutes }: Extract<SupervisorState, { kind: "connecting" }>,
    signal: AbortSignal,
  ): Promise<SupervisorEvent> => {
    const { query, compression, headerDeadlineMs } = options;
    const backfill = backfillMinutes === null ? {} : { backfill_minutes: `${backfillMinutes}` };
    const answer = await api.connect({
      query: { ...query, ...backfill },
      compression,
      headerDeadlineMs,
      signal,
    });
    if (answer.kind === "failed") {
      counters.refusals[classifyFailure(answer.failure)] += 1;
      return { kind: "refused", failure: answer.failure };
    }
    counters.connects += 1;
    connection = answer.connection;
    counters.connectBudget = connection.budget ?? counters.connectBudget;
    openings.push(connection.openedAt);
    if (openings.length > maxOpenings) openings.shift();
    gaps.regained({ missingSinceMs, backfillMinutes, atMs: clock.now() });
    return { kind: "connected" };
  };

  const clear = async (signal: AbortSignal): Promise<SupervisorEvent> => {
    const { ghosts: policy, callTimeoutMs: timeoutMs } = options;
    const killed = await killGhosts({ api, policy, openings, log, timeoutMs, signal });
    counters.ghostsKilled += killed;
    return { kind: "cleared", killed };
  };

  return {
    async perform(state, signals) {
      switch (state.kind) {
        case "waiting":
          return await wait(state.untilMs, signals.signal);
        case "reconciling":
          return await reconcile(signals.signal);
        case "connecting":
          return await connect(state, signals.signal);
        case "clearing":
          return await clear(signals.signal);
        case "streaming": {
          if (connection === undefined) throw new Error("streaming without a connection");
          const reading = readConnection({ ...options, ...signals, connection });
          connection = undefined;
          return await reading;
        }
        case "ended":
          return { kind: "stopped" };
      }
    },
    close: () => connection?.close(),
  };
}
