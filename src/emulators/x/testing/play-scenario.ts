/**
 * A client that bears everything: it connects again and again until all posts were played, adds the rule when X has
 * none, gives up what does not answer or says nothing, and keeps all it saw. What comes to an end and what never will
 * it asks the emulator, so that a slow machine changes nothing.
 */
import type { IncomingHttpHeaders } from "node:http";
import { createSystemClock } from "../../../kernel/clock.ts";
import { findScenario } from "../scenarios/catalogue.ts";
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
  /** What came after the last line's end; the body of a refusal. */
  readonly rest: string;
  readonly chunks: readonly Buffer[];
  readonly end: "ended" | "broken" | "open" | "unanswered" | "refused";
}

export interface PlayedScenario {
  /** Streams. */
  readonly seen: readonly SeenConnect[];
  /** Connects that were none, in order. */
  readonly refusals: readonly SeenConnect[];
  /** The same in a word each. */
  readonly between: readonly (number | "unanswered" | "refused" | "flap")[];
  readonly struck: readonly StruckFault[];
  /** Ids of the ledger's rows in order, by state. */
  readonly settled: readonly string[];
  readonly unsettled: readonly { readonly id: string; readonly state: string }[];
}

const pollMs = 20;
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
  const headers: Record<string, string> =
    acceptEncoding === undefined ? {} : { "accept-encoding": acceptEncoding };
  await using x = await startScenario(scenarios, rest);
  const all: SeenConnect[] = [];
  const ids = new Set<string>();
  while (all.length < maxConnects) {
    const one = await connectOnce(x, headers, ids);
    all.push(one);
    for (const id of idsOf(one.lines)) ids.add(id);
    if (one.status === 409) await addRules(x.url, anyPost);
    if (one.status === 200 && one.end === "open" && x.counters().posts.finished) break;
    if (one.end === "refused" || one.status === 429) await after(5);
  }
  await x.ledger.quiet();
  const settled: string[] = [];
  const unsettled: { id: string; state: string }[] = [];
  for await (const { id, state } of x.ledger.rows()) {
    if (state === "settled") settled.push(id);
    else unsettled.push({ id, state });
  }
  const refusals = all.filter((one) => !isStream(one));
  const between = refusals.map(({ status, end }) =>
    end === "unanswered" || end === "refused" ? end : status === 200 ? "flap" : (status ?? 0),
  );
  return { seen: all.filter(isStream), refusals, between, struck: x.faults.struck, settled, unsettled };
}

function isStream({ lines, status, end, rest }: SeenConnect): boolean {
  return status === 200 && (lines.length > 0 || rest !== "" || end === "open");
}

async function connectOnce(
  x: XEmulator,
  headers: Readonly<Record<string, string>>,
  known: ReadonlySet<string>,
): Promise<SeenConnect> {
  const nothing = { status: null, headers: {}, lines: [], rest: "", chunks: [] } as const;
  const stopping = new AbortController();
  const before = x.faults.struck.length;
  const opening = openStream(x.url, "", { headers, signal: stopping.signal }).catch(() => "refused" as const);
  let stream: Awaited<typeof opening> | null = null;
  while (stream === null) {
    stream = await Promise.race([opening, after(pollMs)]);
    if (stream !== null || !x.faults.struck.slice(before).some((place) => kindOf(place) === "stall"))
      continue;
    stopping.abort();
    return { ...nothing, end: "unanswered" };
  }
  if (stream === "refused") return { ...nothing, end: stream };
  await using open = stream;
  let end: SeenConnect["end"] | undefined;
  while (end === undefined) {
    const ended = await Promise.race([open.ended, after(pollMs)]);
    if (ended !== null) end = ended ? "ended" : "broken";
    // The body of a refusal may never end.
    else if (open.status !== 200 || isOver(x, open.lines, known)) end = "open";
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

/** Nothing will come any more: all was played and has arrived, or the stream was made mute. */
function isOver(x: XEmulator, lines: readonly string[], known: ReadonlySet<string>): boolean {
  const { connections, posts, ledger } = x.counters();
  const mute = x.faults.struck.find((place) => place.connection === connections.opened && isMuting(place));
  const ids = idsOf(lines);
  if (mute !== undefined) return ids.length >= (mute.message ?? 0);
  return posts.finished && ledger.pending === 0 && new Set([...known, ...ids]).size >= ledger.settled;
}

function kindOf({ scenario }: StruckFault): string {
  return findScenario(scenario).strikes.strike.kind;
}

function isMuting(place: StruckFault): boolean {
  const { strike } = findScenario(place.scenario).strikes;
  if (strike.kind === "notice") return strike.ending === "stay";
  return strike.kind === "silence" || strike.kind === "corrupt";
}

function after(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), ms));
}

export function idsOf(lines: readonly string[]): string[] {
  return lines.flatMap((line) => idOf(line) ?? []);
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
