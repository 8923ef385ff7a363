/**
 * Topic settings that a client can give and read back: Kafka's names, types and defaults. Acted upon are
 * `max.message.bytes`, `message.timestamp.type`, `retention.bytes`, `retention.ms`, `cleanup.policy`, `segment.bytes`,
 * `segment.ms`, `delete.retention.ms` and `min.cleanable.dirty.ratio`; the rest is kept and shown.
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
  /** The broker's own setting that the default comes from. */
  readonly brokerName?: string;
}

const maxLong = "9223372036854775807";

export const topicConfigDefinitions: Readonly<Record<string, ConfigDefinition>> = {
  "cleanup.policy": {
    type: "list",
    default: "delete",
    allowed: ["delete", "compact"],
    brokerName: "log.cleanup.policy",
  },
  "compression.type": {
    type: "string",
    default: "producer",
    allowed: ["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"],
    brokerName: "compression.type",
  },
  "delete.retention.ms": {
    type: "long",
    default: "86400000",
    min: 0,
    brokerName: "log.cleaner.delete.retention.ms",
  },
  "file.delete.delay.ms": {
    type: "long",
    default: "60000",
    min: 0,
    brokerName: "log.segment.delete.delay.ms",
  },
  "flush.messages": {
    type: "long",
    default: maxLong,
    min: 1,
    brokerName: "log.flush.interval.messages",
  },
  "flush.ms": { type: "long", default: maxLong, min: 0, brokerName: "log.flush.interval.ms" },
  "index.interval.bytes": {
    type: "int",
    default: "4096",
    min: 0,
    brokerName: "log.index.interval.bytes",
  },
  "max.compaction.lag.ms": {
    type: "long",
    default: maxLong,
    min: 1,
    brokerName: "log.cleaner.max.compaction.lag.ms",
  },
  "max.message.bytes": { type: "int", default: "1048588", min: 0, brokerName: "message.max.bytes" },
  "message.timestamp.after.max.ms": {
    type: "long",
    default: "3600000",
    min: 0,
    brokerName: "log.message.timestamp.after.max.ms",
  },
  "message.timestamp.before.max.ms": {
    type: "long",
    default: maxLong,
    min: 0,
    brokerName: "log.message.timestamp.before.max.ms",
  },
  "message.timestamp.type": {
    type: "string",
    default: "CreateTime",
    allowed: ["CreateTime", "LogAppendTime"],
    brokerName: "log.message.timestamp.type",
  },
  "min.cleanable.dirty.ratio": {
    type: "double",
    default: "0.5",
    min: 0,
    brokerName: "log.cleaner.min.cleanable.ratio",
  },
  "min.compaction.lag.ms": {
    type: "long",
    default: "0",
    min: 0,
    brokerName: "log.cleaner.min.compaction.lag.ms",
  },
  "min.insync.replicas": { type: "int", default: "1", min: 1, brokerName: "min.insync.replicas" },
  preallocate: { type: "boolean", default: "false", brokerName: "log.preallocate" },
  "retention.bytes": { type: "long", default: "-1", brokerName: "log.retention.bytes" },
  "retention.ms": { type: "long", default: "604800000", min: -1, brokerName: "log.retention.ms" },
  "segment.bytes": { type: "int", default: "1073741824", min: 14, brokerName: "log.segment.bytes" },
  "segment.index.bytes": {
    type: "int",
    default: "10485760",
    min: 4,
    brokerName: "log.index.size.max.bytes",
  },
  "segment.jitter.ms": { type: "long", default: "0", min: 0, brokerName: "log.roll.jitter.ms" },
  "segment.ms": { type: "long", default: "604800000", min: 1, brokerName: "log.roll.ms" },
  "unclean.leader.election.enable": {
    type: "boolean",
    default: "false",
    brokerName: "unclean.leader.election.enable",
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

function checkValue({ type, allowed, min }: ConfigDefinition, value: string): string | null {
  const parts = type === "list" ? value.split(",").map((part) => part.trim()) : [value];
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
  return min !== undefined && Number(value) < min ? `Value must be at least ${min}` : null;
}
