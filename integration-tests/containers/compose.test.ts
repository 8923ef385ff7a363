/**
 * docker-compose.yml, up: the commands of the README and of docs/compose.md as they stand there. Where the images
 * are stand-ins, Compose is turned to them by its own variable, COMPOSE_FILE. Ports are free ones, so that nobody is
 * disturbed.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { repositoryRoot, runBirdwire } from "../support/birdwire.ts";
import { findFreePort } from "../support/containers.ts";
import { parseCommandLine, readCommandBlocks } from "../support/documentation.ts";
import { adapterOf, createTopic, record } from "../support/kafka-clients.ts";
import { readRegistryFlavour, registryFlavours } from "../support/registry-flavours.ts";
import { describeWith } from "../support/requirements.ts";
import { readJsonLines } from "../support/screen.ts";

const run = promisify(execFile);
const timeoutMs = 300_000;
const overUsual = "the suite of docker-compose.yml";
const overStandIns = `${overUsual}, with the stand-ins`;

const standIns = readRegistryFlavour() === "apicurio";
/** With the stand-ins, the UI is left out. */
const services = standIns ? 2 : 3;
/** What turns the README's commands to the stand-ins. */
const turned = standIns
  ? {
      COMPOSE_FILE: "docker-compose.yml:docker-compose.stand-ins.yml",
      basePath: registryFlavours.apicurio.basePath,
    }
  : { basePath: "" };

/** Containers of a Compose project as they turn healthy. */
function watchHealth(project: string): AsyncDisposable & { healthy(count: number): Promise<void> } {
  const filters = [`label=com.docker.compose.project=${project}`, "event=health_status: healthy"];
  const since = String(Math.floor(Date.now() / 1000));
  const events: ChildProcess = spawn(
    "docker",
    ["events", "--since", since, ...filters.flatMap((filter) => ["--filter", filter]), "--format", "{{.ID}}"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const names = new Set<string>();
  const { stdout } = events;
  if (stdout === null) throw new Error("the output of docker events is not piped");
  const lines = createInterface({ input: stdout }).on("line", (line) => names.add(line));
  return {
    async healthy(count) {
      while (names.size < count) await once(lines, "line");
    },
    async [Symbol.asyncDispose]() {
      events.kill("SIGKILL");
      await once(events, "close");
    },
  };
}

type Ports = Record<`BIRDWIRE_${(typeof published)[number]}_PORT`, string>;
const published = ["KAFKA", "REGISTRY", "KAFKA_UI", "KAFKA_1", "KAFKA_2", "KAFKA_3"] as const;

async function findFreePorts(): Promise<Ports> {
  const ports: [string, string][] = [];
  for (const name of published) ports.push([`BIRDWIRE_${name}_PORT`, String(await findFreePort())]);
  return Object.fromEntries(ports) as Ports;
}

/** Commands of a page that say that this suite runs them. */
async function readCommands(file: string, reason: string): Promise<string[]> {
  const blocks = await readCommandBlocks(file);
  return blocks
    .filter((block) => block.kind === "elsewhere" && block.reason === reason)
    .flatMap((block) => block.commands);
}

const pages = [{ file: "README.md", reason: overUsual, env: turned }];
if (standIns) pages.push({ file: "docs/compose.md", reason: overStandIns, env: { basePath: "" } });

describeWith("docker", "docker-compose.yml", () => {
  describeWith("compose", "up", (compose) => {
    const shell = (command: string, env: Readonly<Record<string, string>>) =>
      run("bash", ["-c", command.replaceAll(/\bdocker-compose(?= )/g, compose)], {
        cwd: repositoryRoot,
        env: { ...process.env, ...env },
      });

    test.each(pages)(
      "birdwire produces and consumes over it, as $file says",
      async ({ file, reason, env: { basePath, ...composeEnv } }) => {
        const ports = await findFreePorts();
        const project = `birdwire-test-${process.pid}-${ports.BIRDWIRE_KAFKA_PORT}`;
        const env = { ...ports, ...composeEnv, COMPOSE_PROJECT_NAME: project };
        const addresses = {
          BIRDWIRE_BROKERS: `localhost:${ports.BIRDWIRE_KAFKA_PORT}`,
          BIRDWIRE_REGISTRY_URL: `http://localhost:${ports.BIRDWIRE_REGISTRY_PORT}${basePath}`,
        };
        const commands = await readCommands(file, reason);
        const down = commands.find((command) => / down --volumes$/.test(command));
        if (down === undefined) throw new Error(`${file} does not say how to end it`);
        const outputs: string[] = [];
        const written = `${repositoryRoot}stand-ins.env`;
        const wasThere = existsSync(written);
        await using health = watchHealth(project);
        try {
          for (const command of commands) {
            const { env: own, words } = parseCommandLine(
              command.replaceAll(":8081", `:${ports.BIRDWIRE_REGISTRY_PORT}`),
            );
            if (words[1] === "birdwire") {
              const result = await runBirdwire(words.slice(2), { env: { ...addresses, ...own } });
              expect({ command, ...result }).toMatchObject({ command, code: 0 });
              outputs.push(result.stdout);
              continue;
            }
            await shell(command, env);
            if (/ up --detach$/.test(command)) await health.healthy(services);
          }
        } finally {
          await shell(down, env).catch(() => {});
          if (!wasThere) await rm(written, { force: true });
        }
        const posts = readJsonLines<{ data: { id: string } }>(
          await readFile(`${repositoryRoot}docs/samples/posts.ndjson`, "utf8"),
        );
        const ids = readJsonLines<{ id: string }>(outputs.at(-1) ?? "").map(({ id }) => id);
        expect(ids.sort()).toEqual(posts.map(({ data }) => data.id).sort());
      },
      timeoutMs,
    );

    test(
      "three brokers of the profile cluster hold three replicas, and do without one of them",
      async () => {
        const project = `birdwire-cluster-${process.pid}`;
        const env = { ...(await findFreePorts()), COMPOSE_PROJECT_NAME: project };
        const cluster = (words: string) => shell(`docker-compose --profile cluster ${words}`, env);
        await using health = watchHealth(project);
        try {
          await cluster("up --detach kafka-1 kafka-2 kafka-3");
          await health.healthy(3);
          const client = adapterOf(`localhost:${env.BIRDWIRE_KAFKA_1_PORT}`);
          const topic = await createTopic(client, 3);
          await using producer = await client.openProducer();
          await producer.send(topic, [record("before")]);
          await cluster("kill kafka-3");
          await producer.send(topic, [record("after")]);
          const tool = "/opt/kafka/bin/kafka-get-offsets.sh --bootstrap-server kafka-1:19092";
          const { stdout } = await cluster(`exec -T kafka-1 ${tool} --topic ${topic}`);
          // TOPIC:PARTITION:END, also of partitions that the lost broker led.
          const ends = [...stdout.matchAll(/:\d+:(\d+)$/gm)].map(([, end]) => Number(end));
          expect(ends).toHaveLength(3);
          expect(ends.reduce((sum, end) => sum + end, 0)).toBe(2);
        } finally {
          await cluster("down --volumes");
        }
      },
      timeoutMs,
    );
  });
});
