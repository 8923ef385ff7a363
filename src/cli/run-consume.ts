/**
 * One run of the consumer: opens what the loop needs, finds out where it ends, and closes everything again.
 */
import { randomUUID } from "node:crypto";
import { KafkaError } from "../kafka/error.ts";
import type { KafkaClient, PartitionOffsets, Position } from "../kafka/port.ts";
import { parseTopicName } from "../kernel/brand.ts";
import type { Clock } from "../kernel/clock.ts";
import { parseDurationMs } from "../kernel/duration.ts";
import { type ConsumeEnd, consume, type DeadLetterPort } from "../pipeline/consume.ts";
import { createDeadLetterWriter } from "../pipeline/dead-letter.ts";
import { deadLetterTopicOf, deadLetterTopicSpec } from "../pipeline/letter-topic.ts";
import type { TextSink } from "../pipeline/presenter.ts";
import { sendDeadLetters } from "../pipeline/send-records.ts";
import type { RenderedRecord, Renderer } from "../render/renderer.ts";
import type { ConsumeTally } from "../telemetry/tally.ts";
import { chooseStarts, pickPartitions } from "./choose-starts.ts";
import { flagOfTopic } from "./letter-options.ts";
import { type Connections, openRegistry, subjectSettings } from "./open-clients.ts";
import { defaultReading, openReading } from "./open-reading.ts";
import type { ReadingChoice } from "./reading-options.ts";
import type { ReadWith } from "./renderer-options.ts";
import type { Selection } from "./start-options.ts";
import { schemaOfTopic } from "./topic-schema.ts";
import { UsageError } from "./usage-error.ts";
import { waitForServer } from "./wait-for-server.ts";

export interface ConsumeWatch {
  /** Why the registry is waited for; null once it has answered. */
  onRegistry(reason: string | null): void;
  /** Why the brokers are waited for; null while they serve us. */
  onBroker(reason: string | null): void;
  /** Given the means to ask where the topic begins and ends. */
  onTopic(offsets: () => Promise<readonly PartitionOffsets[]>): void;
}

export interface ConsumeView {
  readonly renderer: Renderer;
  /** Whether a record is shown; without it all are. */
  readonly filter?: ((record: RenderedRecord) => boolean) | undefined;
}

export interface ConsumeRun extends Connections {
  readonly kafka: KafkaClient;
  /** What is shown of values of that schema, and how. */
  readonly openView: (schema: ReadWith) => Promise<ConsumeView>;
  readonly sink: TextSink;
  /** Default: the generated schema, and no version of the subject that it cannot read. */
  readonly reading?: ReadingChoice | undefined;
  /** Positions are stored under this name; without one under a name of this run's own. */
  readonly group?: string | undefined;
  readonly fromBeginning: boolean;
  readonly selection?: Omit<Selection, "fromBeginning"> | undefined;
  readonly untilEnd: boolean;
  readonly maxRecords?: number | undefined;
  readonly batchIntervalMs: number;
  readonly batchRows?: number | undefined;
  readonly tally: ConsumeTally;
  /** Told how the run fares, for those who watch it. */
  readonly watch?: ConsumeWatch | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const topicPollMs = 1000;

export async function runConsume(run: ConsumeRun): Promise<ConsumeEnd> {
  const { config, kafka, log, tally, clock, signal, watch } = run;
  const topic = parseTopicName(config.topic);
  const deadLetterTopic = deadLetterTopicOf(topic);
  const { record, schema: generated } = schemaOfTopic(topic);
  const choice = run.reading ?? defaultReading;
  // A run without a group sees the same records again each time; a dead letter has none of its own.
  const keepsDeadLetters =
    run.group !== undefined && deadLetterTopic !== topic && run.selection?.commits !== false;
  if (choice.onError === "dead-letter" && deadLetterTopic === topic) {
    throw new UsageError(
      "usage",
      `--on-error dead-letter: ${topic} holds dead letters, which have none of their own; birdwire dlq explain and dlq show tell what they are`,
    );
  }
  if (deadLetterTopic === topic) {
    log.info(
      `${topic} holds dead letters, and what cannot be read here stays where it is: birdwire dlq explain${flagOfTopic(topic)} tells their causes, birdwire dlq show one of them`,
    );
  }
  const registry = await openRegistry(run);
  const { subject } = subjectSettings(topic, record);
  const waiting = { clock, log, signal, limitMs: parseDurationMs(config.waitForServers) ?? 0 };
  // Asked before anything is printed: a registry that is away for long, or refuses, ends the run here.
  const tools = { registry, log, keepsDeadLetters, generated: { subject, schema: generated } };
  const asked = await waitForServer(() => openReading(choice, tools), {
    ...waiting,
    onWaiting: watch?.onRegistry,
  });
  if (asked.kind === "stopped") return "signal";
  watch?.onRegistry(null);
  const { schema, decoder } = asked.value;
  const { renderer, filter } = await run.openView(schema);

  let { fromBeginning } = run;
  const { partitions, commits = true, sessionTimeoutMs } = run.selection ?? {};
  let from = run.selection?.from;
  const connected = await waitForServer(() => kafka.openAdmin(), { ...waiting, onWaiting: watch?.onBroker });
  if (connected.kind === "stopped") return "signal";
  await using admin = connected.value;
  watch?.onBroker(null);
  if (!(await waitForTopic())) return "signal";
  // A group of this run's own may be moved: nobody else is in it.
  const keepsPlace = commits || run.group === undefined;
  const groupId = run.group ?? `birdwire-${randomUUID()}`;
  const { starts, ends } = await findBounds();

  await using consumer = await kafka.openConsumer({
    topics: [topic],
    groupId,
    startAt: fromBeginning ? "earliest" : "latest",
    sessionTimeoutMs,
    partitions,
    commits: keepsPlace,
    onOutage: watch?.onBroker,
  });
  watch?.onTopic(() => admin.offsets(topic));
  const opened: AsyncDisposable[] = [];
  try {
    return await consume(
      {
        consumer,
        decoder,
        renderer,
        sink: run.sink,
        filter,
        openDeadLetters: keepsDeadLetters ? openDeadLetters : null,
        clock,
        log,
        tally,
      },
      {
        onError: choice.onError,
        readerFingerprint: schema.fingerprint,
        starts: () => withoutPosition(starts),
        ends: run.untilEnd ? ends : undefined,
        ownShareOnly: !keepsPlace,
        progress: readProgress,
        maxRecords: run.maxRecords,
        batchIntervalMs: run.batchIntervalMs,
        batchRows: run.batchRows,
        onRegistry: watch?.onRegistry,
        signal,
      },
    );
  } finally {
    for (const resource of opened) await resource[Symbol.asyncDispose]();
  }

  async function waitForTopic(): Promise<boolean> {
    for (let said = false; !(await admin.topics()).includes(topic); said = true) {
      if (run.untilEnd) {
        throw new UsageError(
          "usage",
          `there is no topic ${topic} on ${config.brokers.join(",")}; --topic names another`,
        );
      }
      // Whatever comes into a topic that is made while we wait is new to us.
      fromBeginning = true;
      from = undefined;
      if (!said) log.info(`waiting for topic ${topic}, which does not exist yet`);
      await clock.sleep(topicPollMs, signal).catch(() => {});
      if (signal.aborted) return false;
    }
    return true;
  }

  /** Where partitions without a position start, and the ends of those that hold something to read. */
  async function findBounds(): Promise<{ starts: Position[]; ends: Map<number, number> }> {
    // A group of this run's own has none, and asking would wait for its coordinator.
    const committed = run.group === undefined ? new Map<number, number>() : await readCommitted();
    const starts: Position[] = [];
    const ends = new Map<number, number>();
    const offsets = pickPartitions(topic, await admin.offsets(topic), { partitions, from });
    const chosen = from === undefined ? undefined : await chooseStarts({ admin, topic, log }, offsets, from);
    for (const { partition, earliest, latest } of offsets) {
      const known = committed.get(partition);
      const chosenOrEnd = chosen?.get(partition) ?? (fromBeginning ? earliest : latest);
      const start = Math.max(known ?? chosenOrEnd, earliest);
      if (known === undefined) starts.push({ topic, partition, nextOffset: start });
      if (start < latest) ends.set(partition, latest);
      // Those of a group may be another member's.
      if (run.group === undefined) tally.lags.set(partition, latest - start);
    }
    if (from !== undefined) {
      // Before the group is joined: a member starts where it finds its position.
      const isPlaced = await placeGroup(starts);
      if (starts.length < offsets.length || !isPlaced) {
        log.warn(
          `group ${groupId} goes on where it stopped: ${from.flag} counts where it has no position; birdwire offsets reset moves it`,
        );
      }
    }
    return { starts, ends };
  }

  /** False where another member was faster, so that the group has positions already. */
  async function placeGroup(starts: readonly Position[]): Promise<boolean> {
    // Looked up again: a member that was faster may have read everything and be gone.
    const missing = await withoutPosition(starts);
    if (missing.length === 0) return starts.length === 0;
    try {
      await admin.storePositions(groupId, missing);
      return missing.length === starts.length;
    } catch (error) {
      if (!(error instanceof KafkaError) || error.code !== "group-active") throw error;
      // Without positions its members do not start where this one is to.
      if ((await withoutPosition(missing)).length > 0) throw error;
      return false;
    }
  }

  /** Those of partitions for which the group has stored nothing by now. */
  async function withoutPosition(starts: readonly Position[]): Promise<readonly Position[]> {
    if (run.group === undefined || starts.length === 0) return starts;
    const committed = await readCommitted();
    return starts.filter(({ partition }) => !committed.has(partition));
  }

  async function readCommitted(): Promise<Map<number, number>> {
    const positions = await admin.committed(groupId, topic);
    return new Map(positions.map(({ partition, nextOffset }) => [partition, nextOffset]));
  }

  async function readProgress(): Promise<ReadonlyMap<number, number>> {
    const committed = await readCommitted();
    const offsets = await admin.offsets(topic);
    return new Map(
      offsets.map(({ partition, earliest }) => [
        partition,
        Math.max(committed.get(partition) ?? 0, earliest),
      ]),
    );
  }

  async function openDeadLetters(): Promise<DeadLetterPort> {
    const { createDeadLetterEncoder } = await import("../serde/dead-letter-encoder.ts");
    const settings = subjectSettings(deadLetterTopic, "dead-letter");
    const encoder = await createDeadLetterEncoder(registry, { ...settings, register: "auto" });
    await admin.createTopic(deadLetterTopicSpec(deadLetterTopic));
    const producer = await kafka.openProducer();
    opened.push(producer);
    return {
      writer: createDeadLetterWriter({ encoder, clock }),
      send: (letters) => sendDeadLetters(producer, deadLetterTopic, letters),
    };
  }
}
