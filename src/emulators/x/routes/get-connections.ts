/**
 * `GET /2/connections`: the app's streams, open and past. Shape: OpenAPI 2.167; x-api facts 1.1.
 *
 * [unv] that all fields come when none are asked for, and that `id` always does.
 */
import type { XApp } from "../app.ts";
import { checkNames, invalid, readInteger, readList } from "../check-query.ts";
import type { ConnectionRecord } from "../connection-table.ts";
import type { Exchange, Reply } from "../exchange.ts";
import { invalidRequest } from "../problems.ts";

/** As the API names streams; the emulator has the first. */
export const streamEndpoints = [
  "filtered_stream",
  "sample_stream",
  "sample10_stream",
  "firehose_stream",
  "tweets_compliance_stream",
  "users_compliance_stream",
  "tweet_label_stream",
  "firehose_stream_lang_en",
  "firehose_stream_lang_ja",
  "firehose_stream_lang_ko",
  "firehose_stream_lang_pt",
  "likes_firehose_stream",
  "likes_sample10_stream",
  "likes_compliance_stream",
] as const;

const fields = [
  "client_ip",
  "connected_at",
  "disconnect_reason",
  "disconnected_at",
  "endpoint_name",
  "id",
] as const;
const statuses = ["active", "inactive", "all"] as const;

export function getConnections({ connections }: XApp, { query }: Exchange): Reply {
  const problems = checkNames(query, [
    "status",
    "endpoints",
    "max_results",
    "pagination_token",
    "connection.fields",
  ]);
  const status = query.get("status") ?? "active";
  if (!statuses.some((known) => known === status)) {
    const message = `The \`status\` query parameter value [${status}] is not one of [${statuses.join(",")}]`;
    problems.push(invalid("status", [status], message));
  }
  const maxResults = readInteger(query, "max_results", { min: 1, max: 100 }, problems) ?? 10;
  const endpoints = readList(query, "endpoints", streamEndpoints, problems) ?? ["filtered_stream"];
  const asked = readList(query, "connection.fields", fields, problems);
  const token = query.get("pagination_token");
  const start = token === null ? 0 : /^c[0-9]{1,6}$/.test(token) ? Number(token.slice(1)) : null;
  if (start === null) {
    problems.push(invalid("pagination_token", [token ?? ""], `Invalid 'pagination_token':'${token}'`));
  }
  if (problems.length > 0 || start === null) return invalidRequest(problems);

  const found = connections
    .records()
    .filter(({ state }) => status === "all" || (state === "closed") === (status === "inactive"))
    .slice(0, endpoints.includes("filtered_stream") ? undefined : 0);
  const page = found.slice(start, start + maxResults);
  const end = start + page.length;
  return {
    status: 200,
    body: {
      ...(page.length === 0 ? {} : { data: page.map((record) => printConnection(record, asked)) }),
      meta: { result_count: page.length, ...(end < found.length ? { next_token: `c${end}` } : {}) },
    },
  };
}

function printConnection(record: ConnectionRecord, asked: readonly string[] | undefined) {
  const { id, connectedAtMs, disconnectedAtMs, reason, clientAddress } = record;
  const row = {
    id,
    endpoint_name: "filtered_stream",
    connected_at: new Date(connectedAtMs).toISOString(),
    ...(disconnectedAtMs === null ? {} : { disconnected_at: new Date(disconnectedAtMs).toISOString() }),
    ...(reason === null ? {} : { disconnect_reason: reason }),
    client_ip: clientAddress,
  };
  if (asked === undefined) return row;
  return Object.fromEntries(Object.entries(row).filter(([name]) => name === "id" || asked.includes(name)));
}
