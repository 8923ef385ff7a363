/**
 * From the bytes of X's stream to Tweets, beside twitter-api-v2's own stream and beside `JSON.parse` alone; the sender
 * is a process of its own, and so is each reader. Then a line of a MiB in small pieces, and one without an end.
 *
 * Options: --rounds N (default 5), --posts N a round (default 200,000), --schema-version N of the Tweets that posts are
 * mapped to (default: the latest).
 */
import { execFile } from "node:child_process";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { createSystemClock } from "../src/kernel/clock.ts";
import { silentLog } from "../src/telemetry/log.ts";
import { latestTweetVersion } from "../src/tweets/version.ts";
import { openXStream } from "../src/x/x-stream.ts";
import { printSpread, spreadOf } from "./statistics.ts";
import { startServerProcess } from "./support/server-process.ts";
import type { StreamFigures } from "./support/stream-reader.ts";

const execute = promisify(execFile);
const goals = { timesLibrary: 3, ofParse: 0.6, longLineSeconds: 0.5 } as const;
const ways = ["birdwire", "library", "parse"] as const;
type Way = (typeof ways)[number];
const mib = 1024 * 1024;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "5" },
      posts: { type: "string", default: "200000" },
      "schema-version": { type: "string", default: String(latestTweetVersion) },
    },
  });
  process.stdout.write(`load ${loadavg()[0]?.toFixed(1)} at the start\n`);
  await measureRates(values.posts, Number(values.rounds), values["schema-version"]);
  await measureLongLine();
  await measureEndlessLine();
}

async function measureRates(count: string, rounds: number, version: string): Promise<void> {
  const rates: Record<Way, number[]> = { birdwire: [], library: [], parse: [] };
  const cpuRates: Record<Way, number[]> = { birdwire: [], library: [], parse: [] };
  await using sender = await startServerProcess("bench/support/post-sender.ts", ["posts", count]);
  // Round 0 fills caches. The ways take turns, so that what else runs here strikes all of them.
  for (let round = 0; round <= rounds; round++) {
    for (const way of ways) {
      const { posts, seconds, cpuSeconds } = await read(way, sender.address, count, version);
      if (round === 0) continue;
      rates[way].push(posts / seconds / 1000);
      cpuRates[way].push(posts / cpuSeconds / 1000);
    }
    const last = ways.map((way) => `${way} ${rates[way].at(-1)?.toFixed(0)} k/s`).join(", ");
    if (round > 0) process.stdout.write(`  round ${round}: ${last}\n`);
  }
  for (const way of ways) {
    const [wall, cpu] = [rates[way], cpuRates[way]].map((values) => printSpread(spreadOf(values), 0));
    process.stdout.write(`${way}: ${wall} k posts/s; per second of processor time ${cpu}\n`);
  }
  report("beside twitter-api-v2's stream", rates.birdwire, rates.library, goals.timesLibrary);
  report("beside JSON.parse alone", rates.birdwire, rates.parse, goals.ofParse);
  report("... the first by processor time", cpuRates.birdwire, cpuRates.library, goals.timesLibrary);
  report("... the second by processor time", cpuRates.birdwire, cpuRates.parse, goals.ofParse);
}

async function read(way: Way, address: string, posts: string, version: string): Promise<StreamFigures> {
  const program = join(import.meta.dirname, "support", "stream-reader.ts");
  const { stdout } = await execute(process.execPath, [program, way, address, posts, version]);
  return JSON.parse(stdout) as StreamFigures;
}

function report(what: string, ours: readonly number[], theirs: readonly number[], goal: number): void {
  const ratio = spreadOf(ours.map((rate, round) => rate / (theirs[round] ?? Number.NaN)));
  const verdict = ratio.median >= goal ? "reached" : "missed";
  process.stdout.write(`${what}: ${printSpread(ratio, 2)}; ${goal} is ${verdict}\n`);
}

/** Reads the first post, and tells how long that took from connecting on. */
async function readFirst(address: string, maxLineBytes: number) {
  const startMs = performance.now();
  await using stream = await openXStream({
    url: address,
    token: "bench",
    clock: createSystemClock(),
    log: silentLog,
    maxLineBytes,
  });
  for await (const [post] of stream.read(new AbortController().signal)) {
    if (post !== undefined) return { post, seconds: (performance.now() - startMs) / 1000 };
  }
  throw new Error("the stream ended before there was a post");
}

async function measureLongLine(): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    await using sender = await startServerProcess("bench/support/post-sender.ts", ["line", `${mib}`, "64"]);
    const { post, seconds } = await readFirst(sender.address, 4 * mib);
    if (post.kind !== "post" || post.raw.length !== mib - 2) throw new Error("the long post is not whole");
    times.push(seconds);
  }
  const seconds = spreadOf(times);
  const verdict = seconds.median < goals.longLineSeconds ? "kept" : "missed";
  process.stdout.write(
    `a post of 1 MiB in writes of 64 bytes: ${printSpread(seconds, 2)} s, connecting included; ${goals.longLineSeconds} is ${verdict}\n`,
  );
}

async function measureEndlessLine(): Promise<void> {
  await using sender = await startServerProcess("bench/support/post-sender.ts", ["endless", "65536"]);
  const before = process.memoryUsage.rss();
  const { post, seconds } = await readFirst(sender.address, 4 * mib);
  const grownMb = (process.memoryUsage.rss() - before) / 1e6;
  if (post.kind !== "malformed" || post.raw.length !== 4 * mib) throw new Error("the endless line was taken");
  process.stdout.write(
    `an endless line: "${post.message}" after ${seconds.toFixed(2)} s, ${grownMb.toFixed(0)} MB more resident\n`,
  );
}
