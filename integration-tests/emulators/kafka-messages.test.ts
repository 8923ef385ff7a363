// The emulator's messages against Kafka's own definitions of them: version by version, field by field.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "@jest/globals";
import { apis } from "../../src/emulators/kafka/apis.ts";
import type { Api, TypedApi } from "../../src/emulators/kafka/protocol/api.ts";
import type { Fields } from "../../src/emulators/kafka/protocol/field.ts";
import { openJar } from "../support/jar-file.ts";
import {
  definedFields,
  describedFields,
  type MessageDefinition,
  parseVersions,
  readDefinitions,
} from "../support/kafka-definitions.ts";
import { describeWith } from "../support/requirements.ts";

/** APIs that are advertised from a version on that Kafka no longer defines, with the reason. */
const advertisedBelow: Readonly<Record<string, { min: number; reason: string }>> = {
  Produce: { min: 0, reason: "as Kafka does: librdkafka takes more for a broker without compression" },
};

/** Our names of fields, where Kafka has others. */
const renamed: Readonly<Record<string, readonly string[]>> = {
  errorCode: ["partitionErrorCode"],
  forgottenTopics: ["forgottenTopicsData"],
  generationId: ["generationIdOrMemberEpoch"],
  groupIds: ["groupsNames"],
  index: ["partition", "partitionIndex"],
  leaderEpoch: ["committedLeaderEpoch"],
  message: ["batchIndexErrorMessage"],
  metadata: ["committedMetadata"],
  name: ["topic"],
  offset: ["committedOffset"],
  operation: ["configOperation"],
  partitionCount: ["numPartitions"],
  partitions: ["partitionData", "partitionIndexes", "partitionResponses", "resultsByPartition"],
  producerEpoch: ["v3AndBelowProducerEpoch"],
  producerId: ["v3AndBelowProducerId"],
  timestampMs: ["timestamp"],
  topics: ["responses", "resultsByTopicV3AndBelow", "topicData", "v3AndBelowTopics"],
  transactionalId: ["v3AndBelowTransactionalId"],
};

const lastName = (path: string) => path.slice(path.lastIndexOf(".") + 1);
const served = [...apis.values()] as (Api & TypedApi<Fields, Fields>)[];
const eachMessage = served.flatMap((api) =>
  (["request", "response"] as const).map((side) => ({ api, name: api.name, side })),
);

describeWith("kafka-jars", "the Kafka emulator's messages, beside Kafka's own", (folder) => {
  let definitions: ReadonlyMap<string, MessageDefinition>;
  const definitionOf = (side: string, { key, name }: Api) => {
    const definition = definitions.get(`${side} ${key}`);
    if (definition === undefined) throw new Error(`Kafka defines no ${side} of ${name}`);
    return definition;
  };
  beforeAll(() => {
    const jar = readdirSync(folder).find((name) => /^kafka-clients-[\d.]+\.jar$/.test(name));
    if (jar === undefined) throw new Error(`${folder} has no jar of Kafka's clients`);
    definitions = readDefinitions(openJar(join(folder, jar)));
  });

  test.each(served)("$name is advertised in no version that Kafka does not serve", (api) => {
    const definition = definitionOf("request", api);
    expect(definition.name).toBe(`${api.name}Request`);
    const valid = parseVersions(definition.validVersions);
    if (valid === null) throw new Error(`${api.name} has no versions`);
    const [min, max] = valid;
    expect(api.versions[0]).toBe(advertisedBelow[api.name]?.min ?? Math.max(min, api.versions[0]));
    expect(api.versions[1]).toBeLessThanOrEqual(definition.latestVersionUnstable === true ? max - 1 : max);
  });

  test.each(eachMessage)("the $side of $name is flexible from the same version on", ({ api, side }) => {
    const [min, max] = api.versions;
    const flexible = parseVersions(definitionOf(side, api).flexibleVersions);
    for (let version = min; version <= max; version++) {
      const isFlexible = flexible !== null && version >= flexible[0];
      expect([version, api.version(version)?.flexible]).toEqual([version, isFlexible]);
    }
  });

  test.each(eachMessage)("the $side of $name has the same fields in each version", ({ api, side }) => {
    const definition = definitionOf(side, api);
    const [min, max] = api.versions;
    for (let version = min; version <= max; version++) {
      const theirs = definedFields(definition, version, api.versions);
      const ours = describedFields(api.messages[side], version, api.versions);
      const head = `version ${version}`;
      expect([head, ...ours.map(({ form }) => form)]).toEqual([head, ...theirs.map(({ form }) => form)]);
      const names = theirs.map(({ name }, index) => {
        const [own, kafkas] = [lastName(ours[index]?.name ?? ""), lastName(name)];
        return renamed[own]?.includes(kafkas) ? own : kafkas;
      });
      expect([head, ...ours.map(({ name }) => lastName(name))]).toEqual([head, ...names]);
    }
  });
});
