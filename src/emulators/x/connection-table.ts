/**
 * The streams of one app: open ones, those whose client is gone but that X has not noticed yet (ghosts, which count
 * like open ones), and the last ones that were, as the connections API lists them. Source: x-api facts 1.1 and 1.4.
 *
 * [unv] the words of `disconnect_reason`: the spec says only that it is text. Where the stream itself has a word
 * (`disconnect_type`), it is that one.
 */
import type { Clock } from "../../kernel/clock.ts";
import type { LedgerCounters } from "./ledger.ts";
import { disconnectNotice } from "./notice.ts";
import type { StreamConnection } from "./stream-connection.ts";

export const disconnectReasons = [
  "ClientDisconnected",
  "OperationalDisconnect",
  "ForceDisconnect",
  "SlowReader",
  "UsageCapExceeded",
  "RecoveryCompleted",
] as const;
export type DisconnectReason = (typeof disconnectReasons)[number];

export interface ConnectionRecord {
  readonly id: string;
  readonly number: number;
  readonly connectedAtMs: number;
  readonly disconnectedAtMs: number | null;
  readonly reason: DisconnectReason | null;
  readonly clientAddress: string;
  /** A ghost's client has gone, and X has not noticed. */
  readonly state: "open" | "ghost" | "closed";
  readonly kind: ConnectionKind;
  /** What became of its posts; counted on until the last of them is settled. */
  readonly posts: LedgerCounters;
  /** Null once it is closed, so that its buffers go. */
  readonly connection: StreamConnection | null;
}

/** `stream`: the present, after backfill if it was asked for; `recovery`: a stretch of the past. */
export type ConnectionKind = "stream" | "recovery";

export interface ConnectionTable extends Iterable<StreamConnection>, Disposable {
  /** Streams that count towards the limit: open ones and ghosts. */
  readonly size: number;
  /** Recovery jobs that run. */
  readonly recoveries: number;
  /** Streams opened since the start. */
  readonly opened: number;
  /** Open streams that get what is posted now. */
  readonly live: ReadonlySet<StreamConnection>;
  /** Open streams whose backfill is still on its way. */
  readonly catchingUp: number;
  /** Resolves once none is. */
  caughtUp(): Promise<void>;
  add(connection: StreamConnection, how?: { readonly kind?: ConnectionKind; readonly live?: boolean }): void;
  /** From now on it gets what is posted. */
  goLive(connection: StreamConnection): void;
  /** It is gone. Where its client left, it counts on as a ghost, if the emulator has ghosts. */
  remove(connection: StreamConnection, reason: DisconnectReason): void;
  /** Ends a stream or a ghost, whose place is free at once; false: there is none of that id. */
  kill(id: string, reason: DisconnectReason): boolean;
  find(id: string): ConnectionRecord | undefined;
  /** Goes on counting a stream as open for so long, or until it is killed or the returned function is called. */
  haunt(connection: StreamConnection, forMs: number): () => void;
  /** Open ones first, oldest first, then the last that were closed, latest first. */
  records(): readonly ConnectionRecord[];
}

export interface ConnectionTableOptions {
  readonly clock: Clock;
  /** How long a client that left still counts. Default 0: not at all. */
  readonly ghostMs?: number;
}

const rememberedConnections = 1000;

export function createConnectionTable({ clock, ghostMs = 0 }: ConnectionTableOptions): ConnectionTable {
  const current = new Map<string, ConnectionRecord>();
  const live = new Set<StreamConnection>();
  const waiting = new Set<StreamConnection>();
  const timers = new Map<string, () => void>();
  /** Streams that will be ghosts until then, however they end. */
  const haunted = new Map<string, number>();
  let past: ConnectionRecord[] = [];
  let opened = 0;
  let wake: (() => void)[] = [];

  const count = (kind: ConnectionKind) =>
    Array.from(current.values()).filter((record) => record.kind === kind).length;
  const settleWaiting = (connection: StreamConnection) => {
    waiting.delete(connection);
    if (waiting.size > 0) return;
    for (const resolve of wake) resolve();
    wake = [];
  };
  const close = (record: ConnectionRecord, reason: DisconnectReason) => {
    current.delete(record.id);
    timers.get(record.id)?.();
    timers.delete(record.id);
    haunted.delete(record.id);
    const over = { state: "closed", disconnectedAtMs: clock.now(), reason, connection: null } as const;
    const closed = { ...record, ...over };
    past = [closed, ...past].slice(0, rememberedConnections);
  };
  const leave = (connection: StreamConnection) => {
    live.delete(connection);
    settleWaiting(connection);
  };

  return {
    get size() {
      return count("stream");
    },
    get recoveries() {
      return count("recovery");
    },
    get opened() {
      return opened;
    },
    live,
    get catchingUp() {
      return waiting.size;
    },
    caughtUp() {
      if (waiting.size === 0) return Promise.resolve();
      return new Promise((resolve) => wake.push(resolve));
    },
    *[Symbol.iterator]() {
      for (const { state, connection } of current.values()) {
        if (state === "open" && connection !== null) yield connection;
      }
    },
    add(connection, { kind = "stream", live: isLive = true } = {}) {
      opened++;
      const { id, number, connectedAtMs, clientAddress } = connection;
      current.set(id, {
        ...{ id, number, connectedAtMs, clientAddress, kind, connection },
        posts: connection.ledger.counters,
        ...{ state: "open", disconnectedAtMs: null, reason: null },
      });
      if (isLive) live.add(connection);
      else if (kind === "stream") waiting.add(connection);
    },
    goLive(connection) {
      if (current.get(connection.id)?.state !== "open") return;
      live.add(connection);
      settleWaiting(connection);
    },
    remove(connection, reason) {
      leave(connection);
      const record = current.get(connection.id);
      if (record?.state !== "open") return;
      const untilMs = haunted.get(record.id);
      const lagMs = reason === "ClientDisconnected" ? ghostMs : 0;
      const staysMs = untilMs === undefined ? lagMs : untilMs - clock.now();
      if (staysMs <= 0) return close(record, reason);
      current.set(record.id, { ...record, state: "ghost", connection: null });
      timers.set(
        record.id,
        clock.after(staysMs, () => close(record, "ClientDisconnected")),
      );
    },
    kill(id, reason) {
      const record = current.get(id);
      if (record === undefined) return false;
      const { connection, state } = record;
      close(record, reason);
      if (connection === null || state !== "open") return true;
      leave(connection);
      if (reason === "ForceDisconnect") connection.send(disconnectNotice(reason), 0);
      void connection.end(reason);
      return true;
    },
    haunt(connection, forMs) {
      const { id } = connection;
      haunted.set(id, clock.now() + forMs);
      return () => {
        haunted.delete(id);
        const record = current.get(id);
        if (record?.state === "ghost") close(record, "ClientDisconnected");
      };
    },
    find: (id) => current.get(id) ?? past.find((record) => record.id === id),
    records: () => [...current.values(), ...past],
    [Symbol.dispose]() {
      for (const cancel of timers.values()) cancel();
      timers.clear();
    },
  };
}
