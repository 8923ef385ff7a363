// The Kafka contract, request by request: producing.
import { expect } from "@jest/globals";
import { ErrorCode } from "../../src/emulators/kafka/protocol/error-codes.ts";
import { produce } from "../../src/emulators/kafka/requests/00-produce.ts";
import { fetch } from "../../src/emulators/kafka/requests/01-fetch.ts";
import { encodeBatch, numberedBatch, withChecksum } from "../../src/emulators/kafka/testing/batches.ts";
import { encodeRequest } from "../../src/emulators/kafka/testing/raw-client.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import {
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

/** The body for one partition, which names the topic as the version does. */
function bodyOf({ name, id }: WireTopic, batch: Buffer | null, more: Body<typeof produce> = {}, index = 0) {
  const records = batch === null ? null : { buffers: [batch], byteLength: batch.length };
  const topics = [{ name, topicId: id, partitions: [{ index, records }] }];
  return { acks: -1, timeoutMs: 10_000, topics, ...more };
}

/** The answer for the one partition. */
async function send(
  wire: Wire,
  version: number,
  topic: WireTopic,
  batch: Buffer | null,
  more: Body<typeof produce> = {},
) {
  const answer = await wire.call(produce, version, bodyOf(topic, batch, more));
  return only(only(answer.topics).partitions);
}

const refused = { baseOffset: -1, logAppendTimeMs: -1 };
const refusal = (errorCode: ErrorCode) => ({ errorCode, ...refused });

describeKafka("Produce, request by request", (kafka) => {
  const { test, bootstrap } = kafka;
  declareWireCases(kafka, [
    {
      api: produce,
      does: "is advertised, and a request in it ends the connection",
      until: 2,
      async run(wire, version) {
        const topic = await wire.createTopic();
        wire.client.send(encodeRequest(produce, version, bodyOf(topic, numberedBatch(1))));
        expect(await wire.client.nextFrame()).toBeNull();
      },
    },
    {
      api: produce,
      does: "appends a batch and tells its offset",
      since: 3,
      async run(wire, version) {
        const topic = await wire.createTopic(2);
        await wire.append(topic, numberedBatch(3), 1);
        const answer = await wire.call(produce, version, bodyOf(topic, numberedBatch(2), {}, 1));
        expect(answer).toMatchObject({
          throttleTimeMs: 0,
          topics: [
            {
              name: version < idsSince ? topic.name : "",
              topicId: version < idsSince ? noId : topic.id,
              partitions: [
                {
                  index: 1,
                  errorCode: 0,
                  baseOffset: 3,
                  logAppendTimeMs: -1,
                  logStartOffset: version < 5 ? -1 : 0,
                  recordErrors: [],
                  errorMessage: null,
                },
              ],
            },
          ],
          nodeEndpoints: [],
        });
      },
    },
    {
      api: produce,
      does: "refuses a topic and a partition that are not there, and takes the others",
      since: 3,
      async run(wire, version) {
        const topic = await wire.createTopic();
        const batch = numberedBatch(1);
        const records = { buffers: [batch], byteLength: batch.length };
        const answer = await wire.call(produce, version, {
          acks: 1,
          timeoutMs: 10_000,
          topics: [
            { name: "missing", topicId: strangeId, partitions: [{ index: 0, records }] },
            {
              name: topic.name,
              topicId: topic.id,
              partitions: [
                { index: 0, records },
                { index: 7, records },
              ],
            },
          ],
        });
        const codes = new Map(
          answer.topics.flatMap(({ name, topicId, partitions }) =>
            partitions.map(({ index, errorCode, baseOffset }) => [
              `${version < idsSince ? name : topicId} ${index}`,
              [errorCode, baseOffset],
            ]),
          ),
        );
        const known = version < idsSince ? topic.name : topic.id;
        expect(Object.fromEntries(codes)).toEqual({
          [version < idsSince ? "missing 0" : `${strangeId} 0`]: [
            version < idsSince ? ErrorCode.unknownTopicOrPartition : ErrorCode.unknownTopicId,
            -1,
          ],
          [`${known} 0`]: [0, 0],
          [`${known} 7`]: [ErrorCode.unknownTopicOrPartition, -1],
        });
      },
    },
    {
      api: produce,
      does: "takes zstd only from version 7 on",
      since: 3,
      async run(wire, version) {
        const topic = await wire.createTopic();
        const answer = await send(wire, version, topic, numberedBatch(2, { codec: "zstd" }));
        expect(answer).toMatchObject(
          version < 7 ? refusal(ErrorCode.unsupportedCompressionType) : { errorCode: 0, baseOffset: 0 },
        );
      },
    },
  ]);

  const newest = produce.versions[1];
  const damaged = (damage: (batch: Buffer) => void) => {
    const batch = numberedBatch(2);
    damage(batch);
    return batch;
  };
  /** A batch with another set of attributes, or another count, whose checksum is right. */
  const resealed = (damage: (checked: Buffer) => void) => {
    const checked = Buffer.from(numberedBatch(2).subarray(21));
    damage(checked);
    return withChecksum(checked);
  };
  const recoded = (attributes: number) => resealed((checked) => checked.writeInt16BE(attributes, 0));
  const recounted = (count: number) => resealed((checked) => checked.writeInt32BE(count, 36));
  /** A batch, and the head of another of that format and length. */
  const followedBy = (magic: number, length: number) => {
    const head = Buffer.alloc(60);
    head.writeInt32BE(length, 8);
    head.writeInt8(magic, 16);
    return Buffer.concat([numberedBatch(1), head]);
  };
  /** What Kafka finds only when it appends comes with the log's start. */
  const atLog = { logStartOffset: 0 };
  const noMagic = { errorMessage: "Invalid magic found in record: 9" };
  const tooShort = { errorMessage: "Record size 10 is less than the minimum record overhead (14)" };
  for (const [what, batch, code, said = {}] of [
    ["a batch whose checksum is wrong", damaged((b) => b.writeUInt32BE(1, 17)), ErrorCode.corruptMessage],
    ["a batch that was cut short", numberedBatch(2).subarray(0, 40), ErrorCode.invalidRecord],
    ["a batch that promises more bytes", damaged((b) => b.writeInt32BE(99_999, 8)), ErrorCode.invalidRecord],
    ["a batch of an old message format", damaged((b) => b.writeInt8(1, 16)), ErrorCode.invalidRecord],
    [
      "a batch with fewer bytes than a header",
      damaged((b) => b.writeInt32BE(40, 8)),
      ErrorCode.corruptMessage,
    ],
    ["a batch of an unknown codec", recoded(7), ErrorCode.unknownServerError, atLog],
    ["a control batch", recoded(0x20), ErrorCode.invalidRecord, atLog],
    ["a batch of no records", recounted(0), ErrorCode.invalidRecord, atLog],
    ["a batch of fewer records than it says", recounted(3), ErrorCode.invalidRecord, atLog],
    [
      "a batch of a message format to come",
      damaged((b) => b.writeInt8(9, 16)),
      ErrorCode.corruptMessage,
      noMagic,
    ],
    [
      "a batch whose length does not fit",
      damaged((b) => b.writeInt32BE(10, 8)),
      ErrorCode.corruptMessage,
      tooShort,
    ],
    ["two batches at once", Buffer.concat([numberedBatch(1), numberedBatch(1)]), ErrorCode.invalidRecord],
    [
      "a record of the day after tomorrow",
      encodeBatch({ records: [{ value: "x", timestampMs: Date.now() + 172_800_000 }] }),
      ErrorCode.invalidTimestamp,
      { ...atLog, errorMessage: "One or more records have been rejected due to invalid timestamp" },
    ],
    [
      "a batch larger than the topic takes",
      encodeBatch({ records: [{ value: "x".repeat(2 ** 20 + 1) }] }),
      ErrorCode.messageTooLarge,
    ],
    [
      "a transactional batch without a transactional id",
      numberedBatch(1, { producerId: 5, producerEpoch: 0, baseSequence: 0, isTransactional: true }),
      ErrorCode.transactionalIdAuthorizationFailed,
    ],
    ["no batch", Buffer.alloc(0), ErrorCode.invalidRecord],
    ["a batch and one of an old format", followedBy(1, 40), ErrorCode.invalidRecord],
    ["a batch and one of a format to come", followedBy(9, 40), ErrorCode.corruptMessage],
    ["a batch and one whose length does not fit", followedBy(2, 10), ErrorCode.corruptMessage],
  ] as const) {
    test(`Produce refuses ${what} with error ${code}`, async () => {
      await using wire = await openWire(bootstrap());
      const topic = await wire.createTopic();
      expect(await send(wire, newest, topic, batch)).toMatchObject({
        ...refusal(code),
        logStartOffset: -1,
        errorMessage: null,
        ...said,
      });
      expect(await send(wire, newest, topic, numberedBatch(1))).toMatchObject({
        errorCode: 0,
        baseOffset: 0,
      });
    });
  }

  for (const [what, rest] of [
    ["half a batch", numberedBatch(2).subarray(0, 60)],
    ["the begin of a head", numberedBatch(2).subarray(0, 11)],
  ] as const) {
    test(`Produce takes a batch, and cuts off ${what} that follows`, async () => {
      await using wire = await openWire(bootstrap());
      const topic = await wire.createTopic();
      const sent = Buffer.concat([numberedBatch(2), rest]);
      expect(await send(wire, newest, topic, sent)).toMatchObject({ errorCode: 0, baseOffset: 0 });
      expect(await send(wire, newest, topic, numberedBatch(1))).toMatchObject({ baseOffset: 2 });
      const read = await wire.call(fetch, 12, {
        maxBytes: 1e6,
        topics: [{ name: topic.name, partitions: [{ index: 0, fetchOffset: 0, partitionMaxBytes: 1e6 }] }],
      });
      const { records } = only(only(read.topics).partitions);
      expect(records?.byteLength).toBe(numberedBatch(2).length + numberedBatch(1).length);
    });
  }

  test("Produce refuses a batch larger than a segment", async () => {
    await using wire = await openWire(bootstrap());
    const config = { "segment.bytes": String(2 ** 20), "max.message.bytes": String(2 ** 22) };
    const topic = await wire.createTopic(1, config);
    const batch = encodeBatch({ records: [{ value: "x".repeat(2 ** 20 + 1) }] });
    expect(await send(wire, newest, topic, batch)).toMatchObject(refusal(ErrorCode.recordListTooLarge));
  });

  test("Produce refuses acknowledgements that there are not", async () => {
    await using wire = await openWire(bootstrap());
    const topic = await wire.createTopic();
    expect(await send(wire, newest, topic, numberedBatch(1), { acks: 2 })).toMatchObject(
      refusal(ErrorCode.invalidRequiredAcks),
    );
  });

  test("Produce without acknowledgement is not answered, and appends", async () => {
    await using wire = await openWire(bootstrap());
    const topic = await wire.createTopic();
    wire.client.send(encodeRequest(produce, 9, bodyOf(topic, numberedBatch(2), { acks: 0 })));
    expect(await send(wire, 9, topic, numberedBatch(1))).toMatchObject({ errorCode: 0, baseOffset: 2 });
  });

  test("Produce without acknowledgement ends the connection when it is refused", async () => {
    await using wire = await openWire(bootstrap());
    const topic = { name: "missing", id: strangeId };
    wire.client.send(encodeRequest(produce, 9, bodyOf(topic, numberedBatch(2), { acks: 0 })));
    expect(await wire.client.nextFrame()).toBeNull();
  });

  test("a batch is stamped by the broker where the topic says so", async () => {
    await using wire = await openWire(bootstrap());
    const topic = await wire.createTopic(1, { "message.timestamp.type": "LogAppendTime" });
    const { errorCode, logAppendTimeMs } = await send(wire, newest, topic, numberedBatch(1));
    expect(errorCode).toBe(0);
    expect(logAppendTimeMs).toBeGreaterThan(Date.now() - 3_600_000);
  });

  test("an idempotent producer's batch that comes again is told its first offset", async () => {
    await using wire = await openWire(bootstrap());
    const topic = await wire.createTopic();
    const batch = (baseSequence: number, producerEpoch = 0) =>
      numberedBatch(2, { producerId: 4_000_000_000, producerEpoch, baseSequence });
    const appended = async (each: Buffer) => {
      const { errorCode, baseOffset, logAppendTimeMs } = await send(wire, newest, topic, each);
      return [errorCode, baseOffset, logAppendTimeMs];
    };
    // One that comes again is told its newest record's time, too.
    const timeMs = 1_000;
    expect(await appended(batch(0))).toEqual([0, 0, -1]);
    expect(await appended(batch(2))).toEqual([0, 2, -1]);
    expect(await appended(batch(0))).toEqual([0, 0, timeMs]);
    expect(await appended(batch(2))).toEqual([0, 2, timeMs]);
    expect(await appended(batch(5))).toEqual([ErrorCode.outOfOrderSequence, -1, -1]);
    expect(await appended(batch(4))).toEqual([0, 4, -1]);
    expect(await appended(batch(3, 1))).toEqual([ErrorCode.outOfOrderSequence, -1, -1]);
    expect(await appended(batch(0, 1))).toEqual([0, 6, -1]);
    const late = await send(wire, newest, topic, batch(6, 0));
    expect(late).toMatchObject({ ...refusal(ErrorCode.invalidProducerEpoch), ...atLog, errorMessage: null });
  });
});
