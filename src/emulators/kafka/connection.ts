/**
 * One client's connection: frames in, replies out in the order of their requests. One request is worked on at a
 * time, and none while the client does not read, so a connection holds one frame and one reply at most, and what
 * its socket had sent before it was paused.
 */
import type { Socket } from "node:net";
import { describeCause } from "../../kernel/error.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Broker } from "./broker.ts";
import { closeConnection, type Interceptor, noResponse } from "./protocol/api.ts";
import { createFrameAssembler } from "./protocol/frame-assembler.ts";
import { FrameError } from "./protocol/reader.ts";
import { answerFrame, type ConnectionContext, type Reply } from "./router.ts";

/** Largest request, as Kafka's `socket.request.max.bytes`. */
export const maxFrameBytes = 100 * 1024 * 1024;
/** Bytes of requests to come that are taken in while one is being answered. */
const maxWaitingBytes = 1024 * 1024;

/** What all connections together may hold of frames that are not whole yet. */
export interface FrameBudget {
  readonly maxBytes: number;
  usedBytes: number;
}

export function createFrameBudget(maxBytes = 256 * 1024 * 1024): FrameBudget {
  return { maxBytes, usedBytes: 0 };
}

export function serveConnection(
  socket: Socket,
  broker: Broker,
  log: Log | undefined,
  budget: FrameBudget,
  intercept?: Interceptor,
): void {
  let countedBytes = 0;
  /** Keeps the common account; false when this connection's bytes are those that are too many. */
  const account = (bytes: number): boolean => {
    budget.usedBytes += bytes - countedBytes;
    countedBytes = bytes;
    return bytes === 0 || budget.usedBytes <= budget.maxBytes;
  };
  const frames = createFrameAssembler(maxFrameBytes);
  const onEnd = new Set<() => void>();
  /** True while a request is being answered or its reply waits for the client to read. */
  let busy = false;

  const context: ConnectionContext = {
    broker,
    intercept,
    sasl: broker.sasl?.openSession() ?? null,
    clientHost: (socket.remoteAddress ?? "unknown").replace(/^::ffff:/, ""),
    onDisconnect(callback) {
      onEnd.add(callback);
      return () => void onEnd.delete(callback);
    },
  };

  const fail = (cause: unknown) => {
    if (cause instanceof FrameError) {
      log?.warn("Kafka emulator: a connection was closed", {
        client: context.clientHost,
        reason: cause.message,
      });
    } else {
      const stack = cause instanceof Error ? cause.stack : undefined;
      log?.error(`Kafka emulator: a request failed: ${describeCause(cause)}`, { stack });
    }
    socket.destroy();
  };

  /** False when the client has to read first. */
  const send = (reply: Reply): boolean => {
    if (reply === noResponse) return true;
    if (reply === closeConnection) {
      socket.destroy();
      return false;
    }
    let flowing = true;
    if (reply.buffers.length > 1) socket.cork();
    for (const buffer of reply.buffers) flowing = socket.write(buffer);
    if (reply.buffers.length > 1) socket.uncork();
    if (reply.closes === true) {
      // What it still sends is not read.
      busy = true;
      socket.destroySoon();
      return true;
    }
    return flowing;
  };

  const onReply = (reply: Reply) => {
    busy = false;
    if (!socket.destroyed) resume(send(reply));
  };

  const resume = (flowing: boolean) => {
    if (socket.destroyed) return;
    if (flowing) work();
    else {
      busy = true;
      socket.once("drain", () => {
        busy = false;
        work();
      });
    }
  };

  const work = () => {
    try {
      while (!busy && !socket.destroyed) {
        const frame = frames.next();
        if (frame === null) break;
        const reply = answerFrame(frame, context);
        if (reply instanceof Promise) {
          busy = true;
          reply.then(onReply).catch(fail);
        } else if (!send(reply)) {
          resume(false);
        }
      }
    } catch (cause) {
      fail(cause);
      return;
    }
    if (busy && frames.bufferedBytes > maxWaitingBytes) socket.pause();
    else if (socket.isPaused()) socket.resume();
  };

  socket.setNoDelay(true);
  socket.on("data", (chunk: Buffer) => {
    frames.push(chunk);
    work();
    if (!account(frames.bufferedBytes)) {
      fail(
        new FrameError("too-large", `unfinished frames of all clients hold over ${budget.maxBytes} bytes`),
      );
    }
  });
  // A client that goes away without a word is no event for the log.
  socket.on("error", () => socket.destroy());
  socket.on("close", () => {
    account(0);
    for (const callback of [...onEnd]) callback();
    onEnd.clear();
  });
}
