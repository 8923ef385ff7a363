/**
 * `birdwire consume --format json` into a pipe, beside kafkajs that reads the same topic and does nothing with it. The
 * broker, each reader and the one at the pipe's end are processes of their own; readers take turns. Then its resident
 * memory over a topic that is longer.
 *
 * Options: --rounds N (default 5), --records N in the topic (default 300,000), --version N of the Tweets (default: the
 * latest), --long N records of the memory run (default 1,000,000; the goal is for 5,000,000; 0 leaves it out).
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { loadavg } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { printSpread, spreadOf } from "./statistics.ts";
import type { ConsumeFigures } from "./support/consume-process.ts";
import { startServerProcess } from "./support/server-process.ts";
import { fillTopic } from "./support/tweet-topic.ts";

const goal = 0.6;
const flat = 1.15;
const ways = ["birdwire", "kafkajs"] as const;
type Way = (typeof ways)[number];

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "5" },
      records: { type: "string", default: "300000" },
      version: { type: "string" },
      long: { type: "string", default: "1000000" },
    },
  });
  const version = values.version === undefined ? {} : { version: Number(values.version) };
  if (Number(values.rounds) > 0) await measureRates(Number(values.rounds), values.records, version);
  if (Number(values.long) > 0) await measureMemory(values.long, version);
}

interface OfVersion {
  readonly version?: number;
}

async function measureRates(rounds: number, records: string, version: OfVersion): Promise<void> {
  await using broker = await startServerProcess("bench/support/kafka-emulator.ts", ["all"]);
  await using registry = await startServerProcess("bench/support/registry-emulator.ts");
  const bytes = await fillTopic({
    brokers: broker.address,
    registry: registry.address,
    topic: "twitter",
    records: Number(records),
    ...version,
  });
  process.stdout.write(
    `load ${loadavg()[0]?.toFixed(1)} at the start; ${records} records of ${bytes.toFixed(0)} bytes\n`,
  );
  const wall: Record<Way, number[]> = { birdwire: [], kafkajs: [] };
  const cpu: Record<Way, number[]> = { birdwire: [], kafkajs: [] };
  for (let round = 1; round <= rounds; round++) {
    for (const way of round % 2 !== 0 ? ways : ways.toReversed()) {
      const figures = await readTopic([way, broker.address, registry.address, "twitter", records]);
      wall[way].push(figures.records / figures.seconds / 1000);
      cpu[way].push(figures.records / figures.cpuSeconds / 1000);
    }
    const last = ways.map((way) => `${way} ${wall[way].at(-1)?.toFixed(0)} k/s`).join(", ");
    process.stdout.write(`  round ${round}: ${last}\n`);
  }
  for (const way of ways) {
    process.stdout.write(
      `${way}: ${printSpread(spreadOf(wall[way]), 0)} k records/s; per second of processor time ${printSpread(spreadOf(cpu[way]), 0)}\n`,
    );
  }
  report("", wall);
  report(", by processor time", cpu);
}

async function measureMemory(records: string, version: OfVersion): Promise<void> {
  await using broker = await startServerProcess("bench/support/kafka-emulator.ts", ["all"]);
  await using registry = await startServerProcess("bench/support/registry-emulator.ts");
  const servers = { brokers: broker.address, registry: registry.address };
  await fillTopic({ ...servers, topic: "twitter", records: Number(records), ...version });
  const figures = await readTopic(["birdwire", servers.brokers, servers.registry, "twitter", records]);
  const { atTenthMb, atEndMb, highestMb } = figures.memory ?? { atTenthMb: 0, atEndMb: 0, highestMb: 0 };
  const growth = atEndMb / atTenthMb;
  process.stdout.write(
    `resident memory over ${records} records (${figures.seconds.toFixed(0)} s): ${atTenthMb.toFixed(0)} MB at a tenth, ` +
      `${atEndMb.toFixed(0)} MB at the end, ${highestMb.toFixed(0)} MB at the highest: ` +
      `${growth.toFixed(2)}; ${flat} is ${growth <= flat ? "kept" : "exceeded"}\n`,
  );
}

/** The ratio of each round. */
function report(time: string, rates: Readonly<Record<Way, readonly number[]>>): void {
  const ratio = spreadOf(rates.birdwire.map((rate, round) => rate / (rates.kafkajs[round] ?? Number.NaN)));
  const verdict = ratio.median >= goal ? "reached" : "missed";
  process.stdout.write(`beside kafkajs alone${time}: ${printSpread(ratio, 2)}; ${goal} is ${verdict}\n`);
}

/** What a reader of its own measured. Throws when it does not end with 0, or its stdout has not a line for each record. */
export async function readTopic(args: readonly string[]): Promise<ConsumeFigures> {
  const program = join(import.meta.dirname, "support", "consume-process.ts");
  const sink = spawn("wc", ["-l"], { stdio: ["pipe", "pipe", "inherit"] });
  const child = spawn(process.execPath, [...process.execArgv, program, ...args], {
    stdio: ["ignore", sink.stdin, "pipe", "pipe"],
  });
  const [, , stderr, told] = child.stdio;
  const [said, measured, [code]] = await Promise.all([
    text(stderr as Readable),
    text(told as Readable),
    once(child, "close"),
  ]);
  sink.stdin.destroy();
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${String(code)}: ${said.slice(-2000)}`);
  const figures = JSON.parse(measured) as ConsumeFigures;
  const lines = Number(await text(sink.stdout));
  if (args[0] === "birdwire" && lines !== figures.records) {
    throw new Error(`${lines} lines were printed, and not ${figures.records}`);
  }
  return figures;
}
