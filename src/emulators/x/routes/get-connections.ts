/**
 * `GET /2/connections`: the app's streams, open and past. Source: x-api facts 1.1.
 */
import type { XApp } from "../app.ts";
import { checkNames, readInteger, readList } from "../check-query.ts";
import type { Exchange, Reply } from "../exchange.ts";
import { invalidRequest } from "../problems.ts";

export function getConnections({ connections }: XApp, { query }: Exchange): Reply {
  const problems = checkNames(query, [
    "status",
    "endpoints",
    "max_results",
    "pagination_token",
    "connection.fields",
  ]);
  const [status = "active"] = readList(query, "status", ["active", "inactive", "all"], problems) ?? [];
  const maxResults = readInteger(query, "max_results", { min: 1, max: 100 }, problems) ?? 10;
  const endpoints = query.get("endpoints")?.split(",") ?? ["filtered_stream"];
  if (problems.length > 0) return invalidRequest(problems);
  const rows = connections
    .records()
    .filter(
      ({ disconnectedAtMs }) => status === "all" || (disconnectedAtMs === null) === (status === "active"),
    )
    .slice(0, endpoints.includes("filtered_stream") ? maxResults : 0)
    .map(({ id, connectedAtMs, disconnectedAtMs, clientAddress }) => ({
      id,
      endpoint_name: "filtered_stream",
      connected_at: new Date(connectedAtMs).toISOString(),
      ...(disconnectedAtMs === null ? {} : { disconnected_at: new Date(disconnectedAtMs).toISOString() }),
      client_ip: clientAddress,
    }));
  return {
    status: 200,
    body: { ...(rows.length === 0 ? {} : { data: rows }), meta: { result_count: rows.length } },
  };
}
