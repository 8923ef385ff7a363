/**
 * DescribeConfigs (key 32). Served: 1-4.
 *
 * Topics with every setting of Kafka's; the broker with the few that say how it behaves.
 *
 * 1     where a setting comes from, and its synonyms
 * 3     types; documentation
 * 4     flexible
 */
import { type Broker, brokerId } from "../broker.ts";
import { defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import {
  bool,
  int8,
  int16,
  int32,
  nullableArrayOf,
  nullableString,
  string,
  structs,
} from "../protocol/field.ts";
import { type ConfigType, configTypeNumbers, topicConfigDefinitions } from "../topic-config.ts";
import { checkTopicName } from "../topics.ts";
import { uniqueBy } from "./unique-by.ts";

export const resourceTypes = { topic: 2, broker: 4 } as const;
export const configSources = { topic: 1, staticBroker: 4, default: 5 } as const;

export interface ConfigEntry {
  readonly name: string;
  readonly value: string;
  readonly source: number;
  readonly type: ConfigType;
  readonly readOnly: boolean;
  readonly synonyms: { name: string; value: string; source: number }[];
  /** What it is for. */
  readonly about: string;
}

/** Every setting of a topic for which `own` was set. */
export function describeTopicConfig(own: ReadonlyMap<string, string>): ConfigEntry[] {
  return Object.entries(topicConfigDefinitions).map(([name, definition]) => {
    const set = own.get(name);
    const { brokerName } = definition;
    const synonyms = [
      ...(set === undefined ? [] : [{ name, value: set, source: configSources.topic }]),
      ...(brokerName === undefined
        ? []
        : [{ name: brokerName, value: definition.default, source: configSources.default }]),
    ];
    return {
      name,
      value: set ?? definition.default,
      source: set === undefined ? configSources.default : configSources.topic,
      type: definition.type,
      readOnly: false,
      synonyms,
      about: definition.about,
    };
  });
}

function describeBrokerConfig(broker: Broker): ConfigEntry[] {
  const entry = (
    name: string,
    value: string | number | boolean,
    type: ConfigType,
    about: string,
  ): ConfigEntry => ({
    name,
    value: String(value),
    source: configSources.staticBroker,
    type,
    readOnly: true,
    synonyms: [{ name, value: String(value), source: configSources.staticBroker }],
    about,
  });
  return [
    entry("node.id", brokerId, "int", "The id of the broker."),
    entry(
      "advertised.listeners",
      `PLAINTEXT://${broker.address.host}:${broker.address.port}`,
      "string",
      "Where clients are told to connect to.",
    ),
    entry(
      "auto.create.topics.enable",
      broker.autoCreateTopics,
      "boolean",
      "Whether asking for a topic makes it.",
    ),
    entry(
      "num.partitions",
      broker.defaultPartitions,
      "int",
      "Partitions of a topic for which nobody said how many.",
    ),
    entry("default.replication.factor", 1, "int", "Replicas of a topic for which nobody said how many."),
    entry("log.retention.bytes", broker.retentionBytes, "long", "How much a partition keeps."),
    entry(
      "message.max.bytes",
      topicConfigDefinitions["max.message.bytes"]?.default ?? "",
      "int",
      "The largest batch that is taken.",
    ),
    entry("group.initial.rebalance.delay.ms", 0, "int", "How long a new group waits for more members."),
  ];
}

function describe(
  broker: Broker,
  type: number,
  name: string,
): ConfigEntry[] | { code: ErrorCode; message: string } {
  switch (type) {
    case resourceTypes.topic: {
      const topic = broker.topics.byName(name);
      if (topic !== undefined) return describeTopicConfig(topic.config);
      const problem = checkTopicName(name);
      if (problem !== null) return { code: ErrorCode.invalidTopic, message: problem };
      const message = "This server does not host this topic-partition.";
      return { code: ErrorCode.unknownTopicOrPartition, message };
    }
    case resourceTypes.broker:
      // The empty name stands for the default of all brokers, which nothing was set for.
      if (name === "") return [];
      if (name === String(brokerId)) return describeBrokerConfig(broker);
      return {
        code: ErrorCode.invalidRequest,
        message: `Unexpected broker id, expected ${brokerId} or empty string, but received ${name}`,
      };
    default:
      return { code: ErrorCode.invalidRequest, message: `Unsupported resource type: ${type}` };
  }
}

export const describeConfigs = defineApi({
  key: 32,
  name: "DescribeConfigs",
  versions: [1, 4],
  flexibleSince: 4,
  request: {
    resources: structs({
      resourceType: int8(),
      resourceName: string(),
      configurationKeys: nullableArrayOf(string()),
    }),
    includeSynonyms: bool(),
    includeDocumentation: bool({ since: 3 }),
  },
  response: {
    throttleTimeMs: int32(),
    results: structs({
      errorCode: int16(),
      errorMessage: nullableString(),
      resourceType: int8(),
      resourceName: string(),
      configs: structs({
        name: string(),
        value: nullableString(),
        readOnly: bool(),
        configSource: int8({ default: -1 }),
        isSensitive: bool(),
        synonyms: structs({ name: string(), value: nullableString(), source: int8() }),
        configType: int8({ since: 3 }),
        documentation: nullableString({ since: 3, default: "" }),
      }),
    }),
  },
  handle({ resources, includeSynonyms, includeDocumentation }, { broker }) {
    return {
      results: uniqueBy(resources, (each) => `${each.resourceType} ${each.resourceName}`).map(
        ({ resourceType, resourceName, configurationKeys }) => {
          const found = describe(broker, resourceType, resourceName);
          if ("code" in found) {
            return { errorCode: found.code, errorMessage: found.message, resourceType, resourceName };
          }
          const wanted = configurationKeys === null ? null : new Set(configurationKeys);
          return {
            errorCode: ErrorCode.none,
            errorMessage: "",
            resourceType,
            resourceName,
            configs: found
              .filter(({ name }) => wanted === null || wanted.has(name))
              .map(({ name, value, readOnly, source, type, synonyms, about }) => ({
                name,
                value,
                readOnly,
                configSource: source,
                isSensitive: false,
                synonyms: includeSynonyms ? synonyms : [],
                configType: configTypeNumbers[type],
                documentation: includeDocumentation ? about : null,
              })),
          };
        },
      ),
    };
  },
});
