// The Kafka contract, request by request: settings of topics and brokers.
import { expect } from "@jest/globals";
import { ErrorCode } from "../../src/emulators/kafka/protocol/error-codes.ts";
import { describeConfigs } from "../../src/emulators/kafka/requests/32-describe-configs.ts";
import { alterConfigs } from "../../src/emulators/kafka/requests/33-alter-configs.ts";
import { incrementalAlterConfigs } from "../../src/emulators/kafka/requests/44-incremental-alter-configs.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import { type Body, declareWireCases, expectSoon, only, openWire, type Wire } from "../support/kafka-wire.ts";

const resource = { topic: 2, broker: 4, brokerLogger: 8 } as const;
const source = { topic: 1, default: 5 } as const;
const operation = { set: 0, delete: 1, append: 2, subtract: 3 } as const;
const configType = { long: 5, list: 7 } as const;

async function describe(
  wire: Wire,
  version: number,
  resourceType: number,
  resourceName: string,
  configurationKeys: string[] | null,
  more: Body<typeof describeConfigs> = {},
) {
  const resources = [{ resourceType, resourceName, configurationKeys }];
  const answer = await wire.call(describeConfigs, version, { resources, ...more });
  expect(answer).toMatchObject({ throttleTimeMs: 0, results: [{ resourceType, resourceName }] });
  return only(answer.results);
}

async function ownValue(wire: Wire, topic: string, name: string) {
  const resources = [{ resourceType: resource.topic, resourceName: topic, configurationKeys: [name] }];
  const { results } = await wire.prepare(describeConfigs, 4, { resources });
  const { value, configSource } = only(only(results).configs);
  return configSource === source.topic ? value : null;
}

type Setting = { name: string; value: string | null };

async function alter(
  wire: Wire,
  version: number,
  type: number,
  name: string,
  configs: Setting[],
  only_ = false,
) {
  const resources = [{ resourceType: type, resourceName: name, configs }];
  const answer = await wire.call(alterConfigs, version, { resources, validateOnly: only_ });
  expect(answer).toMatchObject({
    throttleTimeMs: 0,
    responses: [{ resourceType: type, resourceName: name }],
  });
  return only(answer.responses);
}

async function change(
  wire: Wire,
  version: number,
  type: number,
  name: string,
  configs: (Setting & { operation: number })[],
  validateOnly = false,
) {
  const resources = [{ resourceType: type, resourceName: name, configs }];
  const answer = await wire.call(incrementalAlterConfigs, version, { resources, validateOnly });
  expect(answer).toMatchObject({
    throttleTimeMs: 0,
    responses: [{ resourceType: type, resourceName: name }],
  });
  return only(answer.responses);
}

/** Value, type and the broker's setting behind it, as Kafka 4.1.1 tells them. */
const kafkasSettings = {
  "cleanup.policy": "delete 7 log.cleanup.policy",
  "compression.gzip.level": "-1 3 compression.gzip.level",
  "compression.lz4.level": "9 3 compression.lz4.level",
  "compression.type": "producer 2 compression.type",
  "compression.zstd.level": "3 3 compression.zstd.level",
  "delete.retention.ms": "86400000 5 log.cleaner.delete.retention.ms",
  "file.delete.delay.ms": "60000 5 log.segment.delete.delay.ms",
  "flush.messages": "9223372036854775807 5 log.flush.interval.messages",
  "flush.ms": "9223372036854775807 5",
  "follower.replication.throttled.replicas": "7",
  "index.interval.bytes": "4096 3 log.index.interval.bytes",
  "leader.replication.throttled.replicas": "7",
  "local.retention.bytes": "-2 5 log.local.retention.bytes",
  "local.retention.ms": "-2 5 log.local.retention.ms",
  "max.compaction.lag.ms": "9223372036854775807 5 log.cleaner.max.compaction.lag.ms",
  "max.message.bytes": "1048588 3 message.max.bytes",
  "message.timestamp.after.max.ms": "3600000 5 log.message.timestamp.after.max.ms",
  "message.timestamp.before.max.ms": "9223372036854775807 5 log.message.timestamp.before.max.ms",
  "message.timestamp.type": "CreateTime 2 log.message.timestamp.type",
  "min.cleanable.dirty.ratio": "0.5 6 log.cleaner.min.cleanable.ratio",
  "min.compaction.lag.ms": "0 5 log.cleaner.min.compaction.lag.ms",
  "min.insync.replicas": "1 3 min.insync.replicas",
  preallocate: "false 1 log.preallocate",
  "remote.log.copy.disable": "false 1",
  "remote.log.delete.on.disable": "false 1",
  "remote.storage.enable": "false 1",
  "retention.bytes": "-1 5 log.retention.bytes",
  // Which the topic has of its own.
  "retention.ms": "-1 5 retention.ms",
  "segment.bytes": "1073741824 3 log.segment.bytes",
  "segment.index.bytes": "10485760 3 log.index.size.max.bytes",
  "segment.jitter.ms": "0 5",
  "segment.ms": "604800000 5",
  "unclean.leader.election.enable": "false 1 unclean.leader.election.enable",
};

describeKafka("Settings, request by request", (kafka) => {
  const { test, bootstrap } = kafka;
  const done = { errorCode: 0, errorMessage: null };
  declareWireCases(kafka, [
    {
      api: describeConfigs,
      does: "tells a setting's value, where it comes from and what it overrides",
      async run(wire, version) {
        const { name } = await wire.createTopic(1, { "retention.bytes": "1234567" });
        const described = await describe(
          wire,
          version,
          resource.topic,
          name,
          ["retention.bytes", "cleanup.policy", "no.such"],
          { includeSynonyms: true },
        );
        expect(described).toMatchObject({ errorCode: 0, errorMessage: "" });
        expect(described.configs.sort((a, b) => b.name.localeCompare(a.name))).toEqual([
          {
            name: "retention.bytes",
            value: "1234567",
            readOnly: false,
            configSource: source.topic,
            isSensitive: false,
            synonyms: [
              { name: "retention.bytes", value: "1234567", source: source.topic },
              { name: "log.retention.bytes", value: "-1", source: source.default },
            ],
            configType: version < 3 ? 0 : configType.long,
            documentation: version < 3 ? "" : null,
          },
          {
            name: "cleanup.policy",
            value: "delete",
            readOnly: false,
            configSource: source.default,
            isSensitive: false,
            synonyms: [{ name: "log.cleanup.policy", value: "delete", source: source.default }],
            configType: version < 3 ? 0 : configType.list,
            documentation: version < 3 ? "" : null,
          },
        ]);
      },
    },
    {
      api: describeConfigs,
      does: "tells every setting of a topic when it is asked for none in particular",
      async run(wire, version) {
        const { name } = await wire.createTopic();
        const { configs } = await describe(wire, version, resource.topic, name, null);
        expect(configs.map((each) => each.name)).toEqual(
          expect.arrayContaining(["retention.ms", "segment.bytes", "max.message.bytes", "cleanup.policy"]),
        );
        expect(configs.every(({ synonyms }) => synonyms.length === 0)).toBe(true);
      },
    },
    {
      api: describeConfigs,
      does: "tells the broker's settings",
      async run(wire, version) {
        const keys = ["node.id", "auto.create.topics.enable"];
        const described = await describe(wire, version, resource.broker, "1", keys);
        expect(described).toMatchObject({ errorCode: 0, errorMessage: "" });
        expect(described.configs.find(({ name }) => name === "node.id")).toMatchObject({
          value: "1",
          readOnly: true,
          isSensitive: false,
          configType: version < 3 ? 0 : 3,
        });
      },
    },
    {
      api: describeConfigs,
      does: "refuses topics and brokers that are not there",
      async run(wire, version) {
        const code = async (type: number, name: string) => {
          const refused = await describe(wire, version, type, name, null);
          expect(refused.configs).toEqual([]);
          expect(refused.errorMessage).toEqual(expect.any(String));
          return refused.errorCode;
        };
        expect(await code(resource.topic, "missing")).toBe(ErrorCode.unknownTopicOrPartition);
        expect(await code(resource.topic, "a/b")).toBe(ErrorCode.invalidTopic);
        expect(await code(resource.broker, "77")).toBe(ErrorCode.invalidRequest);
        expect(await code(resource.broker, "one")).toBe(ErrorCode.invalidRequest);
        expect(await code(99, "x")).toBe(ErrorCode.invalidRequest);
      },
    },
    {
      api: alterConfigs,
      does: "replaces a topic's settings",
      async run(wire, version) {
        const { name } = await wire.createTopic(1, { "retention.bytes": "1000000" });
        const settings = [{ name: "segment.bytes", value: "2000000" }];
        expect(await alter(wire, version, resource.topic, name, settings)).toMatchObject(done);
        await expectSoon(() => ownValue(wire, name, "segment.bytes"), "2000000");
        await expectSoon(() => ownValue(wire, name, "retention.bytes"), null);
        const checked = await alter(wire, version, resource.topic, name, [], true);
        expect(checked).toMatchObject(done);
        await expectSoon(() => ownValue(wire, name, "segment.bytes"), "2000000");
      },
    },
    {
      api: alterConfigs,
      does: "refuses settings, values and topics that are not there",
      async run(wire, version) {
        const { name } = await wire.createTopic();
        const code = async (topic: string, setting: string, value: string | null) => {
          const refused = await alter(wire, version, resource.topic, topic, [{ name: setting, value }]);
          return refused.errorCode;
        };
        expect(await code(name, "no.such", "1")).toBe(ErrorCode.invalidConfig);
        expect(await code(name, "retention.ms", "soon")).toBe(ErrorCode.invalidConfig);
        expect(await code("missing", "retention.ms", "1")).toBe(ErrorCode.unknownTopicOrPartition);
        await expectSoon(() => ownValue(wire, name, "retention.ms"), "-1");
      },
    },
    {
      api: incrementalAlterConfigs,
      does: "sets, deletes, appends to and subtracts from a topic's settings",
      async run(wire, version) {
        const { name } = await wire.createTopic(1, { "retention.bytes": "1000000" });
        const changed = (setting: string, kind: keyof typeof operation, value: string | null) =>
          change(wire, version, resource.topic, name, [{ name: setting, operation: operation[kind], value }]);
        expect(await changed("segment.bytes", "set", "2000000")).toMatchObject(done);
        await expectSoon(() => ownValue(wire, name, "segment.bytes"), "2000000");
        await expectSoon(() => ownValue(wire, name, "retention.bytes"), "1000000");
        expect(await changed("segment.bytes", "delete", null)).toMatchObject(done);
        await expectSoon(() => ownValue(wire, name, "segment.bytes"), null);
        expect(await changed("cleanup.policy", "append", "compact")).toMatchObject(done);
        await expectSoon(() => ownValue(wire, name, "cleanup.policy"), "delete,compact");
        expect(await changed("cleanup.policy", "append", "compact")).toMatchObject(done);
        await expectSoon(() => ownValue(wire, name, "cleanup.policy"), "delete,compact");
        expect(await changed("cleanup.policy", "subtract", "delete")).toMatchObject(done);
        await expectSoon(() => ownValue(wire, name, "cleanup.policy"), "compact");
      },
    },
    {
      api: incrementalAlterConfigs,
      does: "refuses what cannot be, and then changes nothing",
      async run(wire, version) {
        const { name } = await wire.createTopic();
        const code = async (topic: string, setting: string, kind: number, value: string | null) => {
          const configs = [
            { name: "segment.bytes", operation: operation.set, value: "3000000" },
            { name: setting, operation: kind, value },
          ];
          return (await change(wire, version, resource.topic, topic, configs)).errorCode;
        };
        expect(await code(name, "no.such", operation.set, "1")).toBe(ErrorCode.invalidConfig);
        expect(await code(name, "retention.ms", operation.set, "soon")).toBe(ErrorCode.invalidConfig);
        expect(await code(name, "retention.ms", operation.append, "1")).toBe(ErrorCode.invalidConfig);
        expect(await code(name, "cleanup.policy", operation.set, "burn")).toBe(ErrorCode.invalidConfig);
        expect(await code(name, "segment.bytes", operation.set, "4000000")).toBe(ErrorCode.invalidRequest);
        expect(await code(name, "segment.ms", operation.set, "0")).toBe(ErrorCode.invalidConfig);
        expect(await code(name, "retention.ms", 9, "1")).toBe(ErrorCode.unknownServerError);
        expect(await code(name, "retention.ms", operation.set, null)).toBe(ErrorCode.invalidRequest);
        expect(await code("missing", "retention.ms", operation.set, "1")).toBe(
          ErrorCode.unknownTopicOrPartition,
        );
        await expectSoon(() => ownValue(wire, name, "segment.bytes"), null);
      },
    },
    {
      api: incrementalAlterConfigs,
      does: "changes nothing when it is only to check",
      async run(wire, version) {
        const { name } = await wire.createTopic();
        const set = (value: string) => [{ name: "segment.bytes", operation: operation.set, value }];
        expect(await change(wire, version, resource.topic, name, set("3000000"), true)).toMatchObject(done);
        expect(await change(wire, version, resource.topic, name, set("x"), true)).toMatchObject({
          errorCode: ErrorCode.invalidConfig,
        });
        await expectSoon(() => ownValue(wire, name, "segment.bytes"), null);
      },
    },
  ]);

  test("DescribeConfigs tells what a setting is for, when it is asked", async () => {
    await using wire = await openWire(bootstrap());
    const { name } = await wire.createTopic();
    const { configs } = await describe(wire, 4, resource.topic, name, null, { includeDocumentation: true });
    expect(configs.filter(({ documentation }) => !documentation).map((each) => each.name)).toEqual([]);
  });

  test("settings of the same topic in one request are refused when it comes twice", async () => {
    await using wire = await openWire(bootstrap());
    const { name } = await wire.createTopic();
    const each = {
      resourceType: resource.topic,
      resourceName: name,
      configs: [{ name: "segment.bytes", operation: operation.set, value: "3000000" }],
    };
    const answer = await wire.call(incrementalAlterConfigs, 1, { resources: [each, each] });
    const refused = expect.objectContaining({ errorCode: ErrorCode.invalidRequest });
    expect(answer.responses).toEqual([refused, refused]);
    await expectSoon(() => ownValue(wire, name, "segment.bytes"), null);
  });

  test("a topic's settings are those that Kafka has, with Kafka's defaults", async () => {
    await using wire = await openWire(bootstrap());
    const { name } = await wire.createTopic();
    const { configs } = await describe(wire, 4, resource.topic, name, null, { includeSynonyms: true });
    const told = configs.map((each) => [
      each.name,
      [each.value, each.configType, each.synonyms.at(-1)?.name ?? ""].join(" ").trim(),
    ]);
    expect(Object.fromEntries(told)).toEqual(kafkasSettings);
  });

  for (const [setting, value] of [
    ["segment.bytes", "1048575"],
    ["retention.ms", "-2"],
    ["retention.ms", "9223372036854775808"],
    ["max.message.bytes", "2147483648"],
    ["min.cleanable.dirty.ratio", "1.5"],
    ["compression.zstd.level", "23"],
    ["local.retention.ms", "-3"],
    ["remote.storage.enable", "true"],
    ["message.timestamp.type", "x"],
    ["preallocate", "yes"],
  ] as const) {
    test(`a topic's ${setting} cannot be ${value}`, async () => {
      await using wire = await openWire(bootstrap());
      const { name } = await wire.createTopic();
      const configs = [{ name: setting, operation: operation.set, value }];
      expect(await change(wire, 1, resource.topic, name, configs)).toMatchObject({
        errorCode: ErrorCode.invalidConfig,
        errorMessage: expect.any(String),
      });
    });
  }
});
