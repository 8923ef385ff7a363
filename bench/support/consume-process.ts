/**
 * One way to read a topic to its end, as a program: `consume-process.ts WAY BROKERS REGISTRY TOPIC RECORDS` is `birdwire
 * consume --format json` with its own stdout, or kafkajs that counts. What it measured goes to file descriptor 3 as one
 * JSON object: from the first batch to the last, so that joining the group and leaving it are left out.
 */
import { writeSync } from "node:fs";
import { run } from "../../src/cli/run.ts";

export interface ConsumeFigures {
  readonly records: number;
  readonly seconds: number;
  /** Of processor time of all threads, which other work on the machine disturbs less. */
  readonly cpuSeconds: number;
  /** Resident memory when a tenth of the output was written, and at the end, in MB; null for kafkajs. */
  readonly memory: {
    readonly atTenthMb: number;
    readonly atEndMb: number;
    readonly highestMb: number;
  } | null;
}

const [way = "", brokers = "", registry = "", topic = "", count = "0"] = process.argv.slice(2);
const expected = Number(count);
/** Reading the resident size costs more than rendering a record. */
const writesPerSample = 50;

const ways: Readonly<Record<string, () => Promise<ConsumeFigures>>> = { birdwire, kafkajs: kafkajsAlone };
const measure = ways[way];
if (measure === undefined) throw new Error(`there is no way ${way}`);
const figures = await measure();
writeSync(3, JSON.stringify(figures));
process.exit(0);

/** The records are counted at the pipe's end. */
async function birdwire(): Promise<ConsumeFigures> {
  const args = ["consume", "--topic", topic, "--from-beginning", "--until-end", "--format", "json"];
  const watch = createWatch();
  const samples: { readonly written: number; readonly mb: number }[] = [];
  let written = 0;
  let writes = 0;
  const sample = () => samples.push({ written, mb: process.memoryUsage.rss() / 1e6 });
  const { stdout } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = (content: string | Uint8Array, ...rest: readonly never[]) => {
    watch.start();
    written += content.length;
    if (writes++ % writesPerSample === 0) sample();
    const hasRoom = write(content, ...rest);
    watch.stop();
    return hasRoom;
  };
  const code = await run({
    args: [...args, "--brokers", brokers, "--registry", registry, "--log-level", "warn"],
    env: {},
    cwd: import.meta.dirname,
    stdin: process.stdin,
    stderr: process.stderr,
    stdout,
    isStdoutDirect: true,
    interruption: () => new AbortController().signal,
  });
  if (code !== 0) throw new Error(`birdwire consume ended with ${code}`);
  const read = watch.read(expected);
  sample();
  const sizes = samples.map(({ mb }) => mb);
  return {
    ...read,
    memory: {
      atTenthMb: samples.find((each) => each.written >= written / 10)?.mb ?? Number.NaN,
      atEndMb: sizes.at(-1) ?? Number.NaN,
      highestMb: Math.max(...sizes),
    },
  };
}

async function kafkajsAlone(): Promise<ConsumeFigures> {
  // Loaded here: what our adapter replaces inside kafkajs is untouched in this process.
  const { Kafka, logLevel } = (await import("kafkajs")).default;
  const kafka = new Kafka({ brokers: [brokers], clientId: "bench", logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `bench-${process.pid}`, maxWaitTimeInMs: 250 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const watch = createWatch();
  let records = 0;
  const figures = await new Promise<ReturnType<typeof watch.read>>((resolve, reject) => {
    consumer.on("consumer.crash", ({ payload }) => reject(payload.error));
    consumer
      .run({
        autoCommit: false,
        eachBatch: async ({ batch }) => {
          watch.start();
          records += batch.messages.length;
          if (records < expected) return;
          watch.stop();
          resolve(watch.read(records));
        },
      })
      .catch(reject);
  });
  return { ...figures, memory: null };
}

function createWatch() {
  const now = () => ({ ms: performance.now(), cpu: process.cpuUsage() });
  let begin: ReturnType<typeof now> | undefined;
  let end: ReturnType<typeof now> | undefined;
  return {
    /** The first call counts. */
    start() {
      begin ??= now();
    },
    /** The last call counts. */
    stop() {
      end = now();
    },
    read(records: number) {
      if (begin === undefined || end === undefined) throw new Error("nothing came");
      const user = end.cpu.user - begin.cpu.user;
      const system = end.cpu.system - begin.cpu.system;
      return {
        records,
        seconds: (end.ms - begin.ms) / 1000,
        cpuSeconds: (user + system) / 1e6,
      };
    },
  };
}
