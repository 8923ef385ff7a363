/**
 * Metadata, CreateTopics, DeleteTopics, CreatePartitions and DescribeCluster, over the wire.
 */
import { describe, expect, test } from "@jest/globals";
import { ErrorCode } from "../protocol/error-codes.ts";
import { numberedBatch } from "../testing/batches.ts";
import { openSession } from "../testing/session.ts";
import { metadata } from "./03-metadata.ts";
import { createTopics } from "./19-create-topics.ts";
import { deleteTopics } from "./20-delete-topics.ts";
import { createPartitions } from "./37-create-partitions.ts";
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
    expect(answer.topics).toMatchObject([{ errorCode, errorMessage: expect.any(String), configs: [] }]);
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
      errorCode: ErrorCode.mismatchedEndpointType,
    });
  });
});
