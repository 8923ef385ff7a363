/**
 * One run of the producer: opens what the loop needs, in the order in which a failure costs least (nothing is read
 * from X before registry and brokers answered), and closes it again.
 */

import type { TypedSchema } from "../avro/typed-schema.ts";
import type { TaggedRule } from "../config/rule-flag.ts";
import { TweetVersions } from "../generated/tweet.ts";
import type { KafkaClient, TopicSpec } from "../kafka/port.ts";
import { parseTopicName, type TopicName } from "../kernel/brand.ts";
import type { Clock } from "../kernel/clock.ts";
import { parseDurationMs } from "../kernel/duration.ts";
import { createDeadLetterWriter } from "../pipeline/dead-letter.ts";
import { createDedupeWindow, defaultDedupeCapacity, noDedupeWindow } from "../pipeline/dedupe-window.ts";
import { deadLetterTopicOf, deadLetterTopicSpec } from "../pipeline/letter-topic.ts";
import { type ProduceEnd, produce } from "../pipeline/produce.ts";
import type { PendingTweet } from "../pipeline/send-records.ts";
import type { Registration } from "../serde/encoder.ts";
import { registerEarlierVersions } from "../serde/register-versions.ts";
import type { SourceGap } from "../source/port.ts";
import type { Replay } from "../source/replay.ts";
import type { Log } from "../telemetry/log.ts";
import type { ProduceTally } from "../telemetry/tally.ts";
import { askedFields } from "../tweets/asked-fields.ts";
import { latestTweetVersion, type TweetVersion } from "../tweets/version.ts";
import type { GhostPolicy } from "../x/facts.ts";
import type { XStream } from "../x/x-stream.ts";
import { ensureTopics, restoreTopics, tweetTopicSpec, warnOfCompaction } from "./ensure-topics.ts";
import { createLastPost, type LastPost } from "./last-post.ts";
import { type Connections, openRegistry, subjectSettings } from "./open-clients.ts";
import { type Money, type MoneySettings, openMoney } from "./open-money.ts";
import { recall } from "./recall.ts";
import type { ReplayPlace } from "./replay-place.ts";
import { UsageError } from "./usage-error.ts";
import { waitForServer } from "./wait-for-server.ts";

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
      /** Asks for the author of each post as a user, which is billed. Default false. */
      readonly users?: boolean;
      /** What it costs is counted and kept. Default: nobody asks. */
      readonly money?: MoneySettings;
      /** Ask X for what was missed. Default true. */
      readonly backfill?: boolean;
      readonly ghosts?: GhostPolicy;
    };

const maxQueuedBytes = 32 * 1024 * 1024;

export interface ProduceWatch {
  /** Why the registry is waited for; null once it has answered. */
  onRegistry(reason: string | null): void;
  /** Why the brokers are waited for; null while they serve us. */
  onBroker(reason: string | null): void;
  onStream(stream: XStream): void;
  onProduced(tweets: readonly PendingTweet[]): void;
}

export interface ProduceRun extends Connections {
  readonly kafka: KafkaClient;
  readonly source: SourceSettings;
  /** Version of Tweet that is written, and that X is asked for the fields of. Default: the latest. */
  readonly schemaVersion?: TweetVersion | undefined;
  readonly register: Registration;
  readonly partitions: number;
  /** How long a topic that is made keeps tweets; see ensure-topics.ts. */
  readonly retention?: number | "forever" | undefined;
  readonly maxTweets?: number | undefined;
  readonly untilIdleMs?: number | undefined;
  /** How many ids of posts are remembered, those that are in the topic already included; 0: none. Default 1,000,000. */
  readonly dedupe?: number | undefined;
  /** Given the replay that is about to be read, for its progress. */
  readonly onReplay?: (replay: Pick<Replay, "readBytes" | "skippedBytes" | "totalBytes">) => void;
  /** Called once the topics are there and the source is about to be opened. */
  readonly onReady?: () => void;
  /** Told of each time in which X's stream was away. */
  readonly onGap?: (gap: SourceGap) => void;
  readonly tally: ProduceTally;
  /** Told how the run fares, for those who watch it. */
  readonly watch?: ProduceWatch | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Runs until it ends by itself or is told to; everything received is then acknowledged by the brokers. */
export async function runProduce(run: ProduceRun): Promise<ProduceEnd> {
  const { config, kafka, log, tally, clock, signal, watch } = run;
  const topic = parseTopicName(config.topic);
  const deadLetterTopic = deadLetterTopicOf(topic);
  if (topic === deadLetterTopic) {
    throw new UsageError("usage", `--topic ${topic}: dead letters go there; tweets go to another topic`);
  }
  // A file that is not there is found out before anything is asked of a server.
  const place = await openPlace(run);
  if (place.isComplete) {
    log.info(`the replay is through: line ${place.afterLine} was its last, and nothing is left to send`);
    return "source-ended";
  }
  await using recorded =
    run.source.kind === "replay" ? await openReplayFile(run.source.file, place.afterLine, log) : null;
  // A day that is paid for is over before anybody is asked anything.
  const money = await openRunMoney(run);
  const waiting = { clock, log, signal, limitMs: parseDurationMs(config.waitForServers) ?? 0 };
  const registered = await waitForServer(() => openEncoders(run, { topic, deadLetterTopic }), {
    ...waiting,
    onWaiting: watch?.onRegistry,
  });
  if (registered.kind === "stopped") return "signal";
  watch?.onRegistry(null);
  const encoders = registered.value;

  const specs: readonly [TopicSpec, TopicSpec] = [
    tweetTopicSpec({ topic, partitions: run.partitions, retention: run.retention }),
    deadLetterTopicSpec(deadLetterTopic),
  ];
  const connected = await waitForServer(() => openTopics(run, specs), {
    ...waiting,
    onWaiting: watch?.onBroker,
  });
  if (connected.kind === "stopped") return "signal";
  watch?.onBroker(null);
  await using producer = restoreTopics(connected.value.producer, { kafka, specs, clock, log, signal });
  const { dedupe = defaultDedupeCapacity } = run;
  const window = dedupe === 0 ? noDedupeWindow : createDedupeWindow(dedupe);
  // The last thing before posts flow: what a killed run had sent has come to rest by now.
  const maxRecords = Math.max(dedupe, money?.needsTopic === true ? defaultDedupeCapacity : 0);
  const lastPost = createLastPost(money?.headers);
  if (maxRecords > 0 && connected.value.known.has(topic)) {
    await recall(run, {
      topic,
      window,
      maxRecords,
      onPost(id, record) {
        money?.recall(id, record);
        lastPost.see(id, record);
      },
    });
  }
  await money?.recalled();
  run.onReady?.();
  await using stream =
    run.source.kind === "x" ? await openStream(run, run.source, { money, lastPost }) : null;
  if (stream !== null) watch?.onStream(stream);
  const watched = stream && money ? money.guard.watch(stream, () => stream.queueLength) : stream;
  const source = recorded ?? watched;
  if (source === null) throw new TypeError("a run has a source");
  if (recorded !== null) run.onReplay?.(recorded);
  let end: ProduceEnd | null = null;
  try {
    end = await produce(
      {
        source,
        producer,
        encoder: encoders.tweets,
        deadLetters: createDeadLetterWriter({ encoder: encoders.deadLetters, clock }),
        window,
        onSettled: place.settled,
        clock,
        log,
        tally,
        onProduced: watch?.onProduced,
      },
      {
        topic,
        deadLetterTopic,
        schemaVersion: run.schemaVersion ?? latestTweetVersion,
        headers: money?.headers,
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

interface ProduceTopics {
  readonly topic: TopicName;
  readonly deadLetterTopic: TopicName;
}

/** Schemas registered, or looked up, as the run wants it. Throws RegistryError and SerdeError. */
async function openEncoders(run: ProduceRun, { topic, deadLetterTopic }: ProduceTopics) {
  const { register, schemaVersion = latestTweetVersion, log } = run;
  const { createEncoder } = await import("../serde/encoder.ts");
  const { createDeadLetterEncoder } = await import("../serde/dead-letter-encoder.ts");
  const registry = await openRegistry(run);
  const schema = schemaOf(schemaVersion);
  const settings = subjectSettings(topic, "tweet");
  if (register === "auto") {
    const { subject, level } = settings;
    await registerEarlierVersions(registry, subject, { versions: TweetVersions, schema, level });
  }
  const tweets = await createEncoder(registry, schema, { ...settings, register });
  if (tweets.leftOut.length > 0) {
    log.warn("the version registered last has no place for some fields, which are left out", {
      subject: tweets.subject,
      fields: tweets.leftOut.join(", "),
    });
  }
  const deadLetters = await createDeadLetterEncoder(registry, {
    ...subjectSettings(deadLetterTopic, "dead-letter"),
    register,
  });
  return { tweets, deadLetters };
}

/** The topics made where they are missing, and a producer. Throws KafkaError. */
async function openTopics({ kafka, log, watch }: ProduceRun, specs: readonly [TopicSpec, ...TopicSpec[]]) {
  await using admin = await kafka.openAdmin();
  const known = await ensureTopics(admin, specs, log);
  const [{ topic }] = specs;
  if (known.has(topic)) await warnOfCompaction(admin, topic, log);
  const producer = await kafka.openProducer({ onOutage: watch?.onBroker });
  // For whom it comes too late: the run may have been told to end by now.
  return { known, producer, [Symbol.asyncDispose]: () => producer[Symbol.asyncDispose]() };
}

async function openPlace({ config, source, clock, log }: ProduceRun): Promise<ReplayPlace> {
  const { openReplayPlace, noReplayPlace } = await import("./replay-place.ts");
  if (source.kind !== "replay" || source.statePath === undefined) return noReplayPlace;
  const { file, statePath, resume = false } = source;
  const { topic, brokers } = config;
  return await openReplayPlace({ file, topic, brokers, statePath, resume, clock, log });
}

/** The schema of a version of Tweet. */
export function schemaOf(version: TweetVersion): TypedSchema<unknown> {
  const schema: TypedSchema<unknown> | undefined = TweetVersions.find(
    (candidate) => candidate.version === version,
  );
  if (schema === undefined) throw new TypeError(`no version ${version} of Tweet was generated`);
  return schema;
}

type PaidRun = Pick<ProduceRun, "config" | "source" | "log" | "clock"> & {
  readonly tally: Pick<ProduceTally, "spend">;
};

/** What X costs, where anybody asks. Throws as openMoney. */
export async function openRunMoney({ config, source, tally, log, clock }: PaidRun): Promise<Money | null> {
  if (source.kind !== "x" || source.money === undefined || tally.spend === null) return null;
  const { token, money: settings } = source;
  return await openMoney({ settings, tally: tally.spend, xUrl: config.xUrl, token, clock, log });
}

async function openReplayFile(file: string, afterLine: number, log: Log): Promise<Replay> {
  const { openReplay } = await import("../source/replay.ts");
  if (afterLine > 0) log.info(`resuming ${file} after line ${afterLine}`);
  return await openReplay({ file, afterLine, log });
}

type StreamRun = Pick<ProduceRun, "config" | "log" | "clock" | "schemaVersion" | "signal" | "onGap">;

/** X's stream, with its rules set. Throws XError. */
export async function openStream(
  { config, log, clock, schemaVersion = latestTweetVersion, signal, onGap = () => {} }: StreamRun,
  { kind: _kind, users = false, money: _settings, ...settings }: Extract<SourceSettings, { kind: "x" }>,
  { money, lastPost }: { readonly money: Money | null; readonly lastPost: LastPost | null } = {
    money: null,
    lastPost: null,
  },
): Promise<XStream> {
  const { openXStream } = await import("../x/x-stream.ts");
  const fields = askedFields(schemaVersion, { users });
  const resume = lastPost?.since(clock.now());
  const queue = money === null ? undefined : { maxItems: money.maxQueued, maxBytes: maxQueuedBytes };
  return await openXStream({
    ...settings,
    url: config.xUrl,
    fields,
    clock,
    log,
    signal,
    onGap,
    ...(queue && { queue }),
    ...(resume && { resume }),
  });
}
