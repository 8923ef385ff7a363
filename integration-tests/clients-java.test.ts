/**
 * Kafka's own tools take the emulated broker for Kafka.
 */
import { describe, expect, test } from "@jest/globals";
import { startKafkaEmulator } from "../src/emulators/kafka/start.ts";
import { findJavaTools, type JavaTool, runJavaTool } from "./support/kafka-java-tools.ts";

const found = await findJavaTools();
const jars = found.kind === "present" ? found.use : "";
const title = "Java's tools on the emulated broker";
const declare =
  found.kind === "present"
    ? (suite: () => void) => describe(title, suite)
    : (suite: () => void) => describe.skip(`${title} [skipped: ${found.reason}]`, suite);
/** Each tool is a JVM that starts cold. */
const timeoutMs = 60_000;

async function openTools() {
  const emulator = await startKafkaEmulator();
  const { bootstrap } = emulator;
  return {
    bootstrap,
    emulator,
    run: (tool: JavaTool, args: string, input?: string) => {
      const address = tool === "kafka-producer-perf-test" ? [] : ["--bootstrap-server", bootstrap];
      return runJavaTool(jars, tool, [...address, ...args.split(" ")], input);
    },
    [Symbol.asyncDispose]: () => emulator[Symbol.asyncDispose](),
  };
}

const lines = (text: string) => text.trim().split("\n");

declare(() => {
  test(
    "topics are made, described and configured",
    async () => {
      await using tools = await openTools();
      const made = await tools.run(
        "kafka-topics",
        "--create --topic t --partitions 2 --config retention.ms=-1",
      );
      expect(made).toContain("Created topic t.");
      await tools.run(
        "kafka-configs",
        "--entity-type topics --entity-name t --alter --add-config max.message.bytes=2000",
      );
      const [described, configs] = await Promise.all([
        tools.run("kafka-topics", "--describe --topic t"),
        tools.run("kafka-configs", "--entity-type topics --entity-name t --describe"),
      ]);
      expect(described).toMatch(/PartitionCount: 2\s+ReplicationFactor: 1/);
      expect(configs).toMatch(/max\.message\.bytes=2000 .*retention\.ms=-1 /s);
    },
    timeoutMs,
  );

  test(
    "what the console producer writes the console consumer reads, and its group has no lag",
    async () => {
      await using tools = await openTools();
      await tools.run("kafka-topics", "--create --topic t --partitions 3");
      const records = Array.from({ length: 20 }, (_, n) => `k${n}:v${n}`);
      const keyed = "--property parse.key=true --property key.separator=:";
      await tools.run("kafka-console-producer", `--topic t ${keyed}`, `${records.join("\n")}\n`);
      const read = await tools.run(
        "kafka-console-consumer",
        "--topic t --from-beginning --max-messages 20 --group g --property print.key=true --property key.separator=:",
      );
      expect(lines(read).sort()).toEqual([...records].sort());
      const [offsets, group] = await Promise.all([
        tools.run("kafka-get-offsets", "--topic t"),
        tools.run("kafka-consumer-groups", "--describe --group g"),
      ]);
      const ends = lines(offsets).map((line) => Number(line.split(":")[2]));
      expect(ends.reduce((sum, end) => sum + end, 0)).toBe(20);
      const lags = lines(group).filter((line) => line.startsWith("g "));
      expect(lags.map((line) => line.split(/\s+/)[5])).toEqual(["0", "0", "0"]);
    },
    timeoutMs,
  );

  test(
    "the perf tools write in transactions and read what was committed",
    async () => {
      await using tools = await openTools();
      await tools.run("kafka-topics", "--create --topic t --partitions 2");
      const wrote = await tools.run(
        "kafka-producer-perf-test",
        `--topic t --num-records 5000 --record-size 100 --throughput -1 --transactional-id x --transaction-duration-ms 50 --producer-props bootstrap.servers=${tools.bootstrap} compression.type=lz4`,
      );
      expect(wrote).toMatch(/^5000 records sent/m);
      const read = await tools.run("kafka-consumer-perf-test", "--topic t --messages 5000");
      expect(Number(lines(read).at(-1)?.split(", ")[4])).toBe(5000);
      const ends = tools.emulator.inspectTopic("t")?.map(({ endOffset }) => endOffset) ?? [];
      expect(ends.reduce((sum, end) => sum + end, 0)).toBeGreaterThan(5000);
    },
    timeoutMs,
  );
});
