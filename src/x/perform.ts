/**
 * The supervisor's hands: waits, connects, and reads one connection into the queue until it drops.
 */
import type { BoundedQueue } from "../kernel/bounded-queue.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Log } from "../telemetry/log.ts";
import type { XStreamCounters } from "./counters.ts";
import { classifyFailure, type XFailure } from "./failure.ts";
import { createLineSink, type QueuedLine } from "./line-sink.ts";
import { describeProblem, type Problem } from "./problem.ts";
import { type BodyReader, type Drop, readBody } from "./read-body.ts";
import type { SupervisorEvent, SupervisorState } from "./supervisor.ts";
import type { XApi, XConnection, XQuery } from "./twitter-api.ts";

export interface PerformerOptions {
  readonly api: XApi;
  readonly query: XQuery;
  readonly compression: boolean;
  readonly idleMs: number;
  readonly headerDeadlineMs: number;
  readonly maxLineBytes: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly queue: BoundedQueue<QueuedLine>;
  readonly counters: XStreamCounters;
  /** Stops: an open stream is read to the end that the peer makes, for a bounded time. */
  readonly signal: AbortSignal;
  /** Stops without waiting for anything; to be aborted with `signal` or after it. */
  readonly disposed: AbortSignal;
  /** Called with the reader of the connection that is read now, and with undefined when it is over. */
  readonly onReader: (reader: BodyReader | undefined) => void;
}

export interface Performer {
  /** Does what a state asks for and answers with what came of it. */
  perform(state: SupervisorState): Promise<SupervisorEvent>;
  /** Closes a connection that was made and not read. */
  close(): void;
}

/**
 * How long a peer may take, after a stop, to send what it had written and end. Full sockets of a body in chunks of one
 * byte take more than 2 s on two cores.
 */
export const stopGraceMs = 5_000;

export function createPerformer(options: PerformerOptions): Performer {
  const { api, clock, log, queue, counters, signal, disposed, onReader } = options;
  let connection: XConnection | undefined;

  const wait = async (untilMs: number): Promise<SupervisorEvent> => {
    const ms = untilMs - clock.now();
    if (ms > 0) await clock.sleep(ms, signal).catch(() => {});
    return { kind: "due" };
  };

  const connect = async (): Promise<SupervisorEvent> => {
    const answer = await api.connect({
      query: options.query,
      compression: options.compression,
      headerDeadlineMs: options.headerDeadlineMs,
      signal,
    });
    if (answer.kind === "failed") {
      counters.refusals[classifyFailure(answer.failure)] += 1;
      return { kind: "refused", failure: answer.failure };
    }
    counters.connects += 1;
    connection = answer.connection;
    return { kind: "connected" };
  };

  const stream = async (): Promise<SupervisorEvent> => {
    if (connection === undefined) throw new Error("streaming without a connection");
    let notice: Problem | undefined;
    let full = false;
    const sink = createLineSink({
      connection: counters.connects,
      maxLineBytes: options.maxLineBytes,
      counters,
      onLine(line, bytes) {
        full = !queue.push(line, bytes);
      },
      onNotice(problem) {
        notice ??= problem;
      },
    });
    const reader = readBody({
      connection,
      clock,
      idleMs: options.idleMs,
      onChunk(chunk) {
        // A chunk may end no line; paused for the one before it, nobody would have cause to resume.
        full = false;
        sink.push(chunk, clock.now());
        if (notice !== undefined && !signal.aborted) reader.drop({ reason: "notice", problem: notice });
        else if (full) reader.pause();
      },
    });
    onReader(reader);
    const cut = () => reader.drop({ reason: "stopped" });
    const stop = () => (disposed.aborted ? cut() : reader.stop(stopGraceMs));
    signal.addEventListener("abort", stop, { once: true });
    disposed.addEventListener("abort", cut, { once: true });
    if (signal.aborted) stop();
    const drop = await reader.dropped;
    signal.removeEventListener("abort", stop);
    disposed.removeEventListener("abort", cut);
    onReader(undefined);
    connection = undefined;
    counters.disconnects[drop.reason] += 1;
    if (drop.late === true) {
      log.warn("X did not end its stream in time after the stop; what it still had on the way is lost", {
        connection: counters.connects,
        waitedMs: stopGraceMs,
      });
    }
    const rest = sink.end();
    if (rest !== null && drop.reason !== "stopped") {
      counters.partialLines += 1;
      log.warn("X's connection ended inside a line; the post in it is lost to this connection", {
        connection: counters.connects,
        bytes: rest.length,
      });
    }
    return toDropped(drop);
  };

  return {
    perform(state) {
      switch (state.kind) {
        case "waiting":
          return wait(state.untilMs);
        case "connecting":
          return connect();
        case "streaming":
          return stream();
        case "ended":
          return Promise.resolve({ kind: "stopped" });
      }
    },
    close: () => connection?.close(),
  };
}

/** A notice may say what the next connect would be refused for; then there is no use in trying at once. */
function toDropped({ reason, problem }: Drop): SupervisorEvent {
  if (reason === "stopped") return { kind: "stopped" };
  if (problem === undefined) return { kind: "dropped", reason };
  const failure: XFailure = { kind: "http", status: 200, problem, resetAtMs: null, retryAfterMs: null };
  const kind = classifyFailure(failure);
  const announced = kind === "usage-capped" || kind === "too-many-connections";
  return {
    kind: "dropped",
    reason: `notice ${describeProblem(problem)}`,
    ...(announced ? { failure } : {}),
  };
}
