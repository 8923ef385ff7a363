import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { crc32c } from "../protocol/crc32c.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { encodeBatch, listBatches, numberedBatch, type TestBatch, withChecksum } from "../testing/batches.ts";
import type { CleanupRules } from "./cleaner.ts";
import type { Marker } from "./control-batch.ts";
import { type AppendRules, createPartitionLog, type PartitionLog } from "./partition-log.ts";
import { batch, readProducedBatch } from "./record-batch.ts";
import { listRecords } from "./records.ts";

const cleanup: CleanupRules = {
  isDeleted: true,
  isCompacted: false,
  retentionMs: -1,
  retentionBytes: -1,
  deleteRetentionMs: 100,
  segmentBytes: 2 ** 30,
  segmentMs: 1_000,
  minDirtyRatio: 0,
};
const rules: AppendRules = {
  capacityBytes: Infinity,
  maxMessageBytes: 2 ** 20,
  stampOnAppend: false,
  timestampBeforeMaxMs: Infinity,
  timestampAfterMaxMs: Infinity,
  compression: null,
  cleanup,
};

function logOf(...batches: Buffer[]): PartitionLog {
  const log = createPartitionLog();
  for (const each of batches) {
    expect(log.append(each, rules, 0)).toMatchObject({ kind: "appended" });
  }
  return log;
}

function readAll(log: PartitionLog, offset: number, maxBytes = Number.MAX_SAFE_INTEGER, atLeastOne = true) {
  const { buffers, byteLength } = log.read(offset, maxBytes, atLeastOne);
  const bytes = Buffer.concat(buffers);
  expect(bytes.length).toBe(byteLength);
  return listBatches(bytes);
}

describe("a partition's log", () => {
  test("numbers records on from batch to batch, without touching them", () => {
    const log = logOf(numberedBatch(3), numberedBatch(1), numberedBatch(5));
    expect(log.endOffset).toBe(9);
    expect(readAll(log, 0)).toEqual([
      { baseOffset: 0, count: 3 },
      { baseOffset: 3, count: 1 },
      { baseOffset: 4, count: 5 },
    ]);
    for (const buffer of log.read(3, 1, true).buffers) {
      expect(readProducedBatch(buffer)).toMatchObject({ kind: "batch" });
    }
  });

  test("reads from the batch that holds the offset", () => {
    const log = logOf(numberedBatch(3), numberedBatch(4));
    expect(readAll(log, 2)[0]).toEqual({ baseOffset: 0, count: 3 });
    expect(readAll(log, 3)[0]).toEqual({ baseOffset: 3, count: 4 });
    expect(readAll(log, 6)[0]).toEqual({ baseOffset: 3, count: 4 });
  });

  test("gives whole batches up to the limit, and one beyond it only when asked for at least one", () => {
    const bytes = numberedBatch(3).length;
    const log = logOf(numberedBatch(3), numberedBatch(3), numberedBatch(3));
    expect(readAll(log, 0, bytes * 2 + 1)).toHaveLength(2);
    expect(readAll(log, 0, bytes * 2, false)).toHaveLength(2);
    expect(readAll(log, 0, bytes - 1)).toHaveLength(1);
    expect(readAll(log, 0, bytes - 1, false)).toHaveLength(0);
    expect(readAll(log, 0, 0)).toHaveLength(1);
  });

  test("holds small and large batches alike, and any read gives the batches that a plain list would", () => {
    const sizes = fc.constantFrom(1, 50, 5_000, 40_000);
    const anyRead = fc.record({ at: fc.nat(1000), maxBytes: fc.nat(120_000), atLeastOne: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(sizes, { minLength: 1, maxLength: 25 }),
        fc.nat(20),
        fc.array(anyRead),
        (lengths, deletions, reads) => {
          const log = createPartitionLog();
          const model = lengths.map((length, i) => {
            const bytes = encodeBatch({ records: [{ value: "x".repeat(length) }, { value: String(i) }] });
            expect(log.append(bytes, rules, 0).kind).toBe("appended");
            return { baseOffset: i * 2, bytes: bytes.length };
          });
          const start = Math.min(deletions, lengths.length - 1) * 2;
          log.deleteBefore(start);
          expect(log.byteLength).toBe(
            model.filter(({ baseOffset }) => baseOffset >= start).reduce((sum, { bytes }) => sum + bytes, 0),
          );
          for (const { at, maxBytes, atLeastOne } of reads) {
            const offset = start + (at % (log.endOffset - start));
            const expected: number[] = [];
            let left = maxBytes;
            for (const { baseOffset, bytes } of model) {
              if (baseOffset + 1 < offset) continue;
              if (bytes > left && !(atLeastOne && expected.length === 0)) break;
              expected.push(baseOffset);
              left -= bytes;
              if (left <= 0) break;
            }
            expect(readAll(log, offset, maxBytes, atLeastOne).map(({ baseOffset }) => baseOffset)).toEqual(
              expected,
            );
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test.each([10, 40_000])(
    "keeps none of the memory around a batch of %d bytes that is a part of a larger buffer",
    (size) => {
      const bytes = encodeBatch({ records: [{ value: "x".repeat(size) }] });
      const frame = Buffer.concat([Buffer.alloc(500_000), bytes]);
      const log = logOf(frame.subarray(500_000));
      for (const { buffer } of log.read(0, 1, true).buffers) {
        expect(buffer).not.toBe(frame.buffer);
        expect(buffer.byteLength).toBeLessThan(bytes.length * 1.5 + 4096);
      }
    },
  );

  test("drops its oldest batches past its capacity, and never the newest", () => {
    const bytes = numberedBatch(3).length;
    const log = createPartitionLog();
    for (let i = 0; i < 10; i++) log.append(numberedBatch(3), { ...rules, capacityBytes: bytes * 4 }, 0);
    expect(log.startOffset).toBe(18);
    expect(log.byteLength).toBe(bytes * 4);
    log.append(numberedBatch(3), { ...rules, capacityBytes: 1 }, 0);
    expect(log.startOffset).toBe(30);
    expect(readAll(log, 30)).toEqual([{ baseOffset: 30, count: 3 }]);
  });

  test("refuses records whose time lies too far from its own, and names them", () => {
    const log = createPartitionLog();
    const strict = { ...rules, timestampBeforeMaxMs: 100, timestampAfterMaxMs: 50 };
    const at = (...times: number[]) =>
      encodeBatch({ records: times.map((timestampMs) => ({ timestampMs })) });
    expect(log.append(at(900, 1_050), strict, 1_000)).toMatchObject({ kind: "appended" });
    expect(log.append(at(900, 1_051, 899), strict, 1_000)).toMatchObject({
      kind: "refused",
      code: ErrorCode.invalidTimestamp,
      recordErrors: [
        { batchIndex: 1, message: expect.stringContaining("1051") },
        { batchIndex: 2, message: expect.stringContaining("899") },
      ],
    });
    const stamped = { ...strict, stampOnAppend: true };
    expect(log.append(at(5_000), stamped, 1_000)).toMatchObject({ kind: "appended" });
  });

  test.each(["none", "gzip", "snappy", "lz4", "zstd"] as const)(
    "keeps batches in the codec %s if told to",
    (codec) => {
      const log = createPartitionLog();
      for (const from of ["none", "gzip", "zstd"] as const) {
        log.append(numberedBatch(20, { codec: from }), { ...rules, compression: codec }, 0);
      }
      for (const offset of [0, 20, 40]) {
        const bytes = Buffer.concat(log.read(offset, 1, true).buffers);
        expect(batch.compression(bytes, 0)).toBe(codec);
        expect(crc32c(bytes, 21)).toBe(bytes.readUInt32BE(17));
        expect(listRecords({ buffer: bytes, position: 0 })).toHaveLength(20);
      }
    },
  );

  test("starts where records were deleted, inside a batch too, and drops only whole batches", () => {
    const log = logOf(numberedBatch(3), numberedBatch(3));
    expect(log.deleteBefore(4)).toBe(4);
    expect(log.startOffset).toBe(4);
    expect(readAll(log, 4)).toEqual([{ baseOffset: 3, count: 3 }]);
    expect(log.deleteBefore(2)).toBe(4);
    expect(log.deleteBefore(6)).toBe(6);
    expect(log.byteLength).toBe(0);
    log.append(numberedBatch(1), rules, 0);
    expect(readAll(log, 6)).toEqual([{ baseOffset: 6, count: 1 }]);
  });

  test("refuses a batch larger than the topic takes", () => {
    const log = createPartitionLog();
    const outcome = log.append(numberedBatch(3), { ...rules, maxMessageBytes: 60 }, 0);
    expect(outcome).toMatchObject({ kind: "refused", code: ErrorCode.messageTooLarge });
    expect(log.endOffset).toBe(0);
  });

  test("answers a batch that comes again with its first offset, and appends nothing", () => {
    const again = { producerId: 9, producerEpoch: 0, baseSequence: 0 };
    const log = logOf(numberedBatch(1), numberedBatch(3, again));
    expect(log.append(numberedBatch(3, again), rules, 0)).toMatchObject({ kind: "appended", baseOffset: 1 });
    expect(log.endOffset).toBe(4);
    const gap = numberedBatch(3, { ...again, baseSequence: 4 });
    expect(log.append(gap, rules, 0)).toMatchObject({ code: ErrorCode.outOfOrderSequence });
  });

  test("stamps batches with the broker's time where the topic says so", () => {
    const log = createPartitionLog();
    const stamping = { ...rules, stampOnAppend: true };
    expect(log.append(numberedBatch(2), stamping, 777)).toEqual({
      kind: "appended",
      baseOffset: 0,
      logAppendTimeMs: 777,
    });
    expect(log.findByTime(777)).toEqual({ offset: 0, timestampMs: 777 });
    expect(log.findByTime(778)).toBeNull();
  });

  test("tells watchers of each append, and of its end", () => {
    const log = createPartitionLog();
    const seen: (number | null)[] = [];
    const stop = log.watch((appended) => seen.push(appended?.total ?? null));
    log.watch((appended) => seen.push(appended === null ? null : -1));
    log.append(numberedBatch(1), rules, 0);
    stop();
    log.close();
    expect(seen).toEqual([numberedBatch(1).length, -1, null]);
  });
});

describe("a partition with transactions", () => {
  const written = (baseSequence: number, producerId = 7, producerEpoch = 0) =>
    numberedBatch(2, { producerId, producerEpoch, baseSequence, isTransactional: true });
  const marker = (more: Partial<Marker> = {}) =>
    ({ producerId: 7, epoch: 0, isCommit: true, timestampMs: 5, ...more }) satisfies Marker;

  test("is stable up to the oldest open one, and tells watchers what each append made stable", () => {
    const log = createPartitionLog();
    const stable: (number | undefined)[] = [];
    log.watch((appended) => stable.push(appended?.stable));
    const steps = [
      () => log.append(numberedBatch(1), rules, 0),
      () => log.append(written(0), rules, 0),
      () => log.append(written(0, 8), rules, 0),
      () => log.appendMarker(marker({ producerId: 8 })),
      () => log.appendMarker(marker()),
    ];
    const ends = steps.map((step) => {
      step();
      return [log.lastStableOffset, log.endOffset];
    });
    expect(ends).toEqual([
      [1, 1],
      [1, 3],
      [1, 5],
      [1, 6],
      [7, 7],
    ]);
    const [plain, rest] = [numberedBatch(1).length, log.read(1, 1e6, true).byteLength];
    expect(stable).toEqual([plain, 0, 0, 0, rest]);
  });

  test("forgets the aborted ones that it no longer holds", () => {
    const log = createPartitionLog();
    log.append(written(0), rules, 0);
    log.appendMarker(marker({ isCommit: false }));
    log.append(written(2), rules, 0);
    log.appendMarker(marker({ isCommit: false }));
    expect(log.listAborted(0, 6)).toHaveLength(2);
    expect(log.listAborted(0, 3)).toEqual([{ producerId: 7, firstOffset: 0, lastOffset: 2 }]);
    log.deleteBefore(3);
    expect(log.listAborted(0, 6)).toEqual([{ producerId: 7, firstOffset: 3, lastOffset: 5 }]);
  });

  test("refuses the epochs before that of a marker, also from a producer that never wrote here", () => {
    const log = createPartitionLog();
    log.appendMarker(marker({ epoch: 3 }));
    const refused = { kind: "refused", code: ErrorCode.invalidProducerEpoch };
    expect(log.append(written(0, 7, 2), rules, 0)).toMatchObject(refused);
    expect(log.append(written(0, 7, 3), rules, 0)).toMatchObject({ kind: "appended" });
  });

  test("is stable from its start when what was open is deleted", () => {
    const log = createPartitionLog();
    log.append(written(0), rules, 0);
    log.deleteBefore(2);
    expect(log.lastStableOffset).toBe(2);
  });
});

describe("a look-up by time", () => {
  const timed = (times: number[], codec: TestBatch["codec"] = "none") =>
    encodeBatch({ records: times.map((timestampMs) => ({ value: "v", timestampMs })), codec });

  describe.each(["none", "gzip", "zstd"] as const)("in batches with codec %s", (codec) => {
    const log = () => logOf(timed([100, 120, 110], codec), timed([90, 200], codec));
    test.each([
      [0, { offset: 0, timestampMs: 100 }],
      [101, { offset: 1, timestampMs: 120 }],
      [120, { offset: 1, timestampMs: 120 }],
      [121, { offset: 4, timestampMs: 200 }],
      [201, null],
    ])("finds the first record at %d or later", (timestampMs, found) => {
      expect(log().findByTime(timestampMs)).toEqual(found);
    });

    test("finds the newest record", () => {
      expect(log().findNewest()).toEqual({ offset: 4, timestampMs: 200 });
    });

    test("leaves out what was deleted", () => {
      const some = log();
      some.deleteBefore(2);
      expect(some.findByTime(101)).toEqual({ offset: 2, timestampMs: 110 });
      expect(some.findByTime(115)).toEqual({ offset: 4, timestampMs: 200 });
    });
  });

  test.each(["snappy", "lz4"] as const)("in a batch with codec %s stops at the batch", (codec) => {
    const log = logOf(timed([100, 120], codec), timed([150, 200], codec));
    expect(log.findByTime(110)).toEqual({ offset: 0, timestampMs: 110 });
    expect(log.findByTime(130)).toEqual({ offset: 2, timestampMs: 150 });
    expect(log.findByTime(201)).toBeNull();
  });

  test("in a batch whose records cannot be unpacked stops at the batch", () => {
    const broken = timed([100, 120], "snappy");
    const gzipFlag = Buffer.from(broken.subarray(21));
    gzipFlag.writeInt16BE(1, 0);
    const log = logOf(withChecksum(gzipFlag));
    expect(log.findByTime(110)).toEqual({ offset: 0, timestampMs: 110 });
  });

  test("in an empty log finds nothing", () => {
    expect(createPartitionLog().findByTime(0)).toBeNull();
    expect(createPartitionLog().findNewest()).toBeNull();
  });
});
