// The Kafka contract, request by request: the cluster, and what it says of its topics.
import { expect } from "@jest/globals";
import { ErrorCode } from "../../src/emulators/kafka/protocol/error-codes.ts";
import { metadata } from "../../src/emulators/kafka/requests/03-metadata.ts";
import { deleteTopics } from "../../src/emulators/kafka/requests/20-delete-topics.ts";
import { describeCluster } from "../../src/emulators/kafka/requests/60-describe-cluster.ts";
import { freshName } from "../support/kafka-clients.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import { declareWireCases, noId, only, strangeId } from "../support/kafka-wire.ts";

const notAsked = -2147483648;
const addressOf = (bootstrap: string) => {
  const [host, port] = bootstrap.split(":");
  return { host, port: Number(port) };
};

describeKafka("The cluster, request by request", (kafka) => {
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
        if (codes[missing] === 0) {
          await wire.prepare(deleteTopics, 5, { topicNames: [missing], timeoutMs: 10_000 });
        }
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
