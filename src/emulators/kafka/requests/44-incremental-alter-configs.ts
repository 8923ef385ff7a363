/**
 * IncrementalAlterConfigs (key 44). Served: 0-1.
 *
 * Changes single settings of a topic: set, delete, and append to or subtract from a list. The broker's own cannot
 * be changed.
 *
 * 1     flexible
 */
import type { Broker } from "../broker.ts";
import { defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { bool, int8, int16, int32, nullableString, string, structs } from "../protocol/field.ts";
import { checkTopicConfig, listOf, topicConfigDefinitions } from "../topic-config.ts";
import { resourceTypes } from "./32-describe-configs.ts";
import { repeatedKeys } from "./unique-by.ts";

const operations = ["set", "delete", "append", "subtract"] as const;
type Operation = (typeof operations)[number];

interface Change {
  readonly name: string;
  readonly value: string | null;
}

/** What a setting becomes, or a sentence on why it cannot; null takes the default again. */
function resultOf(operation: Operation, { name, value }: Change, current: string | undefined) {
  if (operation === "delete") return { value: null };
  if (operation === "set") return { value };
  const definition = topicConfigDefinitions[name];
  if (definition?.type !== "list") return { problem: `${name} is not a list: it can only be set.` };
  const before = listOf(current ?? definition.default);
  const named = listOf(value ?? "");
  const after =
    operation === "append"
      ? [...before, ...named.filter((part) => !before.includes(part))]
      : before.filter((part) => !named.includes(part));
  return { value: after.join(",") };
}

/** Applies the changes to what `startFrom` makes of the topic's settings: all of them, or none. */
export function alterTopicConfig<C extends Change>(
  broker: Broker,
  resource: { resourceType: number; resourceName: string; configs: readonly C[] },
  validateOnly: boolean,
  startFrom: (current: ReadonlyMap<string, string>) => Map<string, string>,
  operationOf: (change: C) => Operation | undefined,
): { errorCode: ErrorCode; errorMessage: string | null } {
  const failure = (errorCode: ErrorCode, errorMessage: string) => ({ errorCode, errorMessage });
  if (repeatedKeys(resource.configs, ({ name }) => name).size > 0) {
    return failure(ErrorCode.invalidRequest, "A setting is named more than once.");
  }
  const given = resource.configs.find((change) => change.value === null && operationOf(change) !== "delete");
  if (given !== undefined) return failure(ErrorCode.invalidRequest, `${given.name} is given no value.`);
  if (resource.resourceType !== resourceTypes.topic) {
    return failure(ErrorCode.invalidRequest, "Only the settings of topics can be changed on this broker.");
  }
  const topic = broker.topics.byName(resource.resourceName);
  if (topic === undefined) {
    const message = "This server does not host this topic-partition.";
    return failure(ErrorCode.unknownTopicOrPartition, message);
  }
  const config = startFrom(topic.config);
  for (const change of resource.configs) {
    const operation = operationOf(change);
    if (operation === undefined) {
      return failure(ErrorCode.unknownServerError, `There is no such operation on ${change.name}.`);
    }
    const { value, problem } = resultOf(operation, change, config.get(change.name));
    if (problem !== undefined) return failure(ErrorCode.invalidConfig, problem);
    if (operation === "delete" || value === undefined) {
      config.delete(change.name);
      continue;
    }
    const invalid = checkTopicConfig(change.name, value);
    if (invalid !== null) return failure(ErrorCode.invalidConfig, invalid);
    config.set(change.name, value ?? "");
  }
  if (!validateOnly) {
    topic.config.clear();
    for (const [name, value] of config) topic.config.set(name, value);
    broker.topics.applyConfig(topic);
  }
  return { errorCode: ErrorCode.none, errorMessage: null };
}

const keyOf = ({ resourceType, resourceName }: { resourceType: number; resourceName: string }) =>
  `${resourceType} ${resourceName}`;

export const incrementalAlterConfigs = defineApi({
  key: 44,
  name: "IncrementalAlterConfigs",
  versions: [0, 1],
  flexibleSince: 1,
  request: {
    resources: structs({
      resourceType: int8(),
      resourceName: string(),
      configs: structs({ name: string(), operation: int8(), value: nullableString() }),
    }),
    validateOnly: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    responses: structs({
      errorCode: int16(),
      errorMessage: nullableString(),
      resourceType: int8(),
      resourceName: string(),
    }),
  },
  handle({ resources, validateOnly }, { broker }) {
    const repeated = repeatedKeys(resources, keyOf);
    const once = {
      errorCode: ErrorCode.invalidRequest,
      errorMessage: "Each resource must appear at most once.",
    };
    return {
      responses: resources.map((resource) => ({
        resourceType: resource.resourceType,
        resourceName: resource.resourceName,
        ...(repeated.has(keyOf(resource))
          ? once
          : alterTopicConfig(
              broker,
              resource,
              validateOnly,
              (current) => new Map(current),
              ({ operation }) => operations[operation],
            )),
      })),
    };
  },
});
