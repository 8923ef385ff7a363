/**
 * The streams that are open, and the last ones that were, as the connections API lists them.
 */
import type { StreamConnection } from "./stream-connection.ts";

export interface ConnectionRecord {
  readonly id: string;
  readonly connectedAtMs: number;
  readonly disconnectedAtMs: number | null;
  readonly clientAddress: string;
}

export interface ConnectionTable extends Iterable<StreamConnection> {
  readonly size: number;
  /** Streams opened since the start. */
  readonly opened: number;
  add(connection: StreamConnection): void;
  remove(connection: StreamConnection, atMs: number): void;
  find(id: string): StreamConnection | undefined;
  /** Open ones first, then the last that were closed. */
  records(): readonly ConnectionRecord[];
}

const rememberedConnections = 1000;

export function createConnectionTable(): ConnectionTable {
  const open = new Map<string, StreamConnection>();
  const past: ConnectionRecord[] = [];
  let opened = 0;
  const recordOf = ({ id, connectedAtMs, clientAddress }: StreamConnection, at: number | null) => ({
    id,
    connectedAtMs,
    disconnectedAtMs: at,
    clientAddress,
  });
  return {
    get size() {
      return open.size;
    },
    get opened() {
      return opened;
    },
    [Symbol.iterator]: () => open.values(),
    add(connection) {
      opened++;
      open.set(connection.id, connection);
    },
    remove(connection, atMs) {
      if (!open.delete(connection.id)) return;
      past.unshift(recordOf(connection, atMs));
      past.length = Math.min(past.length, rememberedConnections);
    },
    find: (id) => open.get(id),
    records: () => [...Array.from(open.values(), (connection) => recordOf(connection, null)), ...past],
  };
}
