/**
 * `--http`: metrics and health of one run, which tells it how it fares. Nothing is loaded without the flag.
 */
import type { PartitionOffsets } from "../kafka/port.ts";
import { parseTopicName } from "../kernel/brand.ts";
import type { HealthServer } from "../telemetry/health-server.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Readiness } from "../telemetry/readiness.ts";
import type { ConsumeTally, ProduceTally } from "../telemetry/tally.ts";
import { postedAtMs } from "../tweets/posted-at.ts";
import type { XStream } from "../x/x-stream.ts";
import type { CommandContext } from "./command.ts";
import { readPackageVersion } from "./package-root.ts";
import type { ConsumeWatch } from "./run-consume.ts";
import type { ProduceWatch } from "./run-produce.ts";

export interface Health<Watch> extends AsyncDisposable {
  readonly watch: Watch;
}

const notAsked = "not asked yet";
/** A scrape does not wait for a broker that is away. */
const offsetsLimitMs = 2000;

/** Null without `--http`. Throws TelemetryError when it cannot listen. */
export async function openProduceHealth(
  context: CommandContext,
  { tally, isLive }: { readonly tally: ProduceTally; readonly isLive: boolean },
): Promise<Health<ProduceWatch> | null> {
  const { clock } = context.host;
  const parts = { registry: notAsked, broker: notAsked, ...(isLive && { stream: "not opened yet" }) };
  return await open(context, "produce", parts, async (metrics, readiness) => {
    const { addProduceMetrics, addSpendMetrics, addStreamMetrics } = await import(
      "../telemetry/produce-metrics.ts"
    );
    const observeLatency = addProduceMetrics(metrics, tally);
    let stream: XStream | null = null;
    if (isLive) addSpendMetrics(metrics, () => tally.spend);
    if (isLive)
      addStreamMetrics(
        metrics,
        () => stream,
        () => clock.now(),
      );
    return {
      onRegistry: (reason) => readiness.set("registry", reason),
      onBroker: (reason) => readiness.set("broker", reason),
      onStream(opened) {
        stream = opened;
        readiness.watch("stream", () => whyNotStreaming(opened));
      },
      onProduced(tweets) {
        const nowMs = clock.now();
        for (const { record, post } of tweets) {
          const { origin } = post;
          // A recorded post was posted long ago.
          const postedMs =
            origin.kind === "x" ? (postedAtMs(String(record.key)) ?? origin.receivedAtMs) : null;
          if (postedMs !== null) observeLatency(Math.max(0, nowMs - postedMs) / 1000);
        }
      },
    };
  });
}

/** Null without `--http`. Throws TelemetryError when it cannot listen. */
export async function openConsumeHealth(
  context: CommandContext,
  tally: ConsumeTally,
): Promise<Health<ConsumeWatch> | null> {
  const topic = parseTopicName(context.config.topic);
  const parts = { registry: notAsked, broker: notAsked, topic: `waiting for topic ${topic}` };
  return await open(context, "consume", parts, async (metrics, readiness) => {
    const { addConsumeMetrics } = await import("../telemetry/consume-metrics.ts");
    let askOffsets: (() => Promise<readonly PartitionOffsets[]>) | null = null;
    addConsumeMetrics(metrics, tally, async () =>
      askOffsets === null ? null : await within(askOffsets(), offsetsLimitMs),
    );
    return {
      onRegistry: (reason) => readiness.set("registry", reason),
      onBroker: (reason) => readiness.set("broker", reason),
      onTopic(offsets) {
        askOffsets = offsets;
        readiness.set("topic", null);
      },
    };
  });
}

async function open<Watch>(
  { host, config, log }: CommandContext,
  command: string,
  parts: Readonly<Record<string, string>>,
  add: (metrics: Metrics, readiness: Readiness) => Promise<Watch>,
): Promise<Health<Watch> | null> {
  if (config.http === undefined) return null;
  const [{ createMetrics }, { startHealthServer }, { createReadiness }] = await Promise.all([
    import("../telemetry/metrics.ts"),
    import("../telemetry/health-server.ts"),
    import("../telemetry/readiness.ts"),
  ]);
  const readiness = createReadiness(parts);
  const metrics = createMetrics({ version: readPackageVersion(), command });
  metrics.gauge({ name: "ready", help: "1 while /readyz says so, else 0." }, () =>
    Object.keys(readiness.reasons()).length === 0 ? 1 : 0,
  );
  const watch = await add(metrics, readiness);
  const server: HealthServer = await startHealthServer({
    host: config.httpHost,
    port: config.http,
    metrics,
    readiness,
    log,
  });
  host.interruption().addEventListener("abort", () => readiness.set("run", "it is ending"), { once: true });
  return { watch, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function whyNotStreaming({ state }: XStream): string | null {
  switch (state.kind) {
    case "streaming":
      return null;
    case "reconciling":
      return "setting the rules on X";
    case "clearing":
      return "ending connections that X still counts";
    case "connecting":
      return "connecting to X";
    case "waiting":
      return `waiting to connect to X again: ${state.reason}`;
    case "ended":
      return state.error === null ? "ended" : state.error.message;
  }
}

async function within<T>(work: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
