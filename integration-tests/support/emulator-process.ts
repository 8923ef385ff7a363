/**
 * The Kafka emulator in a process of its own, as a broker is: so that it can hang, and so that a bench does not
 * give client and server one event loop.
 *
 * Run by node itself, this file is that process: it starts the emulator, writes its address and stays.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { startKafkaEmulator } from "../../src/emulators/kafka/start.ts";
import type { KafkaBroker } from "./kafka-jvm.ts";

export interface EmulatorProcess extends KafkaBroker {
  readonly process: ChildProcess;
}

/** Resolves once the emulator listens; `options` are for node. */
export async function startEmulatorProcess(options: readonly string[] = []): Promise<EmulatorProcess> {
  const child = spawn(process.execPath, [...options, import.meta.filename], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const orphaned = () => child.kill("SIGKILL");
  process.once("exit", orphaned);
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the emulator ended with ${code} before it listened`);
  });
  ended.catch(() => {});
  const [bootstrap] = await Promise.race([once(createInterface({ input: child.stdout }), "line"), ended]);
  return {
    bootstrap: String(bootstrap),
    process: child,
    async [Symbol.asyncDispose]() {
      process.off("exit", orphaned);
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

if (import.meta.main) {
  const emulator = await startKafkaEmulator({ port: 0 });
  process.stdout.write(`${emulator.bootstrap}\n`);
}
