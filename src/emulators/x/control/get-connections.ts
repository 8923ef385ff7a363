/**
 * `GET /connections` of the control port: every stream of every app, open, ghost or closed, with what it was sent.
 */
import type { XApp } from "../app.ts";
import type { Reply } from "../exchange.ts";

export function getAllConnections(apps: readonly XApp[]): Reply {
  const rows = apps.flatMap(({ number: app, connections }) =>
    connections.records().map(({ connection, ...record }) => ({
      app,
      connection: record.number,
      id: record.id,
      kind: record.kind,
      state: record.state,
      connected_at: record.connectedAtMs,
      ...(record.disconnectedAtMs === null ? {} : { disconnected_at: record.disconnectedAtMs }),
      ...(record.reason === null ? {} : { disconnect_reason: record.reason }),
      client_ip: record.clientAddress,
      queued_bytes: connection?.queuedBytes ?? 0,
      posts: record.posts,
    })),
  );
  return { status: 200, body: { data: rows.sort((a, b) => a.connection - b.connection) } };
}
