// The Kafka contract, request by request: topics and their partitions.
import { expect } from "@jest/globals";
import { ErrorCode } from "../../src/emulators/kafka/protocol/error-codes.ts";
import { metadata } from "../../src/emulators/kafka/requests/03-metadata.ts";
import { createTopics } from "../../src/emulators/kafka/requests/19-create-topics.ts";
import { deleteTopics } from "../../src/emulators/kafka/requests/20-delete-topics.ts";
import { createPartitions } from "../../src/emulators/kafka/requests/37-create-partitions.ts";
import { freshName } from "../support/kafka-clients.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import {
  type Body,
  declareWireCases,
  expectSoon,
  noId,
  only,
  strangeId,
  type Wire,
} from "../support/kafka-wire.ts";

const anyId = expect.stringMatching(/^[0-9a-f]{32}$/);

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
        await expectSoon(() => partitionCount(wire, b), 2);
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
        await expectSoon(() => partitionCount(wire, name), 3);
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
        await expectSoon(() => partitionCount(wire, name), 2);
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
        await expectSoon(() => partitionCount(wire, name), 1);
      },
    },
  ]);
});
