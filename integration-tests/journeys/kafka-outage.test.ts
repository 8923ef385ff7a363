// What our Kafka client does while the broker is away, silent, or back again.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text as textOf } from "node:stream/consumers";
import { describe, expect, test } from "@jest/globals";
import { startKafkaEmulator } from "../../src/emulators/kafka/start.ts";
import { createKafkaJsClient } from "../../src/kafka/kafkajs.ts";
import type { KafkaClient } from "../../src/kafka/port.ts";
import { parseTopicName } from "../../src/kernel/brand.ts";
import { silentLog } from "../../src/telemetry/log.ts";
import { startKafkaContainer } from "../support/containers.ts";
import { startEmulatorProcess } from "../support/emulator-process.ts";
import { adapterOf, createTopic, freshName, record, send, warmUp } from "../support/kafka-clients.ts";
import type { MortalKafkaBroker } from "../support/kafka-jvm.ts";
import { describeWith } from "../support/requirements.ts";

const topic = parseTopicName("twitter");
const closeTimeoutMs = 500;

function patientClient(bootstrap: string, log = silentLog): KafkaClient {
  return createKafkaJsClient({
    brokers: [bootstrap],
    clientId: "outage",
    log,
    connectTimeoutMs: 2000,
    closeTimeoutMs,
  });
}

function impatientClient(bootstrap: string): KafkaClient {
  return createKafkaJsClient({
    brokers: [bootstrap],
    clientId: "outage",
    log: silentLog,
    connectTimeoutMs: 300,
    outageTimeoutMs: 300,
    closeTimeoutMs,
  });
}

/** The emulator loses its log when it goes; the topic is made again before anybody can miss it for long. */
async function startMortalEmulator(): Promise<MortalKafkaBroker> {
  let emulator = await startKafkaEmulator({ port: 0 });
  const { bootstrap, port } = emulator;
  return {
    bootstrap,
    kill: async () => emulator[Symbol.asyncDispose](),
    async revive() {
      emulator = await startKafkaEmulator({ port });
      await using admin = await adapterOf(bootstrap).openAdmin();
      await admin.createTopic({ topic, partitions: 1 });
    },
    [Symbol.asyncDispose]: async () => emulator[Symbol.asyncDispose](),
  };
}

const returning = (start: () => Promise<MortalKafkaBroker>) => {
  test("a send waits for it, a consumer reads on, and both are told of once", async () => {
    await using broker = await start();
    const warnings: string[] = [];
    const client = patientClient(broker.bootstrap, {
      ...silentLog,
      warn: (message) => warnings.push(message),
    });
    await warmUp(broker.bootstrap);
    {
      await using admin = await client.openAdmin();
      await admin.createTopic({ topic, partitions: 1 });
    }
    await using producer = await client.openProducer();
    await using consumer = await client.openConsumer({
      topics: [topic],
      groupId: freshName("g"),
      startAt: "earliest",
    });
    const values: string[] = [];
    const running = consumer.run(async (batch) => {
      values.push(...batch.records.map(({ value }) => String(value)));
      await consumer.commit([batch]);
      if (values.includes("during")) await consumer.stop();
    });
    await consumer.joined();
    await producer.send(topic, [record("before")]);

    await broker.kill();
    const sent = producer.send(topic, [record("during")]);
    await broker.revive();
    await sent;
    await running;
    expect(values).toContain("during");
    expect(warnings.filter((message) => message.includes("send to topic")).length).toBeLessThanOrEqual(1);
    expect(warnings.filter((message) => message.includes("cannot read")).length).toBeLessThanOrEqual(1);
  }, 120_000);
};

describe("When the emulator goes away and comes back", () => returning(startMortalEmulator));
describeWith("docker", "When Apache Kafka goes away and comes back, on a container", () =>
  returning(() => startKafkaContainer()),
);

describe("When the broker does not come back", () => {
  test("a send and a run end with broker-unreachable", async () => {
    await using broker = await startMortalEmulator();
    await broker.kill();
    await broker.revive();
    const client = impatientClient(broker.bootstrap);
    await using producer = await client.openProducer();
    await using consumer = await client.openConsumer({
      topics: [topic],
      groupId: freshName("g"),
      startAt: "earliest",
    });
    const running = consumer.run(async () => {});
    await consumer.joined();
    await broker.kill();
    const unreachable = {
      code: "broker-unreachable",
      retriable: true,
      message: expect.stringContaining(broker.bootstrap),
    };
    await Promise.all([
      expect(producer.send(topic, [record("a")])).rejects.toMatchObject(unreachable),
      expect(running).rejects.toMatchObject(unreachable),
    ]);
    // What cannot be stored now is read again; that is no error.
    await consumer.commit([{ topic, partition: 0, nextOffset: 1 }]);
  });

  test("closing does not wait for it", async () => {
    await using broker = await startMortalEmulator();
    await broker.kill();
    await broker.revive();
    const client = patientClient(broker.bootstrap);
    const producer = await client.openProducer();
    const consumer = await client.openConsumer({
      topics: [topic],
      groupId: freshName("g"),
      startAt: "earliest",
    });
    const running = consumer.run(async () => {});
    await consumer.joined();
    await broker.kill();
    const lost = expect(producer.send(topic, [record("a")])).rejects.toMatchObject({ code: "closed" });
    await producer[Symbol.asyncDispose]();
    await consumer[Symbol.asyncDispose]();
    await Promise.all([lost, running]);
  });
});

describe("When the broker falls silent", () => {
  test("closing does not wait for its answers", async () => {
    await using broker = await startEmulatorProcess();
    const client = patientClient(broker.bootstrap);
    const topics = [await createTopic(client, 1)] as const;
    const producer = await client.openProducer();
    const consumer = await client.openConsumer({ topics, groupId: freshName("g"), startAt: "earliest" });
    const admin = await client.openAdmin();
    const running = consumer.run(async () => {});
    await consumer.joined();
    broker.process.kill("SIGSTOP");
    const lost = expect(producer.send(topics[0], [record("a")])).rejects.toMatchObject({ code: "closed" });
    const unanswered = admin.topics().catch((error: unknown) => error);
    await Promise.all([producer, consumer, admin].map(async (open) => open[Symbol.asyncDispose]()));
    await Promise.all([lost, running, unanswered]);
  });
});

describe("A program that uses our Kafka client", () => {
  test("writes nothing to stderr and ends by itself", async () => {
    await using broker = await startEmulatorProcess();
    await send(adapterOf(broker.bootstrap), await createTopic(adapterOf(broker.bootstrap), 1), [record("a")]);
    const path = new URL("../support/quiet-client.ts", import.meta.url).pathname;
    const child = spawn(process.execPath, [path, broker.bootstrap], { stdio: ["ignore", "pipe", "pipe"] });
    const [stdout, stderr, [code]] = await Promise.all([
      textOf(child.stdout),
      textOf(child.stderr),
      once(child, "exit"),
    ]);
    expect({ stdout, stderr, code }).toEqual({ stdout: "3\n", stderr: "", code: 0 });
  });
});
