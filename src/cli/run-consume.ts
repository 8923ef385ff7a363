/**
 * One run of the consumer: opens what the loop needs, finds out where it ends, and closes everything again.
 */
import { randomUUID } from "node:crypto";
import type { Config } from "../config/settings.ts";
import { DeadLetterSchema } from "../generated/dead-letter.ts";
import { TweetSchema } from "../generated/tweet.ts";
import type { KafkaClient } from "../kafka/port.ts";
import { parseTopicName } from "../kernel/brand.ts";
import { createSystemClock } from "../kernel/clock.ts";
import { type ConsumeEnd, consume, type DeadLetterPort } from "../pipeline/consume.ts";
import { createDeadLetterWriter } from "../pipeline/dead-letter.ts";
import type { TextSink } from "../pipeline/presenter.ts";
import { sendDeadLetters } from "../pipeline/send-records.ts";
import type { Renderer } from "../render/renderer.ts";
import type { Log } from "../telemetry/log.ts";
import type { ConsumeTally } from "../telemetry/tally.ts";
import { deadLetterTopicSpec, openRegistry, subjectSettings } from "./open-clients.ts";
import { UsageError } from "./usage-error.ts";

export interface ConsumeRun {
  readonly config: Config;
  readonly kafka: KafkaClient;
  readonly renderer: Renderer;
  readonly sink: TextSink;
  /** Positions are stored under this name; without one nothing is stored. */
  readonly group?: string | undefined;
  readonly fromBeginning: boolean;
  readonly untilEnd: boolean;
  readonly maxRecords?: number | undefined;
  readonly batchIntervalMs: number;
  readonly batchRows?: number | undefined;
  readonly tally: ConsumeTally;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const topicPollMs = 1000;

export async function runConsume(run: ConsumeRun): Promise<ConsumeEnd> {
  const { config, kafka, log, tally, signal } = run;
  const clock = createSystemClock();
  const topic = parseTopicName(config.topic);
  const deadLetterTopic = parseTopicName(`${config.topic}.dlq`);
  const { createDecoder } = await import("../serde/decoder.ts");
  const registry = await openRegistry(config, log);
  const { subject } = subjectSettings(topic, "tweet");
  // Asked before anything is printed: a registry that is away or refuses ends the run here.
  await registry.versions(subject);
  const decoder = createDecoder(registry, TweetSchema, { subject });

  await using admin = await kafka.openAdmin();
  if (!(await waitForTopic())) return "signal";
  const groupId = run.group ?? `birdwire-${randomUUID()}`;
  const ends = run.untilEnd ? await findEnds() : undefined;

  await using consumer = await kafka.openConsumer({
    topics: [topic],
    groupId,
    startAt: run.fromBeginning ? "earliest" : "latest",
  });
  const opened: AsyncDisposable[] = [];
  try {
    return await consume(
      { consumer, decoder, renderer: run.renderer, sink: run.sink, openDeadLetters, clock, log, tally },
      {
        readerFingerprint: TweetSchema.fingerprint,
        ends,
        maxRecords: run.maxRecords,
        commit: run.group !== undefined,
        batchIntervalMs: run.batchIntervalMs,
        batchRows: run.batchRows,
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
      if (!said) log.info(`waiting for topic ${topic}, which does not exist yet`);
      await clock.sleep(topicPollMs, signal).catch(() => {});
      if (signal.aborted) return false;
    }
    return true;
  }

  /** Partitions that hold something to read, with the offset to stop before. */
  async function findEnds(): Promise<Map<number, number>> {
    const offsets = await admin.offsets(topic);
    const positions = run.group === undefined ? [] : await admin.committed(run.group, topic);
    const committed = new Map(positions.map(({ partition, nextOffset }) => [partition, nextOffset]));
    return new Map(
      offsets
        .filter(({ partition, earliest, latest }) => {
          const start = committed.get(partition) ?? (run.fromBeginning ? earliest : latest);
          return start < latest;
        })
        .map(({ partition, latest }) => [partition, latest]),
    );
  }

  async function openDeadLetters(): Promise<DeadLetterPort> {
    const { createEncoder } = await import("../serde/encoder.ts");
    const settings = subjectSettings(deadLetterTopic, "dead-letter");
    const encoder = await createEncoder(registry, DeadLetterSchema, { ...settings, register: "auto" });
    await admin.createTopic(deadLetterTopicSpec(deadLetterTopic));
    const producer = await kafka.openProducer();
    opened.push(producer);
    return {
      writer: createDeadLetterWriter({ encoder, clock }),
      send: (letters) => sendDeadLetters(producer, deadLetterTopic, letters),
    };
  }
}
