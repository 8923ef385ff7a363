/**
 * Servers of a target, started for one run of the contract, as the variables by which the suites find them.
 */
import { startKafkaContainer, startRegistryContainer } from "../support/containers.ts";
import type { TargetKind } from "./target.ts";

export interface OpenTarget extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
}

/** What a broker for tests does sooner than one that lasts. */
const hasty = {
  KAFKA_LOG_RETENTION_CHECK_INTERVAL_MS: "200",
  KAFKA_LOG_INITIAL_TASK_DELAY_MS: "200",
  KAFKA_LOG_CLEANER_BACKOFF_MS: "200",
  KAFKA_FILE_DELETE_DELAY_MS: "100",
};

/** Throws when `env` is wanted and the variables are not there. */
export async function openTarget(kind: TargetKind): Promise<OpenTarget> {
  switch (kind) {
    case "emulator":
      // Each file starts its own.
      return { env: { BIRDWIRE_CONTRACT_TARGET: kind }, async [Symbol.asyncDispose]() {} };
    case "env": {
      for (const name of ["BIRDWIRE_CONTRACT_BROKERS", "BIRDWIRE_CONTRACT_REGISTRY_URL"]) {
        if (!process.env[name]) throw new Error(`--target env needs ${name}`);
      }
      return { env: { BIRDWIRE_CONTRACT_TARGET: kind }, async [Symbol.asyncDispose]() {} };
    }
    case "containers":
      return openContainers();
  }
}

async function openContainers(): Promise<OpenTarget> {
  await using opened = new AsyncDisposableStack();
  const kafka = opened.use(await startKafkaContainer(hasty));
  const registry = opened.use(await startRegistryContainer(kafka));
  const kept = opened.move();
  return {
    env: {
      BIRDWIRE_CONTRACT_TARGET: "containers",
      BIRDWIRE_CONTRACT_BROKERS: kafka.bootstrap,
      BIRDWIRE_CONTRACT_REGISTRY_URL: registry.url,
      BIRDWIRE_REGISTRY_FLAVOUR: registry.flavour,
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
