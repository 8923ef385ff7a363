// The Kafka contract, request by request: what administrators look through.
import { expect } from "@jest/globals";
import { ErrorCode } from "../../src/emulators/kafka/protocol/error-codes.ts";
import { metadata } from "../../src/emulators/kafka/requests/03-metadata.ts";
import { describeGroups } from "../../src/emulators/kafka/requests/15-describe-groups.ts";
import { describeCluster } from "../../src/emulators/kafka/requests/60-describe-cluster.ts";
import { describeTransactions } from "../../src/emulators/kafka/requests/65-describe-transactions.ts";
import { listTransactions } from "../../src/emulators/kafka/requests/66-list-transactions.ts";
import { listConfigResources } from "../../src/emulators/kafka/requests/74-list-config-resources.ts";
import { describeTopicPartitions } from "../../src/emulators/kafka/requests/75-describe-topic-partitions.ts";
import { freshName } from "../support/kafka-clients.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import {
  type Body,
  declareWireCases,
  noId,
  only,
  openWire,
  type Wire,
  whenSettled,
} from "../support/kafka-wire.ts";
import { openMember } from "../support/kafka-wire-groups.ts";
import { addPartitions, end, openProducer } from "../support/kafka-wire-transactions.ts";

const operations = { topic: 3576, cluster: 8096, group: 3400 } as const;
const notAsked = -2147483648;
const resource = { topic: 2, broker: 4, brokerLogger: 8, clientMetrics: 16, group: 32 } as const;

const partition = (index: number) => ({
  errorCode: 0,
  index,
  leaderId: 1,
  leaderEpoch: 0,
  replicaNodes: [1],
  isrNodes: [1],
  eligibleLeaderReplicas: [],
  lastKnownElr: [],
  offlineReplicas: [],
});

/** Topics with the indexes that were told of each, and the cursor. */
async function page(wire: Wire, names: readonly string[], more: Body<typeof describeTopicPartitions> = {}) {
  const topics = names.map((name) => ({ name }));
  const answer = await wire.call(describeTopicPartitions, 0, { topics, ...more });
  const told = answer.topics.map(({ name, errorCode, partitions }) =>
    errorCode === 0 ? [name, ...partitions.map(({ index }) => index)] : [name, `error ${errorCode}`],
  );
  const { nextCursor } = answer;
  return [...told, nextCursor && [nextCursor.topicName, nextCursor.partitionIndex]];
}

async function listed(wire: Wire, version: number, id: string, filters: Body<typeof listTransactions> = {}) {
  const answer = await whenSettled(() => wire.call(listTransactions, version, filters));
  expect(answer).toMatchObject({ throttleTimeMs: 0, errorCode: 0 });
  return answer.transactionStates.filter(({ transactionalId }) => transactionalId === id);
}

describeKafka("Listings, request by request", (kafka) => {
  const { test, bootstrap } = kafka;
  declareWireCases(kafka, [
    {
      api: describeTopicPartitions,
      does: "tells the partitions of topics, in the order of their names",
      async run(wire, version) {
        const [a, b] = [await wire.createTopic(2), await wire.createTopic()];
        const answer = await wire.call(describeTopicPartitions, version, {
          topics: [{ name: b.name }, { name: a.name }],
        });
        const topic = ({ name, id }: typeof a, count: number) => ({
          errorCode: 0,
          name,
          topicId: id,
          isInternal: false,
          partitions: Array.from({ length: count }, (_, index) => partition(index)),
          topicAuthorizedOperations: operations.topic,
        });
        const inOrder = [topic(a, 2), topic(b, 1)].sort((one, other) => (one.name < other.name ? -1 : 1));
        expect(answer).toEqual({ throttleTimeMs: 0, topics: inOrder, nextCursor: null });
      },
    },
    {
      api: describeTopicPartitions,
      does: "refuses topics that are not there, and cursors that lead nowhere",
      async run(wire, version) {
        const { name } = await wire.createTopic();
        const answer = await wire.call(describeTopicPartitions, version, {
          topics: [{ name: "missing" }, { name: "a/b" }],
        });
        const refused = (errorCode: ErrorCode, each: string) =>
          expect.objectContaining({ errorCode, name: each, topicId: noId, partitions: [] });
        expect(answer.topics).toEqual([
          refused(ErrorCode.invalidTopic, "a/b"),
          refused(ErrorCode.unknownTopicOrPartition, "missing"),
        ]);
        const invalid = [[name, `error ${ErrorCode.invalidRequest}`], null];
        const at = (topicName: string, partitionIndex: number) => ({ cursor: { topicName, partitionIndex } });
        expect(await page(wire, [name], at(name, -1))).toEqual(invalid);
        expect(await page(wire, [name], at("zzz", 0))).toEqual(invalid);
        expect(await page(wire, [""])).toEqual([["", "error -1"], null]);
      },
    },
    {
      api: describeTransactions,
      does: "tells a producer's transaction",
      async run(wire, version) {
        const { name } = await wire.createTopic(3);
        const producer = await openProducer(wire);
        const { transactionalId, producerId } = producer;
        const tell = async () =>
          only(
            (
              await whenSettled(() =>
                wire.call(describeTransactions, version, { transactionalIds: [transactionalId] }),
              )
            ).transactionStates,
          );
        const base = {
          errorCode: 0,
          transactionalId,
          transactionTimeoutMs: 60_000,
          producerId,
          producerEpoch: 0,
        };
        expect(await tell()).toEqual({
          ...base,
          transactionState: "Empty",
          transactionStartTimeMs: -1,
          topics: [],
        });
        await addPartitions(wire.prepare, 3, producer, { name, partitions: [0, 2] });
        const open = await tell();
        expect(only(open.topics).partitions.sort()).toEqual([0, 2]);
        expect(open).toMatchObject({ ...base, transactionState: "Ongoing", topics: [{ name }] });
        expect(open.transactionStartTimeMs).toBeGreaterThan(Date.now() - 3_600_000);
        await end(wire.prepare, 3, producer, true);
        let told = await tell();
        while (told.transactionState === "PrepareCommit") told = await tell();
        expect(told).toMatchObject({ ...base, transactionState: "CompleteCommit", topics: [] });
      },
    },
    {
      api: describeTransactions,
      does: "refuses an id that nobody has",
      async run(wire, version) {
        const missing = freshName("none");
        const { transactionStates } = await whenSettled(() =>
          wire.call(describeTransactions, version, { transactionalIds: [missing, ""] }),
        );
        expect(
          transactionStates.map(({ transactionalId, errorCode }) => [transactionalId, errorCode]),
        ).toEqual(
          expect.arrayContaining([
            [missing, ErrorCode.transactionalIdNotFound],
            ["", ErrorCode.invalidRequest],
          ]),
        );
      },
    },
    {
      api: listTransactions,
      does: "lists transactions by state, by producer and, from version 1 on, by age",
      async run(wire, version) {
        const { name } = await wire.createTopic();
        const producer = await openProducer(wire);
        const { transactionalId: id, producerId } = producer;
        await addPartitions(wire.prepare, 3, producer, { name, partitions: [0] });
        const own = [{ transactionalId: id, producerId, transactionState: "Ongoing" }];
        expect(await listed(wire, version, id)).toEqual(own);
        expect(await listed(wire, version, id, { stateFilters: ["Ongoing"] })).toEqual(own);
        expect(await listed(wire, version, id, { stateFilters: ["Empty"] })).toEqual([]);
        expect(await listed(wire, version, id, { producerIdFilters: [producerId] })).toEqual(own);
        expect(await listed(wire, version, id, { producerIdFilters: [producerId + 1e6] })).toEqual([]);
        if (version >= 1) {
          expect(await listed(wire, version, id, { durationFilter: 600_000 })).toEqual([]);
          expect(await listed(wire, version, id, { durationFilter: -1 })).toEqual(own);
        }
        const unknown = await wire.call(listTransactions, version, { stateFilters: ["ongoing", "Empty"] });
        expect(unknown.unknownStateFilters).toEqual(["ongoing"]);
        await end(wire.prepare, 3, producer, false);
      },
    },
    {
      api: listConfigResources,
      does: "lists what has settings",
      async run(wire, version) {
        const { name } = await wire.createTopic();
        const list = async (...resourceTypes: number[]) => {
          const answer = await wire.call(listConfigResources, version, { resourceTypes });
          expect(answer).toMatchObject({ throttleTimeMs: 0, errorCode: 0 });
          return answer.configResources;
        };
        // Version 0 asks for subscriptions of client metrics.
        if (version === 0) {
          expect(await list()).toEqual([]);
          return;
        }
        const own = { resourceName: name, resourceType: resource.topic };
        expect(await list(resource.topic)).toContainEqual(own);
        expect(await list(resource.broker)).toEqual([{ resourceName: "1", resourceType: resource.broker }]);
        expect(await list(resource.clientMetrics)).toEqual([]);
        expect(await list()).toEqual(
          expect.arrayContaining([own, { resourceName: "1", resourceType: resource.brokerLogger }]),
        );
      },
    },
    {
      api: listConfigResources,
      does: "knows no other kinds",
      since: 1,
      async run(wire, version) {
        const body = { resourceTypes: [resource.topic, 99] };
        expect(await wire.call(listConfigResources, version, body)).toMatchObject({
          errorCode: ErrorCode.unsupportedVersion,
          configResources: [],
        });
      },
    },
    {
      api: metadata,
      does: "tells what the client may do, when it is asked",
      since: 8,
      async run(wire, version) {
        const { name } = await wire.createTopic();
        const answer = await wire.call(metadata, version, {
          topics: [{ name }],
          includeTopicAuthorizedOperations: true,
          includeClusterAuthorizedOperations: true,
        });
        expect(only(answer.topics).topicAuthorizedOperations).toBe(operations.topic);
        expect(answer.clusterAuthorizedOperations).toBe(version > 10 ? notAsked : operations.cluster);
      },
    },
    {
      api: describeCluster,
      does: "tells what the client may do, when it is asked",
      async run(wire, version) {
        const body = { includeClusterAuthorizedOperations: true };
        expect(await wire.call(describeCluster, version, body)).toMatchObject({
          clusterAuthorizedOperations: operations.cluster,
        });
      },
    },
    {
      api: describeGroups,
      does: "tells what the client may do, when it is asked",
      since: 3,
      async run(wire, version) {
        const { groupId } = await openMember(wire, freshName("g"));
        const { groups } = await wire.call(describeGroups, version, {
          groups: [groupId, freshName("none")],
          includeAuthorizedOperations: true,
        });
        const told = groups.map((group) => [group.groupId === groupId, group.authorizedOperations]);
        expect(told).toContainEqual([true, operations.group]);
        expect(told).toContainEqual([false, version < 6 ? operations.group : notAsked]);
      },
    },
  ]);

  test("DescribeTopicPartitions goes page by page, as far as the client has room", async () => {
    await using wire = await openWire(bootstrap());
    const topics = [await wire.createTopic(3), await wire.createTopic(2)];
    const names = topics.map(({ name }) => name).sort();
    const [first = "", second = ""] = names;
    const counts = new Map(topics.map(({ name }, i) => [name, 3 - i]));
    const indexes = (name: string) => Array.from({ length: counts.get(name) ?? 0 }, (_, index) => index);
    const limited = (
      responsePartitionLimit: number,
      cursor: { topicName: string; partitionIndex: number } | null,
    ) => page(wire, names, { responsePartitionLimit, cursor });
    expect(await limited(1, null)).toEqual([
      [first, 0],
      [first, 1],
    ]);
    expect(await limited(2000, { topicName: first, partitionIndex: 1 })).toEqual([
      [first, ...indexes(first).slice(1)],
      [second, ...indexes(second)],
      null,
    ]);
    expect(await limited(counts.get(first) ?? 0, null)).toEqual([
      [first, ...indexes(first)],
      [second, 0],
    ]);
    expect(await limited(0, { topicName: second, partitionIndex: 1 })).toEqual([
      [second, 1],
      counts.get(second) === 2 ? null : [second, 2],
    ]);
  });
});
