/**
 * Kafka's own command-line tools, run from the jars of the JVM broker without their shell scripts.
 */
import { existsSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { type ProcessResult, type RunningProcess, runProcess, startProcess } from "./running-process.ts";

/** By the name of the script. */
const mainClasses = {
  "kafka-topics": "org.apache.kafka.tools.TopicCommand",
  "kafka-configs": "kafka.admin.ConfigCommand",
  "kafka-console-producer": "org.apache.kafka.tools.ConsoleProducer",
  "kafka-console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
  "kafka-consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
  "kafka-get-offsets": "org.apache.kafka.tools.GetOffsetShell",
  "kafka-delete-records": "org.apache.kafka.tools.DeleteRecordsCommand",
  "kafka-producer-perf-test": "org.apache.kafka.tools.ProducerPerformance",
  "kafka-consumer-perf-test": "org.apache.kafka.tools.ConsumerPerformance",
} as const;

export type JavaTool = keyof typeof mainClasses;

const timeoutMs = 30_000;
// Without its own log a JVM that cannot use an archive of classes says nothing of it.
const quickStart = [
  "-Xlog:disable",
  "-Xshare:auto",
  "-XX:TieredStopAtLevel=1",
  "-XX:+UseSerialGC",
  "-Xmx256m",
];
/** By folder of jars. */
const archives = new Map<string, Promise<void>>();

/** Beside the jars: what a tool loads, as the JVM maps it. It halves the time that a tool takes to start. */
const archiveOf = (jars: string) => `${jars}.jsa`;

async function archiveClasses(jars: string, bootstrap: string): Promise<void> {
  if (existsSync(archiveOf(jars))) return;
  const fresh = `${archiveOf(jars)}.${process.pid}`;
  const tool = [
    "-cp",
    join(jars, "*"),
    mainClasses["kafka-topics"],
    "--bootstrap-server",
    bootstrap,
    "--list",
  ];
  await runProcess("java", [...quickStart, `-XX:ArchiveClassesAtExit=${fresh}`, ...tool], { timeoutMs });
  // Without one the tools run all the same.
  await rename(fresh, archiveOf(jars)).catch(() => {});
}

/** Arguments are one text, split at spaces; the address of the broker is added to them. */
export interface JavaTools {
  /** Runs a tool to its end, whatever that is; `input` is its stdin. */
  run(tool: JavaTool, args: string, input?: string): Promise<ProcessResult>;
  /** Runs a tool to an end that must be a good one; the lines of its stdout that are not empty. */
  expect(tool: JavaTool, args: string, input?: string): Promise<string[]>;
  /** Leaves it running; stdin stays open. */
  start(tool: JavaTool, args: string): RunningProcess;
}

/** `jars` is the folder that `describeWith("java", ...)` gives. */
export function createJavaTools(jars: string, bootstrap: string): JavaTools {
  const command = (tool: JavaTool, args: string) => {
    const parts = args.split(" ").filter((part) => part !== "");
    // A list of properties goes on to the next option, so what is added to it comes last.
    if (tool !== "kafka-producer-perf-test") parts.push("--bootstrap-server", bootstrap);
    else if (parts.includes("--producer-props")) parts.push(`bootstrap.servers=${bootstrap}`);
    else parts.push("--producer-props", `bootstrap.servers=${bootstrap}`);
    return [
      ...quickStart,
      `-XX:SharedArchiveFile=${archiveOf(jars)}`,
      "-cp",
      join(jars, "*"),
      mainClasses[tool],
      ...parts,
    ];
  };
  const run = async (tool: JavaTool, args: string, input = "") => {
    const archived = archives.get(jars) ?? archiveClasses(jars, bootstrap);
    archives.set(jars, archived);
    await archived;
    return runProcess("java", command(tool, args), { timeoutMs, input: { kind: "text", text: input } });
  };
  return {
    run,
    async expect(tool, args, input) {
      const { code, signal, stdout, stderr } = await run(tool, args, input);
      if (code !== 0) throw new Error(`${tool} ${args} ended with ${code ?? signal}: ${stdout}\n${stderr}`);
      return stdout.split("\n").filter((line) => line.trim() !== "");
    },
    start: (tool, args) => startProcess("java", command(tool, args), { input: { kind: "open" } }),
  };
}
