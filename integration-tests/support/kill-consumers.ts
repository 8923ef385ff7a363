/**
 * Three consumers of one group, of which one after the other is killed with -9 while records come in, and started again
 * each time; and what their output says of each record: how often it was printed, and what was committed by then.
 */
import { setTimeout as wait } from "node:timers/promises";
import { createCodec } from "../../src/avro/codec.ts";
import { TweetVersions } from "../../src/generated/tweet.ts";
import { parseSchemaId, parseTopicName } from "../../src/kernel/brand.ts";
import { encodeFrame } from "../../src/wire/frame.ts";
import { type RunningBirdwire, startBirdwire } from "./birdwire.ts";
import { adapterOf } from "./kafka-clients.ts";
import { recordedPost } from "./kill-producer.ts";
import { createPrintLedger, type PrintedLine, type PrintVerdict } from "./print-ledger.ts";
import { fileSchema } from "./registered.ts";

export interface ConsumerKillPlan {
  readonly topic: string;
  readonly records: number;
  readonly kills: number;
  /** The records come in over this time, and the kills strike in as long from the first record that is printed. */
  readonly spanMs: number;
  /** 0 to 1; decides when, and whom. */
  readonly random: () => number;
  readonly brokers: string;
  readonly registryUrl: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface ConsumerKillReport extends PrintVerdict {
  /** How many different records had been printed at each kill. */
  readonly killedAt: readonly number[];
  /** Exit codes of the last members, told to stop once everything was printed. */
  readonly codes: readonly (number | null)[];
  /** Records that the group had not committed at the end. */
  readonly uncommitted: number;
}

const writerText = TweetVersions[0]?.json ?? "";
const members = 3;
const partitions = 6;
const batchRecords = 500;
const lookMs = 100;
const sessionMs = 6000;
/** The group has shared out its partitions anew so long after the session of one that was killed. */
const settleMs = 1000;
/** Longest time without a new record, with rebalances that follow each other. */
const patienceMs = 90_000;

/** Rejects when a member ends by itself, or nothing is printed any more though records are left. */
export async function killConsumers(plan: ConsumerKillPlan): Promise<ConsumerKillReport> {
  const { records, kills, spanMs, random, env } = plan;
  const topic = parseTopicName(plan.topic);
  const group = `${topic}-group`;
  const kafka = adapterOf(plan.brokers);
  await using admin = await kafka.openAdmin();
  await admin.createTopic({ topic, partitions });
  const schema = await fileSchema(plan, `${topic}-value`, JSON.parse(writerText));
  const ledger = createPrintLedger(() => performance.now());
  const stop = new AbortController();

  const args = [
    "consume",
    "--topic",
    topic,
    "--group",
    group,
    "--from-beginning",
    "--session-timeout",
    `${sessionMs / 1000}s`,
  ];
  let startedLastMs = 0;
  const start = (): Watched => {
    startedLastMs = performance.now();
    const running = startBirdwire([...args, "--format", "json", "--meta"], { env });
    let isOver = false;
    const ended = running.done.then(({ code, stderr }) => {
      if (!isOver) throw new Error(`a consumer ended with ${code} by itself:\n${stderr}`);
    });
    ended.catch((error: unknown) => stop.abort(error));
    readLines(running, (line) => ledger.add(JSON.parse(line) as PrintedLine));
    return {
      running,
      end(signal) {
        isOver = true;
        running.process.kill(signal);
        return running.done;
      },
    };
  };

  const countUncommitted = async () => {
    const positions = new Map(
      (await admin.committed(group, topic)).map(({ partition, nextOffset }) => [partition, nextOffset]),
    );
    const ends = await admin.offsets(topic);
    return ends.reduce((sum, { partition, latest }) => sum + latest - (positions.get(partition) ?? 0), 0);
  };
  const watchCommits = async () => {
    while (!stop.signal.aborted) {
      ledger.committed(await admin.committed(group, topic));
      await wait(lookMs);
    }
  };
  const fail = (error: unknown) => stop.abort(error);
  const alive = Array.from({ length: members }, start);
  const watching = watchCommits();
  watching.catch(fail);
  const startedAt = performance.now();
  const feeding = feed({ ...plan, schema, topic, kafka, startedAt, signal: stop.signal });
  feeding.catch(fail);
  try {
    const killedAt: number[] = [];
    const moments = Array.from({ length: kills }, () => random() * spanMs).sort((one, other) => one - other);
    // A group that has not begun to read would have nothing to lose.
    while (ledger.count() === 0) {
      await wait(lookMs);
      stop.signal.throwIfAborted();
    }
    const begunAt = performance.now();
    for (const moment of moments) {
      await wait(Math.max(0, begunAt + moment - performance.now()));
      stop.signal.throwIfAborted();
      const victim = Math.floor(random() * members);
      await alive[victim]?.end("SIGKILL");
      killedAt.push(ledger.count());
      alive[victim] = start();
    }
    await feeding;
    // What is lost is reported, not waited for.
    let last = ledger.count();
    let sinceMs = performance.now();
    while (performance.now() - sinceMs < patienceMs) {
      stop.signal.throwIfAborted();
      const isShared = performance.now() - startedLastMs > sessionMs + settleMs;
      if (ledger.count() >= records && isShared && (await countUncommitted()) === 0) break;
      await wait(lookMs);
      if (ledger.count() > last) {
        last = ledger.count();
        sinceMs = performance.now();
      }
    }
    const codes = (await Promise.all(alive.map(({ end }) => end("SIGTERM")))).map(({ code }) => code);
    return {
      ...ledger.judge(Array.from({ length: records }, (_, index) => recordedPost(index))),
      killedAt,
      codes,
      uncommitted: await countUncommitted(),
    };
  } finally {
    stop.abort();
    await Promise.allSettled([watching, feeding]);
    for (const { running } of alive) await running[Symbol.asyncDispose]();
  }
}

interface Watched {
  readonly running: RunningBirdwire;
  end(signal: NodeJS.Signals): RunningBirdwire["done"];
}

/** What was killed in the middle of a line has not printed that record. */
function readLines({ process }: RunningBirdwire, onLine: (line: string) => void): void {
  let rest = "";
  process.stdout?.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
}

interface Feed extends ConsumerKillPlan {
  readonly schema: number;
  readonly topic: ReturnType<typeof parseTopicName>;
  readonly kafka: ReturnType<typeof adapterOf>;
  readonly startedAt: number;
  readonly signal: AbortSignal;
}

/** Writes the records evenly over the span. */
async function feed({ kafka, topic, schema, records, spanMs, startedAt, signal }: Feed): Promise<void> {
  const codec = createCodec(writerText);
  await using producer = await kafka.openProducer();
  for (let from = 0; from < records && !signal.aborted; from += batchRecords) {
    const batch = Array.from({ length: Math.min(batchRecords, records - from) }, (_, index) => {
      const post = recordedPost(from + index);
      const value = { ...post, created_at: "2026-01-31T12:00:00.000Z" };
      return {
        key: Buffer.from(post.id),
        value: encodeFrame(parseSchemaId(schema), codec.encode(value)),
        partition: (from / batchRecords + index) % partitions,
      };
    });
    await producer.send(topic, batch);
    await wait(Math.max(0, startedAt + (spanMs * from) / records - performance.now()));
  }
}
