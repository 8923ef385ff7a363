import { describe, expect, test } from "@jest/globals";
import { crc32c } from "../protocol/crc32c.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { encodeBatch, numberedBatch, type TestBatch, type TestRecord } from "../testing/batches.ts";
import type { CleanupRules } from "./cleaner.ts";
import { type AppendRules, createPartitionLog, type PartitionLog } from "./partition-log.ts";
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

describe("a clean-up", () => {
  const compact: CleanupRules = { ...cleanup, isDeleted: false, isCompacted: true };
  const compacted: AppendRules = { ...rules, cleanup: compact };
  const at = (timestampMs: number, records: TestRecord[], more: Omit<TestBatch, "records"> = {}) =>
    encodeBatch({ records: records.map((record) => ({ timestampMs, ...record })), ...more });
  /** Offset, key and value of every record, read batch by batch from each offset as readers do. */
  const recordsIn = (log: PartitionLog) => {
    const seen: string[] = [];
    for (let offset = log.startOffset; offset < log.endOffset; ) {
      const bytes = Buffer.concat(log.read(offset, 1, true).buffers);
      if (bytes.length === 0) throw new Error(`nothing from offset ${offset} on`);
      expect(checksumHolds(bytes)).toBe(true);
      const baseOffset = Number(bytes.readBigInt64BE(0));
      for (const { key, offsetDelta, isDeletion } of listRecords({ buffer: bytes, position: 0 }) ?? []) {
        seen.push(`${baseOffset + offsetDelta} ${key}${isDeletion ? " gone" : ""}`);
      }
      offset = baseOffset + bytes.readInt32BE(23) + 1;
    }
    return seen;
  };
  const checksumHolds = (bytes: Buffer) => crc32c(bytes, 21) === bytes.readUInt32BE(17);
  const abc = [
    { key: "a", value: "1" },
    { key: "b", value: "1" },
    { key: "c", value: "1" },
  ];

  test.each(["none", "gzip", "zstd"] as const)(
    "keeps the latest record of each key in closed segments, with its offset (codec %s)",
    (codec) => {
      const log = createPartitionLog();
      log.append(at(0, abc, { codec }), compacted, 0);
      log.append(at(10, [{ key: "a", value: "2" }], { codec }), compacted, 0);
      log.append(
        at(
          20,
          [
            { key: "a", value: "3" },
            { key: "d", value: "1" },
          ],
          { codec },
        ),
        compacted,
        0,
      );
      log.append(at(2_000, [{ key: "b", value: "open" }], { codec }), compacted, 0);
      log.cleanUp(compact, 2_000);
      expect(recordsIn(log)).toEqual(["1 b", "2 c", "4 a", "5 d", "6 b"]);
      expect(log).toMatchObject({ startOffset: 0, endOffset: 7 });
      expect(log.findByTime(15)).toEqual({ offset: 4, timestampMs: 20 });
      expect(log.findByTime(25)).toEqual({ offset: 6, timestampMs: 2_000 });
    },
  );

  test("keeps deletions for a while", () => {
    const log = createPartitionLog();
    log.append(at(0, abc), compacted, 0);
    log.append(at(0, [{ key: "a", value: null }]), compacted, 0);
    log.append(at(2_000, [{ key: "z", value: "open" }]), compacted, 0);
    log.cleanUp(compact, 5_000);
    log.append(at(4_000, [{ key: "z", value: "open" }]), compacted, 0);
    log.cleanUp(compact, 5_099);
    expect(recordsIn(log)).toEqual(["1 b", "2 c", "3 a gone", "4 z", "5 z"]);
    // Its time is up, and nothing else is to be done.
    log.cleanUp(compact, 5_100);
    expect(recordsIn(log)).toHaveLength(5);
    log.append(at(6_000, [{ key: "z", value: "open" }]), compacted, 0);
    log.cleanUp(compact, 5_100);
    expect(recordsIn(log)).toEqual(["1 b", "2 c", "5 z", "6 z"]);
  });

  test("drops what was aborted, and lets nothing undecided or aborted replace what is committed", () => {
    const log = createPartitionLog();
    const inTransaction = { producerId: 7, producerEpoch: 0, isTransactional: true };
    log.append(at(0, abc), compacted, 0);
    log.append(at(0, [{ key: "a", value: "undone" }], { ...inTransaction, baseSequence: 0 }), compacted, 0);
    log.appendMarker({ producerId: 7, epoch: 0, isCommit: false, timestampMs: 0 });
    log.append(at(0, [{ key: "b", value: "open" }], { ...inTransaction, baseSequence: 1 }), compacted, 0);
    log.append(at(2_000, [{ key: "z", value: "last" }]), compacted, 0);
    log.cleanUp(compact, 2_000);
    expect(recordsIn(log).filter((line) => /[a-z]$/.test(line))).toEqual(["0 a", "1 b", "2 c", "5 b", "6 z"]);
  });

  test("counts a marker as part of a segment, which it may open", () => {
    const log = createPartitionLog();
    log.append(at(0, abc), compacted, 0);
    log.append(at(0, abc), compacted, 0);
    log.cleanUp(compact, 0);
    expect(recordsIn(log)).toHaveLength(6);
    log.appendMarker({ producerId: 7, epoch: 0, isCommit: true, timestampMs: 5_000 });
    log.cleanUp(compact, 0);
    expect(recordsIn(log).slice(0, -1)).toEqual(["3 a", "4 b", "5 c"]);
  });

  test("leaves batches whole that it cannot unpack", () => {
    const log = createPartitionLog();
    // Of this codec the batch holds bytes that nobody can unpack.
    log.append(at(0, abc, { codec: "lz4" }), compacted, 0);
    log.append(at(0, abc), compacted, 0);
    log.append(at(2_000, abc), compacted, 0);
    log.cleanUp(compact, 2_000);
    expect(log.read(0, 1, true).byteLength).toBe(at(0, abc, { codec: "lz4" }).length);
  });

  test("waits until enough is new", () => {
    const log = createPartitionLog();
    const patient = { ...compact, minDirtyRatio: 0.5 };
    for (let n = 0; n < 8; n++) log.append(at(n * 2_000, abc), compacted, 0);
    log.cleanUp(patient, 0);
    const once = recordsIn(log);
    expect(once).toHaveLength(6);
    log.append(at(16_000, [{ key: "q", value: "1" }]), compacted, 0);
    log.cleanUp({ ...patient, minDirtyRatio: 1 }, 0);
    expect(recordsIn(log)).toHaveLength(7);
    log.cleanUp(compact, 0);
    expect(recordsIn(log)).toHaveLength(4);
  });

  test("drops segments whose newest record is older than the topic keeps them, and only where it deletes", () => {
    const log = logOf(at(0, abc), at(900, abc), at(1_900, abc), at(1_500, abc));
    log.cleanUp({ ...cleanup, retentionMs: 100, isDeleted: false }, 1_100);
    log.cleanUp({ ...cleanup, retentionMs: 100 }, 1_000);
    expect(log.startOffset).toBe(0);
    log.cleanUp({ ...cleanup, retentionMs: 100 }, 1_100);
    expect(log).toMatchObject({ startOffset: 6, endOffset: 12 });
    log.cleanUp({ ...cleanup, retentionMs: 100 }, 2_001);
    expect(log).toMatchObject({ startOffset: 12, endOffset: 12, byteLength: 0 });
    log.append(at(5_000, abc), rules, 0);
    log.cleanUp({ ...cleanup, retentionMs: 100 }, 5_101);
    expect(log).toMatchObject({ startOffset: 15, endOffset: 15 });
  });

  test("drops segments while as much as the topic keeps is left", () => {
    const log = logOf(at(0, abc), at(2_000, abc), at(2_000, abc), at(4_000, abc));
    const each = at(0, abc).length;
    log.cleanUp({ ...cleanup, retentionBytes: 3 * each + 1 }, 0);
    expect(log.startOffset).toBe(0);
    log.cleanUp({ ...cleanup, retentionBytes: 2 * each }, 0);
    expect(log.startOffset).toBe(3);
    log.cleanUp({ ...cleanup, retentionBytes: each }, 0);
    expect(log.startOffset).toBe(9);
    log.cleanUp({ ...cleanup, retentionBytes: 0 }, 0);
    expect(log).toMatchObject({ startOffset: 12, byteLength: 0 });
  });

  test("needs keys: a record without one is refused where a topic is compacted", () => {
    const refused = { kind: "refused", code: ErrorCode.invalidRecord };
    expect(createPartitionLog().append(numberedBatch(1), compacted, 0)).toMatchObject(refused);
  });

  test("after a roll reaches the newest segment, the last record of all too", () => {
    const log = createPartitionLog();
    log.append(at(0, abc), compacted, 0);
    log.append(at(1, [{ key: "a", value: null }]), compacted, 0);
    const usual = { ...compact, minDirtyRatio: 0.5 };
    log.cleanUp(usual, 0);
    expect(recordsIn(log)).toEqual(["0 a", "1 b", "2 c", "3 a gone"]);
    log.roll(usual, 0);
    expect(recordsIn(log)).toEqual(["1 b", "2 c", "3 a gone"]);
    // Nothing new was rolled, and a second one changes nothing.
    log.roll(usual, 50);
    log.append(at(60, [{ key: "b", value: "2" }]), compacted, 60);
    log.roll(usual, 150);
    expect(recordsIn(log).filter((record) => record !== "")).toEqual(["2 c", "4 b"]);
    expect(log.endOffset).toBe(5);
  });

  test("takes no segment for old that a roll has left without a record", () => {
    const log = logOf(at(0, abc));
    const kept: CleanupRules = { ...cleanup, retentionMs: 1_000 };
    log.roll(kept, 500);
    log.cleanUp(kept, 1_000);
    expect(log.startOffset).toBe(0);
    log.cleanUp(kept, 1_001);
    expect(log.startOffset).toBe(3);
    expect(log.append(at(5_000, abc), rules, 5_000)).toMatchObject({ baseOffset: 3 });
    log.cleanUp(kept, 6_000);
    expect(log.startOffset).toBe(3);
  });
});
