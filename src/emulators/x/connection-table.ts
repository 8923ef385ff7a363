/**
 * The streams that are open, and the last ones that were, as the connections API lists them.
 */
import type { Clock } from "../../kernel/clock.ts";
import type { StreamConnection } from "./stream-connection.ts";

export interface ConnectionRecord {
  readonly id: string;
  readonly connectedAtMs: number;
  readonly disconnectedAtMs: number | null;
  readonly clientAddress: string;
}

export interface ConnectionTable extends Iterable<StreamConnection> {
  readonly size: number;
  /** What X counts against the limit: open streams, and closed ones that it has not noticed yet. */
  readonly counted: number;
  /** Streams opened since the start. */
  readonly opened: number;
  add(connection: StreamConnection): void;
  remove(connection: StreamConnection, atMs: number): void;
  find(id: string): StreamConnection | undefined;
  /** Goes on counting a stream as open for so long, or until it is killed or the returned function is called. */
  haunt(connection: StreamConnection, forMs: number, clock: Clock): () => void;
  /** Closed streams that are still counted: the connections API can kill them. */
  readonly ghosts: ReadonlyMap<string, () => void>;
  /** Open ones first, then the last that were closed. */
  records(): readonly ConnectionRecord[];
}

const rememberedConnections = 1000;

export function createConnectionTable(): ConnectionTable {
  const open = new Map<string, StreamConnection>();
  const ghosts = new Map<string, () => void>();
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
    get counted() {
      const closed = [...ghosts.keys()].filter((id) => !open.has(id));
      return open.size + closed.length;
    },
    ghosts,
    haunt(connection, forMs, clock) {
      const { id } = connection;
      const cancel = clock.after(forMs, () => lay());
      const lay = () => {
        cancel();
        ghosts.delete(id);
      };
      ghosts.set(id, lay);
      return lay;
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
    records: () => [
      ...Array.from(open.values(), (connection) => recordOf(connection, null)),
      ...past.map((record) => (ghosts.has(record.id) ? { ...record, disconnectedAtMs: null } : record)),
    ],
  };
}
