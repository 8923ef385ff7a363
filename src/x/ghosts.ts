/**
 * Connections that X still counts and nobody holds any more: found and ended through X's connections API, so that a
 * reconnect need not wait for X to notice. Spec: X API v2, GET and DELETE connections.
 *
 * A connection is ours when X opened it at a moment at which this process connected; none of those is held any more
 * when we are about to connect. Any other may be that of a second process, which is not ours to end.
 */
import { isJsonObject } from "../kernel/json.ts";
import type { Log } from "../telemetry/log.ts";
import { connectionsPath, type GhostPolicy } from "./facts.ts";
import { describeFailure } from "./failure.ts";
import type { XApi, XCall } from "./twitter-api.ts";

/** Between which moments of X's clock a connection was opened. */
export interface Opening {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface KillGhostsOptions {
  readonly api: XApi;
  readonly policy: GhostPolicy;
  /** This process's connects so far. */
  readonly openings: readonly Opening[];
  readonly log: Log;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** How many X ended. A call that fails is logged and ends none: the caller waits instead. */
export async function killGhosts({ policy, openings, ...calls }: KillGhostsOptions): Promise<number> {
  const { log } = calls;
  if (policy === "never") return 0;
  const active = await listActive(calls);
  const ghosts = policy === "all" ? active : active.filter((row) => isGhost(row, active, openings));
  if (ghosts.length === 0) {
    if (active.length > 0) {
      const what = "another process of this app holds the stream, or one that was killed did until now";
      log.warn(what, describe(active));
    }
    return 0;
  }
  const uuids = ghosts.map(({ id }) => id);
  const answer = await call(calls, { method: "DELETE", path: connectionsPath, body: { uuids } });
  const data = isJsonObject(answer) && isJsonObject(answer.data) ? answer.data : {};
  const killed = Number(data.successful_kills ?? 0) || 0;
  if (killed > 0) log.info("ended connections that X still counted", describe(ghosts));
  return killed;
}

interface Row {
  readonly id: string;
  readonly connectedAtMs: number;
}

/** Two that were opened at one moment cannot be told apart, so neither is taken for ours. */
function isGhost(row: Row, rows: readonly Row[], openings: readonly Opening[]): boolean {
  const covers = ({ fromMs, toMs }: Opening, { connectedAtMs }: Row) =>
    connectedAtMs >= fromMs && connectedAtMs <= toMs;
  return openings.some(
    (opening) => covers(opening, row) && rows.filter((other) => covers(opening, other)).length === 1,
  );
}

type Calls = Omit<KillGhostsOptions, "policy" | "openings">;

async function listActive(calls: Calls): Promise<Row[]> {
  const answer = await call(calls, {
    method: "GET",
    path: connectionsPath,
    query: { status: "active", endpoints: "filtered_stream", max_results: "100" },
  });
  const rows: unknown = isJsonObject(answer) ? answer.data : undefined;
  if (!Array.isArray(rows)) return [];
  return rows.filter(isJsonObject).flatMap(({ id, connected_at: at }) => {
    const connectedAtMs = typeof at === "string" ? Date.parse(at) : Number.NaN;
    return typeof id === "string" && Number.isFinite(connectedAtMs) ? [{ id, connectedAtMs }] : [];
  });
}

async function call(
  { api, log, timeoutMs, signal }: Calls,
  request: Omit<XCall, "timeoutMs" | "signal">,
): Promise<unknown> {
  const answer = await api.call({ ...request, timeoutMs, signal });
  if (answer.kind === "ok") return answer.body;
  if (!signal.aborted)
    log.warn("X's connections API did not help", { reason: describeFailure(answer.failure) });
  return null;
}

function describe(rows: readonly Row[]) {
  return { connectedAt: rows.map(({ connectedAtMs }) => new Date(connectedAtMs).toISOString()).join(", ") };
}
