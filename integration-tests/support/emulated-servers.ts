/**
 * A broker and a registry of this process, with the environment that makes commands use them.
 */
import { type KafkaEmulator, startKafkaEmulator } from "../../src/emulators/kafka/start.ts";
import { startRegistryEmulator } from "../../src/emulators/registry/start.ts";
import { runBirdwireHere } from "./birdwire-here.ts";

export interface EmulatedServers extends AsyncDisposable {
  readonly kafka: KafkaEmulator;
  readonly registryUrl: string;
  readonly env: Readonly<Record<string, string>>;
  run(...args: readonly string[]): ReturnType<typeof runBirdwireHere>;
}

export async function startServersHere(): Promise<EmulatedServers> {
  const kafka = await startKafkaEmulator();
  const registry = await startRegistryEmulator();
  const env = { BIRDWIRE_BROKERS: kafka.bootstrap, BIRDWIRE_REGISTRY_URL: registry.url };
  return {
    kafka,
    registryUrl: registry.url,
    env,
    run: (...args) => runBirdwireHere(args, { env }),
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await kafka[Symbol.asyncDispose]();
    },
  };
}
