/**
 * twitter-api-v2's own stream as its documentation shows it: connect with autoReconnect, listen to Data. What comes of
 * it under a scenario is counted; Birdwire is not in it. Its limits and waits run on the same fast clock.
 */
import http from "node:http";
import { ETwitterStreamEvent, TwitterApi } from "twitter-api-v2";
import type { Scenario } from "../../src/emulators/x/scenarios/scenario.ts";
import type { XEmulator } from "../../src/emulators/x/start.ts";
import type { Clock } from "../../src/kernel/clock.ts";
import { startSteppedClock } from "../support/stepped-clock.ts";
import { startScenarioX, stepMs } from "./scenario-bench.ts";
import { generatedTexts } from "./scenario-posts.ts";

export interface PlainRow {
  readonly scenario: string;
  readonly seed: number;
  /** Delivered and never handed to the listener. */
  readonly lost: number;
  /** With another text than was sent, or no posts at all. */
  readonly altered: number;
  readonly repeated: number;
  /** Posts were left, and none came for ten minutes. */
  readonly hung: boolean;
  /** It ended with an error before any post; not counted as a harm. */
  readonly refused: string | null;
}

const hungAfterMs = 10 * 60_000;
/** The library's own defaults. */
const keepAliveMs = 120_000;
const retryMs = [5, 15, 30, 60, 90, 120, 180, 300, 600, 900].map((seconds) => seconds * 1000);

export async function runPlainClient(scenario: Scenario, seed: number): Promise<PlainRow> {
  using clock = startSteppedClock(stepMs);
  await using x = await startScenarioX(scenario.name, seed, clock);
  const got: { id: string; text: string }[] = [];
  const { done, stop } = await listen(x, clock, (tweet) => got.push(tweet));
  const refused = await done;
  const hung = !(await untilPlayedOrHung(x, clock, () => got.length, refused !== null));
  // What X sent last is still on its way to the listener.
  if (!hung) await clock.sleep(10_000);
  stop();
  await x.ledger.quiet();
  const settled = new Set<string>();
  for await (const { id } of x.ledger.rows({ state: "settled" })) settled.add(id);
  const texts = await generatedTexts();
  const ids = new Set(got.map(({ id }) => id));
  const altered = got.filter(({ id, text }) => texts.get(id) !== text);
  return {
    scenario: scenario.name,
    seed,
    lost: [...settled].filter((id) => !ids.has(id)).length,
    altered: altered.length,
    // What was no post cannot have come twice.
    repeated: got.filter(({ id }) => texts.has(id)).length - [...ids].filter((id) => texts.has(id)).length,
    hung: hung && refused === null,
    refused,
  };
}

export function isHarmed({ lost, altered, repeated, hung }: PlainRow): boolean {
  return lost + altered + repeated > 0 || hung;
}

interface Listening {
  /** Null once it is connected, or on its way; else why it never will be. */
  readonly done: Promise<string | null>;
  stop(): void;
}

async function listen(
  x: XEmulator,
  clock: Clock,
  onTweet: (tweet: { id: string; text: string }) => void,
): Promise<Listening> {
  const agent = new http.Agent({ keepAlive: false });
  // The one way past its public interface to another address than X's.
  const rewrite = ({ params }: { params: { url: string } }) => {
    params.url = params.url.replace("https://api.x.com", x.url);
  };
  const plugin = { onBeforeRequestConfig: rewrite, onBeforeStreamRequestConfig: rewrite };
  const { v2 } = new TwitterApi("emulator", { httpAgent: agent, plugins: [plugin] });
  const stream = v2.searchStream({ autoConnect: false });
  stream.on(ETwitterStreamEvent.Data, (tweet) => onTweet(tweet.data ?? { id: "", text: "" }));
  const realMs = (ms: number) => ms / stepMs;
  const start = async () => {
    await v2.updateStreamRules({ add: [{ value: "python OR BTS OR typescript OR kafka OR avro" }] });
    await stream.connect({
      autoReconnect: true,
      autoReconnectRetries: "unlimited",
      keepAliveTimeout: realMs(keepAliveMs),
      nextRetryTimeout: (attempt) => realMs(retryMs[Math.min(attempt, retryMs.length) - 1] ?? 901_000),
    });
    return null;
  };
  const done = start().catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
  const never = clock.sleep(hungAfterMs).then(() => null);
  return {
    done: Promise.race([done, never]),
    stop() {
      // A connect under way would go on for ever otherwise, after the stream said that it is closed.
      stream.autoReconnect = false;
      stream.destroy();
      agent.destroy();
    },
  };
}

/** False when nothing came for too long and posts are left. */
async function untilPlayedOrHung(
  x: XEmulator,
  clock: Clock,
  count: () => number,
  isDead: boolean,
): Promise<boolean> {
  if (isDead) return true;
  let last = -1;
  let sinceMs = clock.now();
  for (;;) {
    const { posts, ledger } = x.counters();
    if (posts.finished && ledger.pending === 0) return true;
    if (count() !== last) {
      last = count();
      sinceMs = clock.now();
    }
    if (clock.now() - sinceMs > hungAfterMs) return false;
    await clock.sleep(1_000);
  }
}
