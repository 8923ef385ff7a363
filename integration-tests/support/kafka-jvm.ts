/**
 * Apache Kafka itself, as the yardstick: one KRaft node in a JVM of its own, on loopback and free ports, its log
 * in a temporary folder. The jars come from Maven Central (`kafka-jvm/pom.xml` names them) and are kept under
 * node_modules/.cache. For machines that have Java 17 and, the first time, Maven.
 *
 * Run by node itself, this file is a broker for as long as its stdin is open: it writes the address on stdout. With
 * --jars it fetches the jars alone, and writes their folder.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);
const pomPath = join(import.meta.dirname, "kafka-jvm", "pom.xml");
const cachePath = join(import.meta.dirname, "..", "..", "node_modules", ".cache", "kafka-jvm");
const startTimeoutMs = 60_000;

export interface KafkaBroker extends AsyncDisposable {
  /** `host:port` for a client's list of brokers. */
  readonly bootstrap: string;
}

/** A broker that can be lost and come back at its address. */
export interface MortalKafkaBroker extends KafkaBroker {
  kill(): Promise<void>;
  revive(): Promise<void>;
}

/** Whether a JVM broker can be started here, and if not, why. */
export async function findJava(): Promise<{ kind: "found" } | { kind: "missing"; reason: string }> {
  try {
    await run("java", ["-version"]);
    if (!(await exists(jarFolder()))) await run("mvn", ["-v"]);
    return { kind: "found" };
  } catch (error) {
    return { kind: "missing", reason: `no JVM broker here: ${(error as Error).message}` };
  }
}

/**
 * Starts a broker and resolves once it takes requests. Topics are not made by themselves, and groups start
 * without the usual delay of 3 s. `config` adds or replaces lines of its server.properties.
 */
export async function startJvmKafka(
  config: Readonly<Record<string, string>> = {},
): Promise<MortalKafkaBroker> {
  const jars = await fetchJars();
  const folder = await mkdtemp(join(tmpdir(), "birdwire-kafka-"));
  const [port, controllerPort] = await freePorts(2);
  const properties = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${port}`,
    "controller.listener.names": "CONTROLLER",
    "log.dirs": join(folder, "log"),
    "auto.create.topics.enable": "false",
    "offsets.topic.num.partitions": "4",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "200",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "log.retention.check.interval.ms": "200",
    "log.initial.task.delay.ms": "200",
    "log.cleaner.backoff.ms": "200",
    "file.delete.delay.ms": "100",
    ...config,
  };
  const propertiesPath = join(folder, "server.properties");
  const text = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(propertiesPath, text.join(""));

  const classPath = ["-cp", join(jars, "*")];
  const format = ["kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qg"];
  let broker: ChildProcess | undefined;
  const kill = async () => {
    if (broker === undefined || broker.exitCode !== null || broker.signalCode !== null) return;
    broker.kill("SIGKILL");
    await once(broker, "exit");
  };
  const start = async () => {
    const options = ["-Xms512m", "-Xmx1g", "-XX:+UseG1GC", "-Dlog4j2.level=INFO"];
    broker = spawn("java", [...options, ...classPath, "kafka.Kafka", propertiesPath], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    await started(broker);
  };
  const stop = async () => {
    process.off("exit", orphaned);
    await kill();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  const orphaned = () => broker?.kill("SIGKILL");
  process.once("exit", orphaned);
  try {
    const options = ["-Xshare:auto", "-XX:TieredStopAtLevel=1"];
    await run("java", [...options, ...classPath, ...format, "-c", propertiesPath]);
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { bootstrap: `127.0.0.1:${port}`, kill, revive: start, [Symbol.asyncDispose]: stop };
}

/** Resolves at the broker's "started" line; rejects with its last lines when it ends or stays silent. */
async function started(broker: ChildProcess): Promise<void> {
  const { stdout, stderr } = broker;
  if (stdout === null || stderr === null) throw new Error("the broker's output is not piped");
  const lastLines: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer);
      reject(new Error(`Kafka ${why}:\n${lastLines.join("\n")}`));
    };
    const timer = setTimeout(() => fail(`did not start in ${startTimeoutMs} ms`), startTimeoutMs);
    broker.once("error", reject);
    broker.once("exit", (code) => fail(`ended with ${code}`));
    for (const output of [stdout, stderr]) {
      createInterface({ input: output }).on("line", (line) => {
        if (lastLines.push(line) > 20) lastLines.shift();
        if (!line.includes("Kafka Server started")) return;
        clearTimeout(timer);
        resolve();
      });
    }
  });
}

/** Where the jars are kept; the folder is there once they are complete. */
export function jarFolder(): string {
  const pom = readFileSync(pomPath);
  return join(cachePath, createHash("sha256").update(pom).digest("hex").slice(0, 16));
}

/** The folder with the broker's jars, filled by Maven when it is not there yet. */
async function fetchJars(): Promise<string> {
  const folder = jarFolder();
  if (await exists(folder)) return folder;
  await mkdir(cachePath, { recursive: true });
  const fresh = await mkdtemp(`${folder}-`);
  const goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", `-DoutputDirectory=${fresh}`];
  await run("mvn", ["-q", "-B", "-f", pomPath, ...goal]);
  // Another process may have been faster; its folder holds the same.
  await rename(fresh, folder).catch(() => rm(fresh, { recursive: true, force: true }));
  return folder;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Ports nobody listens on at the moment: Kafka must know its own before it starts. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => {
    const address = server.address();
    return address !== null && typeof address === "object" ? address.port : 0;
  });
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

if (import.meta.main) {
  const java = await findJava();
  if (java.kind === "missing") throw new Error(java.reason);
  if (process.argv.includes("--jars")) process.stdout.write(`${await fetchJars()}\n`);
  else {
    await using broker = await startJvmKafka();
    process.stdout.write(`${broker.bootstrap}\n`);
    await once(process.stdin.resume(), "end");
  }
}
