/**
 * How long `birdwire up` of the built package takes to be ready, beside a Node that does nothing, and its resident
 * memory when idle. Needs `npm run build`.
 *
 * Options: --rounds N (default 7).
 */
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs, promisify } from "node:util";
import { printSpread, spreadOf } from "./statistics.ts";

const execute = promisify(execFile);
const goals = { readyMs: 500, idleMb: 150 } as const;
const settleMs = 2000;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { rounds: { type: "string", default: "7" } } });
  const bin = join(import.meta.dirname, "..", "dist", "src", "main.js");
  if (!existsSync(bin)) {
    process.stdout.write("there is no dist/: npm run build\n");
    process.exitCode = 2;
    return;
  }
  process.stdout.write(`load ${loadavg()[0]?.toFixed(1)} at the start\n`);
  const ready: number[] = [];
  const bare: number[] = [];
  const idle: number[] = [];
  // Round 0 fills the compile cache.
  for (let round = 0; round <= Number(values.rounds); round++) {
    const bareMs = await measureBareNode();
    const { readyMs, idleMb } = await measureUp(bin);
    if (round === 0) continue;
    bare.push(bareMs);
    ready.push(readyMs);
    idle.push(idleMb);
  }
  const readyMs = spreadOf(ready);
  const idleMb = spreadOf(idle);
  const verdict = (kept: boolean) => (kept ? "kept" : "missed");
  process.stdout.write(
    `birdwire up is ready after ${printSpread(readyMs, 0)} ms; ${goals.readyMs} is ${verdict(readyMs.median < goals.readyMs)}\n` +
      `a bare node takes ${printSpread(spreadOf(bare), 0)} ms: ${(readyMs.median / spreadOf(bare).median).toFixed(1)} times that\n` +
      `resident when idle: ${printSpread(idleMb, 0)} MB; ${goals.idleMb} is ${verdict(idleMb.median < goals.idleMb)}\n`,
  );
}

async function measureBareNode(): Promise<number> {
  const startMs = performance.now();
  await execute(process.execPath, ["-e", ""]);
  return performance.now() - startMs;
}

async function measureUp(bin: string): Promise<{ readyMs: number; idleMb: number }> {
  const free = ["kafka-port", "registry-port", "x-port", "x-control-port"].flatMap((flag) => [
    `--${flag}`,
    "0",
  ]);
  const startMs = performance.now();
  const child = spawn(process.execPath, [bin, "up", "--json", ...free], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const readyMs = performance.now() - startMs;
  await sleep(settleMs);
  const status = await readFile(`/proc/${child.pid}/status`, "utf8");
  child.kill("SIGTERM");
  await closed;
  return { readyMs, idleMb: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024 };
}
