/**
 * kafkajs against our broker and against Apache Kafka, each in a process of its own, the client in this one:
 * 150-byte records without a key in batches of 1,000, 4 partitions, 4 sends in flight, all replicas acknowledging.
 * Rounds alternate between the brokers, so that what else the machine does falls on both. The first ones warm up
 * and do not count: a young JVM is several times slower than one that has compiled its hot paths.
 *
 * Options: --rounds N (default 5), --warm-up N rounds (default 3), --records N a round (default 200,000).
 */
import { randomBytes } from "node:crypto";
import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import kafkajs, { type Kafka } from "kafkajs";
import { createKafkaJsClient } from "../src/kafka/kafkajs.ts";
import type { KafkaClient } from "../src/kafka/port.ts";
import { parseTopicName } from "../src/kernel/brand.ts";
import { silentLog } from "../src/telemetry/log.ts";
import { printSpread, spreadOf } from "./statistics.ts";
import { type ServerProcess, startServerProcess } from "./support/server-process.ts";

const recordBytes = 150;
const batchRecords = 1000;
const partitions = 4;
const sendsInFlight = 4;
/** Reading is several times faster than writing; one pass would be over before it tells anything. */
const readsPerRound = 3;
/** What the emulator is to reach, as a part of Apache Kafka's rate in the same run. */
const goals = { produce: 0.95, consume: 1.3 } as const;

let groups = 0;

interface Subject {
  readonly name: string;
  readonly client: KafkaClient;
  readonly kafka: Kafka;
  /** Thousands of records a second, one figure a round. */
  readonly produce: number[];
  readonly consume: number[];
}

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "5" },
      "warm-up": { type: "string", default: "3" },
      records: { type: "string", default: "200000" },
    },
  });
  const rounds = Number(values.rounds);
  const warmUpRounds = Number(values["warm-up"]);
  const records = Math.ceil(Number(values.records) / batchRecords) * batchRecords;

  await using emulator = await startServerProcess("bench/support/kafka-emulator.ts");
  let missing: string | null = null;
  await using yardstick: ServerProcess | null = await startServerProcess(
    "integration-tests/support/kafka-jvm.ts",
  ).catch((error: unknown) => {
    missing = String(error);
    return null;
  });
  const subjects = [await createSubject("emulator", emulator.address)];
  if (yardstick !== null) subjects.push(await createSubject("Apache Kafka", yardstick.address));

  process.stdout.write(
    `kafkajs, ${records} records of ${recordBytes} bytes a round, ${rounds} rounds; ${availableParallelism()} cores, ` +
      `load ${loadavg()[0]?.toFixed(1)} at the start\n`,
  );
  for (let round = 1 - warmUpRounds; round <= rounds; round++) {
    // Who comes first changes too.
    for (const subject of round % 2 !== 0 ? subjects : subjects.toReversed()) {
      const rates = await measure(subject, `bench-${round + warmUpRounds}`, records);
      if (round < 1) continue;
      subject.produce.push(rates.produce);
      subject.consume.push(rates.consume);
      const figures = `produce ${rates.produce.toFixed(1)} k/s, consume ${rates.consume.toFixed(1)} k/s`;
      process.stdout.write(`  round ${round}, ${subject.name}: ${figures}\n`);
    }
  }
  report(subjects, missing);
}

async function createSubject(name: string, address: string): Promise<Subject> {
  const client = createKafkaJsClient({ brokers: [address], clientId: "bench", log: silentLog });
  await warmUp(client);
  const { Kafka, logLevel } = kafkajs;
  const kafka = new Kafka({ brokers: [address], clientId: "bench", logLevel: logLevel.NOTHING });
  return { name, client, kafka, produce: [], consume: [] };
}

/** Our client rides out a broker whose coordinators are still loading, at which kafkajs alone gives up. */
async function warmUp(client: KafkaClient): Promise<void> {
  const topic = parseTopicName("bench-warm-up");
  await using admin = await client.openAdmin();
  await admin.createTopic({ topic, partitions: 1 });
  await using producer = await client.openProducer();
  await producer.send(topic, [{ key: null, value: Buffer.from("warm") }]);
  await using consumer = await client.openConsumer({
    topics: [topic],
    groupId: "warm-up",
    startAt: "earliest",
  });
  await consumer.run(() => consumer.stop());
}

/** One topic filled and read; in thousands of records a second. */
async function measure(
  { client, kafka }: Subject,
  name: string,
  records: number,
): Promise<{ produce: number; consume: number }> {
  const topic = parseTopicName(name);
  await using admin = await client.openAdmin();
  await admin.createTopic({ topic, partitions });
  const produce = await produceRate(kafka, topic, records);
  const reads: number[] = [];
  for (let read = 0; read < readsPerRound; read++) reads.push(await readMs(kafka, topic, records));
  const consume = (records * readsPerRound) / reads.reduce((sum, ms) => sum + ms, 0);
  const remover = kafka.admin();
  await remover.connect();
  await remover.deleteTopics({ topics: [topic] });
  await remover.disconnect();
  return { produce, consume };
}

/** Thousands of records a second that kafkajs alone gets acknowledged. */
export async function produceRate(kafka: Kafka, topic: string, records: number): Promise<number> {
  const value = randomBytes(recordBytes);
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  const batch = Array.from({ length: batchRecords }, () => ({ value }));
  // Its first send asks for the topic's metadata, which is not what is measured.
  await producer.send({ topic, messages: [] });
  let left = records / batchRecords;
  const sender = async () => {
    while (left-- > 0) await producer.send({ topic, messages: batch });
  };
  const startMs = performance.now();
  await Promise.all(Array.from({ length: sendsInFlight }, sender));
  const tookMs = performance.now() - startMs;
  await producer.disconnect();
  return records / tookMs;
}

/** From the first fetch of a fresh group to the last record, in ms: joining the group is left out. */
async function readMs(kafka: Kafka, topic: string, records: number): Promise<number> {
  const consumer = kafka.consumer({ groupId: `bench-${process.pid}-${groups++}`, maxWaitTimeInMs: 250 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  let startMs = 0;
  consumer.on("consumer.fetch_start", () => {
    if (startMs === 0) startMs = performance.now();
  });
  let left = records;
  const tookMs = await new Promise<number>((resolve, reject) => {
    consumer.on("consumer.crash", ({ payload }) => reject(payload.error));
    consumer
      .run({
        autoCommit: false,
        eachBatch: async ({ batch }) => {
          left -= batch.messages.length;
          if (left <= 0) resolve(performance.now() - startMs);
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return tookMs;
}

function report(subjects: readonly Subject[], missing: string | null): void {
  process.stdout.write("\nthousands of records a second: median (lowest to highest)\n");
  for (const { name, produce, consume } of subjects) {
    const figures = `produce ${printSpread(spreadOf(produce))}, consume ${printSpread(spreadOf(consume))}`;
    process.stdout.write(`  ${name}: ${figures}\n`);
  }
  const [emulator, yardstick] = subjects;
  if (emulator === undefined || yardstick === undefined) {
    process.stdout.write(`no ratio: ${missing}\n`);
    return;
  }
  process.stdout.write("emulator to Apache Kafka, round by round\n");
  for (const task of ["produce", "consume"] as const) {
    const ratios = emulator[task].map((rate, round) => rate / (yardstick[task][round] ?? Number.NaN));
    const spread = spreadOf(ratios);
    const verdict = spread.median >= goals[task] ? "reached" : "missed";
    process.stdout.write(`  ${task}: ${printSpread(spread, 2)}; ${goals[task]} is ${verdict}\n`);
  }
}
