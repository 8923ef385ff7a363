/**
 * A client that bears everything: it connects again and again until all posts were played, adds the rule when X has
 * none, gives up what does not answer or says nothing, and keeps all it saw.
 */
import type { IncomingHttpHeaders } from "node:http";
import { createSystemClock } from "../../../kernel/clock.ts";
import type { StruckFault } from "../scenarios/struck.ts";
import { startXEmulator, type XEmulator, type XEmulatorOptions } from "../start.ts";
import { addRules, openStream } from "./client.ts";
import { anyPost } from "./setup.ts";

export interface SeenConnect {
  /** null: nothing was answered. */
  readonly status: number | null;
  readonly headers: IncomingHttpHeaders;
  /** Lines that are no heartbeat. */
  readonly lines: readonly string[];
  /** What came after the last line's end. */
  readonly rest: string;
  readonly chunks: readonly Buffer[];
  readonly end: "ended" | "broken" | "open" | "unanswered" | "refused";
}

export interface PlayedScenario {
  readonly seen: readonly SeenConnect[];
  /** Those that were no stream with posts, in order. */
  readonly between: readonly (number | "unanswered" | "refused" | "flap")[];
  readonly struck: readonly StruckFault[];
  /** Ids of the ledger's rows in order, by state. */
  readonly settled: readonly string[];
  readonly unsettled: readonly { readonly id: string; readonly state: string }[];
}

/** In real time: how long nothing but heartbeats comes before the client takes it for the end. */
const silentMs = 30;
const answerMs = 60;
const maxConnects = 200;

export const posts = 100;

export async function startScenario(
  scenarios: string,
  options: Partial<XEmulatorOptions> = {},
): Promise<XEmulator> {
  const x = await startXEmulator({
    source: { kind: "generated", count: posts, ratePerSecond: "max" },
    settleMs: 5,
    clock: createSystemClock(1000),
    keepAliveMs: 5_000,
    scenarios,
    ...options,
  });
  await addRules(x.url, anyPost);
  return x;
}

export async function playScenario(
  scenarios: string,
  options: Partial<XEmulatorOptions> & { readonly acceptEncoding?: string } = {},
): Promise<PlayedScenario> {
  const { acceptEncoding, ...rest } = options;
  await using x = await startScenario(scenarios, rest);
  const seen: SeenConnect[] = [];
  while (seen.length < maxConnects) {
    const one = await connectOnce(
      x.url,
      acceptEncoding === undefined ? {} : { "accept-encoding": acceptEncoding },
    );
    seen.push(one);
    if (one.status === 409) await addRules(x.url, anyPost);
    if (one.end === "open" && x.counters().posts.finished) break;
    if (one.end === "refused") await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await x.ledger.quiet();
  const settled: string[] = [];
  const unsettled: { id: string; state: string }[] = [];
  for await (const { id, state } of x.ledger.rows()) {
    if (state === "settled") settled.push(id);
    else unsettled.push({ id, state });
  }
  const isStream = ({ lines, status, end, rest }: SeenConnect) =>
    status === 200 && (lines.length > 0 || rest !== "" || end === "open");
  const between = seen
    .filter((one) => !isStream(one))
    .map(({ status, end }) =>
      end === "unanswered" || end === "refused" ? end : status === 200 ? "flap" : (status ?? 0),
    );
  return { seen: seen.filter(isStream), between, struck: x.faults.struck, settled, unsettled };
}

async function connectOnce(url: string, headers: Readonly<Record<string, string>>): Promise<SeenConnect> {
  const nothing = { status: null, headers: {}, lines: [], rest: "", chunks: [] } as const;
  const stopping = new AbortController();
  const opening = openStream(url, "", { headers, signal: stopping.signal }).catch(() => "refused" as const);
  const stream = await Promise.race([opening, after(answerMs, "unanswered" as const)]);
  if (stream === "unanswered" || stream === "refused") {
    stopping.abort();
    return { ...nothing, end: stream };
  }
  await using open = stream;
  let heard = -1;
  let end: SeenConnect["end"] | undefined;
  while (end === undefined) {
    heard = open.heard;
    const ended = await Promise.race([open.ended, after(silentMs, null)]);
    if (ended !== null) end = ended ? "ended" : "broken";
    else if (open.heard === heard) end = "open";
  }
  return {
    status: open.status,
    headers: open.headers,
    lines: open.lines.filter((line) => line !== ""),
    rest: open.rest(),
    chunks: open.chunks,
    end,
  };
}

function after<T>(ms: number, value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(() => resolve(value), ms));
}

/** Of a line with a post; null for any other. */
export function idOf(line: string): string | null {
  try {
    const { data } = JSON.parse(line) as { data?: { id?: string } };
    return data?.id ?? null;
  } catch {
    return null;
  }
}
