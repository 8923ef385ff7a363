// The Kafka contract, request by request: the cluster, its topics and their partitions.
import { expect } from "@jest/globals";
import { ErrorCode } from "../../src/emulators/kafka/protocol/error-codes.ts";
import { metadata } from "../../src/emulators/kafka/requests/03-metadata.ts";
import { createTopics } from "../../src/emulators/kafka/requests/19-create-topics.ts";
import { deleteTopics } from "../../src/emulators/kafka/requests/20-delete-topics.ts";
import { createPartitions } from "../../src/emulators/kafka/requests/37-create-partitions.ts";
import { describeCluster } from "../../src/emulators/kafka/requests/60-describe-cluster.ts";
import { freshName } from "../support/kafka-clients.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import { type Body, declareWireCases, noId, only, strangeId, type Wire } from "../support/kafka-wire.ts";

const notAsked = -2147483648;
const anyId = expect.stringMatching(/^[0-9a-f]{32}$/);
const addressOf = (bootstrap: string) => {
  const [host, port] = bootstrap.split(":");
  return { host, port: Number(port) };
};

type Creatable = NonNullable<Body<typeof createTopics>["topics"]>[number];

/** Refused ones are named by error code. */
async function create(wire: Wire, version: number, wanted: readonly Creatable[], validateOnly = false) {
  const topics = wanted.map((each) => ({ partitionCount: 1, replicationFactor: 1, ...each }));
  const answer = await wire.call(createTopics, version, { topics, timeoutMs: 10_000, validateOnly });
  expect(answer.throttleTimeMs).toBe(0);
  return answer.topics;
}

async function remove(wire: Wire, name: string) {
  await wire.prepare(deleteTopics, 5, { topicNames: [name], timeoutMs: 10_000 });
}

/** Deletes by name, in the form that the version has for it. */
async function deleteByName(wire: Wire, version: number, ...names: string[]) {
  const topics = names.map((name) => ({ name, topicId: noId }));
  const answer = await wire.call(deleteTopics, version, { topics, topicNames: names, timeoutMs: 10_000 });
  expect(answer.throttleTimeMs).toBe(0);
  return answer.responses;
}

async function grow(wire: Wire, version: number, name: string, count: number, more: object = {}) {
  const topics = [{ name, count, assignments: null, ...more }];
  const answer = await wire.call(createPartitions, version, { topics, timeoutMs: 10_000 });
  expect(answer).toMatchObject({ throttleTimeMs: 0, results: [{ name }] });
  return only(answer.results);
}

async function partitionCount(wire: Wire, name: string) {
  return only((await wire.prepare(metadata, 9, { topics: [{ name }] })).topics).partitions.length;
}

describeKafka("Topics, request by request", (kafka) => {
  declareWireCases(kafka, [
    {
      api: metadata,
      does: "tells the broker, and who leads each partition",
      async run(wire, version) {
        const topic = await wire.createTopic(2);
        const answer = await wire.call(metadata, version, {
          topics: [{ name: topic.name }],
          allowAutoTopicCreation: false,
        });
        const { host, port } = addressOf(wire.bootstrap);
        expect(answer.throttleTimeMs).toBe(0);
        expect(answer.errorCode).toBe(0);
        expect(answer.brokers).toEqual([{ nodeId: 1, host, port, rack: null }]);
        expect(answer.controllerId).toBe(version < 1 ? -1 : 1);
        expect(answer.clusterId).toEqual(version < 2 ? null : expect.stringMatching(/^[\w-]{22}$/));
        expect(answer.clusterAuthorizedOperations).toBe(notAsked);
        const partition = (index: number) => ({
          errorCode: 0,
          index,
          leaderId: 1,
          leaderEpoch: version < 7 ? -1 : 0,
          replicaNodes: [1],
          isrNodes: [1],
          offlineReplicas: [],
        });
        const { partitions, ...described } = only(answer.topics);
        expect(described).toEqual({
          errorCode: 0,
          name: topic.name,
          topicId: version < 10 ? noId : topic.id,
          isInternal: false,
          topicAuthorizedOperations: notAsked,
        });
        expect(partitions.sort((a, b) => a.index - b.index)).toEqual([partition(0), partition(1)]);
      },
    },
    {
      api: metadata,
      does: "tells of a topic that is not there, and of a name that cannot be",
      async run(wire, version) {
        const missing = freshName("missing");
        const { topics } = await wire.call(metadata, version, {
          topics: [{ name: missing }, { name: "a/b" }],
          allowAutoTopicCreation: false,
        });
        const codes = Object.fromEntries(topics.map((each) => [each.name ?? "", each.errorCode]));
        expect(codes["a/b"]).toBe(ErrorCode.invalidTopic);
        // Before version 4 asking makes the topic, where the broker lets it.
        if (version >= 4) expect(codes[missing]).toBe(ErrorCode.unknownTopicOrPartition);
        for (const { partitions, isInternal } of topics.filter(({ errorCode }) => errorCode !== 0)) {
          expect([partitions, isInternal]).toEqual([[], false]);
        }
        if (codes[missing] === 0) await remove(wire, missing);
      },
    },
    {
      api: metadata,
      does: "lists every topic when it is asked for none in particular",
      async run(wire, version) {
        const topic = await wire.createTopic();
        const { topics } = await wire.call(metadata, version, { topics: version === 0 ? [] : null });
        expect(topics.map(({ name }) => name)).toContain(topic.name);
      },
    },
    {
      api: metadata,
      does: "lists no topic when it is asked for none at all",
      since: 1,
      async run(wire, version) {
        await wire.createTopic();
        expect((await wire.call(metadata, version, { topics: [] })).topics).toEqual([]);
      },
    },
    {
      api: metadata,
      does: "finds a topic by its id, and tells an id that is none",
      since: 12,
      async run(wire, version) {
        const topic = await wire.createTopic();
        const { topics } = await wire.call(metadata, version, {
          topics: [
            { name: null, topicId: topic.id },
            { name: null, topicId: strangeId },
          ],
        });
        expect(topics.map(({ errorCode, name, topicId }) => [errorCode, name, topicId])).toEqual(
          expect.arrayContaining([
            [0, topic.name, topic.id],
            [ErrorCode.unknownTopicId, null, strangeId],
          ]),
        );
      },
    },
    {
      api: createTopics,
      does: "makes a topic with settings of its own",
      async run(wire, version) {
        const name = freshName("made");
        const configs = [{ name: "retention.ms", value: "-1" }];
        const answer = only(await create(wire, version, [{ name, partitionCount: 3, configs }]));
        const { configs: told, ...rest } = answer;
        expect(rest).toEqual({
          name,
          topicId: version < 7 ? noId : anyId,
          errorCode: 0,
          errorMessage: null,
          topicConfigErrorCode: 0,
          partitionCount: version < 5 ? -1 : 3,
          replicationFactor: version < 5 ? -1 : 1,
        });
        if (version < 5) expect(told).toEqual([]);
        else {
          expect(told).toContainEqual({
            name: "retention.ms",
            value: "-1",
            readOnly: false,
            configSource: 1,
            isSensitive: false,
          });
          expect(told?.map((each) => each.name)).toEqual(
            expect.arrayContaining(["cleanup.policy", "segment.bytes", "max.message.bytes"]),
          );
        }
        await remove(wire, name);
      },
    },
    {
      api: createTopics,
      does: "makes nothing when it is only to check",
      async run(wire, version) {
        const name = freshName("checked");
        expect(only(await create(wire, version, [{ name, partitionCount: 2 }], true))).toMatchObject({
          errorCode: 0,
          topicId: version < 7 ? noId : anyId,
        });
        expect(only(await create(wire, version, [{ name }]))).toMatchObject({ errorCode: 0 });
        expect(only(await create(wire, version, [{ name }], true)).errorCode).toBe(
          ErrorCode.topicAlreadyExists,
        );
        await remove(wire, name);
      },
    },
    {
      api: createTopics,
      does: "refuses what cannot be, each with its error",
      async run(wire, version) {
        const { name: taken } = await wire.createTopic();
        const assigned = (...assignments: { index: number; brokerIds: number[] }[]) => ({
          partitionCount: -1,
          replicationFactor: -1,
          assignments,
        });
        const wanted: [Creatable, ErrorCode][] = [
          [{ name: taken }, ErrorCode.topicAlreadyExists],
          [{ name: "a/b" }, ErrorCode.invalidTopic],
          [{ name: "" }, ErrorCode.invalidTopic],
          [{ name: ".." }, ErrorCode.invalidTopic],
          [{ name: "x".repeat(250) }, ErrorCode.invalidTopic],
          [{ name: freshName("p"), partitionCount: 0 }, ErrorCode.invalidPartitions],
          [{ name: freshName("p"), partitionCount: -2 }, ErrorCode.invalidPartitions],
          [{ name: freshName("r"), replicationFactor: 3 }, ErrorCode.invalidReplicationFactor],
          [{ name: freshName("r"), replicationFactor: 0 }, ErrorCode.invalidReplicationFactor],
          [{ name: freshName("c"), configs: [{ name: "no.such", value: "1" }] }, ErrorCode.invalidConfig],
          [
            { name: freshName("c"), configs: [{ name: "retention.ms", value: "x" }] },
            ErrorCode.invalidConfig,
          ],
          [
            { name: freshName("c"), configs: [{ name: "retention.ms", value: null }] },
            ErrorCode.invalidConfig,
          ],
          [
            { name: freshName("c"), configs: [{ name: "cleanup.policy", value: "burn" }] },
            ErrorCode.invalidConfig,
          ],
          [
            { name: freshName("a"), ...assigned({ index: 1, brokerIds: [1] }) },
            ErrorCode.invalidReplicaAssignment,
          ],
          [
            { name: freshName("a"), ...assigned({ index: 0, brokerIds: [9] }) },
            ErrorCode.invalidReplicaAssignment,
          ],
          [
            {
              name: freshName("a"),
              ...assigned({ index: 0, brokerIds: [1] }),
              partitionCount: 4,
            },
            ErrorCode.invalidRequest,
          ],
        ];
        const answers = await create(
          wire,
          version,
          wanted.map(([topic]) => topic),
        );
        const codes = new Map(answers.map((each) => [each.name, each.errorCode]));
        expect(codes).toEqual(new Map(wanted.map(([{ name = "" }, code]) => [name, code])));
        for (const each of answers) expect(each.errorMessage).toEqual(expect.any(String));
      },
    },
    {
      api: createTopics,
      does: "refuses a name that comes twice",
      async run(wire, version) {
        const name = freshName("twice");
        expect(only(await create(wire, version, [{ name }, { name }]))).toMatchObject({
          name,
          errorCode: ErrorCode.invalidRequest,
        });
      },
    },
    {
      api: createTopics,
      does: "takes the broker's defaults from version 4 on, and an assignment",
      since: 4,
      async run(wire, version) {
        const [a, b] = [freshName("default"), freshName("assigned")];
        const answers = await create(wire, version, [
          { name: a, partitionCount: -1, replicationFactor: -1 },
          {
            name: b,
            partitionCount: -1,
            replicationFactor: -1,
            assignments: [
              { index: 0, brokerIds: [1] },
              { index: 1, brokerIds: [1] },
            ],
          },
        ]);
        expect(answers.map(({ errorCode }) => errorCode)).toEqual([0, 0]);
        expect(await partitionCount(wire, b)).toBe(2);
        await remove(wire, a);
        await remove(wire, b);
      },
    },
    {
      api: deleteTopics,
      does: "deletes a topic, and not one that is gone",
      async run(wire, version) {
        const topic = await wire.createTopic();
        expect(await deleteByName(wire, version, topic.name)).toEqual([
          {
            name: topic.name,
            topicId: version < 6 ? noId : topic.id,
            errorCode: 0,
            errorMessage: null,
          },
        ]);
        const again = only(await deleteByName(wire, version, topic.name));
        expect(again).toMatchObject({
          name: topic.name,
          topicId: noId,
          errorCode: ErrorCode.unknownTopicOrPartition,
          errorMessage: version < 5 ? null : expect.any(String),
        });
      },
    },
    {
      api: deleteTopics,
      does: "deletes by id, and refuses an id that is none and both at once",
      since: 6,
      async run(wire, version) {
        const topic = await wire.createTopic();
        const kept = await wire.createTopic();
        const { responses } = await wire.call(deleteTopics, version, {
          topics: [
            { name: null, topicId: topic.id },
            { name: null, topicId: strangeId },
            { name: kept.name, topicId: kept.id },
          ],
          timeoutMs: 10_000,
        });
        const told = responses.map(({ name, topicId, errorCode }) => [name, topicId, errorCode]);
        expect(told).toHaveLength(3);
        expect(told).toEqual(
          expect.arrayContaining([
            [topic.name, topic.id, 0],
            [null, strangeId, ErrorCode.unknownTopicId],
            [kept.name, kept.id, ErrorCode.invalidRequest],
          ]),
        );
      },
    },
    {
      api: createPartitions,
      does: "adds partitions to a topic",
      async run(wire, version) {
        const { name } = await wire.createTopic(1);
        expect(await grow(wire, version, name, 3)).toEqual({ name, errorCode: 0, errorMessage: null });
        expect(await partitionCount(wire, name)).toBe(3);
        const assignments = [{ brokerIds: [1] }];
        expect(await grow(wire, version, name, 4, { assignments })).toMatchObject({ errorCode: 0 });
      },
    },
    {
      api: createPartitions,
      does: "refuses what is no increase, a topic that is not there and a wrong assignment",
      async run(wire, version) {
        const { name } = await wire.createTopic(2);
        const code = async (topic: string, count: number, more = {}) => {
          return (await grow(wire, version, topic, count, more)).errorCode;
        };
        expect(await code(name, 2)).toBe(ErrorCode.invalidPartitions);
        expect(await code(name, 1)).toBe(ErrorCode.invalidPartitions);
        expect(await code(name, -1)).toBe(ErrorCode.invalidPartitions);
        expect(await code(freshName("missing"), 2)).toBe(ErrorCode.unknownTopicOrPartition);
        const assigned = (...brokerIds: number[][]) => ({
          assignments: brokerIds.map((ids) => ({ brokerIds: ids })),
        });
        expect(await code(name, 4, assigned([1]))).toBe(ErrorCode.invalidReplicaAssignment);
        expect(await code(name, 3, assigned([9]))).toBe(ErrorCode.invalidReplicaAssignment);
        expect(await code(name, 3, assigned([1, 1]))).toBe(ErrorCode.invalidReplicaAssignment);
        expect(await partitionCount(wire, name)).toBe(2);
      },
    },
    {
      api: createPartitions,
      does: "adds none when it is only to check, and none to a topic named twice",
      async run(wire, version) {
        const { name } = await wire.createTopic(1);
        const topic = { name, count: 2, assignments: null };
        const checked = await wire.call(createPartitions, version, {
          topics: [topic],
          timeoutMs: 10_000,
          validateOnly: true,
        });
        expect(only(checked.results)).toMatchObject({ name, errorCode: 0 });
        const twice = await wire.call(createPartitions, version, {
          topics: [topic, topic],
          timeoutMs: 10_000,
        });
        expect(only(twice.results)).toMatchObject({ name, errorCode: ErrorCode.invalidRequest });
        expect(await partitionCount(wire, name)).toBe(1);
      },
    },
    {
      api: describeCluster,
      does: "tells the brokers",
      async run(wire, version) {
        const answer = await wire.call(describeCluster, version, {});
        const { host, port } = addressOf(wire.bootstrap);
        expect(answer).toEqual({
          throttleTimeMs: 0,
          errorCode: 0,
          errorMessage: null,
          endpointType: 1,
          clusterId: expect.stringMatching(/^[\w-]{22}$/),
          controllerId: 1,
          brokers: [{ brokerId: 1, host, port, rack: null, isFenced: false }],
          clusterAuthorizedOperations: notAsked,
        });
      },
    },
    {
      api: describeCluster,
      does: "has no controllers to tell of",
      since: 1,
      async run(wire, version) {
        expect(await wire.call(describeCluster, version, { endpointType: 2 })).toMatchObject({
          errorCode: ErrorCode.mismatchedEndpointType,
          errorMessage: expect.any(String),
          brokers: [],
        });
        expect(await wire.call(describeCluster, version, { endpointType: 9 })).toMatchObject({
          errorCode: ErrorCode.unsupportedEndpointType,
          brokers: [],
        });
      },
    },
  ]);
});
