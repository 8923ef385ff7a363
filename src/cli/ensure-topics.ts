/**
 * The topics of a producer: made where there are none, and left as they are where there are. Tweets are kept under
 * their ids, so their topic is compacted: a tombstone then takes a deleted tweet away within a day, as X's terms ask.
 * Settings: kafka.apache.org/documentation/#topicconfigs.
 */
import { KafkaError } from "../kafka/error.ts";
import type { KafkaAdmin, KafkaClient, RecordProducer, TopicSpec } from "../kafka/port.ts";
import type { TopicName } from "../kernel/brand.ts";
import type { Clock } from "../kernel/clock.ts";
import { describeCause } from "../kernel/error.ts";
import type { Log } from "../telemetry/log.ts";

export interface TweetTopic {
  readonly topic: TopicName;
  readonly partitions: number;
  /** How long a tweet is kept; `forever`, or as the brokers are configured when absent. */
  readonly retention?: number | "forever" | undefined;
}

/** A deleted tweet may stay that long: X's developer policy gives 24 hours. */
const maxCompactionLagMs = 24 * 3_600_000;

/** Replicas are as many as the brokers' `default.replication.factor` says. */
export function tweetTopicSpec({ topic, partitions, retention }: TweetTopic): TopicSpec {
  return {
    topic,
    partitions,
    config: {
      "cleanup.policy": "compact,delete",
      "max.compaction.lag.ms": String(maxCompactionLagMs),
      ...(retention !== undefined && { "retention.ms": String(retention === "forever" ? -1 : retention) }),
    },
  };
}

/** Makes what is missing and resolves with what was there before. Rejects with KafkaError. */
export async function ensureTopics(
  admin: KafkaAdmin,
  specs: readonly TopicSpec[],
  log: Log,
): Promise<ReadonlySet<TopicName>> {
  const known = new Set<TopicName>();
  for (const { topic, ...rest } of specs) {
    if (await admin.createTopic({ topic, ...rest })) {
      log.info(`created topic ${topic}`, { partitions: rest.partitions });
    } else known.add(topic);
  }
  return known;
}

export interface RestoreOptions {
  readonly kafka: KafkaClient;
  readonly specs: readonly TopicSpec[];
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const restorePauseMs = 500;
/** A cluster goes on deleting for a while after it has said so; until then the topic cannot be made. */
const maxRestores = 60;

/**
 * A producer whose topics may be deleted under it: they are made again as they were made at first, and what was under
 * way is sent again. What the brokers had acknowledged before is gone with the topic, and the log says so.
 */
export function restoreTopics(producer: RecordProducer, options: RestoreOptions): RecordProducer {
  const { kafka, specs, clock, log, signal } = options;
  return {
    async send(topic, records) {
      for (let attempts = 0; ; attempts++) {
        try {
          return await producer.send(topic, records);
        } catch (error) {
          const isGone = error instanceof KafkaError && error.code === "unknown-topic";
          if (!isGone || signal.aborted || attempts >= maxRestores) throw error;
          if (attempts === 0) {
            log.warn(
              `topic ${topic} was deleted while it was written to: it is made again, without what it held`,
            );
          } else await clock.sleep(restorePauseMs, signal).catch(() => {});
        }
        await using admin = await kafka.openAdmin();
        await ensureTopics(admin, specs, log);
      }
    },
    [Symbol.asyncDispose]: () => producer[Symbol.asyncDispose](),
  };
}

/** Warns of a topic of tweets that would keep those that were deleted. */
export async function warnOfCompaction(admin: KafkaAdmin, topic: TopicName, log: Log): Promise<void> {
  let settings: Readonly<Record<string, string>>;
  try {
    settings = await admin.topicSettings(topic);
  } catch (error) {
    // Whoever may write need not be allowed to look at settings.
    log.debug("the topic's settings cannot be read", { topic, error: describeCause(error) });
    return;
  }
  const finding = findCompactionFault(settings);
  if (finding !== null) log.warn(`topic ${topic} ${finding.fault}`, { remedy: finding.remedy(topic) });
}

export interface CompactionFault {
  /** Follows the topic's name. */
  readonly fault: string;
  readonly remedy: (topic: TopicName) => string;
}

/** Why a tombstone would not take a tweet away within a day; null when it does. */
export function findCompactionFault(settings: Readonly<Record<string, string>>): CompactionFault | null {
  const policy = settings["cleanup.policy"] ?? "";
  if (!policy.split(",").includes("compact")) {
    return {
      fault: `is not compacted (cleanup.policy=${policy}): a tombstone takes no tweet away, and it stays until it is too old`,
      remedy: (topic) =>
        alter(topic, `cleanup.policy=[compact,delete],max.compaction.lag.ms=${maxCompactionLagMs}`),
    };
  }
  const lagMs = Number(settings["max.compaction.lag.ms"] ?? Number.POSITIVE_INFINITY);
  if (lagMs <= maxCompactionLagMs) return null;
  return {
    fault: "may be compacted as late as its brokers please: a deleted tweet can stay for more than 24 hours",
    remedy: (topic) => alter(topic, `max.compaction.lag.ms=${maxCompactionLagMs}`),
  };
}

function alter(topic: TopicName, config: string): string {
  return `kafka-configs.sh --bootstrap-server HOST:PORT --alter --topic ${topic} --add-config '${config}'`;
}
