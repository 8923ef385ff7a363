/**
 * One connection's bytes, from the first to the reason there are no more: back-pressure, the idle limit, and every
 * way in which a body can end. Decompressed bytes that arrived before an abrupt end are still given out.
 */
import type { Duplex } from "node:stream";
import type { Clock } from "../kernel/clock.ts";
import { afterInput } from "./after-input.ts";
import type { XConnection } from "./twitter-api.ts";

export const dropReasons = [
  /** X ended the answer as HTTP says. */
  "ended",
  /** The connection broke. */
  "reset",
  /** The compressed bytes are no gzip. */
  "corrupt",
  /** Nothing came for longer than X's heartbeat. */
  "idle",
  /** X said in the stream that it disconnects. */
  "notice",
  /** A line went on far past the longest that is taken. */
  "overlong",
  /** We were told to stop. */
  "stopped",
] as const;
export type DropReason = (typeof dropReasons)[number];

export interface Drop {
  readonly reason: DropReason;
  readonly cause?: unknown;
  /** For `stopped`: the peer did not end its side in time. */
  readonly late?: true;
}

export interface BodyReader {
  /** Settles once, when no more bytes will be given out and the socket is closed. */
  readonly dropped: Promise<Drop>;
  /** Stops reading from the socket, so that the peer feels it; the idle limit rests meanwhile. */
  pause(): void;
  resume(): void;
  /**
   * Asks the peer to end and reads on, unpaused, until it has or `graceMs` have passed: what it wrote before it heard
   * of that is delivered as far as it knows. `dropped` then says `stopped`, however the connection ended.
   */
  stop(graceMs: number): void;
  /** Closes the connection at once for a reason of ours. */
  drop(drop: Drop): void;
  /** Milliseconds spent paused so far. */
  readonly pausedMs: number;
}

export interface BodyReaderOptions {
  readonly connection: XConnection;
  readonly clock: Clock;
  readonly idleMs: number;
  readonly onChunk: (chunk: Buffer) => void;
  /** Called when a pause has lasted `longPauseMs`: X's queue is bounded, and it drops a reader that lags. */
  readonly onLongPause?: () => void;
}

/** X's queue for a connection holds some seconds of a busy stream. */
export const longPauseMs = 10_000;

/** Starts reading. The connection is closed when `dropped` settles, whatever the reason. */
export function readBody({
  connection,
  clock,
  idleMs,
  onChunk,
  onLongPause = () => {},
}: BodyReaderOptions): BodyReader {
  const { body, response } = connection;
  let lastByteAtMs = clock.now();
  let pausedAtMs: number | null = null;
  let pausedMs = 0;
  let broken: { cause: unknown } | null = null;
  let over = false;
  let stopping = false;
  let cancelTimer = () => {};
  let cancelLongPause = () => {};
  let settle: (drop: Drop) => void = () => {};
  const dropped = new Promise<Drop>((resolve) => {
    settle = resolve;
  });

  const drop = (reason: Drop) => {
    if (over) return;
    over = true;
    cancelTimer();
    cancelLongPause();
    if (pausedAtMs !== null) pausedMs += clock.now() - pausedAtMs;
    pausedAtMs = null;
    body.off("data", take);
    connection.close();
    // How it ended after a stop says nothing: a proxy may answer the half-close with a reset.
    settle(stopping && reason.reason !== "stopped" ? { reason: "stopped" } : reason);
  };

  const take = (chunk: Buffer) => {
    lastByteAtMs = clock.now();
    onChunk(chunk);
  };

  // One timer for the whole connection: moving it with each chunk would cost more than the chunk.
  const watch = (ms: number) => {
    cancelTimer = clock.after(ms, () => {
      const idleForMs = clock.now() - lastByteAtMs;
      if (pausedAtMs !== null) watch(idleMs);
      else if (idleForMs < idleMs) watch(idleMs - idleForMs);
      else afterInput(() => decide(lastByteAtMs));
    });
  };
  const decide = (seenAtMs: number) => {
    if (over || stopping) return;
    if (lastByteAtMs === seenAtMs && pausedAtMs === null) drop({ reason: "idle" });
    else watch(idleMs);
  };
  watch(idleMs);

  // An abort throws away what the response still holds, unless it is taken at that moment.
  const salvage = (feed: (chunk: Buffer) => void) => {
    for (let rest: Buffer | null = response.read(); rest !== null && !over; rest = response.read())
      feed(rest);
  };

  body.on("data", take);
  body.on("end", () => {
    if (broken !== null) drop({ reason: "reset", cause: broken.cause });
    else drop({ reason: response.complete ? "ended" : "reset" });
  });
  body.on("error", (cause) => {
    if (body === response) salvage(take);
    drop(broken !== null || body === response ? { reason: "reset", cause } : { reason: "corrupt", cause });
  });
  body.on("close", () => drop({ reason: "reset", cause: broken?.cause }));

  // A pipe would not tell the decompressor of an abort; ended by hand, that gives out all it has.
  let draining = false;
  if (body !== response) {
    const decompressor = body as Duplex;
    response.unpipe(decompressor);
    response.on("data", (chunk: Buffer) => {
      if (over || decompressor.write(chunk)) return;
      draining = true;
      response.pause();
    });
    decompressor.on("drain", () => {
      draining = false;
      if (!over && pausedAtMs === null) response.resume();
    });
    response.on("end", () => decompressor.end());
    const onBreak = (cause?: unknown) => {
      if (over || response.complete || broken !== null) return;
      broken = { cause };
      decompressor.end();
    };
    response.on("error", (cause) => {
      if (broken === null) salvage((chunk) => decompressor.write(chunk));
      onBreak(cause);
    });
    response.on("close", () => onBreak());
    response.resume();
  }

  const resume = () => {
    if (over || pausedAtMs === null) return;
    cancelLongPause();
    pausedMs += clock.now() - pausedAtMs;
    pausedAtMs = null;
    lastByteAtMs = clock.now();
    body.resume();
    if (!draining) response.resume();
  };

  return {
    dropped,
    drop,
    stop(graceMs) {
      if (over || stopping) return;
      stopping = true;
      cancelTimer();
      cancelTimer = clock.after(graceMs, () => drop({ reason: "stopped", late: true }));
      connection.halfClose();
      resume();
    },
    pause() {
      if (over || stopping || pausedAtMs !== null) return;
      pausedAtMs = clock.now();
      cancelLongPause = clock.after(longPauseMs, onLongPause);
      body.pause();
      response.pause();
    },
    resume,
    get pausedMs() {
      return pausedMs + (pausedAtMs === null ? 0 : clock.now() - pausedAtMs);
    },
  };
}
