/**
 * A few questions to X that change nothing and open no stream: is the token taken, which rules and connections are
 * there, what does this app's access allow, and what time is it. Spec: X API v2, OpenAPI 2.167.
 */
import { isJsonObject, type JsonObject } from "../kernel/json.ts";
import { isStoredTag } from "../kernel/rule-tag.ts";
import { readTimes } from "./answer-times.ts";
import type { XError } from "./error.ts";
import { defaultXUrl, rulesPath } from "./facts.ts";
import { toXError, type XFailure } from "./failure.ts";
import { readProblem } from "./problem.ts";

export interface XProbeOptions {
  readonly url?: string;
  readonly token: string;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
}

export interface XProbe {
  /** Rules on X by anyone of this app, and ours among them. */
  readonly rules: { readonly total: number; readonly ours: number };
  /** Most rules that this app may have; null where X does not say. */
  readonly ruleCap: number | null;
  /** What X says of this app's access, as read, read-write, ...; null where it does not. */
  readonly accessLevel: string | null;
  /** Of the rules list, in this window. */
  readonly rateLimit: { readonly limit: number; readonly remaining: number } | null;
  /** Open streams of this app; null where X does not say. */
  readonly openStreams: number | null;
  /** How far X's clock is ahead of ours, to about a second; null where it tells no time. */
  readonly clockAheadMs: number | null;
}

interface Asked {
  readonly body: JsonObject;
  readonly headers: Headers;
  readonly clockAheadMs: number | null;
}

/** Throws XError when the rules cannot be listed; what is asked beside them may stay unknown. */
export async function probeX(options: XProbeOptions): Promise<XProbe> {
  const base = (options.url ?? defaultXUrl).replace(/\/+$/, "");
  const [listed, counts, connections] = await Promise.all([
    ask(base, rulesPath, "the list of rules", options),
    ask(base, `${rulesPath}/counts`, "the number of rules", options).catch(() => null),
    ask(base, "connections?status=active&endpoints=filtered_stream", "the connections", options).catch(
      () => null,
    ),
  ]);
  const rules = listOf(listed.body.data);
  const meta = isJsonObject(listed.body.meta) ? listed.body.meta : {};
  const { headers } = listed;
  const limit = numberOf(headers.get("x-rate-limit-limit"));
  const remaining = numberOf(headers.get("x-rate-limit-remaining"));
  const counted = isJsonObject(counts?.body.data) ? counts.body.data : {};
  return {
    rules: {
      total: numberOf(meta.result_count) ?? rules.length,
      ours: rules.filter(({ tag }) => typeof tag === "string" && isStoredTag(tag)).length,
    },
    ruleCap: numberOf(counted.cap_per_client_app),
    accessLevel: headers.get("x-access-level"),
    rateLimit: limit === null || remaining === null ? null : { limit, remaining },
    openStreams: connections === null ? null : listOf(connections.body.data).length,
    clockAheadMs: listed.clockAheadMs,
  };
}

async function ask(
  base: string,
  path: string,
  what: string,
  { token, signal, nowMs }: XProbeOptions,
): Promise<Asked> {
  const startedMs = nowMs();
  const fail = (failure: XFailure): XError => toXError(failure, { url: base, what });
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(`${base}/2/${path}`, {
      headers: { Authorization: `Bearer ${token}` },
      redirect: "manual",
      signal,
    });
    body = parseOrNull(await response.text());
  } catch (thrown) {
    if (signal.aborted) throw fail({ kind: "aborted" });
    // fetch says only that it failed; why is in the cause.
    const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
    throw fail({ kind: "network", cause });
  }
  const { status, headers } = response;
  if (status < 200 || status > 299) {
    const times = readTimes(Object.fromEntries(headers), nowMs());
    throw fail({ kind: "http", status, problem: readProblem(body), ...times });
  }
  const atMs = Date.parse(headers.get("date") ?? "");
  // The header has whole seconds, cut, of a moment between question and answer.
  const clockAheadMs = Number.isNaN(atMs) ? null : atMs + 500 - (startedMs + nowMs()) / 2;
  return { body: isJsonObject(body) ? body : {}, headers, clockAheadMs };
}

function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function numberOf(value: unknown): number | null {
  if (value === null || value === undefined || value === "") return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
