/**
 * A producer as a program: `produce-process.ts X_URL BROKERS POSTS` carries so many posts and writes what it measured as
 * one JSON object. The registry is its own.
 */
import { openKafka } from "../../src/cli/open-clients.ts";
import { runProduce } from "../../src/cli/run-produce.ts";
import { parseConfig } from "../../src/config/load-config.ts";
import { noSecurity } from "../../src/config/security.ts";
import { startRegistryEmulator } from "../../src/emulators/registry/start.ts";
import { createSystemClock } from "../../src/kernel/clock.ts";
import { silentLog } from "../../src/telemetry/log.ts";
import { createProduceTally } from "../../src/telemetry/tally.ts";
import type { XStream } from "../../src/x/x-stream.ts";

export interface ProduceFigures {
  readonly produced: number;
  readonly seconds: number;
  /** Resident memory when a tenth was acknowledged, and at the end, in MB. */
  readonly rssAtTenthMb: number;
  readonly rssAtEndMb: number;
  readonly highestRssMb: number;
  /** Most posts that waited between socket and mapping, and how long the socket was not read. */
  readonly longestQueue: number;
  readonly pausedSeconds: number;
}

const [xUrl = "", brokers = "", count = "0"] = process.argv.slice(2);
const posts = Number(count);
await using registry = await startRegistryEmulator();
const config = parseConfig({ flags: { brokers, registry: registry.url, "x-url": xUrl }, env: {} });
const tally = createProduceTally();
const residentMb = () => process.memoryUsage.rss() / 1e6;
let rssAtTenthMb = Number.NaN;
let highestRssMb = 0;
let longestQueue = 0;
let stream: XStream | null = null;
const startMs = performance.now();
await runProduce({
  config,
  security: noSecurity,
  kafka: await openKafka({ config, security: noSecurity, log: silentLog }),
  source: { kind: "x", token: "bench", rules: [], compression: false },
  register: "auto",
  partitions: 4,
  maxTweets: posts,
  tally,
  watch: {
    onRegistry() {},
    onBroker() {},
    onStream(opened) {
      stream = opened;
    },
    onProduced() {
      const mb = residentMb();
      highestRssMb = Math.max(highestRssMb, mb);
      longestQueue = Math.max(longestQueue, stream?.queueLength ?? 0);
      if (Number.isNaN(rssAtTenthMb) && tally.produced >= posts / 10) rssAtTenthMb = mb;
    },
  },
  clock: createSystemClock(),
  log: silentLog,
  signal: new AbortController().signal,
});
if (tally.produced !== posts) throw new Error(JSON.stringify(tally));
const figures: ProduceFigures = {
  produced: tally.produced,
  seconds: (performance.now() - startMs) / 1000,
  rssAtTenthMb,
  rssAtEndMb: residentMb(),
  highestRssMb,
  longestQueue,
  pausedSeconds: ((stream as XStream | null)?.counters.pausedMs ?? 0) / 1000,
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
process.exit(0);
