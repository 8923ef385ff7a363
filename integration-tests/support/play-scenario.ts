/**
 * One fault scenario of the X emulator against `birdwire produce`, in this process and on a scaled clock: what the
 * emulator's ledger says, what the topic holds, and how the run ended. Spec: issue of the producer, "Evidence".
 */
import { createHash } from "node:crypto";
import type { LedgerRow } from "../../src/emulators/x/ledger-row.ts";
import type { Scenario } from "../../src/emulators/x/scenarios/scenario.ts";
import { startXEmulator } from "../../src/emulators/x/start.ts";
import { runBirdwireHere } from "./birdwire-here.ts";
import { startPacedClock } from "./paced-clock.ts";
import { readJsonLines } from "./screen.ts";

export interface PlayOptions {
  /** Null: an X without faults. */
  readonly scenario: Pick<Scenario, "name" | "client"> | null;
  readonly seed: number;
  readonly posts: number;
  readonly speed: number;
  /** Broker and registry, as the environment of a command. */
  readonly env: Readonly<Record<string, string>>;
  readonly topic: string;
  /** More flags of `produce`. */
  readonly flags?: readonly string[];
  /** With backfill, and posts that go on while nobody listens. */
  readonly enterprise?: boolean;
}

export interface TweetLine {
  readonly id: string;
  readonly text: string;
}

export interface Played {
  readonly code: number | null;
  readonly stderr: string;
  /** How often a fault struck. */
  readonly struck: number;
  /** X had no more posts and knew what became of each. */
  readonly finished: boolean;
  readonly ledger: readonly LedgerRow[];
  /** What the topic holds, in its order. */
  readonly tweets: readonly TweetLine[];
  /** Of the delivered sequence. */
  readonly digest: string;
}

const rules = ["a=python OR BTS", "b=typescript", "c=kafka OR avro"];

/** By then a client has noticed that a connection is dead. */
const deadAfterMs = 30_000;

/** Runs until every post was played and settled, or `produce` ended by itself. */
export async function playScenario(options: PlayOptions): Promise<Played> {
  const { scenario, seed, posts, speed, env, topic, flags = [], enterprise = false } = options;
  await using clock = startPacedClock(speed);
  await using x = await startXEmulator({
    clock,
    source: { kind: "generated", ratePerSecond: 50, count: posts, goesOn: enterprise },
    tier: enterprise ? "enterprise" : "pay-per-use",
    settleMs: 60,
    ...(scenario !== null && { scenarios: scenario.name, scenarioSeed: seed }),
  });
  const stop = new AbortController();
  const produce = [
    // A small window: its memory is most of what a short run costs.
    ...["produce", "--topic", topic, "--partitions", "1", "--dedupe", "10000"],
    ...rules.flatMap((rule) => ["--rule", rule]),
    ...(scenario?.name.startsWith("cut-") ? ["--no-compression"] : []),
  ];
  const connection = { ...env, BIRDWIRE_X_URL: x.url, X_BEARER_TOKEN: "scenario" };
  const running = runBirdwireHere([...produce, ...flags], {
    env: connection,
    clock,
    interruption: stop.signal,
  });
  let finished = false;
  const over = (async () => {
    await x.finished;
    // What was posted while nobody listened comes again once the client is back.
    if (enterprise) await untilBack();
    await x.ledger.quiet();
    finished = true;
  })();
  async function untilBack() {
    do await clock.sleep(deadAfterMs);
    while (x.counters().connections.open === 0 && !stop.signal.aborted);
    await clock.sleep(deadAfterMs);
  }
  await Promise.race([over, running]);
  stop.abort();
  const { code, stderr } = await running;
  const ledger: LedgerRow[] = [];
  for await (const row of x.ledger.rows()) ledger.push(row);
  const consumed = await runBirdwireHere(
    ["consume", "--topic", topic, "--from-beginning", "--until-end", "--format", "json"],
    { env },
  );
  const tweets = readJsonLines<TweetLine>(consumed.stdout);
  const digest = createHash("sha256")
    .update(tweets.map(({ id }) => id).join("\n"))
    .digest("hex");
  return { code, stderr, struck: x.faults.struck.length, finished, ledger, tweets, digest };
}

/** What is wrong with a run; empty when all is well. */
export function checkPlayed(
  played: Played,
  { client }: Pick<Scenario, "client">,
  texts: ReadonlyMap<string, string>,
): string[] {
  const { code, finished, ledger, tweets, stderr } = played;
  const findings: string[] = [];
  const wanted = client.kind === "ends" ? client.exitCode : 0;
  if (code !== wanted) findings.push(`ended with ${code}, not ${wanted}`);
  if (client.kind === "recovers" && !finished) findings.push("ended before X had played all");
  const ids = tweets.map(({ id }) => id);
  const produced = new Set(ids);
  if (produced.size < ids.length) findings.push(`${ids.length - produced.size} posts are there twice`);
  const settled = new Set(ledger.flatMap(({ id, state }) => (state === "settled" ? [id] : [])));
  const lost = [...settled].filter((id) => !produced.has(id));
  if (lost.length > 0) findings.push(`${lost.length} posts that arrived are not there`);
  const missed = ledger.filter(({ id, state }) => state !== "settled" && !produced.has(id));
  // What X lost on the way is no fault of the producer's, but it has to say when that was.
  if (missed.length > 0 && !/^ {2}gaps /m.test(stderr)) findings.push("posts are missing and no gap is told");
  const other = tweets.filter(({ id, text }) => texts.has(id) && texts.get(id) !== text);
  if (other.length > 0) findings.push(`${other.length} posts have another text`);
  return findings;
}
