/**
 * One run of the producer: opens what the loop needs, in the order in which a failure costs least (nothing is read
 * from X before registry and brokers answered), and closes it again.
 */
import type { TaggedRule } from "../config/rule-flag.ts";
import { DeadLetterSchema } from "../generated/dead-letter.ts";
import { TweetVersions } from "../generated/tweet.ts";
import type { KafkaClient } from "../kafka/port.ts";
import { parseTopicName } from "../kernel/brand.ts";
import { createSystemClock } from "../kernel/clock.ts";
import { createDeadLetterWriter } from "../pipeline/dead-letter.ts";
import { createDedupeWindow } from "../pipeline/dedupe-window.ts";
import { type ProduceEnd, produce } from "../pipeline/produce.ts";
import type { Registration } from "../serde/encoder.ts";
import type { PostSource } from "../source/port.ts";
import type { Replay } from "../source/replay.ts";
import type { Log } from "../telemetry/log.ts";
import type { ProduceTally } from "../telemetry/tally.ts";
import { askedFields } from "../tweets/asked-fields.ts";
import { latestTweetVersion, type TweetVersion } from "../tweets/version.ts";
import { type Connections, deadLetterTopicSpec, openRegistry, subjectSettings } from "./open-clients.ts";
import { registerEarlierVersions } from "./register-versions.ts";
import type { ReplayPlace } from "./replay-place.ts";
import { deadLetterTopicOf } from "./topic-schema.ts";

export type SourceSettings =
  | {
      readonly kind: "replay";
      readonly file: string;
      /** Goes on after what an earlier run had acknowledged. Default false. */
      readonly resume?: boolean;
      /** Where places of replays are kept; without it none is. */
      readonly statePath?: string;
    }
  | {
      readonly kind: "x";
      readonly token: string;
      readonly rules: readonly TaggedRule[];
      readonly compression: boolean;
    };

export interface ProduceRun extends Connections {
  readonly kafka: KafkaClient;
  readonly source: SourceSettings;
  /** Version of Tweet that is written, and that X is asked for the fields of. Default: the latest. */
  readonly schemaVersion?: TweetVersion | undefined;
  readonly register: Registration;
  readonly partitions: number;
  readonly maxTweets?: number | undefined;
  readonly untilIdleMs?: number | undefined;
  /** Given the replay that is about to be read, for its progress. */
  readonly onReplay?: (replay: Pick<Replay, "readBytes" | "totalBytes">) => void;
  /** Called once the topics are there and the source is about to be opened. */
  readonly onReady?: () => void;
  readonly tally: ProduceTally;
  readonly signal: AbortSignal;
}

/** Runs until it ends by itself or is told to; everything received is then acknowledged by the brokers. */
export async function runProduce(run: ProduceRun): Promise<ProduceEnd> {
  const { config, kafka, log, tally, signal } = run;
  const topic = parseTopicName(config.topic);
  const deadLetterTopic = deadLetterTopicOf(topic);
  // A file that is not there is found out before anything is asked of a server.
  const place = await openPlace(run);
  if (place.isComplete) {
    log.info(`the replay is through: line ${place.afterLine} was its last, and nothing is left to send`);
    return "source-ended";
  }
  await using recorded =
    run.source.kind === "replay" ? await openReplayFile(run.source.file, place.afterLine, log) : null;
  const { createEncoder } = await import("../serde/encoder.ts");
  const registry = await openRegistry(run);
  const { register, schemaVersion = latestTweetVersion } = run;
  const schema = schemaOf(schemaVersion);
  const settings = subjectSettings(topic, "tweet");
  if (register === "auto") {
    const { subject, level } = settings;
    await registerEarlierVersions(registry, subject, { versions: TweetVersions, schema, level });
  }
  const encoder = await createEncoder(registry, schema, { ...settings, register });
  const deadLetterEncoder = await createEncoder(registry, DeadLetterSchema, {
    ...subjectSettings(deadLetterTopic, "dead-letter"),
    register,
  });
  if (encoder.leftOut.length > 0) {
    log.warn("the version registered last has no place for some fields, which are left out", {
      subject: encoder.subject,
      fields: encoder.leftOut.join(", "),
    });
  }

  await using admin = await kafka.openAdmin();
  for (const spec of [{ topic, partitions: run.partitions }, deadLetterTopicSpec(deadLetterTopic)]) {
    if (await admin.createTopic(spec))
      log.info(`created topic ${spec.topic}`, { partitions: spec.partitions });
  }
  await using producer = await kafka.openProducer();
  const clock = createSystemClock();
  run.onReady?.();
  await using stream = run.source.kind === "x" ? await openStream(run, run.source) : null;
  const source = recorded ?? stream;
  if (source === null) throw new TypeError("a run has a source");
  if (recorded !== null) run.onReplay?.(recorded);
  let end: ProduceEnd | null = null;
  try {
    end = await produce(
      {
        source,
        producer,
        encoder,
        deadLetters: createDeadLetterWriter({ encoder: deadLetterEncoder, clock }),
        window: createDedupeWindow(),
        onSettled: place.settled,
        clock,
        log,
        tally,
      },
      {
        topic,
        deadLetterTopic,
        schemaVersion,
        maxTweets: run.maxTweets,
        untilIdleMs: run.untilIdleMs,
        signal,
      },
    );
    return end;
  } finally {
    await place.end(end === "source-ended");
  }
}

async function openPlace({ config, source, log }: ProduceRun): Promise<ReplayPlace> {
  const { openReplayPlace, noReplayPlace } = await import("./replay-place.ts");
  if (source.kind !== "replay" || source.statePath === undefined) return noReplayPlace;
  const { file, statePath, resume = false } = source;
  const { topic, brokers } = config;
  return await openReplayPlace({ file, topic, brokers, statePath, resume, clock: createSystemClock(), log });
}

/** The schema of a version of Tweet. */
export function schemaOf(version: TweetVersion) {
  const schema = TweetVersions.find((candidate) => candidate.version === version);
  if (schema === undefined) throw new TypeError(`no version ${version} of Tweet was generated`);
  return schema;
}

async function openReplayFile(file: string, afterLine: number, log: Log): Promise<Replay> {
  const { openReplay } = await import("../source/replay.ts");
  if (afterLine > 0) log.info(`resuming ${file} after line ${afterLine}`);
  return await openReplay({ file, afterLine, log });
}

/** X's stream, with its rules set. Throws XError. */
export async function openStream(
  { config, log, schemaVersion = latestTweetVersion }: Pick<ProduceRun, "config" | "log" | "schemaVersion">,
  { token, rules, compression }: Extract<SourceSettings, { kind: "x" }>,
): Promise<PostSource> {
  const { openXStream } = await import("../x/x-stream.ts");
  const clock = createSystemClock();
  const fields = askedFields(schemaVersion);
  return await openXStream({ url: config.xUrl, token, rules, fields, compression, clock, log });
}
