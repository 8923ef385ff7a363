/**
 * Kafka's own command-line tools, run from the jars of the JVM broker without their shell scripts.
 */
import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { jarFolder } from "./kafka-jvm.ts";
import type { Availability } from "./requirements.ts";

const run = promisify(execFile);

/** By the name of the script. */
const mainClasses = {
  "kafka-topics": "org.apache.kafka.tools.TopicCommand",
  "kafka-configs": "kafka.admin.ConfigCommand",
  "kafka-console-producer": "org.apache.kafka.tools.ConsoleProducer",
  "kafka-console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
  "kafka-consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
  "kafka-get-offsets": "org.apache.kafka.tools.GetOffsetShell",
  "kafka-producer-perf-test": "org.apache.kafka.tools.ProducerPerformance",
  "kafka-consumer-perf-test": "org.apache.kafka.tools.ConsumerPerformance",
} as const;

export type JavaTool = keyof typeof mainClasses;

const timeoutMs = 30_000;

/** `use` is the folder of jars. They are not fetched for this: a run of the JVM broker does. */
export async function findJavaTools(): Promise<Availability> {
  const folder = await jarFolder();
  try {
    await run("java", ["-version"]);
    await stat(folder);
    return { kind: "present", use: folder };
  } catch {
    const how = "node integration-tests/support/kafka-jvm.ts fetches the jars";
    return { kind: "missing", reason: `Java 17 or Kafka's jars are not here (${how})` };
  }
}

/** What the tool printed on stdout; `input` is its stdin. Rejects when it fails. */
export async function runJavaTool(
  jars: string,
  tool: JavaTool,
  args: readonly string[],
  input = "",
): Promise<string> {
  const quickStart = ["-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"];
  const running = run("java", [...quickStart, "-cp", join(jars, "*"), mainClasses[tool], ...args], {
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  running.child.stdin?.end(input);
  return (await running).stdout;
}
