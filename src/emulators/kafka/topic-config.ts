/**
 * Topic settings that a client can give and read back: Kafka's names, types and defaults. Acted upon are
 * `cleanup.policy`, `compression.type`, `delete.retention.ms`, `max.message.bytes`, `message.timestamp.*`,
 * `min.cleanable.dirty.ratio`, `retention.bytes`, `retention.ms`, `segment.bytes` and
 * `segment.ms`; the rest is kept and shown.
 * Spec: https://kafka.apache.org/documentation/#topicconfigs
 */
export type ConfigType = "boolean" | "string" | "int" | "long" | "double" | "list";

/** Numbers of the types in DescribeConfigs. */
export const configTypeNumbers: Readonly<Record<ConfigType, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  long: 5,
  double: 6,
  list: 7,
};

export interface ConfigDefinition {
  readonly type: ConfigType;
  readonly default: string;
  readonly allowed?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** The broker's own setting that the default comes from, where it has a value of its own. */
  readonly brokerName?: string;
  /** What it is for, in a sentence. */
  readonly about: string;
}

const maxLong = "9223372036854775807";

export const topicConfigDefinitions: Readonly<Record<string, ConfigDefinition>> = {
  "cleanup.policy": {
    type: "list",
    default: "delete",
    allowed: ["delete", "compact"],
    brokerName: "log.cleanup.policy",
    about: "What happens to old records: they are deleted, compacted by key, or both.",
  },
  "compression.gzip.level": {
    type: "int",
    default: "-1",
    min: -1,
    max: 9,
    brokerName: "compression.gzip.level",
    about: "How hard gzip compresses, 1 to 9; -1 is its own default.",
  },
  "compression.lz4.level": {
    type: "int",
    default: "9",
    min: 1,
    max: 17,
    brokerName: "compression.lz4.level",
    about: "How hard lz4 compresses.",
  },
  "compression.type": {
    type: "string",
    default: "producer",
    allowed: ["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"],
    brokerName: "compression.type",
    about: "The codec that batches are kept in; producer keeps theirs.",
  },
  "compression.zstd.level": {
    type: "int",
    default: "3",
    min: -131_072,
    max: 22,
    brokerName: "compression.zstd.level",
    about: "How hard zstd compresses.",
  },
  "delete.retention.ms": {
    type: "long",
    default: "86400000",
    min: 0,
    brokerName: "log.cleaner.delete.retention.ms",
    about: "How long compaction leaves a tombstone in place.",
  },
  "file.delete.delay.ms": {
    type: "long",
    default: "60000",
    min: 0,
    brokerName: "log.segment.delete.delay.ms",
    about: "How long a file that is given up stays on disk.",
  },
  "flush.messages": {
    type: "long",
    default: maxLong,
    min: 1,
    brokerName: "log.flush.interval.messages",
    about: "After how many records the log is forced to disk.",
  },
  "flush.ms": { type: "long", default: maxLong, min: 0, about: "After how long the log is forced to disk." },
  "follower.replication.throttled.replicas": {
    type: "list",
    default: "",
    about: "Replicas whose followers are slowed down.",
  },
  "index.interval.bytes": {
    type: "int",
    default: "4096",
    min: 0,
    brokerName: "log.index.interval.bytes",
    about: "How far entries of the offset index lie apart.",
  },
  "leader.replication.throttled.replicas": {
    type: "list",
    default: "",
    about: "Replicas whose leaders are slowed down.",
  },
  "local.retention.bytes": {
    type: "long",
    default: "-2",
    min: -2,
    brokerName: "log.local.retention.bytes",
    about: "How much stays local where old segments go elsewhere; -2 is retention.bytes.",
  },
  "local.retention.ms": {
    type: "long",
    default: "-2",
    min: -2,
    brokerName: "log.local.retention.ms",
    about: "How long records stay local where old segments go elsewhere; -2 is retention.ms.",
  },
  "max.compaction.lag.ms": {
    type: "long",
    default: maxLong,
    min: 1,
    brokerName: "log.cleaner.max.compaction.lag.ms",
    about: "After how long a record is compacted at the latest.",
  },
  "max.message.bytes": {
    type: "int",
    default: "1048588",
    min: 0,
    brokerName: "message.max.bytes",
    about: "The largest batch that is taken.",
  },
  "message.timestamp.after.max.ms": {
    type: "long",
    default: "3600000",
    min: 0,
    brokerName: "log.message.timestamp.after.max.ms",
    about: "How far a record's own time may lie after the broker's.",
  },
  "message.timestamp.before.max.ms": {
    type: "long",
    default: maxLong,
    min: 0,
    brokerName: "log.message.timestamp.before.max.ms",
    about: "How far a record's own time may lie before the broker's.",
  },
  "message.timestamp.type": {
    type: "string",
    default: "CreateTime",
    allowed: ["CreateTime", "LogAppendTime"],
    brokerName: "log.message.timestamp.type",
    about: "Whose time records carry: their producer's or the broker's.",
  },
  "min.cleanable.dirty.ratio": {
    type: "double",
    default: "0.5",
    min: 0,
    max: 1,
    brokerName: "log.cleaner.min.cleanable.ratio",
    about: "The part of a log that is to be new before it is compacted.",
  },
  "min.compaction.lag.ms": {
    type: "long",
    default: "0",
    min: 0,
    brokerName: "log.cleaner.min.compaction.lag.ms",
    about: "How long a record is kept from compaction.",
  },
  "min.insync.replicas": {
    type: "int",
    default: "1",
    min: 1,
    brokerName: "min.insync.replicas",
    about: "How many replicas have to be in sync for a write with acks all.",
  },
  preallocate: {
    type: "boolean",
    default: "false",
    brokerName: "log.preallocate",
    about: "Whether a segment takes its whole size on disk at once.",
  },
  "remote.log.copy.disable": {
    type: "boolean",
    default: "false",
    about: "Whether old segments are no longer copied elsewhere.",
  },
  "remote.log.delete.on.disable": {
    type: "boolean",
    default: "false",
    about: "Whether copies of old segments go when copying ends.",
  },
  "remote.storage.enable": {
    type: "boolean",
    default: "false",
    allowed: ["false"],
    about: "Whether old segments are copied elsewhere, which this broker cannot.",
  },
  "retention.bytes": {
    type: "long",
    default: "-1",
    brokerName: "log.retention.bytes",
    about: "How much a partition keeps; -1 is no bound.",
  },
  "retention.ms": {
    type: "long",
    default: "604800000",
    min: -1,
    about: "How long a partition keeps records; -1 is for ever.",
  },
  "segment.bytes": {
    type: "int",
    default: "1073741824",
    min: 1_048_576,
    brokerName: "log.segment.bytes",
    about: "How large a segment of the log gets.",
  },
  "segment.index.bytes": {
    type: "int",
    default: "10485760",
    min: 4,
    brokerName: "log.index.size.max.bytes",
    about: "How large the index of a segment gets.",
  },
  "segment.jitter.ms": {
    type: "long",
    default: "0",
    min: 0,
    about: "By how much a segment's time is varied, so that not all end at once.",
  },
  "segment.ms": {
    type: "long",
    default: "604800000",
    min: 1,
    about: "How long a segment of the log is written to.",
  },
  "unclean.leader.election.enable": {
    type: "boolean",
    default: "false",
    brokerName: "unclean.leader.election.enable",
    about: "Whether a replica that was left behind may lead, and records be lost.",
  },
};

/** A sentence on what is wrong with a setting, or null. */
export function checkTopicConfig(name: string, value: string | null): string | null {
  const definition = Object.hasOwn(topicConfigDefinitions, name) ? topicConfigDefinitions[name] : undefined;
  if (definition === undefined) return `Unknown topic config name: ${name}`;
  if (value === null) return `Null value not supported for topic configs: ${name}`;
  const problem = checkValue(definition, value.trim());
  return problem === null ? null : `Invalid value ${value} for configuration ${name}: ${problem}`;
}

function checkValue({ type, allowed, min, max }: ConfigDefinition, value: string): string | null {
  const parts = type === "list" ? listOf(value) : [value];
  if (allowed !== undefined && !parts.every((part) => allowed.includes(part))) {
    return `String must be one of: ${allowed.join(", ")}`;
  }
  switch (type) {
    case "boolean":
      return /^(true|false)$/i.test(value) ? null : "Expected value to be either true or false";
    case "int":
    case "long":
      if (!/^[+-]?\d+$/.test(value)) return `Not a number of type ${type.toUpperCase()}`;
      break;
    case "double":
      if (value === "" || !Number.isFinite(Number(value))) return "Not a number of type DOUBLE";
      break;
    case "string":
    case "list":
      return null;
  }
  if (type === "int" && Math.abs(Number(value)) > 2 ** 31 - 1) return "Not a number of type INT";
  if (type === "long" && !isLong(value)) return "Not a number of type LONG";
  if (max !== undefined && Number(value) > max) return `Value must be no more than ${max}`;
  return min !== undefined && Number(value) < min ? `Value must be at least ${min}` : null;
}

const isLong = (value: string) =>
  BigInt.asIntN(64, BigInt(value.replace(/^\+/, ""))) === BigInt(value.replace(/^\+/, ""));

/** The parts of a list setting; none of an empty one. */
export function listOf(value: string): string[] {
  return value
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
