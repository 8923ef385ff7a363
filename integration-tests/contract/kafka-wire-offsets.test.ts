// The Kafka contract, request by request: where offsets are, and deleting records.
import { expect } from "@jest/globals";
import { ErrorCode } from "../../src/emulators/kafka/protocol/error-codes.ts";
import { fetch } from "../../src/emulators/kafka/requests/01-fetch.ts";
import { listOffsets } from "../../src/emulators/kafka/requests/02-list-offsets.ts";
import { deleteRecords } from "../../src/emulators/kafka/requests/21-delete-records.ts";
import { offsetForLeaderEpoch } from "../../src/emulators/kafka/requests/23-offset-for-leader-epoch.ts";
import { encodeBatch, numberedBatch } from "../../src/emulators/kafka/testing/batches.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import { declareWireCases, only, openWire, type Wire, type WireTopic } from "../support/kafka-wire.ts";

const startMs = 1_600_000_000_000;

/** A topic with records 0-2 at 0, 10 and 20 ms and 3-4 at 5 and 5 ms, and its start at 1. */
async function openLog(wire: Wire): Promise<WireTopic> {
  const topic = await wire.createTopic();
  const batch = (...times: number[]) =>
    encodeBatch({ records: times.map((ms) => ({ value: "v", timestampMs: startMs + ms })) });
  await wire.append(topic, batch(0, 10, 20));
  await wire.append(topic, batch(5, 5));
  return topic;
}

async function look(wire: Wire, version: number, topic: WireTopic, timestampMs: number, more: object = {}) {
  const topics = [{ name: topic.name, partitions: [{ index: 0, timestampMs, ...more }] }];
  const answer = await wire.call(listOffsets, version, { replicaId: -1, timeoutMs: 5_000, topics });
  expect(answer.throttleTimeMs).toBe(0);
  expect(only(answer.topics).name).toBe(topic.name);
  return only(only(answer.topics).partitions);
}

async function deleteBefore(wire: Wire, version: number, name: string, offset: number, index = 0) {
  const topics = [{ name, partitions: [{ index, offset }] }];
  const answer = await wire.call(deleteRecords, version, { topics, timeoutMs: 5_000 });
  expect(answer).toMatchObject({ throttleTimeMs: 0, topics: [{ name }] });
  return only(only(answer.topics).partitions);
}

const special = { latest: -1, earliest: -2, newest: -3, earliestLocal: -4, latestTiered: -5 } as const;

describeKafka("Offsets, request by request", (kafka) => {
  const { test, bootstrap } = kafka;
  const epochIn = (version: number) => (version < 4 ? -1 : 0);
  declareWireCases(kafka, [
    {
      api: listOffsets,
      does: "finds the end, the start and a time",
      async run(wire, version) {
        const topic = await openLog(wire);
        const found = (offset: number, timestampMs = -1) => ({
          index: 0,
          errorCode: 0,
          timestampMs,
          offset,
          leaderEpoch: epochIn(version),
        });
        expect(await look(wire, version, topic, special.latest)).toEqual(found(5));
        expect(await look(wire, version, topic, special.earliest)).toEqual(found(0));
        expect(await look(wire, version, topic, startMs + 1)).toEqual(found(1, startMs + 10));
        expect(await look(wire, version, topic, startMs + 20)).toEqual(found(2, startMs + 20));
        expect(await look(wire, version, topic, 0)).toEqual(found(0, startMs));
        expect(await look(wire, version, topic, startMs + 21)).toEqual({
          ...found(-1),
          leaderEpoch: -1,
        });
      },
    },
    {
      api: listOffsets,
      does: "refuses topics and partitions that are not there",
      async run(wire, version) {
        const topic = await openLog(wire);
        const nothing = { timestampMs: -1, offset: -1, leaderEpoch: -1 };
        const errorCode = ErrorCode.unknownTopicOrPartition;
        expect(await look(wire, version, { ...topic, name: "missing" }, -1)).toEqual({
          index: 0,
          errorCode,
          ...nothing,
        });
        expect(await look(wire, version, topic, -1, { index: 4 })).toEqual({
          index: 4,
          errorCode,
          ...nothing,
        });
      },
    },
    {
      api: listOffsets,
      does: "refuses a leader epoch to come",
      since: 4,
      async run(wire, version) {
        const topic = await openLog(wire);
        expect(await look(wire, version, topic, -1, { currentLeaderEpoch: 3 })).toMatchObject({
          errorCode: ErrorCode.unknownLeaderEpoch,
          offset: -1,
        });
        expect(await look(wire, version, topic, -1, { currentLeaderEpoch: 0 })).toMatchObject({
          errorCode: 0,
          offset: 5,
        });
      },
    },
    ...(
      [
        ["newest", 7, { timestampMs: startMs + 20, offset: 2 }],
        ["earliestLocal", 8, { timestampMs: -1, offset: 0 }],
        ["latestTiered", 9, { timestampMs: -1, offset: -1 }],
      ] as const
    ).map(([name, knownSince, found]) => ({
      api: listOffsets,
      does: `knows the time ${special[name]} from version ${knownSince} on`,
      async run(wire: Wire, version: number) {
        const topic = await openLog(wire);
        expect(await look(wire, version, topic, special[name])).toMatchObject(
          version >= knownSince
            ? { errorCode: 0, ...found }
            : { errorCode: ErrorCode.unsupportedVersion, offset: -1 },
        );
      },
    })),
    {
      api: offsetForLeaderEpoch,
      does: "tells where the epoch ends, and knows no other",
      async run(wire, version) {
        const topic = await openLog(wire);
        const ends = async (leaderEpoch: number) => {
          const topics = [{ name: topic.name, partitions: [{ index: 0, leaderEpoch }] }];
          const answer = await wire.call(offsetForLeaderEpoch, version, { replicaId: -1, topics });
          expect(answer).toMatchObject({ throttleTimeMs: 0, topics: [{ name: topic.name }] });
          return only(only(answer.topics).partitions);
        };
        expect(await ends(0)).toEqual({ errorCode: 0, index: 0, leaderEpoch: 0, endOffset: 5 });
        expect(await ends(1)).toEqual({ errorCode: 0, index: 0, leaderEpoch: -1, endOffset: -1 });
      },
    },
    {
      api: offsetForLeaderEpoch,
      does: "refuses what is not there, and a leader epoch to come",
      async run(wire, version) {
        const topic = await openLog(wire);
        const refusedWith = async (name: string, index: number, currentLeaderEpoch: number) => {
          const topics = [{ name, partitions: [{ index, currentLeaderEpoch, leaderEpoch: 0 }] }];
          const answer = await wire.call(offsetForLeaderEpoch, version, { replicaId: -1, topics });
          const { errorCode, ...rest } = only(only(answer.topics).partitions);
          expect(rest).toEqual({ index, leaderEpoch: -1, endOffset: -1 });
          return errorCode;
        };
        expect(await refusedWith("missing", 0, -1)).toBe(ErrorCode.unknownTopicOrPartition);
        expect(await refusedWith(topic.name, 9, -1)).toBe(ErrorCode.unknownTopicOrPartition);
        expect(await refusedWith(topic.name, 0, 1)).toBe(ErrorCode.unknownLeaderEpoch);
      },
    },
    {
      api: deleteRecords,
      does: "moves the start of the log",
      async run(wire, version) {
        const topic = await openLog(wire);
        const deleted = (offset: number) => deleteBefore(wire, version, topic.name, offset);
        expect(await deleted(1)).toEqual({ index: 0, lowWatermark: 1, errorCode: 0 });
        expect(await deleted(0)).toEqual({ index: 0, lowWatermark: 1, errorCode: 0 });
        expect(await look(wire, 7, topic, special.earliest)).toMatchObject({ offset: 1 });
        expect(await deleted(-1)).toEqual({ index: 0, lowWatermark: 5, errorCode: 0 });
        expect(await look(wire, 7, topic, special.latest)).toMatchObject({ offset: 5 });
      },
    },
    {
      api: deleteRecords,
      does: "refuses offsets and partitions that are not there",
      async run(wire, version) {
        const topic = await openLog(wire);
        const refused = async (name: string, offset: number, index = 0) => {
          const { errorCode, lowWatermark } = await deleteBefore(wire, version, name, offset, index);
          expect(lowWatermark).toBe(-1);
          return errorCode;
        };
        expect(await refused(topic.name, 6)).toBe(ErrorCode.offsetOutOfRange);
        expect(await refused(topic.name, -2)).toBe(ErrorCode.offsetOutOfRange);
        expect(await refused(topic.name, 1, 3)).toBe(ErrorCode.unknownTopicOrPartition);
        expect(await refused("missing", 1)).toBe(ErrorCode.unknownTopicOrPartition);
      },
    },
  ]);

  test("DeleteRecords is refused where a topic is only compacted", async () => {
    await using wire = await openWire(bootstrap());
    const topic = await wire.createTopic(1, { "cleanup.policy": "compact" });
    await wire.append(topic, encodeBatch({ records: [{ key: "k", value: "v" }] }));
    expect(await deleteBefore(wire, 2, topic.name, 1)).toMatchObject({
      errorCode: ErrorCode.policyViolation,
      lowWatermark: -1,
    });
  });

  test("records that were deleted cannot be fetched, and their times are not found", async () => {
    await using wire = await openWire(bootstrap());
    const topic = await openLog(wire);
    await deleteBefore(wire, 2, topic.name, 2);
    const partitions = [{ index: 0, fetchOffset: 1, partitionMaxBytes: 1e6 }];
    const answer = await wire.call(fetch, 11, { maxBytes: 1e6, topics: [{ name: topic.name, partitions }] });
    expect(only(only(answer.topics).partitions)).toMatchObject({
      errorCode: ErrorCode.offsetOutOfRange,
      logStartOffset: -1,
      highWatermark: -1,
    });
    expect(await look(wire, 7, topic, 0)).toMatchObject({ offset: 2, timestampMs: startMs + 20 });
  });

  test("ListOffsets over an empty partition finds its end and no record", async () => {
    await using wire = await openWire(bootstrap());
    const topic = await wire.createTopic();
    expect(await look(wire, 10, topic, special.latest)).toMatchObject({ errorCode: 0, offset: 0 });
    expect(await look(wire, 10, topic, special.newest)).toMatchObject({ errorCode: 0, offset: -1 });
    expect(await look(wire, 10, topic, 0)).toMatchObject({ errorCode: 0, offset: -1 });
  });

  test("ListOffsets knows no isolation level 2, and no epoch before the first", async () => {
    await using wire = await openWire(bootstrap());
    const topic = await wire.createTopic();
    const ask = async (isolationLevel: number, currentLeaderEpoch: number) => {
      const partitions = [{ index: 0, currentLeaderEpoch, timestampMs: -1 }];
      const topics = [{ name: topic.name, partitions }];
      const answer = await wire.call(listOffsets, 7, { replicaId: -1, isolationLevel, topics });
      return only(only(answer.topics).partitions).errorCode;
    };
    expect(await ask(2, -1)).toBe(ErrorCode.unknownServerError);
    expect(await ask(0, -2)).toBe(ErrorCode.fencedLeaderEpoch);
    expect(await ask(0, 0)).toBe(ErrorCode.none);
  });

  test("OffsetForLeaderEpoch knows epochs before the first, but not of the leader", async () => {
    await using wire = await openWire(bootstrap());
    const topic = await wire.createTopic();
    await wire.append(topic, numberedBatch(2));
    const ask = async (leaderEpoch: number, currentLeaderEpoch = -1) => {
      const topics = [{ name: topic.name, partitions: [{ index: 0, currentLeaderEpoch, leaderEpoch }] }];
      const answer = await wire.call(offsetForLeaderEpoch, 4, { replicaId: -1, topics });
      return only(only(answer.topics).partitions);
    };
    expect(await ask(-3)).toMatchObject({ errorCode: 0, leaderEpoch: -3, endOffset: 0 });
    expect(await ask(-1)).toMatchObject({ errorCode: 0, leaderEpoch: -1, endOffset: -1 });
    expect(await ask(1)).toMatchObject({ errorCode: 0, leaderEpoch: -1, endOffset: -1 });
    expect(await ask(0, -2)).toMatchObject({ errorCode: ErrorCode.fencedLeaderEpoch, endOffset: -1 });
  });

  test("ListOffsets refuses a time below the special ones", async () => {
    await using wire = await openWire(bootstrap());
    const topic = await wire.createTopic();
    await wire.append(topic, numberedBatch(1));
    expect(await look(wire, 10, topic, -7)).toMatchObject({ errorCode: ErrorCode.unsupportedVersion });
  });
});
