/**
 * One run of a Node program as a process of its own: how long it took, and how long it had a processor, which another
 * load on the machine changes little.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { printSpread, spreadOf } from "../statistics.ts";

export interface CommandTime {
  readonly wallMs: number;
  /** User and system, of all its threads; NaN for a program that hands over to another one. */
  readonly cpuMs: number;
}

/** Told on a pipe of its own, so that nothing the program writes gets in between. */
const tellUsage = `data:text/javascript,${encodeURIComponent(
  'import { writeSync } from "node:fs"; process.on("exit", () => { const { user, system } = process.cpuUsage(); writeSync(3, String((user + system) / 1000)); });',
)}`;

/** Throws when the program does not end with 0. */
export async function timeCommand(args: readonly string[], cwd?: string): Promise<CommandTime> {
  const startMs = performance.now();
  const child = spawn(process.execPath, ["--import", tellUsage, ...args], {
    ...(cwd !== undefined && { cwd }),
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  const [, , stderr, usage] = child.stdio;
  const [said, cpu, [code]] = await Promise.all([
    text(stderr as Readable),
    text(usage as Readable),
    once(child, "close"),
  ]);
  const wallMs = performance.now() - startMs;
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${String(code)}: ${said.slice(-2000)}`);
  return { wallMs, cpuMs: cpu === "" ? Number.NaN : Number(cpu) };
}

/** `1234 (1200 to 1300) ms, 1100 (1090 to 1110) ms of CPU; 3000 is kept`. */
export function judgeTimes(times: readonly CommandTime[], goalMs: number): string {
  const wall = spreadOf(times.map(({ wallMs }) => wallMs));
  const cpu = spreadOf(times.map(({ cpuMs }) => cpuMs));
  const verdict = wall.median < goalMs ? "kept" : "missed";
  const told = Number.isNaN(cpu.median) ? "" : `, ${printSpread(cpu, 0)} ms of CPU`;
  return `${printSpread(wall, 0)} ms${told}; ${goalMs} is ${verdict}`;
}
