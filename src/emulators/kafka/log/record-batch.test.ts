import { describe, expect, test } from "@jest/globals";
import { ErrorCode } from "../protocol/error-codes.ts";
import { encodeBatch, numberedBatch, withChecksum } from "../testing/batches.ts";
import { batch, readProducedBatch } from "./record-batch.ts";

/** A batch with some bytes of its checked part changed, and a checksum that fits them. */
function altered(change: (checked: Buffer) => void, original = numberedBatch(3)): Buffer {
  const checked = Buffer.from(original.subarray(21));
  change(checked);
  return withChecksum(checked);
}

function setCount(checked: Buffer, count: number): void {
  checked.writeInt32BE(count - 1, 2);
  checked.writeInt32BE(count, 36);
}

function damaged(at: number, value: number): Buffer {
  const bytes = numberedBatch(3);
  bytes[at] = value;
  return bytes;
}

describe("a produced batch", () => {
  test.each(["none", "gzip", "snappy", "lz4", "zstd"] as const)("is taken with codec %s", (codec) => {
    const bytes = numberedBatch(3, { codec });
    expect(readProducedBatch(bytes)).toEqual({ kind: "batch", bytes });
    expect(batch.compression(bytes, 0)).toBe(codec);
  });

  const refused: [string, Buffer, ErrorCode][] = [
    ["no bytes", Buffer.alloc(0), ErrorCode.invalidRecord],
    ["less than a header", numberedBatch(1).subarray(0, 60), ErrorCode.invalidRecord],
    ["message format 1", damaged(16, 1), ErrorCode.invalidRecord],
    ["message format 3", damaged(16, 3), ErrorCode.corruptMessage],
    ["a flipped bit in a record", damaged(numberedBatch(3).length - 2, 0x55), ErrorCode.corruptMessage],
    ["a flipped bit in the checksum", damaged(18, 0), ErrorCode.corruptMessage],
    ["a length beyond its bytes", damaged(10, 9), ErrorCode.invalidRecord],
    ["a length below a header's", damaged(11, 3), ErrorCode.corruptMessage],
    ["two batches", Buffer.concat([numberedBatch(1), numberedBatch(1)]), ErrorCode.invalidRecord],
    ["a codec that does not exist", altered((b) => b.writeInt16BE(7, 0)), ErrorCode.unknownServerError],
    ["the control flag", altered((b) => b.writeInt16BE(0x20, 0)), ErrorCode.invalidRecord],
    [
      "the transactional flag without a producer",
      altered((b) => b.writeInt16BE(0x10, 0)),
      ErrorCode.invalidRecord,
    ],
    ["no records", altered((b) => b.writeInt32BE(0, 36)), ErrorCode.invalidRecord],
    ["a count that does not fit the offsets", altered((b) => b.writeInt32BE(2, 36)), ErrorCode.invalidRecord],
    ["more records than it holds", altered((b) => setCount(b, 4)), ErrorCode.invalidRecord],
    ["fewer records than it holds", altered((b) => setCount(b, 2)), ErrorCode.invalidRecord],
    ["a record of negative length", altered((b) => b.writeUInt8(1, 40)), ErrorCode.invalidRecord],
    ["a producer id without a sequence", altered((b) => b.writeBigInt64BE(5n, 22)), ErrorCode.invalidRecord],
  ];
  test.each(refused)("with %s is refused", (_, bytes, code) => {
    expect(readProducedBatch(bytes)).toMatchObject({ kind: "problem", problem: { code } });
  });

  test("keeps its checksum when base offset and leader epoch are set", () => {
    const bytes = numberedBatch(3);
    batch.setBaseOffset(bytes, 0, 2 ** 40);
    batch.setLeaderEpoch(bytes, 0, 7);
    expect(readProducedBatch(bytes)).toEqual({ kind: "batch", bytes });
    expect(batch.lastOffset(bytes, 0)).toBe(2 ** 40 + 2);
  });

  test("gets a new checksum when the broker stamps it", () => {
    const bytes = encodeBatch({ records: [{ timestampMs: 5 }, { timestampMs: 9 }] });
    batch.setLogAppendTime(bytes, 0, 1234);
    expect(readProducedBatch(bytes)).toEqual({ kind: "batch", bytes });
    expect(batch.maxTimestamp(bytes, 0)).toBe(1234);
    expect(batch.usesLogAppendTime(bytes, 0)).toBe(true);
  });
});
