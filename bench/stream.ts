/**
 * From the bytes of X's stream to Tweets, beside twitter-api-v2's own stream and beside `JSON.parse` alone; the sender
 * is a process of its own, and so is each reader. Then a line of a MiB in small pieces, and one without an end.
 *
 * Posts are mapped to each version of Tweet; the goals are set against the latest, which `produce` writes. Each way reads
 * the same posts, and those that warm it up first are not counted.
 *
 * Options: --rounds N (default 5), --posts N a round (default 200,000), --warm-up N before them (default 100,000).
 */
import { execFile } from "node:child_process";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { createSystemClock } from "../src/kernel/clock.ts";
import { silentLog } from "../src/telemetry/log.ts";
import { latestTweetVersion, type TweetVersion, tweetVersions } from "../src/tweets/version.ts";
import { openXStream } from "../src/x/x-stream.ts";
import { printSpread, spreadOf } from "./statistics.ts";
import { startServerProcess } from "./support/server-process.ts";
import type { StreamFigures } from "./support/stream-reader.ts";

const execute = promisify(execFile);
const goals = { timesLibrary: 3, ofParse: 0.6, longLineSeconds: 0.5 } as const;
type Way = `birdwire v${TweetVersion}` | "library" | "parse";
const ways: readonly Way[] = [
  ...tweetVersions.map((version) => `birdwire v${version}` as const),
  "library",
  "parse",
];
const mib = 1024 * 1024;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "5" },
      posts: { type: "string", default: "200000" },
      "warm-up": { type: "string", default: "100000" },
    },
  });
  process.stdout.write(`load ${loadavg()[0]?.toFixed(1)} at the start\n`);
  await measureRates(Number(values.posts), Number(values.rounds), Number(values["warm-up"]));
  await measureLongLine();
  await measureEndlessLine();
}

async function measureRates(count: number, rounds: number, warmUp: number): Promise<void> {
  const rates = new Map<Way, number[]>(ways.map((way) => [way, []]));
  const cpuRates = new Map<Way, number[]>(ways.map((way) => [way, []]));
  const all = `${count + warmUp}`;
  await using sender = await startServerProcess("bench/support/post-sender.ts", ["posts", all]);
  // Round 0 fills caches. The ways take turns, so that what else runs here strikes all of them.
  for (let round = 0; round <= rounds; round++) {
    for (const way of ways) {
      const { posts, seconds, cpuSeconds } = await read(way, [sender.address, all, `${warmUp}`]);
      if (round === 0) continue;
      rates.get(way)?.push(posts / seconds / 1000);
      cpuRates.get(way)?.push(posts / cpuSeconds / 1000);
    }
    const last = ways.map((way) => `${way} ${rates.get(way)?.at(-1)?.toFixed(0)} k/s`).join(", ");
    if (round > 0) process.stdout.write(`  round ${round}: ${last}\n`);
  }
  for (const way of ways) {
    const [wall, cpu] = [rates, cpuRates].map((each) => printSpread(spreadOf(each.get(way) ?? []), 0));
    process.stdout.write(`${way}: ${wall} k posts/s; per second of processor time ${cpu}\n`);
  }
  for (const [time, measured] of [
    ["", rates],
    [", by processor time", cpuRates],
  ] as const) {
    for (const version of tweetVersions) {
      report(`v${version} beside twitter-api-v2's stream${time}`, measured, version, "library");
      report(`v${version} beside JSON.parse alone${time}`, measured, version, "parse");
    }
  }
}

async function read(way: Way, args: readonly string[]): Promise<StreamFigures> {
  const program = join(import.meta.dirname, "support", "stream-reader.ts");
  const [name = "", version] = way.split(" v");
  const { stdout } = await execute(process.execPath, [
    program,
    name,
    ...args,
    ...(version === undefined ? [] : [version]),
  ]);
  return JSON.parse(stdout) as StreamFigures;
}

/** The ratio of each round; the goal is the latest version's. */
function report(
  what: string,
  rates: ReadonlyMap<Way, readonly number[]>,
  version: TweetVersion,
  yardstick: "library" | "parse",
): void {
  const theirs = rates.get(yardstick) ?? [];
  const ours = rates.get(`birdwire v${version}`) ?? [];
  const ratio = spreadOf(ours.map((rate, round) => rate / (theirs[round] ?? Number.NaN)));
  const goal = yardstick === "library" ? goals.timesLibrary : goals.ofParse;
  const verdict =
    version === latestTweetVersion ? `; ${goal} is ${ratio.median >= goal ? "reached" : "missed"}` : "";
  process.stdout.write(`${what}: ${printSpread(ratio, 2)}${verdict}\n`);
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
