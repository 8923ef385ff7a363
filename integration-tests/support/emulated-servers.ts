/**
 * A broker and a registry of this process, with the environment that makes commands use them.
 */
import { type KafkaEmulator, startKafkaEmulator } from "../../src/emulators/kafka/start.ts";
import { type RegistryEmulatorOptions, startRegistryEmulator } from "../../src/emulators/registry/start.ts";
import { parseTopicName } from "../../src/kernel/brand.ts";
import { runBirdwireHere } from "./birdwire-here.ts";
import { adapterOf } from "./kafka-clients.ts";

const whole = { maxRecords: Number.POSITIVE_INFINITY };

export interface EmulatedServers extends AsyncDisposable {
  readonly kafka: KafkaEmulator;
  readonly registryUrl: string;
  readonly env: Readonly<Record<string, string>>;
  run(...args: readonly string[]): ReturnType<typeof runBirdwireHere>;
  /** Keys of a topic's records that have a value, sorted; `twitter` by default. */
  keysIn(topic?: string): Promise<string[]>;
}

export async function startServersHere(
  registryOptions: Pick<RegistryEmulatorOptions, "intercept"> = {},
): Promise<EmulatedServers> {
  const kafka = await startKafkaEmulator();
  const registry = await startRegistryEmulator(registryOptions);
  const env = { BIRDWIRE_BROKERS: kafka.bootstrap, BIRDWIRE_REGISTRY_URL: registry.url };
  return {
    kafka,
    registryUrl: registry.url,
    env,
    run: (...args) => runBirdwireHere(args, { env }),
    async keysIn(topic = "twitter") {
      await using reader = await adapterOf(kafka.bootstrap).openReader();
      const keys: string[] = [];
      for await (const { records } of reader.tail(parseTopicName(topic), whole)) {
        keys.push(...records.filter(({ value }) => value !== null).map(({ key }) => String(key)));
      }
      return keys.sort();
    },
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await kafka[Symbol.asyncDispose]();
    },
  };
}
