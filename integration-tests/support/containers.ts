/**
 * Kafka and a Schema Registry in containers of their own, by Testcontainers. Images and settings are those of
 * docker-compose.yml, or of the variables that replace them; BIRDWIRE_REGISTRY_FLAVOUR says what kind of registry
 * the image holds. Whoever starts one disposes of it.
 */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { promisify } from "node:util";
import { GenericContainer, Network, type StartedNetwork, Wait } from "testcontainers";
import { readComposeService } from "./compose-file.ts";
import type { MortalKafkaBroker } from "./kafka-jvm.ts";
import { type RegistryFlavour, readRegistryFlavour, registryFlavours } from "./registry-flavours.ts";

// Everything is stopped by whoever opened it; the reaper would be one more image to pull.
process.env.TESTCONTAINERS_RYUK_DISABLED ??= "true";

const startTimeoutMs = 120_000;

/** It keeps its log when it is killed and revived. */
export interface KafkaContainer extends MortalKafkaBroker {
  /** Where other containers find it, as `kafka:19092`. */
  readonly network: StartedNetwork;
  /** `host:port` of each further listener. */
  readonly listeners: Readonly<Record<string, string>>;
  /** Runs a command inside; rejects with what it said when it fails. */
  run(...words: readonly string[]): Promise<void>;
}

export interface KafkaContainerMore {
  /** Security protocol of each further listener by its name. */
  readonly listeners?: Readonly<Record<string, string>>;
  /** Content of files by their path in the container. */
  readonly files?: Readonly<Record<string, string>>;
}

/** One KRaft node that takes requests; `settings` (KAFKA_...) add to those of docker-compose.yml. */
export async function startKafkaContainer(
  settings: Readonly<Record<string, string>> = {},
  { listeners = {}, files = {} }: KafkaContainerMore = {},
): Promise<KafkaContainer> {
  const { image, environment } = readComposeService("kafka");
  const network = await new Network().start();
  try {
    // A broker must know its address before it starts.
    const port = await findFreePort();
    const further = await Promise.all(
      Object.entries(listeners).map(async ([name, protocol], index) => {
        const host = await findFreePort();
        return { name, protocol, address: `127.0.0.1:${host}`, ports: { container: 9100 + index, host } };
      }),
    );
    const each = (start: string | undefined, one: (listener: (typeof further)[number]) => string) =>
      [start, ...further.map(one)].join(",");
    const container = await new GenericContainer(image)
      .withNetwork(network)
      .withNetworkAliases("kafka")
      .withExposedPorts({ container: 9092, host: port }, ...further.map(({ ports }) => ports))
      .withCopyContentToContainer(
        // The broker's user is not the one that copies.
        Object.entries(files).map(([target, content]) => ({ target, content, mode: 0o644 })),
      )
      .withEnvironment({
        ...environment,
        KAFKA_LISTENERS: each(
          environment.KAFKA_LISTENERS,
          ({ name, ports }) => `${name}://0.0.0.0:${ports.container}`,
        ),
        KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: each(
          environment.KAFKA_LISTENER_SECURITY_PROTOCOL_MAP,
          ({ name, protocol }) => `${name}:${protocol}`,
        ),
        KAFKA_ADVERTISED_LISTENERS: each(
          `HOST://127.0.0.1:${port},INTERNAL://kafka:19092`,
          ({ name, address }) => `${name}://${address}`,
        ),
        ...settings,
      })
      .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
      .withStartupTimeout(startTimeoutMs)
      .start();
    return {
      bootstrap: `127.0.0.1:${port}`,
      network,
      listeners: Object.fromEntries(further.map(({ name, address }) => [name, address])),
      async run(...words) {
        const { exitCode, output } = await container.exec([...words]);
        if (exitCode !== 0) throw new Error(`${words[0]} ended with ${exitCode}: ${output}`);
      },
      kill: () => docker("kill", container.getId()),
      revive: () => docker("start", container.getId()),
      async [Symbol.asyncDispose]() {
        await container.stop({ remove: true, removeVolumes: true });
        await network.stop();
      },
    };
  } catch (error) {
    await network.stop();
    throw error;
  }
}

export interface RegistryContainer extends AsyncDisposable {
  readonly flavour: RegistryFlavour;
  /** With the flavour's base path. */
  readonly url: string;
}

/** A registry that answers; it keeps its schemas in that Kafka where it is of a kind that does. */
export async function startRegistryContainer({
  network,
}: Pick<KafkaContainer, "network">): Promise<RegistryContainer> {
  const flavour = readRegistryFlavour();
  const { basePath } = registryFlavours[flavour];
  const { image, environment } = readComposeService("schema-registry");
  const container = await new GenericContainer(image)
    .withNetwork(network)
    .withNetworkAliases("schema-registry")
    .withExposedPorts(8081)
    .withEnvironment({ ...environment })
    .withWaitStrategy(Wait.forHttp(`${basePath}/subjects`, 8081))
    .withStartupTimeout(startTimeoutMs)
    .start();
  return {
    flavour,
    url: `http://127.0.0.1:${container.getMappedPort(8081)}${basePath}`,
    async [Symbol.asyncDispose]() {
      await container.stop({ remove: true, removeVolumes: true });
    },
  };
}

async function docker(...words: readonly string[]): Promise<void> {
  await promisify(execFile)("docker", [...words]);
}

/** A port nobody listens on at the moment. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await once(server.close(), "close");
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}
