/**
 * Resident memory of a producer that gets posts as fast as a socket carries them and has a broker that is slow: it
 * must hold X back and stay flat. Sender, broker and producer are processes of their own.
 *
 * Options: --posts N (default 1,000,000; the goal is for 5,000,000), --delay MS of the broker for each write of up to
 * 2,000 records (default 60).
 */
import { execFile } from "node:child_process";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import type { ProduceFigures } from "./support/produce-process.ts";
import { startServerProcess } from "./support/server-process.ts";

const execute = promisify(execFile);
const flat = 1.15;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { posts: { type: "string", default: "1000000" }, delay: { type: "string", default: "60" } },
  });
  process.stdout.write(`load ${loadavg()[0]?.toFixed(1)} at the start\n`);
  // Some more than are wanted: the last of them are still in the socket when the run is over.
  const sent = String(Number(values.posts) + 100_000);
  await using sender = await startServerProcess("bench/support/post-sender.ts", ["unique", sent]);
  await using broker = await startServerProcess("bench/support/kafka-emulator.ts", [values.delay]);
  const program = join(import.meta.dirname, "support", "produce-process.ts");
  const { stdout } = await execute(process.execPath, [program, sender.address, broker.address, values.posts]);
  const figures = JSON.parse(stdout) as ProduceFigures;
  const growth = figures.rssAtEndMb / figures.rssAtTenthMb;
  process.stdout.write(
    `${figures.produced} posts in ${figures.seconds.toFixed(0)} s over a broker that takes ${values.delay} ms a write; ` +
      `the socket was not read for ${figures.pausedSeconds.toFixed(0)} s, and at most ${figures.longestQueue} posts waited\n` +
      `resident: ${figures.rssAtTenthMb.toFixed(0)} MB at a tenth, ${figures.rssAtEndMb.toFixed(0)} MB at the end, ` +
      `${figures.highestRssMb.toFixed(0)} MB at the highest: ${growth.toFixed(2)}; ${flat} is ${growth <= flat ? "kept" : "exceeded"}\n`,
  );
}
