/**
 * One run of `produce --from-json`: opens what the loop needs, in the order in which a failure costs least, and closes
 * it again.
 */
import { resolve } from "node:path";
import type { KafkaClient, TopicSpec } from "../kafka/port.ts";
import { parseTopicName, type TopicName } from "../kernel/brand.ts";
import type { Clock } from "../kernel/clock.ts";
import { parseDurationMs } from "../kernel/duration.ts";
import { createDeadLetterWriter } from "../pipeline/dead-letter.ts";
import { deadLetterTopicOf, deadLetterTopicSpec } from "../pipeline/letter-topic.ts";
import { type LineKey, produceLines } from "../pipeline/produce-lines.ts";
import { SerdeError } from "../serde/error.ts";
import { registerEarlierVersions } from "../serde/register-versions.ts";
import type { OpenLines } from "../source/lines.ts";
import { createProduceTally, type ProduceTally } from "../telemetry/tally.ts";
import type { CommandContext } from "./command.ts";
import { ensureTopics, restoreTopics, tweetTopicSpec, warnOfCompaction } from "./ensure-topics.ts";
import { exitCodes } from "./exit-codes.ts";
import type { FromJson } from "./from-json-options.ts";
import type { Host } from "./host.ts";
import { type Connections, openKafka, openRegistry, subjectSettings } from "./open-clients.ts";
import { openProduceHealth } from "./open-health.ts";
import { startProgress } from "./progress.ts";
import { createReplayProgress } from "./replay-progress.ts";
import type { ProduceWatch } from "./run-produce.ts";
import { UsageError } from "./usage-error.ts";
import { waitForServer } from "./wait-for-server.ts";

export interface FromJsonRun extends Connections {
  readonly host: Pick<Host, "cwd" | "stdin">;
  readonly kafka: KafkaClient;
  readonly choice: FromJson;
  readonly partitions: number;
  readonly retention?: number | "forever" | undefined;
  /** Given the lines that are about to be read, for their progress. */
  readonly onLines?: ((lines: OpenLines) => void) | undefined;
  readonly tally: ProduceTally;
  readonly watch?: Omit<ProduceWatch, "onStream"> | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The command: a run with its progress, its health and its summary. Resolves with the exit code. */
export async function produceFromJson(
  context: CommandContext,
  { choice, partitions, retention }: Pick<FromJsonRun, "choice" | "partitions" | "retention">,
): Promise<number> {
  const { host, config, security, log } = context;
  const signal = host.interruption();
  const { linesSummary, writeSummary } = await import("./summary.ts");
  const tally = createProduceTally();
  await using health = await openProduceHealth(context, { tally, isLive: false });
  const summary = linesSummary(tally);
  let describeProgress = () => `received ${tally.received}, produced ${tally.produced}`;
  const stopProgress = startProgress(log, () => describeProgress());
  try {
    await runFromJson({
      host,
      config,
      security,
      kafka: await openKafka(context),
      choice,
      partitions,
      retention,
      onLines(position) {
        describeProgress = createReplayProgress({ position, tally, clock: host.clock, what: "lines" });
      },
      tally,
      watch: health?.watch,
      log,
      clock: host.clock,
      signal,
    });
    return exitCodes.ok;
  } finally {
    stopProgress();
    await writeSummary(context, summary());
  }
}

/** Runs until the lines end or it is told to end; everything received is then acknowledged by the brokers. */
export async function runFromJson(run: FromJsonRun): Promise<void> {
  const { config, kafka, choice, clock, log, tally, signal, watch } = run;
  const topic = parseTopicName(config.topic);
  const deadLetterTopic = deadLetterTopicOf(topic);
  if (topic === deadLetterTopic && !choice.failsOnError) {
    throw new UsageError(
      "usage",
      `--topic ${topic} is where dead letters go, and a line that is none could go nowhere: --on-error fail ends the run at it`,
    );
  }
  // A file that is not there is found out before anything is asked of a server.
  await using source = await openSource(run);
  const waiting = { clock, log, signal, limitMs: parseDurationMs(config.waitForServers) ?? 0 };
  const registered = await waitForServer(() => openWriting(run, { topic, deadLetterTopic }), {
    ...waiting,
    onWaiting: watch?.onRegistry,
  });
  if (registered.kind === "stopped") return;
  watch?.onRegistry(null);
  const { encoder, letters, key, recordType } = registered.value;

  const specs = [topicSpec(run, topic), ...(letters === null ? [] : [deadLetterTopicSpec(deadLetterTopic)])];
  const connected = await waitForServer(() => openTopics(run, specs, topic), {
    ...waiting,
    onWaiting: watch?.onBroker,
  });
  if (connected.kind === "stopped") return;
  watch?.onBroker(null);
  await using producer = restoreTopics(connected.value, { kafka, specs, clock, log, signal });
  run.onLines?.(source);
  await produceLines(
    {
      source,
      producer,
      encoder,
      deadLetters: letters === null ? null : createDeadLetterWriter({ encoder: letters, clock }),
      clock,
      log,
      tally,
      onProduced: watch?.onProduced,
    },
    {
      topic,
      deadLetterTopic,
      file: choice.file ?? "stdin",
      key,
      recordType,
      encoding: choice.encoding,
      headers: choice.headers,
      signal,
    },
  );
}

async function openSource({ host, choice, log }: FromJsonRun): Promise<OpenLines> {
  const { openLineFile, openLineStream } = await import("../source/lines.ts");
  if (choice.file === null) return openLineStream(host.stdin, "stdin", { log });
  return await openLineFile({ file: resolve(host.cwd, choice.file), log });
}

/** Schemas registered, or looked up, as the run wants it. Throws RegistryError, SerdeError, UsageError. */
async function openWriting(
  run: FromJsonRun,
  { topic, deadLetterTopic }: { readonly topic: TopicName; readonly deadLetterTopic: TopicName },
) {
  const { choice, log } = run;
  const { writing, encoding } = choice;
  const [{ createJsonEncoder }, { createDeadLetterEncoder }] = await Promise.all([
    import("../serde/json-encoder.ts"),
    import("../serde/dead-letter-encoder.ts"),
  ]);
  const registry = await openRegistry(run);
  const { subject } = writing;
  const { schema, register, level } =
    writing.kind === "schema"
      ? writing
      : { schema: await fetchLatest(run), register: "latest" as const, level: undefined };
  const key = await chooseKey(choice, schema.json);
  if (writing.kind === "schema" && register === "auto" && level !== undefined) {
    await registerEarlierVersions(registry, subject, { versions: writing.versions, schema, level });
  }
  const encoder = await createJsonEncoder(registry, schema, { subject, register, level, encoding });
  if (encoder.leftOut.length > 0) {
    log.warn("the version registered last has no place for some fields, which are left out", {
      subject,
      fields: encoder.leftOut.join(", "),
    });
  }
  log.debug("values are written", { topic, subject, schemaId: encoder.schemaId, schema: schema.name });
  const letters = choice.failsOnError
    ? null
    : await createDeadLetterEncoder(registry, {
        ...subjectSettings(deadLetterTopic, "dead-letter"),
        register: choice.register,
      });
  if (letters !== null && letters.leftOut.length > 0) {
    log.warn(
      "a redrive cannot encode refused lines again: the schema of dead letters that is registered is an earlier one",
      {
        subject: letters.subject,
      },
    );
  }
  return { encoder, letters, key, recordType: schema.name };
}

async function fetchLatest(run: FromJsonRun) {
  const { fetchReader } = await import("../serde/reader.ts");
  const { subject } = run.choice.writing;
  const registry = await openRegistry(run);
  if ((await registry.schemaOfVersion(subject, "latest")) === null) {
    throw new SerdeError(
      "schema-not-registered",
      `nothing is registered under subject ${subject}: --schema FILE or --schemas DIR says what to write with`,
      { details: { subject } },
    );
  }
  return await fetchReader(registry, subject, "latest");
}

async function chooseKey({ key }: FromJson, schemaText: string): Promise<LineKey> {
  if (key.kind !== "default" && !("name" in key)) return key;
  const { createKeyField, hasTextField } = await import("../serde/json-key.ts");
  const byDefault = "id";
  if (key.kind === "default" && !hasTextField(schemaText, byDefault)) return { kind: "none" };
  const name = key.kind === "default" ? byDefault : key.name;
  const found = createKeyField(schemaText, name);
  if (found.kind === "refused") throw new UsageError("usage", `--key ${name}: ${found.message}`);
  return { kind: "field", name, keyOf: found.keyOf };
}

/** Records without a key cannot be in a compacted topic: only that of tweets is made so. Dead letters have their own. */
function topicSpec({ choice, partitions, retention }: FromJsonRun, topic: TopicName): TopicSpec {
  const { writing } = choice;
  if (topic === deadLetterTopicOf(topic)) return deadLetterTopicSpec(topic);
  const spec = tweetTopicSpec({ topic, partitions, retention });
  if (writing.kind === "schema" && writing.isTweet) return spec;
  const { "retention.ms": kept } = spec.config ?? {};
  return { topic, partitions, ...(kept !== undefined && { config: { "retention.ms": kept } }) };
}

async function openTopics(
  { kafka, choice, log, watch }: FromJsonRun,
  specs: readonly TopicSpec[],
  topic: TopicName,
) {
  await using admin = await kafka.openAdmin();
  const known = await ensureTopics(admin, specs, log);
  const isTweet = choice.writing.kind === "schema" && choice.writing.isTweet;
  if (isTweet && known.has(topic)) await warnOfCompaction(admin, topic, log);
  return await kafka.openProducer({ onOutage: watch?.onBroker });
}
