/**
 * One fault scenario with one seed, from the X emulator to the topic: the ledger of what X delivered beside what the
 * topic holds. Time goes faster than it does: emulator and producer share a clock.
 */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startKafkaEmulator } from "../../src/emulators/kafka/start.ts";
import { startRegistryEmulator } from "../../src/emulators/registry/start.ts";
import type { Scenario } from "../../src/emulators/x/scenarios/scenario.ts";
import { describePlace } from "../../src/emulators/x/scenarios/struck.ts";
import { startXEmulator, type XEmulator } from "../../src/emulators/x/start.ts";
import type { Clock } from "../../src/kernel/clock.ts";
import { runBirdwireHere } from "../support/birdwire-here.ts";
import { readJsonLines } from "../support/screen.ts";
import { startSteppedClock } from "../support/stepped-clock.ts";
import { generatedTexts, postSeed, scenarioPosts } from "./scenario-posts.ts";

const rules = ["a=python OR BTS", "b=typescript OR kafka", "c=avro"] as const;
/** Of the clock, each turn of the event loop: thirty turns for the shortest limit of a client. */
export const stepMs = 500;
/**
 * Compression is other threads' work, which no turn of this one waits for; so only the scenarios about it compress, and
 * their time goes slower.
 */
const compressed = { stepMs: 50, flags: [] } as const;
const uncompressed = { stepMs, flags: ["--no-compression"] } as const;
/** Real time that a run may take. */
const limitMs = 60_000;

export interface ScenarioRow {
  readonly scenario: string;
  readonly seed: number;
  /** Where it struck first. */
  readonly place: string;
  /** Of the delivered ids in their order. */
  readonly digest: string;
  readonly delivered: number;
  /** Posts in the topic, each counted once. */
  readonly produced: number;
  /** The producer said that X sent what it had missed again. */
  readonly isBackfilled: boolean;
  /** Posts that X lost: unsettled, not offered again, not in the topic. */
  readonly lostByX: number;
  readonly exitCode: number;
  /** What does not hold, in words; empty: all does. */
  readonly wrong: readonly string[];
}

export interface ScenarioOptions {
  /** An X that has backfill, and whose posts go on while nobody listens. Default false. */
  readonly goesOn?: boolean;
}

export interface ScenarioBench extends AsyncDisposable {
  run(scenario: Scenario, seed: number, options?: ScenarioOptions): Promise<ScenarioRow>;
}

/** A broker and a registry for many runs, each with a topic of its own. */
export async function openScenarioBench(): Promise<ScenarioBench> {
  const stack = new AsyncDisposableStack();
  const kafka = stack.use(await startKafkaEmulator({ port: 0 }));
  const registry = stack.use(await startRegistryEmulator({ port: 0 }));
  const state = await mkdtemp(join(tmpdir(), "birdwire-faults-"));
  stack.defer(() => rm(state, { recursive: true, force: true }));
  const texts = await generatedTexts();
  let runs = 0;
  return {
    async run(scenario, seed, { goesOn = false } = {}) {
      const topic = `faults-${++runs}`;
      const how = scenario.name.startsWith("gzip-") ? compressed : uncompressed;
      using clock = startSteppedClock(how.stepMs);
      await using x = await startScenarioX(scenario.name, seed, clock, { goesOn });
      const env = {
        BIRDWIRE_BROKERS: kafka.bootstrap,
        BIRDWIRE_REGISTRY_URL: registry.url,
        BIRDWIRE_X_URL: x.url,
        BIRDWIRE_STATE: join(state, topic),
        BIRDWIRE_LOG_FORMAT: "text",
        X_BEARER_TOKEN: "emulator",
      };
      const stop = new AbortController();
      const limit = setTimeout(() => stop.abort(new Error("the run took too long")), limitMs);
      const done = untilDelivered(x, clock, { goesOn, signal: stop.signal }).then(() =>
        stop.abort(new Error("all posts were played")),
      );
      // The window of a million posts would be most of the work of so small a run.
      const flags = [...how.flags, "--dedupe", "1000", ...rules.flatMap((rule) => ["--rule", rule])];
      const produced = await runBirdwireHere(["produce", "--topic", topic, ...flags], {
        env,
        clock,
        interruption: stop.signal,
      });
      clearTimeout(limit);
      stop.abort();
      await done;
      await x.ledger.quiet();
      const consumed = await runBirdwireHere(
        ["consume", "--topic", topic, "--from-beginning", "--until-end", "--format", "json"],
        { env },
      );
      if (consumed.code !== 0) throw new Error(consumed.stderr);
      const lines = readJsonLines<TweetLine>(consumed.stdout);
      return await judge({ x, scenario, seed, lines, code: produced.code, told: produced.stderr, texts });
    },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}

export function startScenarioX(
  scenarios: string,
  scenarioSeed: number,
  clock: Clock,
  { goesOn = false }: ScenarioOptions = {},
): Promise<XEmulator> {
  const pace = goesOn ? ({ ratePerSecond: 2, goesOn } as const) : ({ ratePerSecond: "max" } as const);
  return startXEmulator({
    source: { kind: "generated", count: scenarioPosts, seed: postSeed, ...pace },
    tier: goesOn ? "enterprise" : "pay-per-use",
    settleMs: 20,
    clock,
    scenarios,
    scenarioSeed,
  });
}

/** Long enough, in turns, for the last posts to get through a socket and a decompressor. */
const arrivalMs = 30_000;

/** By then a client has noticed that a connection is dead. */
const deadAfterMs = 30_000;

/** Resolves once the source is empty and nothing is on the way, or the signal is aborted. */
async function untilDelivered(
  x: XEmulator,
  clock: Clock,
  { goesOn, signal }: { readonly goesOn: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await Promise.race([x.finished, aborted]);
  // What was posted while nobody listened comes again once the client is back.
  while (goesOn && !signal.aborted) {
    await clock.sleep(deadAfterMs, signal).catch(() => {});
    if (x.counters().connections.open > 0) break;
  }
  await Promise.race([x.ledger.quiet(), aborted]);
  await clock.sleep(arrivalMs, signal).catch(() => {});
}

interface TweetLine {
  readonly id: string;
  readonly text: string;
}

interface Outcome {
  readonly x: XEmulator;
  readonly scenario: Scenario;
  readonly seed: number;
  readonly lines: readonly TweetLine[];
  readonly code: number | null;
  /** What the producer said. */
  readonly told: string;
  readonly texts: ReadonlyMap<string, string>;
}

async function judge({ x, scenario, seed, lines, code, told, texts }: Outcome): Promise<ScenarioRow> {
  const settled: string[] = [];
  const unsettled = new Set<string>();
  for await (const { id, state } of x.ledger.rows()) {
    if (state === "settled") settled.push(id);
    else unsettled.add(id);
  }
  for (const id of settled) unsettled.delete(id);
  const inTopic = new Set(lines.map(({ id }) => id));
  const lostByX = [...unsettled].filter((id) => !inTopic.has(id));
  const gaps = readGaps(told);
  const expectedCode = scenario.client.kind === "ends" ? scenario.client.exitCode : 0;
  const wrong: string[] = [];
  const check = (count: number, what: string) => {
    if (count > 0) wrong.push(`${count} ${what}`);
  };
  check(settled.filter((id) => !inTopic.has(id)).length, "delivered and not in the topic");
  check(lines.length - inTopic.size, "twice in the topic");
  check(lines.filter(({ id, text }) => texts.get(id) !== text).length, "with another text");
  check(
    lostByX.filter((id) => !gaps.some((gap) => isWithin(id, gap))).length,
    "lost by X without a gap that is told",
  );
  if (code !== expectedCode) wrong.push(`exit ${code} instead of ${expectedCode}`);
  if (x.counters().faults.struck === 0) wrong.push("nothing struck");
  if (scenario.client.kind === "recovers") {
    check(scenarioPosts - settled.length - unsettled.size, "never played: the producer did not come back");
    check(rules.length - x.counters().rules, "rules missing on X");
  }
  const [place] = x.faults.struck;
  return {
    scenario: scenario.name,
    seed,
    place: place === undefined ? "nowhere" : describePlace({ ...place, what: "" }).replace(/: $/, ""),
    digest: digestOf(settled),
    delivered: settled.length,
    produced: inTopic.size,
    isBackfilled: /sent again by X/.test(told),
    lostByX: lostByX.length,
    exitCode: code ?? -1,
    wrong: wrong.length === 0 ? [] : [...wrong, ...(process.env.BIRDWIRE_SHOW === undefined ? [] : [told])],
  };
}

export function digestOf(ids: readonly string[]): string {
  return createHash("sha256").update(ids.join("\n")).digest("hex").slice(0, 12);
}

/** Ids of the posts before and after a time that the producer says it was away. */
interface ToldGap {
  readonly after: bigint;
  readonly before: bigint;
}

function readGaps(told: string): ToldGap[] {
  return [...told.matchAll(/^ *gap +\S+ to \S+ .*$/gm)].map(([line]) => ({
    after: BigInt(/after post (\d+)/.exec(line)?.[1] ?? "0"),
    before: BigInt(/before post (\d+)/.exec(line)?.[1] ?? "9223372036854775807"),
  }));
}

function isWithin(id: string, { after, before }: ToldGap): boolean {
  const number = BigInt(id);
  return number > after && number < before;
}
