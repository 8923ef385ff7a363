/**
 * One connection from its first byte to its drop: bytes into lines, lines into the queue, and what the stream itself
 * says. Answers with the machine's event.
 */
import type { BoundedQueue } from "../kernel/bounded-queue.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Log } from "../telemetry/log.ts";
import type { XStreamCounters } from "./counters.ts";
import type { GapWatch } from "./gap-watch.ts";
import { createLineSink, type QueuedLine } from "./line-sink.ts";
import { type NoticeMeaning, readNoticeMeaning } from "./notice.ts";
import { describeProblem } from "./problem.ts";
import { type BodyReader, longPauseMs, readBody } from "./read-body.ts";
import type { SupervisorEvent } from "./supervisor.ts";
import type { XConnection } from "./twitter-api.ts";

export interface ReadConnectionOptions {
  readonly connection: XConnection;
  readonly idleMs: number;
  readonly maxLineBytes: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly queue: BoundedQueue<QueuedLine>;
  readonly counters: XStreamCounters;
  readonly gaps: GapWatch;
  /** Stops: the stream is read to the end that the peer makes, for a bounded time. */
  readonly signal: AbortSignal;
  /** Stops without waiting for anything. */
  readonly disposed: AbortSignal;
  readonly onReader: (reader: BodyReader | undefined) => void;
}

/**
 * How long a peer may take, after a stop, to send what it had written and end. Full sockets of a body in chunks of one
 * byte take more than 2 s on two cores.
 */
export const stopGraceMs = 5_000;

/** A line over the limit is skipped to its end; one that is so many times as long has none. */
const overlongFactor = 4;

/** What waits at X for a reader that lags is bounded; it holds no more than this of a busy stream. */
const mostBacklogMs = 60_000;

/** Takes the connection over; its socket is closed when this resolves. */
export async function readConnection(options: ReadConnectionOptions): Promise<SupervisorEvent> {
  const { connection, maxLineBytes, clock, log, queue, counters, gaps, signal, disposed } = options;
  const number = counters.connects;
  let order: (NoticeMeaning & { kind: "disconnect" }) | undefined;
  let full = false;
  let lastPost: QueuedLine | null = null;
  let defect: { readonly error: unknown } | undefined;
  const beganMs = clock.now();

  const sink = createLineSink({
    connection: number,
    maxLineBytes,
    counters,
    onLine(line, bytes) {
      lastPost = line;
      gaps.seen(line);
      full = !queue.push(line, bytes);
    },
    onNotice(problem) {
      const meaning = readNoticeMeaning(problem);
      const what = problem.disconnectType || problem.connectionIssue || problem.type || problem.title;
      log.warn("X sent a notice", { notice: describeProblem(problem), connection: number });
      counters.noticeTypes[what] = (counters.noticeTypes[what] ?? 0) + 1;
      if (meaning.kind === "disconnect") order ??= meaning;
    },
  });
  const reader = readBody({
    connection,
    clock,
    idleMs: options.idleMs,
    onChunk(chunk) {
      // A chunk may end no line; paused for the one before it, nobody would have cause to resume.
      full = false;
      try {
        sink.push(chunk, clock.now());
      } catch (error) {
        // Out of a socket's event it would end the process, with the connection open.
        defect = { error };
        return reader.drop({ reason: "stopped" });
      }
      if (order !== undefined && !signal.aborted) reader.drop({ reason: "notice" });
      else if (sink.unendedBytes > overlongFactor * maxLineBytes) reader.drop({ reason: "overlong" });
      else if (full) reader.pause();
    },
    onLongPause() {
      log.warn("the brokers are slower than X: its stream is not read, and X drops a reader that lags", {
        pausedMs: longPauseMs,
        waiting: queue.length,
      });
    },
  });
  options.onReader(reader);
  const cut = () => reader.drop({ reason: "stopped" });
  const stop = () => (disposed.aborted ? cut() : reader.stop(stopGraceMs));
  signal.addEventListener("abort", stop, { once: true });
  disposed.addEventListener("abort", cut, { once: true });
  if (signal.aborted) stop();
  const drop = await reader.dropped;
  signal.removeEventListener("abort", stop);
  disposed.removeEventListener("abort", cut);
  options.onReader(undefined);
  counters.disconnects[drop.reason] += 1;
  if (defect !== undefined) throw defect.error;
  if (drop.late === true) {
    log.warn("X did not end its stream in time after the stop; what it still had on the way is lost", {
      connection: number,
      waitedMs: stopGraceMs,
    });
  }
  const rest = sink.end();
  if (rest !== null && drop.reason !== "stopped") {
    counters.partialLines += 1;
    log.warn("X's connection ended inside a line; the post in it is lost to this connection", {
      connection: number,
      bytes: rest.length,
    });
  }
  if (drop.reason === "stopped") return { kind: "stopped" };
  const reason = order?.reason ?? drop.reason;
  gaps.lost({ cause: reason, lastPost });
  return {
    kind: "dropped",
    reason,
    // What was not read while paused may have waited at X, and went with the connection.
    sinceMs: (sink.lastLineAtMs ?? beganMs) - Math.min(reader.pausedMs, mostBacklogMs),
    ...(order?.failure != null && { failure: order.failure }),
  };
}
