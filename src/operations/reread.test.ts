import { describe, expect, test } from "@jest/globals";
import type { ConsumedRecord, TopicReader } from "../kafka/port.ts";
import { parseSchemaId, parseSchemaVersion, parseTopicName } from "../kernel/brand.ts";
import type { DecodeOutcome, RecordDecoder, ResolutionStep } from "../serde/decoder.ts";
import { type RereadOptions, reread } from "./reread.ts";

const topic = parseTopicName("birds");
const dropped: ResolutionStep = { kind: "dropped", path: ["song"] };

/** The value is the writer's id, and how many of the decoders, from the first, read it. */
const writtenBy = (writer: number, readBy = Number.POSITIVE_INFINITY) =>
  Buffer.from(JSON.stringify([writer, readBy]));

function decoderAt(index: number): RecordDecoder<unknown> {
  return {
    decode(value): DecodeOutcome<unknown> {
      const [writer, readBy] = JSON.parse(String(value)) as [number, number | null];
      const id = writer === 0 ? null : parseSchemaId(writer);
      if (id === null || index >= (readBy ?? Number.POSITIVE_INFINITY)) {
        return { kind: "undecodable", code: "incompatible", message: `not by ${index}`, writerId: id };
      }
      const resolution = index === 0 ? [] : [dropped];
      return {
        kind: "record",
        value,
        writer: { id, version: parseSchemaVersion(writer), fields: null, resolution },
      };
    },
  };
}

function readerOf(
  values: readonly (Buffer | null)[],
  onBatch: (partition: number) => void = () => {},
): TopicReader {
  return {
    async *tail() {
      for (const [partition, half] of [values.slice(0, 2), values.slice(2)].entries()) {
        onBatch(partition);
        const records = half.map(
          (value, offset): ConsumedRecord => ({
            topic,
            partition,
            offset,
            timestampMs: 1,
            key: null,
            value,
            headers: {},
          }),
        );
        yield { topic, partition, records, nextOffset: records.length, done: partition + 1, total: 2 };
      }
    },
    async [Symbol.asyncDispose]() {},
  };
}

const run = (reader: TopicReader, options: Partial<RereadOptions> = {}) =>
  reread(
    { reader, decoders: [decoderAt(0), decoderAt(1)], stepsTaken: ({ resolution }) => resolution ?? [] },
    { topic, from: new Map(), shownRecords: 10, signal: new AbortController().signal, ...options },
  );

describe("reread", () => {
  test("counts what each reader made of each writer, and keeps the first failure with its place", async () => {
    const { rows, unread, records, tombstones } = await run(
      readerOf([writtenBy(1), writtenBy(2, 1), writtenBy(2, 1), null, writtenBy(1)]),
    );
    expect([records, tombstones, unread]).toEqual([5, 1, 2]);
    expect(rows.map((row) => [row.writerId, row.version, row.records])).toEqual([
      [1, 1, 2],
      [2, 2, 2],
    ]);
    expect(rows[0]?.cells[1]).toEqual({
      read: 2,
      changed: new Map([["dropped", 2]]),
      steps: new Map([['["dropped",["song"]]', { step: dropped, records: 2 }]]),
      unread: new Map(),
    });
    expect(rows[1]?.cells[1]).toMatchObject({
      read: 0,
      unread: new Map([
        ["incompatible", { records: 2, example: { partition: 0, offset: 1 }, message: "not by 1" }],
      ]),
    });
  });

  test("shows no more records than asked for, and counts on", async () => {
    const { shown, records } = await run(readerOf([writtenBy(1), null, writtenBy(0), writtenBy(1)]), {
      shownRecords: 2,
    });
    expect(records).toBe(4);
    expect(shown.map(({ partition, offset, writerId }) => [partition, offset, writerId])).toEqual([
      [0, 0, 1],
      [1, 0, null],
    ]);
  });

  test("holds no more writers than it may: the others are one row", async () => {
    const values = [1, 2, 3, 1, 4, 3].map((writer) => writtenBy(writer));
    const { rows } = await run(readerOf(values), { maxRows: 2 });
    expect(rows.map((row) => [row.writerId, row.version, row.records])).toEqual([
      [1, 1, 2],
      [2, 2, 1],
      ["others", null, 3],
    ]);
  });

  test("tells how far it is", async () => {
    const told: string[] = [];
    await reread(
      {
        reader: readerOf([writtenBy(1), writtenBy(1), writtenBy(1)]),
        decoders: [decoderAt(0)],
        stepsTaken: () => [],
        onProgress: (done, total) => told.push(`${done}/${total}`),
      },
      { topic, from: new Map(), shownRecords: 0, signal: new AbortController().signal },
    );
    expect(told).toEqual(["1/2", "2/2"]);
  });

  test("ends at so many records, and soon after the signal, with what it has", async () => {
    const values = [writtenBy(1), writtenBy(1), writtenBy(1)];
    expect(await run(readerOf(values), { maxRecords: 2 })).toMatchObject({ records: 2 });
    const stop = new AbortController();
    const reader = readerOf(values, (partition) => partition === 1 && stop.abort());
    expect(await run(reader, { signal: stop.signal })).toMatchObject({ records: 2 });
  });
});
