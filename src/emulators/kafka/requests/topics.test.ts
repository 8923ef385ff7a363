/**
 * Metadata, CreateTopics, DeleteTopics, CreatePartitions, configurations and DescribeCluster, over the wire.
 */
import { describe, expect, test } from "@jest/globals";
import { ErrorCode } from "../protocol/error-codes.ts";
import { numberedBatch } from "../testing/batches.ts";
import { openSession } from "../testing/session.ts";
import { metadata } from "./03-metadata.ts";
import { createTopics } from "./19-create-topics.ts";
import { deleteTopics } from "./20-delete-topics.ts";
import { describeConfigs } from "./32-describe-configs.ts";
import { alterConfigs } from "./33-alter-configs.ts";
import { createPartitions } from "./37-create-partitions.ts";
import { incrementalAlterConfigs } from "./44-incremental-alter-configs.ts";
import { describeCluster } from "./60-describe-cluster.ts";

const range = ([min, max]: readonly [number, number]) =>
  Array.from({ length: max - min + 1 }, (_, i) => min + i);

describe("Metadata", () => {
  test.each(range([0, 12]))(
    "version %d tells of a topic's partitions and the one broker",
    async (version) => {
      await using session = await openSession();
      await session.createTopic("t", 2);
      const answer = await session.client.call(metadata, version, { topics: [{ name: "t" }] });
      expect(answer.brokers).toMatchObject([{ nodeId: 1, host: "127.0.0.1", port: session.emulator.port }]);
      expect(answer.topics).toMatchObject([
        {
          errorCode: 0,
          name: "t",
          partitions: [
            { index: 0, leaderId: 1, replicaNodes: [1], isrNodes: [1] },
            { index: 1, leaderId: 1 },
          ],
        },
      ]);
    },
  );

  test.each<[string, number, { name: string }[] | null, string[]]>([
    ["none, in version 0,", 0, [], ["a", "b"]],
    ["null", 1, null, ["a", "b"]],
    ["none", 1, [], []],
  ])("with %s for topics", async (_, version, topics, names) => {
    await using session = await openSession();
    await session.createTopic("a", 1);
    await session.createTopic("b", 1);
    const answer = await session.client.call(metadata, version, { topics });
    expect(answer.topics.map(({ name }) => name)).toEqual(names);
  });

  test.each([
    ["creates a topic that is missing", {}, true, "new", 0, 3],
    [
      "creates none for a client that does not want it",
      {},
      false,
      "new",
      ErrorCode.unknownTopicOrPartition,
      0,
    ],
    ["creates none where the broker does not", { autoCreateTopics: false }, true, "new", 3, 0],
    ["creates none with an impossible name", {}, true, "no spaces", ErrorCode.invalidTopic, 0],
  ])("%s", async (_, options, allowAutoTopicCreation, name, errorCode, partitions) => {
    await using session = await openSession({ defaultPartitions: 3, ...options });
    const answer = await session.client.call(metadata, 4, { topics: [{ name }], allowAutoTopicCreation });
    expect(answer.topics[0]?.errorCode).toBe(errorCode);
    expect(answer.topics[0]?.partitions).toHaveLength(partitions);
    expect(session.emulator.inspectTopic(name)?.length ?? 0).toBe(partitions);
  });

  test("finds a topic by its id, and not by another", async () => {
    await using session = await openSession();
    await session.createTopic("t", 1);
    const [byName] = (await session.client.call(metadata, 12, { topics: [{ name: "t" }] })).topics;
    const ids = [
      { topicId: byName?.topicId ?? "", name: null },
      { topicId: "f".repeat(32), name: null },
    ];
    expect((await session.client.call(metadata, 12, { topics: ids })).topics).toMatchObject([
      { errorCode: 0, name: "t" },
      { errorCode: ErrorCode.unknownTopicId, name: null },
    ]);
  });
});

describe("CreateTopics", () => {
  const base = { partitionCount: 1, replicationFactor: 1 };
  const refused: [string, object, ErrorCode][] = [
    ["a name with spaces", { ...base, name: "a b" }, ErrorCode.invalidTopic],
    ["an empty name", { ...base, name: "" }, ErrorCode.invalidTopic],
    ["the name '..'", { ...base, name: ".." }, ErrorCode.invalidTopic],
    ["a name of 250 characters", { ...base, name: "x".repeat(250) }, ErrorCode.invalidTopic],
    ["a name that exists", { ...base, name: "old.topic" }, ErrorCode.topicAlreadyExists],
    ["a name that collides in metrics", { ...base, name: "old_topic" }, ErrorCode.invalidTopic],
    ["no partitions", { ...base, name: "n", partitionCount: 0 }, ErrorCode.invalidPartitions],
    ["2^31-1 partitions", { ...base, name: "n", partitionCount: 2 ** 31 - 1 }, ErrorCode.invalidPartitions],
    ["two replicas", { ...base, name: "n", replicationFactor: 2 }, ErrorCode.invalidReplicationFactor],
    ["no replicas", { ...base, name: "n", replicationFactor: 0 }, ErrorCode.invalidReplicationFactor],
    [
      "an unknown setting",
      { ...base, name: "n", configs: [{ name: "colour", value: "red" }] },
      ErrorCode.invalidConfig,
    ],
    [
      "a setting of the wrong type",
      { ...base, name: "n", configs: [{ name: "retention.ms", value: "soon" }] },
      ErrorCode.invalidConfig,
    ],
    [
      "an assignment to another broker",
      { name: "n", partitionCount: -1, replicationFactor: -1, assignments: [{ index: 0, brokerIds: [2] }] },
      ErrorCode.invalidReplicaAssignment,
    ],
    [
      "an assignment with a gap",
      { name: "n", partitionCount: -1, replicationFactor: -1, assignments: [{ index: 1, brokerIds: [1] }] },
      ErrorCode.invalidReplicaAssignment,
    ],
    [
      "an assignment and a number of partitions",
      { ...base, name: "n", assignments: [{ index: 0, brokerIds: [1] }] },
      ErrorCode.invalidRequest,
    ],
  ];
  test.each(refused)("refuses %s", async (_, topic, errorCode) => {
    await using session = await openSession();
    await session.createTopic("old.topic", 1);
    const answer = await session.client.call(createTopics, 7, { topics: [topic] });
    expect(answer.topics).toMatchObject([{ errorCode, errorMessage: expect.any(String), configs: null }]);
    expect(session.emulator.inspectTopic("n")).toBeNull();
  });

  test.each(range([2, 7]))("version %d creates what was asked for", async (version) => {
    await using session = await openSession();
    const configs = [{ name: "retention.ms", value: "1000" }];
    const topics = [{ name: "t", partitionCount: 4, replicationFactor: 1, configs }];
    const answer = await session.client.call(createTopics, version, { topics });
    expect(answer.topics).toMatchObject([{ name: "t", errorCode: 0, errorMessage: null }]);
    if (version >= 5) {
      expect(answer.topics[0]).toMatchObject({ partitionCount: 4, replicationFactor: 1 });
      expect(answer.topics[0]?.configs).toContainEqual(
        expect.objectContaining({ name: "retention.ms", value: "1000", configSource: 1 }),
      );
    }
    expect(session.emulator.inspectTopic("t")).toHaveLength(4);
  });

  test("leaves partitions and replicas to the broker where the client does", async () => {
    await using session = await openSession({ defaultPartitions: 5 });
    const topics = [{ name: "t", partitionCount: -1, replicationFactor: -1 }];
    const answer = await session.client.call(createTopics, 5, { topics });
    expect(answer.topics).toMatchObject([{ errorCode: 0, partitionCount: 5, replicationFactor: 1 }]);
    expect(session.emulator.inspectTopic("t")).toHaveLength(5);
  });

  test("only checks when that is all that is wanted", async () => {
    await using session = await openSession();
    const answer = await session.client.call(createTopics, 5, {
      topics: [{ name: "t", ...base }],
      validateOnly: true,
    });
    expect(answer.topics).toMatchObject([{ errorCode: 0 }]);
    expect(session.emulator.inspectTopic("t")).toBeNull();
  });

  test("refuses a name that comes twice in one request", async () => {
    await using session = await openSession();
    const topics = ["t", "u", "t"].map((name) => ({ name, ...base }));
    expect((await session.client.call(createTopics, 5, { topics })).topics).toMatchObject([
      { name: "t", errorCode: ErrorCode.invalidRequest },
      { name: "u", errorCode: 0 },
    ]);
    expect(session.emulator.inspectTopic("t")).toBeNull();
  });
});

describe("DeleteTopics", () => {
  test.each(range([1, 6]))("version %d deletes by name", async (version) => {
    await using session = await openSession();
    await session.createTopic("t", 1);
    await session.produce("t", 0, numberedBatch(1));
    const wanted =
      version < 6 ? { topicNames: ["t", "other"] } : { topics: [{ name: "t" }, { name: "other" }] };
    expect((await session.client.call(deleteTopics, version, wanted)).responses).toMatchObject([
      { name: "t", errorCode: 0 },
      { name: "other", errorCode: ErrorCode.unknownTopicOrPartition },
    ]);
    expect(session.emulator.inspectTopic("t")).toBeNull();
    await session.createTopic("t", 1);
    expect(session.emulator.inspectTopic("t")).toEqual([{ startOffset: 0, endOffset: 0, bytes: 0 }]);
  });

  test("deletes by id, and not by name and id", async () => {
    await using session = await openSession();
    await session.createTopic("t", 1);
    const { topics } = await session.client.call(metadata, 12, { topics: [{ name: "t" }] });
    const topicId = topics[0]?.topicId ?? "";
    const call = async (topic: { name: string | null; topicId: string }) =>
      (await session.client.call(deleteTopics, 6, { topics: [topic] })).responses[0]?.errorCode;
    expect(await call({ name: "t", topicId })).toBe(ErrorCode.invalidRequest);
    expect(await call({ name: null, topicId: "f".repeat(32) })).toBe(ErrorCode.unknownTopicId);
    expect(await call({ name: null, topicId })).toBe(0);
    expect(await call({ name: null, topicId })).toBe(ErrorCode.unknownTopicId);
  });
});

describe("CreatePartitions", () => {
  test.each<[string, object, ErrorCode, number]>([
    ["adds partitions", { name: "t", count: 5, assignments: null }, 0, 5],
    ["takes an assignment of the new ones", { name: "t", count: 3, assignments: [{ brokerIds: [1] }] }, 0, 3],
    [
      "refuses as many as there are",
      { name: "t", count: 2, assignments: null },
      ErrorCode.invalidPartitions,
      2,
    ],
    [
      "refuses too many",
      { name: "t", count: 2 ** 31 - 1, assignments: null },
      ErrorCode.invalidPartitions,
      2,
    ],
    [
      "refuses an assignment to another broker",
      { name: "t", count: 3, assignments: [{ brokerIds: [2] }] },
      ErrorCode.invalidReplicaAssignment,
      2,
    ],
    ["does not know another topic", { name: "u", count: 3 }, ErrorCode.unknownTopicOrPartition, 2],
  ])("%s", async (_, topic, errorCode, partitions) => {
    await using session = await openSession();
    await session.createTopic("t", 2);
    const answer = await session.client.call(createPartitions, 3, { topics: [topic] });
    expect(answer.results).toMatchObject([{ errorCode }]);
    expect(session.emulator.inspectTopic("t")).toHaveLength(partitions);
  });

  test("only checks when that is all that is wanted", async () => {
    await using session = await openSession();
    await session.createTopic("t", 2);
    const topics = [{ name: "t", count: 9, assignments: null }];
    const answer = await session.client.call(createPartitions, 3, { topics, validateOnly: true });
    expect(answer.results).toMatchObject([{ errorCode: 0 }]);
    expect(session.emulator.inspectTopic("t")).toHaveLength(2);
  });
});

describe("DescribeConfigs", () => {
  const topic = { resourceType: 2, resourceName: "t", configurationKeys: null };
  test.each(range([1, 4]))(
    "version %d tells settings, defaults and where they come from",
    async (version) => {
      await using session = await openSession();
      await session.createTopic("t", 1, { "retention.ms": "1000" });
      const answer = await session.client.call(describeConfigs, version, {
        resources: [topic],
        includeSynonyms: true,
      });
      const configs = answer.results[0]?.configs ?? [];
      expect(configs.find(({ name }) => name === "retention.ms")).toMatchObject({
        value: "1000",
        configSource: 1,
        synonyms: [
          { name: "retention.ms", value: "1000", source: 1 },
          { name: "log.retention.ms", value: "604800000", source: 5 },
        ],
        ...(version >= 3 && { configType: 5 }),
      });
      expect(configs.find(({ name }) => name === "cleanup.policy")).toMatchObject({
        value: "delete",
        configSource: 5,
      });
    },
  );

  test("tells only what was asked for", async () => {
    await using session = await openSession();
    await session.createTopic("t", 1);
    const answer = await session.client.call(describeConfigs, 4, {
      resources: [{ ...topic, configurationKeys: ["segment.ms", "no.such"] }],
    });
    expect(answer.results[0]?.configs).toMatchObject([{ name: "segment.ms", synonyms: [] }]);
  });

  test("tells how the broker behaves", async () => {
    await using session = await openSession({ defaultPartitions: 7, autoCreateTopics: false });
    const resources = [{ resourceType: 4, resourceName: "1", configurationKeys: null }];
    const answer = await session.client.call(describeConfigs, 4, { resources });
    const values = Object.fromEntries(
      (answer.results[0]?.configs ?? []).map(({ name, value }) => [name, value]),
    );
    expect(values).toMatchObject({ "num.partitions": "7", "auto.create.topics.enable": "false" });
  });

  test.each([
    ["a topic that does not exist", 2, "other", ErrorCode.unknownTopicOrPartition],
    ["an impossible topic", 2, "a b", ErrorCode.invalidTopic],
    ["another broker", 4, "2", ErrorCode.invalidRequest],
    ["something that is neither", 8, "1", ErrorCode.invalidRequest],
  ])("refuses %s", async (_, resourceType, resourceName, errorCode) => {
    await using session = await openSession();
    const resources = [{ resourceType, resourceName, configurationKeys: null }];
    expect((await session.client.call(describeConfigs, 4, { resources })).results).toMatchObject([
      { errorCode },
    ]);
  });
});

describe("changing settings", () => {
  const ofTopic = async (session: Awaited<ReturnType<typeof openSession>>, name: string) => {
    const resources = [{ resourceType: 2, resourceName: "t", configurationKeys: [name] }];
    return (await session.client.call(describeConfigs, 4, { resources })).results[0]?.configs[0]?.value;
  };
  const [set, remove, append, subtract] = [0, 1, 2, 3];

  test.each<[string, { name: string; operation: number; value: string | null }[], string | undefined]>([
    ["sets one", [{ name: "cleanup.policy", operation: set, value: "compact" }], "compact"],
    ["takes one back", [{ name: "cleanup.policy", operation: remove, value: null }], "delete"],
    [
      "appends to a list",
      [{ name: "cleanup.policy", operation: append, value: "compact" }],
      "delete,compact",
    ],
    [
      "subtracts from a list",
      [
        { name: "cleanup.policy", operation: set, value: "delete,compact" },
        { name: "cleanup.policy", operation: subtract, value: "delete" },
      ],
      "compact",
    ],
  ])("by itself %s, and leaves the others", async (_, configs, policy) => {
    await using session = await openSession();
    await session.createTopic("t", 1, { "retention.ms": "5" });
    const resources = [{ resourceType: 2, resourceName: "t", configs }];
    const answer = await session.client.call(incrementalAlterConfigs, 1, { resources });
    expect(answer.responses).toMatchObject([{ errorCode: 0 }]);
    expect(await ofTopic(session, "cleanup.policy")).toBe(policy);
    expect(await ofTopic(session, "retention.ms")).toBe("5");
  });

  test("as a whole replaces all of them", async () => {
    await using session = await openSession();
    await session.createTopic("t", 1, { "retention.ms": "5" });
    const configs = [{ name: "segment.ms", value: "9" }];
    const resources = [{ resourceType: 2, resourceName: "t", configs }];
    await session.client.call(alterConfigs, 2, { resources });
    expect(await ofTopic(session, "segment.ms")).toBe("9");
    expect(await ofTopic(session, "retention.ms")).toBe("604800000");
  });

  test.each([
    ["an unknown setting", 2, "t", { name: "colour", operation: set, value: "red" }, ErrorCode.invalidConfig],
    ["a wrong value", 2, "t", { name: "segment.ms", operation: set, value: "soon" }, ErrorCode.invalidConfig],
    [
      "appending to a number",
      2,
      "t",
      { name: "segment.ms", operation: append, value: "1" },
      ErrorCode.invalidConfig,
    ],
    [
      "an unknown operation",
      2,
      "t",
      { name: "segment.ms", operation: 9, value: "1" },
      ErrorCode.invalidConfig,
    ],
    [
      "an unknown topic",
      2,
      "u",
      { name: "segment.ms", operation: set, value: "1" },
      ErrorCode.unknownTopicOrPartition,
    ],
    ["the broker", 4, "1", { name: "segment.ms", operation: set, value: "1" }, ErrorCode.invalidRequest],
  ])("refuses %s, and then changes nothing", async (_, resourceType, resourceName, config, errorCode) => {
    await using session = await openSession();
    await session.createTopic("t", 1);
    const configs = [{ name: "retention.ms", operation: set, value: "5" }, config];
    const resources = [{ resourceType, resourceName, configs }];
    const answer = await session.client.call(incrementalAlterConfigs, 1, { resources });
    expect(answer.responses).toMatchObject([{ errorCode }]);
    expect(await ofTopic(session, "retention.ms")).toBe("604800000");
  });

  test("takes effect: retention drops batches, and a smaller limit refuses them", async () => {
    await using session = await openSession();
    await session.createTopic("t", 1);
    for (let i = 0; i < 4; i++) await session.produce("t", 0, numberedBatch(3));
    const bytes = numberedBatch(3).length;
    const configs = [
      { name: "retention.bytes", operation: set, value: String(bytes * 2) },
      { name: "max.message.bytes", operation: set, value: String(bytes - 1) },
    ];
    await session.client.call(incrementalAlterConfigs, 1, {
      resources: [{ resourceType: 2, resourceName: "t", configs }],
    });
    expect(session.emulator.inspectTopic("t")).toEqual([{ startOffset: 6, endOffset: 12, bytes: bytes * 2 }]);
    expect(await session.produce("t", 0, numberedBatch(3))).toMatchObject({
      errorCode: ErrorCode.messageTooLarge,
    });
  });
});

describe("DescribeCluster", () => {
  test.each([0, 1])("version %d tells of the one broker", async (version) => {
    await using session = await openSession();
    const answer = await session.client.call(describeCluster, version, {});
    expect(answer).toMatchObject({
      errorCode: 0,
      controllerId: 1,
      brokers: [{ brokerId: 1, host: "127.0.0.1", port: session.emulator.port }],
    });
    expect(answer.clusterId).toMatch(/^[\w-]{22}$/);
  });

  test("has no controllers to tell of", async () => {
    await using session = await openSession();
    expect(await session.client.call(describeCluster, 1, { endpointType: 2 })).toMatchObject({
      errorCode: ErrorCode.invalidRequest,
    });
  });
});
