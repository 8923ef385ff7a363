/**
 * The topics of the broker: their names, ids, partitions and settings, and the bounds on how many there may be.
 */
import { randomBytes } from "node:crypto";
import { type AppendRules, createPartitionLog, type PartitionLog } from "./log/partition-log.ts";
import { compressionCodecs } from "./log/record-batch.ts";
import { ErrorCode } from "./protocol/error-codes.ts";
import { listOf, topicConfigDefinitions } from "./topic-config.ts";

/** Partitions of all topics together. */
export const maxPartitions = 10_000;

export interface Topic {
  readonly name: string;
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly partitions: PartitionLog[];
  /** What was set for this topic; the rest has its default. */
  readonly config: Map<string, string>;
  rules: AppendRules;
}

export interface Refusal {
  readonly kind: "refused";
  readonly code: ErrorCode;
  readonly message: string;
}
export type TopicOutcome = { readonly kind: "done"; readonly topic: Topic } | Refusal;

export interface TopicsOptions {
  readonly defaultPartitions: number;
  /** What a partition may hold, whatever its topic says: the log lies in memory. */
  readonly retentionBytes: number;
  /** Told of every topic that is gone, after its partitions were closed. */
  readonly onDelete: (topic: Topic) => void;
}

export interface Topics {
  byName(name: string): Topic | undefined;
  byId(id: string): Topic | undefined;
  /** In order of creation. */
  list(): Iterable<Topic>;
  /** What would refuse this topic, or null. -1 partitions means the default. */
  checkNew(name: string, partitionCount: number): Refusal | null;
  create(name: string, partitionCount: number, config?: ReadonlyMap<string, string>): TopicOutcome;
  /** What would refuse so many partitions, or null. */
  checkGrowth(topic: Topic, partitionCount: number): Refusal | null;
  grow(topic: Topic, partitionCount: number): Refusal | null;
  /** Settings were changed: limits follow at once, retention at the next clean-up. */
  applyConfig(topic: Topic): void;
  delete(topic: Topic): void;
}

/** A sentence on what is wrong with a topic's name, or null. */
export function checkTopicName(name: string): string | null {
  if (name === "") return "Topic name is invalid: the empty string is not allowed";
  if (name === "." || name === "..") return `Topic name is invalid: '${name}' is not allowed`;
  if (name.length > 249) {
    return `Topic name is invalid: the length of '${name}' is longer than the max allowed length 249`;
  }
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
    return `Topic name is invalid: '${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`;
  }
  return null;
}

const refuse = (code: ErrorCode, message: string): Refusal => ({ kind: "refused", code, message });

/** Names that differ in '.' and '_' alone clash in Kafka's metric names, so Kafka takes only one of them. */
const metricName = (name: string) => name.replaceAll(".", "_");

export function createTopics({ defaultPartitions, retentionBytes, onDelete }: TopicsOptions): Topics {
  const byName = new Map<string, Topic>();
  const byId = new Map<string, Topic>();
  const byMetricName = new Map<string, Topic>();
  let partitionCount = 0;

  const setting = (config: ReadonlyMap<string, string>, name: string) =>
    config.get(name) ?? topicConfigDefinitions[name]?.default ?? "";

  const rulesOf = (config: ReadonlyMap<string, string>): AppendRules => {
    const compression = setting(config, "compression.type");
    const policies = listOf(setting(config, "cleanup.policy"));
    return {
      capacityBytes: retentionBytes,
      maxMessageBytes: Number(setting(config, "max.message.bytes")),
      stampOnAppend: setting(config, "message.timestamp.type") === "LogAppendTime",
      timestampBeforeMaxMs: Number(setting(config, "message.timestamp.before.max.ms")),
      timestampAfterMaxMs: Number(setting(config, "message.timestamp.after.max.ms")),
      compression:
        compressionCodecs.find((codec) => codec === compression.replace("uncompressed", "none")) ?? null,
      cleanup: {
        isDeleted: policies.includes("delete"),
        isCompacted: policies.includes("compact"),
        retentionMs: Number(setting(config, "retention.ms")),
        retentionBytes: Number(setting(config, "retention.bytes")),
        deleteRetentionMs: Number(setting(config, "delete.retention.ms")),
        segmentBytes: Number(setting(config, "segment.bytes")),
        segmentMs: Number(setting(config, "segment.ms")),
        minDirtyRatio: Number(setting(config, "min.cleanable.dirty.ratio")),
      },
    };
  };

  const topics: Topics = {
    byName: (name) => byName.get(name),
    byId: (id) => byId.get(id),
    list: () => byName.values(),
    checkNew(name, wanted) {
      const problem = checkTopicName(name);
      if (problem !== null) return refuse(ErrorCode.invalidTopic, problem);
      if (byName.has(name)) return refuse(ErrorCode.topicAlreadyExists, `Topic '${name}' already exists.`);
      const clash = byMetricName.get(metricName(name));
      if (clash !== undefined) {
        return refuse(ErrorCode.invalidTopic, `Topic '${name}' collides with existing topic: ${clash.name}`);
      }
      const count = wanted === -1 ? defaultPartitions : wanted;
      if (count < 1) {
        return refuse(
          ErrorCode.invalidPartitions,
          "Number of partitions was set to an invalid non-positive value.",
        );
      }
      if (partitionCount + count > maxPartitions) {
        return refuse(ErrorCode.invalidPartitions, `This broker holds at most ${maxPartitions} partitions.`);
      }
      return null;
    },
    create(name, wanted, config = new Map()) {
      const refusal = topics.checkNew(name, wanted);
      if (refusal !== null) return refusal;
      const count = wanted === -1 ? defaultPartitions : wanted;
      const topic: Topic = {
        name,
        id: randomBytes(16).toString("hex"),
        partitions: Array.from({ length: count }, createPartitionLog),
        config: new Map(config),
        rules: rulesOf(config),
      };
      byName.set(name, topic);
      byId.set(topic.id, topic);
      byMetricName.set(metricName(name), topic);
      partitionCount += count;
      return { kind: "done", topic };
    },
    checkGrowth(topic, wanted) {
      const had = topic.partitions.length;
      if (wanted <= had) {
        return refuse(
          ErrorCode.invalidPartitions,
          `The topic ${topic.name} currently has ${had} partition(s); ${wanted} would not be an increase.`,
        );
      }
      if (partitionCount + wanted - had > maxPartitions) {
        return refuse(ErrorCode.invalidPartitions, `This broker holds at most ${maxPartitions} partitions.`);
      }
      return null;
    },
    grow(topic, wanted) {
      const refusal = topics.checkGrowth(topic, wanted);
      if (refusal !== null) return refusal;
      partitionCount += wanted - topic.partitions.length;
      while (topic.partitions.length < wanted) topic.partitions.push(createPartitionLog());
      return null;
    },
    applyConfig(topic) {
      topic.rules = rulesOf(topic.config);
    },
    delete(topic) {
      byName.delete(topic.name);
      byId.delete(topic.id);
      byMetricName.delete(metricName(topic.name));
      partitionCount -= topic.partitions.length;
      for (const partition of topic.partitions) partition.close();
      onDelete(topic);
    },
  };
  return topics;
}
