/**
 * End to end through all three emulators in one process, beside what kafkajs alone produces to the Kafka emulator in
 * a process of its own, and resident memory over a long run.
 *
 * Options: --rounds N (default 3), --tweets N a round (default 200,000), --long N tweets of the memory run (default
 * 2,000,000; 0 leaves it out). V8 takes about 150,000 tweets until its heap has the size that it keeps, so a run whose
 * first tenth is shorter measures that instead.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import kafkajs from "kafkajs";
import { createKafkaJsClient } from "../src/kafka/kafkajs.ts";
import { parseTopicName } from "../src/kernel/brand.ts";
import { silentLog } from "../src/telemetry/log.ts";
import { produceRate } from "./kafka.ts";
import { printSpread, spreadOf } from "./statistics.ts";
import type { PipelineFigures } from "./support/pipeline-process.ts";
import { type ServerProcess, startServerProcess } from "./support/server-process.ts";

const execute = promisify(execFile);
const goal = 0.15;
const flat = 1.15;
const postsInFile = 2000;
const yardstickRecords = 200_000;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "3" },
      tweets: { type: "string", default: "200000" },
      long: { type: "string", default: "2000000" },
    },
  });
  const folder = await mkdtemp(join(tmpdir(), "birdwire-bench-"));
  try {
    const file = join(folder, "posts.ndjson");
    await writeFile(file, createPosts());
    await using emulator = await startServerProcess("bench/support/kafka-emulator.ts");
    process.stdout.write(`load ${loadavg()[0]?.toFixed(1)} at the start\n`);
    const ratios: number[] = [];
    // Round 0 warms up.
    for (let round = 0; round <= Number(values.rounds); round++) {
      const alone = await measureKafkajs(emulator, `round-${round}`);
      const { tweets, seconds } = await measurePipeline(file, values.tweets);
      const through = tweets / seconds / 1000;
      if (round === 0) continue;
      ratios.push(through / alone);
      process.stdout.write(
        `  round ${round}: end to end ${through.toFixed(1)} k/s, kafkajs produces ${alone.toFixed(1)} k/s\n`,
      );
    }
    const ratio = spreadOf(ratios);
    process.stdout.write(
      `end to end to kafkajs's produce rate: ${printSpread(ratio, 2)}; ${goal} is ${ratio.median >= goal ? "reached" : "missed"}\n`,
    );
    if (Number(values.long) > 0) reportMemory(await measurePipeline(file, values.long));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function reportMemory({ tweets, seconds, rssAtTenthMb, rssAtEndMb, highestRssMb }: PipelineFigures): void {
  const growth = rssAtEndMb / rssAtTenthMb;
  process.stdout.write(
    `resident memory over ${tweets} tweets (${seconds.toFixed(0)} s): ${rssAtTenthMb.toFixed(0)} MB at a tenth, ` +
      `${rssAtEndMb.toFixed(0)} MB at the end, ${highestRssMb.toFixed(0)} MB at the highest: ` +
      `${growth.toFixed(2)}; ${flat} is ${growth <= flat ? "kept" : "exceeded"}\n`,
  );
}

async function measurePipeline(file: string, tweets: string): Promise<PipelineFigures> {
  const program = join(import.meta.dirname, "support", "pipeline-process.ts");
  const { stdout } = await execute(process.execPath, [program, file, tweets]);
  return JSON.parse(stdout) as PipelineFigures;
}

async function measureKafkajs({ address }: ServerProcess, name: string): Promise<number> {
  const topic = parseTopicName(name);
  const client = createKafkaJsClient({ brokers: [address], clientId: "bench", log: silentLog });
  {
    await using admin = await client.openAdmin();
    await admin.createTopic({ topic, partitions: 4 });
  }
  const { Kafka, logLevel } = kafkajs;
  const kafka = new Kafka({ brokers: [address], clientId: "bench", logLevel: logLevel.NOTHING });
  const rate = await produceRate(kafka, topic, yardstickRecords);
  const admin = kafka.admin();
  await admin.connect();
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
  return rate;
}

/** Posts of the usual size, a third of them not ASCII, each with the word that the rule wants. */
function createPosts(): string {
  const texts = [
    "Spent the evening with python and a cup of tea, and regret nothing but the second cup",
    "朝から python のことばかり考えている、とても楽しい一日だった",
    "Three things I learned about python today: generators, patience, and where the commas go",
  ];
  return Array.from({ length: postsInFile }, (_, index) => {
    const id = String(1_536_770_448_950_245_102n + BigInt(index) * 4_194_304_000n);
    const data = {
      id,
      text: `${texts[index % texts.length]} ${index}`,
      created_at: "2022-06-14T18:00:01.000Z",
      author_id: String(1000 + index),
      lang: "en",
      edit_history_tweet_ids: [id],
    };
    return `${JSON.stringify({ data })}\n`;
  }).join("");
}
