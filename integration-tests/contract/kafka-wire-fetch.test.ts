// The Kafka contract, request by request: fetching.
import { expect } from "@jest/globals";
import { ErrorCode } from "../../src/emulators/kafka/protocol/error-codes.ts";
import { fetch } from "../../src/emulators/kafka/requests/01-fetch.ts";
import { listBatches, numberedBatch } from "../../src/emulators/kafka/testing/batches.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import {
  type AnswerOf,
  type Body,
  declareWireCases,
  noId,
  only,
  openWire,
  strangeId,
  type Wire,
  type WireTopic,
} from "../support/kafka-wire.ts";

const idsSince = 13;
const newest = fetch.versions[1];

type Partition = NonNullable<NonNullable<Body<typeof fetch>["topics"]>[number]["partitions"]>[number];

/** A body for one topic that waits for nothing. */
function bodyOf(
  { name, id }: WireTopic,
  partitions: readonly Partition[],
  more: Body<typeof fetch> = {},
): Body<typeof fetch> {
  const wanted = partitions.map((each) => ({ fetchOffset: 0, partitionMaxBytes: 1e6, ...each }));
  return { maxBytes: 1e6, minBytes: 1, topics: [{ name, topicId: id, partitions: wanted }], ...more };
}

const partitionOf = (answer: AnswerOf<typeof fetch>) => only(only(answer.topics).partitions);

/** Base offsets of the batches in an answer's one partition. */
function offsetsIn(answer: AnswerOf<typeof fetch>): number[] {
  const { records } = partitionOf(answer);
  return listBatches(Buffer.concat(records?.buffers ?? [])).map(({ baseOffset }) => baseOffset);
}

/** A topic with three batches of two records. */
async function openLog(wire: Wire): Promise<WireTopic> {
  const topic = await wire.createTopic();
  for (let i = 0; i < 3; i++) await wire.append(topic, numberedBatch(2));
  return topic;
}
const batchBytes = numberedBatch(2).length;

describeKafka("Fetch, request by request", (kafka) => {
  const { test, bootstrap } = kafka;
  declareWireCases(kafka, [
    {
      api: fetch,
      does: "gives batches from the offset on, as they were written",
      async run(wire, version) {
        const topic = await openLog(wire);
        const answer = await wire.call(fetch, version, bodyOf(topic, [{ index: 0, fetchOffset: 2 }]));
        expect(answer).toMatchObject({ throttleTimeMs: 0, errorCode: 0, sessionId: 0, nodeEndpoints: [] });
        expect(only(answer.topics)).toMatchObject({
          name: version < idsSince ? topic.name : "",
          topicId: version < idsSince ? noId : topic.id,
        });
        const { records, ...partition } = partitionOf(answer);
        expect(partition).toEqual({
          index: 0,
          errorCode: 0,
          highWatermark: 6,
          lastStableOffset: 6,
          logStartOffset: version < 5 ? -1 : 0,
          divergingEpoch: { epoch: -1, endOffset: -1 },
          currentLeader: { leaderId: -1, leaderEpoch: -1 },
          snapshotId: { endOffset: -1, epoch: -1 },
          abortedTransactions: null,
          preferredReadReplica: -1,
        });
        const bytes = Buffer.concat(records?.buffers ?? []);
        expect(listBatches(bytes)).toEqual([
          { baseOffset: 2, count: 2 },
          { baseOffset: 4, count: 2 },
        ]);
        expect(bytes.subarray(16, batchBytes)).toEqual(numberedBatch(2).subarray(16));
        expect(bytes.readInt32BE(12)).toBe(0);
      },
    },
    {
      api: fetch,
      does: "tells topics and partitions that are not there beside the one that is",
      async run(wire, version) {
        const topic = await openLog(wire);
        const ask = { fetchOffset: 0, partitionMaxBytes: 1e6 };
        const { topics } = await wire.call(fetch, version, {
          maxBytes: 1e6,
          topics: [
            { name: "missing", topicId: strangeId, partitions: [{ index: 0, ...ask }] },
            {
              name: topic.name,
              topicId: topic.id,
              partitions: [
                { index: 0, ...ask },
                { index: 5, ...ask },
              ],
            },
          ],
        });
        const byId = version >= idsSince;
        const codes = topics.flatMap(({ name, topicId, partitions }) =>
          partitions.map(({ index, errorCode, highWatermark }) => [
            byId ? topicId : name,
            index,
            errorCode,
            highWatermark,
          ]),
        );
        const known = byId ? topic.id : topic.name;
        expect(codes.sort((a, b) => String(a).localeCompare(String(b)))).toEqual(
          [
            [known, 0, 0, 6],
            [known, 5, ErrorCode.unknownTopicOrPartition, -1],
            byId
              ? [strangeId, 0, ErrorCode.unknownTopicId, -1]
              : ["missing", 0, ErrorCode.unknownTopicOrPartition, -1],
          ].sort((a, b) => String(a).localeCompare(String(b))),
        );
      },
    },
    {
      api: fetch,
      does: "refuses offsets after the end and before the start",
      async run(wire, version) {
        const topic = await openLog(wire);
        for (const fetchOffset of [7, -1]) {
          const answer = await wire.call(fetch, version, bodyOf(topic, [{ index: 0, fetchOffset }]));
          expect(partitionOf(answer)).toMatchObject({
            index: 0,
            errorCode: ErrorCode.offsetOutOfRange,
            highWatermark: -1,
            lastStableOffset: -1,
            logStartOffset: -1,
            abortedTransactions: null,
          });
          expect(offsetsIn(answer)).toEqual([]);
        }
      },
    },
    {
      api: fetch,
      does: "lists no aborted transactions to a reader of committed records where there are none",
      async run(wire, version) {
        const topic = await openLog(wire);
        const body = bodyOf(topic, [{ index: 0 }], { isolationLevel: 1 });
        const answer = await wire.call(fetch, version, body);
        expect(partitionOf(answer)).toMatchObject({ errorCode: 0, lastStableOffset: 6 });
        expect(partitionOf(answer).abortedTransactions ?? []).toEqual([]);
      },
    },
    {
      api: fetch,
      does: "refuses a leader epoch to come",
      since: 9,
      async run(wire, version) {
        const topic = await openLog(wire);
        const withEpoch = async (currentLeaderEpoch: number) =>
          partitionOf(await wire.call(fetch, version, bodyOf(topic, [{ index: 0, currentLeaderEpoch }])))
            .errorCode;
        expect(await withEpoch(0)).toBe(0);
        expect(await withEpoch(1)).toBe(ErrorCode.unknownLeaderEpoch);
      },
    },
    {
      api: fetch,
      does: "knows no session that it did not grant",
      since: 7,
      async run(wire, version) {
        const topic = await openLog(wire);
        const body = bodyOf(topic, [{ index: 0 }], { sessionId: 12345, sessionEpoch: 1 });
        expect(await wire.call(fetch, version, body)).toMatchObject({
          errorCode: ErrorCode.fetchSessionIdNotFound,
          sessionId: 0,
          topics: [],
        });
      },
    },
    {
      api: fetch,
      does: "serves a client that offers a session, whether it is granted or not",
      since: 7,
      async run(wire, version) {
        const topic = await openLog(wire);
        const body = bodyOf(topic, [{ index: 0 }], { sessionId: 0, sessionEpoch: 0 });
        const first = await wire.call(fetch, version, body);
        expect(first.errorCode).toBe(0);
        expect(offsetsIn(first)).toEqual([0, 2, 4]);
        // Without a session a client asks in full again; with one it names what changed.
        const isGranted = first.sessionId !== 0;
        const next = await wire.call(
          fetch,
          version,
          bodyOf(topic, [{ index: 0, fetchOffset: 2 }], {
            sessionId: first.sessionId,
            sessionEpoch: isGranted ? 1 : 0,
          }),
        );
        expect(next.errorCode).toBe(0);
        expect(offsetsIn(next)).toEqual([2, 4]);
      },
    },
  ]);

  test("Fetch by id knows a topic's partitions, and no name", async () => {
    await using wire = await openWire(bootstrap());
    const topic = await openLog(wire);
    const answer = await wire.call(fetch, newest, bodyOf({ name: "other", id: topic.id }, [{ index: 0 }]));
    expect(offsetsIn(answer)).toEqual([0, 2, 4]);
    expect(only(answer.topics)).toMatchObject({ name: "", topicId: topic.id });
  });

  test("Fetch gives the first batch even where it is larger than the client asked for", async () => {
    await using wire = await openWire(bootstrap());
    const topic = await openLog(wire);
    const fetched = async (partitionMaxBytes: number, maxBytes: number) =>
      offsetsIn(
        await wire.call(fetch, newest, bodyOf(topic, [{ index: 0, partitionMaxBytes }], { maxBytes })),
      );
    expect(await fetched(1, 1e6)).toEqual([0]);
    expect(await fetched(1e6, 1)).toEqual([0]);
    expect(await fetched(batchBytes * 2, 1e6)).toEqual([0, 2]);
    expect(await fetched(1e6, batchBytes * 2)).toEqual([0, 2]);
  });

  test("Fetch over several partitions keeps to the maximum of the whole", async () => {
    await using wire = await openWire(bootstrap());
    const topic = await wire.createTopic(2);
    for (const index of [0, 1]) await wire.append(topic, numberedBatch(2), index);
    const answer = await wire.call(
      fetch,
      newest,
      bodyOf(topic, [{ index: 0 }, { index: 1 }], { maxBytes: batchBytes }),
    );
    const sizes = only(answer.topics).partitions.map(({ records }) => records?.byteLength ?? 0);
    expect(sizes.sort((a, b) => a - b)).toEqual([0, batchBytes]);
  });

  test("Fetch waits until there are as many bytes as were asked for", async () => {
    await using wire = await openWire(bootstrap());
    const topic = await wire.createTopic();
    const more = { maxWaitMs: 60_000, minBytes: batchBytes + 1 };
    const waiting = wire.call(fetch, newest, bodyOf(topic, [{ index: 0 }], more));
    await wire.append(topic, numberedBatch(2));
    await wire.append(topic, numberedBatch(2));
    expect(offsetsIn(await waiting)).toEqual([0, 2]);
  });

  test("Fetch waits no longer than it was told", async () => {
    await using wire = await openWire(bootstrap());
    const topic = await openLog(wire);
    const more = { maxWaitMs: 300, minBytes: 1 };
    const startedAt = performance.now();
    const answer = await wire.call(fetch, newest, bodyOf(topic, [{ index: 0, fetchOffset: 6 }], more));
    expect(offsetsIn(answer)).toEqual([]);
    expect(partitionOf(answer)).toMatchObject({ errorCode: 0, highWatermark: 6 });
    // The emulator's clock is faster than ours.
    expect(performance.now() - startedAt).toBeGreaterThan(90);
  });

  test("Fetch does not wait where something is wrong with a partition", async () => {
    await using wire = await openWire(bootstrap());
    const topic = await openLog(wire);
    const more = { maxWaitMs: 60_000, minBytes: 1e6 };
    const answer = await wire.call(fetch, newest, bodyOf(topic, [{ index: 0, fetchOffset: 99 }], more));
    expect(partitionOf(answer).errorCode).toBe(ErrorCode.offsetOutOfRange);
  });

  for (const version of [4, 7, 12, 13, newest]) {
    test(`Fetch ${version} knows no isolation level 2`, async () => {
      await using wire = await openWire(bootstrap());
      const topic = await openLog(wire);
      const answer = await wire.call(fetch, version, bodyOf(topic, [{ index: 0 }], { isolationLevel: 2 }));
      const code = ErrorCode.unknownServerError;
      expect(answer.errorCode).toBe(version < 7 ? 0 : code);
      const told = answer.topics.flatMap(({ partitions }) => partitions);
      expect(told).toMatchObject(version < idsSince ? [{ errorCode: code, highWatermark: -1 }] : []);
    });

    test(`Fetch ${version} sends a replica that there is not to the leader`, async () => {
      await using wire = await openWire(bootstrap());
      const topic = await openLog(wire);
      const replica = { replicaId: 1, replicaState: { replicaId: 1, replicaEpoch: 1 } };
      const answer = await wire.call(fetch, version, bodyOf(topic, [{ index: 0 }], replica));
      const { errorCode, currentLeader, highWatermark } = partitionOf(answer);
      expect({ errorCode, currentLeader, highWatermark }).toEqual({
        errorCode: ErrorCode.notLeaderOrFollower,
        highWatermark: -1,
        currentLeader: version < 16 ? { leaderId: -1, leaderEpoch: -1 } : { leaderId: 1, leaderEpoch: 0 },
      });
    });
  }

  test("Fetch after an epoch that has yet to come is out of range", async () => {
    await using wire = await openWire(bootstrap());
    const topic = await openLog(wire);
    for (const [lastFetchedEpoch, errorCode] of [
      [0, 0],
      [3, ErrorCode.offsetOutOfRange],
    ] as const) {
      const answer = await wire.call(fetch, newest, bodyOf(topic, [{ index: 0, lastFetchedEpoch }]));
      expect(partitionOf(answer)).toMatchObject({ errorCode });
    }
  });

  test("Fetch of nothing answers nothing", async () => {
    await using wire = await openWire(bootstrap());
    expect(await wire.call(fetch, newest, { maxBytes: 1e6 })).toMatchObject({ errorCode: 0, topics: [] });
  });
});
