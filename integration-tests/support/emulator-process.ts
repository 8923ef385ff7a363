/**
 * The Kafka emulator in a process of its own, as a broker is, so that it can hang.
 *
 * Run by node itself, this file is that process, for as long as its stdin is open: it writes the address on stdout.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { startKafkaEmulator } from "../../src/emulators/kafka/start.ts";
import type { KafkaBroker } from "./kafka-jvm.ts";

export interface EmulatorProcess extends KafkaBroker {
  readonly process: ChildProcess;
}

/** Resolves once the emulator listens. */
export async function startEmulatorProcess(): Promise<EmulatorProcess> {
  const child = spawn(process.execPath, [import.meta.filename], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the emulator ended with ${code} before it listened`);
  });
  ended.catch(() => {});
  const [bootstrap] = await Promise.race([once(createInterface({ input: child.stdout }), "line"), ended]);
  return {
    bootstrap: String(bootstrap),
    process: child,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

if (import.meta.main) {
  await using emulator = await startKafkaEmulator({ port: 0 });
  process.stdout.write(`${emulator.bootstrap}\n`);
  await once(process.stdin.resume(), "end");
}
