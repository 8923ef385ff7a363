// The Kafka contract, request by request: what a request comes to that names the same thing twice, or half a pair.
import { expect } from "@jest/globals";
import { ErrorCode } from "../../src/emulators/kafka/protocol/error-codes.ts";
import { produce } from "../../src/emulators/kafka/requests/00-produce.ts";
import { fetch } from "../../src/emulators/kafka/requests/01-fetch.ts";
import { listOffsets } from "../../src/emulators/kafka/requests/02-list-offsets.ts";
import { describeGroups } from "../../src/emulators/kafka/requests/15-describe-groups.ts";
import { createTopics } from "../../src/emulators/kafka/requests/19-create-topics.ts";
import { deleteTopics } from "../../src/emulators/kafka/requests/20-delete-topics.ts";
import { deleteRecords } from "../../src/emulators/kafka/requests/21-delete-records.ts";
import { initProducerId } from "../../src/emulators/kafka/requests/22-init-producer-id.ts";
import { encodeBatch } from "../../src/emulators/kafka/testing/batches.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import { noId, only, openWire } from "../support/kafka-wire.ts";

const batchOf = (...values: readonly string[]) =>
  encodeBatch({ records: values.map((value) => ({ value })) });
const chunksOf = (bytes: Buffer) => ({ buffers: [bytes], byteLength: bytes.length });

describeKafka("What is named twice, request by request", ({ test, bootstrap }) => {
  test("of a partition that is written twice in one request, the last batch alone is written", async () => {
    await using wire = await openWire(bootstrap());
    const topic = await wire.createTopic();
    const partition = (...values: readonly string[]) => ({ index: 0, records: chunksOf(batchOf(...values)) });
    const ask = { transactionalId: null, acks: -1, timeoutMs: 10_000 };
    const once = await wire.call(produce, 9, {
      ...ask,
      topics: [{ name: topic.name, partitions: [partition("a"), partition("b", "c", "d")] }],
    });
    expect(only(once.topics).partitions).toMatchObject([{ errorCode: 0, baseOffset: 0 }]);
    const apart = await wire.call(produce, 9, {
      ...ask,
      topics: [
        { name: topic.name, partitions: [partition("e")] },
        { name: topic.name, partitions: [partition("f", "g")] },
      ],
    });
    expect(only(apart.topics).partitions).toMatchObject([{ errorCode: 0, baseOffset: 3 }]);
    expect(await wire.append(topic, batchOf("h"))).toBe(5);
  });

  test("a partition that is read twice in one request is answered once, from where it was last wanted", async () => {
    await using wire = await openWire(bootstrap());
    const topic = await wire.createTopic();
    const first = batchOf("a");
    for (const batch of [first, first, first]) await wire.append(topic, batch);
    const from = (fetchOffset: number) => ({ index: 0, fetchOffset, partitionMaxBytes: 1e6 });
    const answer = await wire.call(fetch, 11, {
      replicaId: -1,
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 1e6,
      isolationLevel: 0,
      sessionEpoch: -1,
      topics: [{ name: topic.name, partitions: [from(0), from(2)] }],
    });
    const { errorCode, records } = only(only(answer.topics).partitions);
    expect({ errorCode, bytes: records?.byteLength }).toEqual({ errorCode: 0, bytes: first.length });
  });

  test("offsets of a partition that is asked for twice are refused, and those of others told", async () => {
    await using wire = await openWire(bootstrap());
    const topic = await wire.createTopic(2);
    const partitions = [0, 1, 0].map((index) => ({ index, timestampMs: -1 }));
    const answer = await wire.call(listOffsets, 7, {
      replicaId: -1,
      topics: [{ name: topic.name, partitions }],
    });
    const told = [...only(answer.topics).partitions].sort((one, other) => one.index - other.index);
    expect(told).toMatchObject([
      { index: 0, errorCode: ErrorCode.invalidRequest, offset: -1 },
      { index: 1, errorCode: 0, offset: 0 },
    ]);
  });

  test("records of a partition that is named twice are deleted up to where it was last wanted", async () => {
    await using wire = await openWire(bootstrap());
    const topic = await wire.createTopic();
    await wire.append(topic, batchOf("a", "b", "c"));
    const partitions = [2, 1].map((offset) => ({ index: 0, offset }));
    const answer = await wire.call(deleteRecords, 2, {
      topics: [{ name: topic.name, partitions }],
      timeoutMs: 10_000,
    });
    expect(only(answer.topics).partitions).toMatchObject([{ errorCode: 0, lowWatermark: 1 }]);
  });

  test("a topic that is deleted twice in one request stays, and is refused once", async () => {
    await using wire = await openWire(bootstrap());
    const [named, identified, both] = [
      await wire.createTopic(),
      await wire.createTopic(),
      await wire.createTopic(),
    ];
    const byName = ({ name }: { name: string }) => ({ name, topicId: noId });
    const byId = ({ id }: { id: string }) => ({ name: null, topicId: id });
    const older = await wire.call(deleteTopics, 5, {
      topicNames: [named.name, named.name],
      timeoutMs: 10_000,
    });
    expect(older.responses).toMatchObject([{ name: named.name, errorCode: ErrorCode.invalidRequest }]);
    for (const [topics, told] of [
      [[byName(named), byName(named)], { name: named.name }],
      [[byId(identified), byId(identified)], { name: null, topicId: identified.id }],
      [[byId(both), byName(both)], { name: both.name }],
    ] as const) {
      const { responses } = await wire.call(deleteTopics, 6, { topics, timeoutMs: 10_000 });
      expect(responses).toMatchObject([{ ...told, errorCode: ErrorCode.invalidRequest }]);
    }
    for (const topic of [named, identified, both]) expect(await wire.append(topic, batchOf("a"))).toBe(0);
  });

  test("a group that is named twice is told twice", async () => {
    await using wire = await openWire(bootstrap());
    const { groups } = await wire.call(describeGroups, 5, { groups: ["no.a", "no.a", "no.b"] });
    expect(groups.map(({ groupId }) => groupId)).toEqual(["no.a", "no.a", "no.b"]);
  });

  test("half a producer's identity is refused", async () => {
    await using wire = await openWire(bootstrap());
    const ask = { transactionalId: null, transactionTimeoutMs: 1000 };
    for (const half of [
      { producerId: 5, producerEpoch: -1 },
      { producerId: -1, producerEpoch: 3 },
    ]) {
      expect(await wire.call(initProducerId, 4, { ...ask, ...half })).toMatchObject({
        errorCode: ErrorCode.invalidRequest,
        producerId: -1,
        producerEpoch: -1,
      });
    }
  });

  test("a topic that is not made has an empty list of settings", async () => {
    await using wire = await openWire(bootstrap());
    const { name } = await wire.createTopic();
    const topics = [{ name, partitionCount: 1, replicationFactor: 1 }];
    const answer = await wire.call(createTopics, 5, { topics, timeoutMs: 10_000, validateOnly: false });
    expect(answer.topics).toMatchObject([{ name, errorCode: ErrorCode.topicAlreadyExists, configs: [] }]);
  });
});
