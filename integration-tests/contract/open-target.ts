/**
 * Servers of a target, started for one run of the contract, as the variables by which the suites find them.
 */
import { apiVersions } from "../../src/emulators/kafka/apis.ts";
import { openRawClient } from "../../src/emulators/kafka/testing/raw-client.ts";
import { readComposeService } from "../support/compose-file.ts";
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

/** What was asked for cannot be understood. */
export class UsageError extends Error {}

const answerTimeoutMs = 10_000;

/** Throws UsageError when `env` is wanted and the variables are not there, and Error when nobody answers. */
export async function openTarget(kind: TargetKind): Promise<OpenTarget> {
  switch (kind) {
    case "emulator":
      // Each file starts its own.
      return { env: { BIRDWIRE_CONTRACT_TARGET: kind }, async [Symbol.asyncDispose]() {} };
    case "env": {
      const addressIn = (name: string) => {
        const address = process.env[name];
        if (!address) throw new UsageError(`--target env needs ${name}`);
        return { name, address };
      };
      const brokers = addressIn("BIRDWIRE_CONTRACT_BROKERS");
      const registry = addressIn("BIRDWIRE_CONTRACT_REGISTRY_URL");
      await expectAnswer(brokers, askBroker);
      await expectAnswer(registry, askRegistry);
      return { env: { BIRDWIRE_CONTRACT_TARGET: kind }, async [Symbol.asyncDispose]() {} };
    }
    case "containers":
      return openContainers();
  }
}

async function openContainers(): Promise<OpenTarget> {
  await using opened = new AsyncDisposableStack();
  const kafka = opened.use(await startOf("kafka", () => startKafkaContainer(hasty)));
  const registry = opened.use(await startOf("schema-registry", () => startRegistryContainer(kafka)));
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

async function startOf<T>(service: string, start: () => Promise<T>): Promise<T> {
  const { image } = readComposeService(service);
  try {
    return await start();
  } catch (error) {
    const hint = "Docker has to answer, and to have the image or to be able to pull it";
    throw new Error(`no container of ${image} starts (${hint}): ${messageOf(error)}`, { cause: error });
  }
}

/** Before hundreds of cases find out, each for itself. */
async function expectAnswer(
  { name, address }: { readonly name: string; readonly address: string },
  ask: (address: string) => Promise<unknown>,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    const say = () => reject(new Error(`not in ${answerTimeoutMs} ms`));
    timer = setTimeout(say, answerTimeoutMs);
  });
  try {
    await Promise.race([ask(address), tooLong]);
  } catch (error) {
    throw new Error(`${name}: nobody answers at ${address}: ${messageOf(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function askBroker(address: string): Promise<void> {
  await using client = await openRawClient(address);
  await client.call(apiVersions, 0, {});
}

/** Any answer will do: what it is worth is for the cases to say. */
async function askRegistry(address: string): Promise<void> {
  await (await fetch(`${address.replace(/\/+$/, "")}/subjects`)).arrayBuffer();
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}, ${error.cause.message}` : error.message;
}
