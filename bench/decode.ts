/**
 * Records of v1, v2 and v3 in turn, read as the latest Tweet: Birdwire's decoder beside @kafkajs/confluent-schema-registry
 * with a reader schema and beside avsc's resolvers alone, which look at less: neither at a text's UTF-8 nor at counts.
 * Each way is a process of its own in each round.
 *
 * Options: --rounds N (default 5), --seconds S that each way is measured for in a round (default 2).
 */
import { execFile } from "node:child_process";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { printSpread, spreadOf } from "./statistics.ts";
import type { DecodeFigures } from "./support/decode-process.ts";
import { startServerProcess } from "./support/server-process.ts";

const execute = promisify(execFile);
const ways = ["birdwire", "avsc", "library"] as const;
type Way = (typeof ways)[number];
const yardsticks = {
  library: { name: "@kafkajs/confluent-schema-registry", goal: 5 },
  avsc: { name: "avsc's resolvers alone", goal: 0.9 },
} as const;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: { type: "string", default: "5" }, seconds: { type: "string", default: "2" } },
  });
  process.stdout.write(`load ${loadavg()[0]?.toFixed(1)} at the start\n`);
  await using registry = await startServerProcess("bench/support/registry-emulator.ts");
  const wall: Record<Way, number[]> = { birdwire: [], avsc: [], library: [] };
  const cpu: Record<Way, number[]> = { birdwire: [], avsc: [], library: [] };
  for (let round = 1; round <= Number(values.rounds); round++) {
    const digests = new Set<string>();
    // Who comes first changes too.
    for (const way of round % 2 !== 0 ? ways : ways.toReversed()) {
      const { records, seconds, cpuSeconds, digest } = await measure(way, registry.address, values.seconds);
      wall[way].push(records / seconds / 1000);
      cpu[way].push(records / cpuSeconds / 1000);
      digests.add(digest);
    }
    if (digests.size !== 1) throw new Error(`the ways read different values: ${[...digests].join("; ")}`);
    const last = ways.map((way) => `${way} ${wall[way].at(-1)?.toFixed(1)} k/s`).join(", ");
    process.stdout.write(`  round ${round}: ${last}\n`);
  }
  for (const way of ways) {
    process.stdout.write(
      `${way}: ${printSpread(spreadOf(wall[way]))} k records/s; per second of processor time ${printSpread(spreadOf(cpu[way]))}\n`,
    );
  }
  for (const yardstick of ["library", "avsc"] as const) {
    report(yardstick, "", wall);
    report(yardstick, ", by processor time", cpu);
  }
}

async function measure(way: Way, registry: string, seconds: string): Promise<DecodeFigures> {
  const program = join(import.meta.dirname, "support", "decode-process.ts");
  const { stdout } = await execute(process.execPath, [program, way, registry, seconds]);
  return JSON.parse(stdout) as DecodeFigures;
}

/** The ratio of each round. */
function report(
  yardstick: keyof typeof yardsticks,
  time: string,
  rates: Readonly<Record<Way, readonly number[]>>,
): void {
  const { name, goal } = yardsticks[yardstick];
  const ratio = spreadOf(rates.birdwire.map((rate, round) => rate / (rates[yardstick][round] ?? Number.NaN)));
  const verdict = ratio.median >= goal ? "reached" : "missed";
  process.stdout.write(`beside ${name}${time}: ${printSpread(ratio, 2)}; ${goal} is ${verdict}\n`);
}
