/**
 * The whole way of a post in one process: X emulator, producer, Kafka emulator, registry emulator, consumer, JSON.
 * `pipeline-process.ts FILE TWEETS` replays FILE at the maximal rate and writes what it measured as one JSON object.
 */
import { openKafka } from "../../src/cli/open-clients.ts";
import { openEmulators } from "../../src/cli/open-emulators.ts";
import { runPipeline } from "../../src/cli/run-pipeline.ts";
import { parseConfig } from "../../src/config/load-config.ts";
import { noSecurity } from "../../src/config/security.ts";
import { TweetSchema } from "../../src/generated/tweet.ts";
import { createSystemClock } from "../../src/kernel/clock.ts";
import { createRenderer } from "../../src/render/renderer.ts";
import { silentLog } from "../../src/telemetry/log.ts";
import { createConsumeTally, createProduceTally } from "../../src/telemetry/tally.ts";

export interface PipelineFigures {
  readonly tweets: number;
  readonly seconds: number;
  /** Resident memory when a tenth was printed, and at the end, in MB. */
  readonly rssAtTenthMb: number;
  readonly rssAtEndMb: number;
  readonly highestRssMb: number;
}

const [file = "", count = "0"] = process.argv.slice(2);
const tweets = Number(count);
const source = { kind: "replay", file, ratePerSecond: "max", loop: 1_000_000 } as const;
/** Reached within the first tenth of a million tweets, so that a longer run has no more to keep. */
const kafkaRetentionBytes = 4 * 1024 * 1024;
const clock = createSystemClock();
await using emulators = await openEmulators(
  { kafkaPort: 0, registryPort: 0, xPort: 0, xControlPort: 0, x: { source }, kafkaRetentionBytes },
  { log: silentLog, clock },
);
const { brokers, registryUrl, xUrl } = emulators.addresses;
const config = parseConfig({ flags: { brokers, registry: registryUrl, "x-url": xUrl }, env: {} });
const tallies = { produced: createProduceTally(), consumed: createConsumeTally() };

const writesPerSample = 20;
const residentMb = () => process.memoryUsage.rss() / 1e6;
let rssAtTenthMb: number | undefined;
let highestRssMb = 0;
let bytes = 0;
let writes = 0;
const startMs = performance.now();
await runPipeline({
  config,
  security: noSecurity,
  kafka: await openKafka({ config, security: noSecurity, log: silentLog }),
  source: { kind: "x", token: "bench", rules: [{ tag: "all", value: "python" }], compression: false },
  // The smallest, as the posts of the file and the records of the yardstick are.
  schemaVersion: 1,
  partitions: 4,
  maxTweets: tweets,
  openView: async () => ({ renderer: createRenderer({ kind: "json", schema: TweetSchema.json }) }),
  sink: {
    async write(text) {
      bytes += text.length;
      // Reading it costs more than rendering a tweet does.
      if (writes++ % writesPerSample !== 0) return;
      const mb = residentMb();
      highestRssMb = Math.max(highestRssMb, mb);
      if (tallies.consumed.printed >= tweets / 10) rssAtTenthMb ??= mb;
    },
  },
  batchIntervalMs: 1000,
  tallies,
  log: silentLog,
  clock,
  signal: new AbortController().signal,
});
const figures: PipelineFigures = {
  tweets: tallies.consumed.printed,
  seconds: (performance.now() - startMs) / 1000,
  rssAtTenthMb: rssAtTenthMb ?? Number.NaN,
  rssAtEndMb: residentMb(),
  highestRssMb,
};
if (tallies.consumed.printed !== tweets || bytes === 0) throw new Error(JSON.stringify(tallies));
process.stdout.write(`${JSON.stringify(figures)}\n`);
