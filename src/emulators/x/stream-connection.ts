/**
 * One open stream: frames queued, encoded and written in order, heartbeats while nothing else goes out, and a report
 * to the ledger of what was written and what has left the socket.
 */
import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import type { Clock } from "../../kernel/clock.ts";
import type { BodyEncoder } from "./body-encoder.ts";
import type { DisconnectReason } from "./connection-table.ts";
import type { ConnectionLedger } from "./ledger.ts";
import { disconnectNotice } from "./notice.ts";
import type { Projection } from "./projection.ts";
import type { StreamScript } from "./scenarios/faults.ts";

export interface StreamConnection {
  /** As the connections API names it. */
  readonly id: string;
  /** As the ledger names it: counts from 1. */
  readonly number: number;
  readonly connectedAtMs: number;
  readonly clientAddress: string;
  readonly project: Projection;
  readonly ledger: ConnectionLedger;
  readonly closed: boolean;
  /** What is sent now may still go out: it is neither closed nor ending. */
  readonly writable: boolean;
  /** Bytes that wait for the socket, before any coding. */
  readonly queuedBytes: number;
  /**
   * Queues frames that hold `posts` posts, each reported to the ledger as matched already. Past the limit of the queue
   * the connection is cut off, and what waits in it is lost.
   */
  send(frames: string, posts: number): void;
  /** Null when there is room; else resolves once there is, or the connection is ending or closed. */
  room(): Promise<void> | null;
  /**
   * Sends what is queued, ends the body and waits, for a second at most, until the client has hung up. Default
   * "OperationalDisconnect".
   */
  end(reason?: DisconnectReason): Promise<void>;
  /** Cuts the connection. */
  destroy(reason?: DisconnectReason): void;
  /** Decides over what is sent, while there is one. */
  script: StreamScript | null;
  /** Posts queued so far. */
  readonly sentPosts: number;
  /** Bytes of the posts sent, before any coding; heartbeats are not among them. */
  readonly sentBytes: number;
  /** Ends the connection with a RST. */
  reset(): void;
  /** No heartbeats from now on. */
  stopHeartbeats(): void;
  /** Resolves once all that was queued has left for the kernel, or the connection is closed. */
  drained(): Promise<void>;
  /** Bytes for the socket as they are, past the encoder. To be called when drained. */
  writeRaw(bytes: Buffer): void;
  /** Encodes what is sent from now on in another way. To be called when drained. */
  recode(encoder: BodyEncoder): void;
}

export interface StreamConnectionOptions {
  readonly socket: Socket;
  readonly number: number;
  readonly project: Projection;
  readonly encoder: BodyEncoder;
  readonly ledger: ConnectionLedger;
  readonly clock: Clock;
  readonly keepAliveMs: number;
  readonly script: StreamScript | null;
  /** Null: the queue grows, since its source waits for room. */
  readonly maxQueuedBytes?: number | null;
  /** Tells a reader that is too slow so, if it can still be told, and ends the stream within five seconds. */
  readonly slowReaderNotice?: boolean;
  /** Called once, when nothing more can be sent. */
  readonly onClose: (connection: StreamConnection, reason: DisconnectReason) => void;
}

/** Past this much waiting text, a source that can wait does. */
export const highWaterBytes = 256 * 1024;
const endGraceMs = 1000;
/** How long a reader that was too slow may take to read that it was. */
const slowReaderGraceMs = 5000;

export function createStreamConnection(options: StreamConnectionOptions): StreamConnection {
  const { socket, number, project, ledger, clock, keepAliveMs, maxQueuedBytes = null } = options;
  let { encoder } = options;
  const queue: { frames: string; bytes: number; posts: number }[] = [];
  let queuedBytes = 0;
  let pumping = false;
  let closed = false;
  let left = false;
  let ending = false;
  let ended = false;
  let saidGoodbye = false;
  let leftInOrder = false;
  let reason: DisconnectReason | null = null;
  let lastWriteMs = clock.now();
  let sentPosts = 0;
  let sentBytes = 0;
  let wakeRoom: (() => void)[] = [];
  let wakeDrained: (() => void)[] = [];
  let cancelHeartbeat = () => {};

  const waitForDrain = () =>
    new Promise<void>((resolve) => {
      const done = () => {
        socket.off("drain", done);
        socket.off("close", done);
        resolve();
      };
      socket.once("drain", done);
      socket.once("close", done);
    });
  const reportEmpty = () => {
    if (!closed && socket.writableLength === 0) ledger.emptied();
    sayDrained();
  };
  const isDrained = () => closed || (!pumping && queue.length === 0 && socket.writableLength === 0);
  const sayDrained = () => {
    if (!isDrained()) return;
    const wake = wakeDrained;
    wakeDrained = [];
    for (const resolve of wake) resolve();
  };
  const isWritable = () => !closed && !ending && reason !== "SlowReader";
  const hasRoom = () => closed || ending || queuedBytes < highWaterBytes;
  const giveRoom = () => {
    if (!hasRoom() || wakeRoom.length === 0) return;
    const wake = wakeRoom;
    wakeRoom = [];
    for (const resolve of wake) resolve();
  };

  const pump = async () => {
    pumping = true;
    for (let next = queue.shift(); next !== undefined && !closed; next = queue.shift()) {
      const bytesBefore = encoder.bodyBytes;
      const encoded = encoder.encode(next.frames);
      const writes = encoded instanceof Promise ? await encoded : encoded;
      if (next.posts > 0) sentBytes += encoder.bodyBytes - bytesBefore;
      for (const bytes of writes) {
        if (closed) break;
        // A cut body takes many writes: let the reader in between.
        if (writes.length > 1) await new Promise((resolve) => setImmediate(resolve));
        if (!socket.write(bytes, reportEmpty)) await waitForDrain();
      }
      if (closed) break;
      lastWriteMs = clock.now();
      ledger.written(next.posts);
      reportEmpty();
      queuedBytes -= next.bytes;
      giveRoom();
    }
    pumping = false;
    sayDrained();
    if (ending) void finish();
  };
  const finish = async () => {
    if (ended || closed) return;
    ended = true;
    if (saidGoodbye) leftInOrder = await probe();
    const bytes = await encoder.end();
    if (!closed) socket.end(bytes);
  };
  /**
   * A client that hangs up with bytes unread resets the connection, as do bytes that reach it afterwards. So when it
   * said goodbye and a last heartbeat can still be handed over, everything before was read, or will be by one that
   * closed only its own side.
   */
  const probe = async (): Promise<boolean> => {
    const heartbeat = Buffer.concat([...(await encoder.encode("\r\n"))]);
    if (closed) return false;
    return new Promise((resolve) => {
      socket.once("close", () => resolve(false));
      socket.write(heartbeat, (error) => resolve(error === undefined || error === null));
    });
  };
  const onClosed = () => {
    if (closed) return;
    closed = true;
    cancelHeartbeat();
    const clean = (ended && socket.writableFinished && !socket.errored) || leftInOrder;
    ledger.ended(clean, reason === "SlowReader" ? "slow-reader" : undefined);
    giveRoom();
    sayDrained();
    leave();
  };
  const leave = () => {
    if (left) return;
    left = true;
    connection.script?.closed();
    options.onClose(connection, reason ?? "ClientDisconnected");
  };
  /** The client closed its side and may still read: what was handed to the socket goes out, and then the body ends. */
  const onGoodbye = () => {
    if (closed || ending) return;
    saidGoodbye = true;
    ending = true;
    queue.length = 0;
    giveRoom();
    leave();
    if (!pumping) void finish();
  };
  const cutOff = () => {
    reason = "SlowReader";
    queue.length = 0;
    if (options.slowReaderNotice !== true) return void socket.destroy();
    queue.push({ frames: disconnectNotice("SlowReader"), bytes: 0, posts: 0 });
    ending = true;
    giveRoom();
    leave();
    if (!pumping) void pump();
    const timer = setTimeout(() => socket.destroy(), slowReaderGraceMs);
    socket.once("close", () => clearTimeout(timer));
  };
  const beat = () => {
    const quietMs = clock.now() - lastWriteMs;
    if (quietMs >= keepAliveMs && !ending) connection.send("\r\n", 0);
    const nextMs = quietMs >= keepAliveMs ? keepAliveMs : keepAliveMs - quietMs;
    cancelHeartbeat = clock.after(nextMs, beat);
  };

  const connection: StreamConnection = {
    id: randomUUID(),
    number,
    connectedAtMs: clock.now(),
    clientAddress: socket.remoteAddress ?? "",
    project,
    ledger,
    get closed() {
      return closed;
    },
    get writable() {
      return isWritable();
    },
    get queuedBytes() {
      return queuedBytes;
    },
    send(frames, posts) {
      if (!isWritable()) return;
      const bytes = Buffer.byteLength(frames);
      // What is larger than the queue by itself still goes out to who reads.
      if (maxQueuedBytes !== null && queuedBytes > 0 && queuedBytes + bytes > maxQueuedBytes) return cutOff();
      queue.push({ frames, bytes, posts });
      queuedBytes += bytes;
      sentPosts += posts;
      if (!pumping) void pump();
    },
    room() {
      if (hasRoom()) return null;
      return new Promise((resolve) => wakeRoom.push(resolve));
    },
    async end(why = "OperationalDisconnect") {
      if (closed) return;
      reason ??= why;
      const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
      ending = true;
      giveRoom();
      if (!pumping) void finish();
      const timer = setTimeout(() => socket.destroy(), endGraceMs);
      await gone;
      clearTimeout(timer);
    },
    destroy(why) {
      reason ??= why ?? null;
      socket.destroy();
    },
    script: options.script,
    get sentPosts() {
      return sentPosts;
    },
    get sentBytes() {
      return sentBytes;
    },
    reset() {
      reason ??= "OperationalDisconnect";
      socket.resetAndDestroy();
    },
    stopHeartbeats: () => cancelHeartbeat(),
    drained: () => (isDrained() ? Promise.resolve() : new Promise((resolve) => wakeDrained.push(resolve))),
    writeRaw(bytes) {
      if (!closed) socket.write(bytes, reportEmpty);
    },
    recode(next) {
      encoder = next;
    },
  };
  // The reset of a client is an answer like any other here; `close` follows it.
  socket.on("error", () => {});
  // Instead of Node's own listener, which ends the socket in the middle of a body.
  socket.removeAllListeners("end");
  socket.once("end", onGoodbye);
  socket.once("close", onClosed);
  cancelHeartbeat = clock.after(keepAliveMs, beat);
  connection.script?.start(connection);
  return connection;
}
