import { deepStrictEqual as same } from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type BatchDecoder, createBatchDecoder } from "./kafkajs-batch-decoder.ts";
import {
  loadBatchDecoder,
  loadCodecLookup,
  loadDecoder,
  replaceBatchDecoder,
  standsFor,
} from "./kafkajs-fast-records.ts";

const original = loadBatchDecoder();
const ours = createBatchDecoder(original, loadCodecLookup());
const Decoder = loadDecoder();
const gzip = 1;

/** What a decoder gives or rejects with, and where it leaves the reader. */
async function outcome(decode: BatchDecoder, bytes: Buffer, start: number) {
  const decoder = new Decoder(bytes);
  decoder.offset = start;
  try {
    return { batch: await decode(decoder), end: decoder.offset };
  } catch (thrown) {
    const error = thrown as Error;
    return { thrown: error.constructor.name, message: error.message, end: decoder.offset };
  }
}

/** jest's own equality takes a header called "constructor" for a class. */
async function sameOutcome({ bytes, start }: { readonly bytes: Buffer; readonly start: number }) {
  same(await outcome(ours, bytes, start), await outcome(original, bytes, start));
}

/** Protocol buffers' zigzag varint of any signed 64-bit number. */
function varint(value: bigint): number[] {
  const octets: number[] = [];
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  for (; rest >= 0x80n; rest >>= 7n) octets.push(Number(rest & 0x7fn) | 0x80);
  return [...octets, Number(rest)];
}

const sized = (content: Uint8Array | null) =>
  content === null ? varint(-1n) : [...varint(BigInt(content.length)), ...content];

interface Head {
  readonly attributes: number;
  readonly firstOffset: bigint;
  readonly firstTimestamp: bigint;
  readonly maxTimestamp: bigint;
  readonly producerId: bigint;
  /** Leader's epoch, last offset delta and first sequence; the producer's epoch is what fits of it. */
  readonly number: number;
  /** How far the length is from the truth. */
  readonly lie: number;
}

function batchOf(head: Head, count: number, records: Buffer): Buffer {
  const bytes = Buffer.alloc(61);
  bytes.writeBigInt64BE(head.firstOffset, 0);
  bytes.writeInt32BE(49 + records.length + head.lie, 8);
  bytes.writeInt32BE(head.number, 12);
  bytes.writeInt8(2, 16);
  bytes.writeInt16BE(head.attributes, 21);
  bytes.writeInt32BE(head.number, 23);
  bytes.writeBigInt64BE(head.firstTimestamp, 27);
  bytes.writeBigInt64BE(head.maxTimestamp, 35);
  bytes.writeBigInt64BE(head.producerId, 43);
  bytes.writeInt16BE((head.number << 16) >> 16, 51);
  bytes.writeInt32BE(head.number, 53);
  bytes.writeInt32BE(count, 57);
  return Buffer.concat([bytes, records]);
}

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const int32 = fc.bigInt({ min: -(2n ** 31n), max: 2n ** 31n - 1n });
const near = (center: bigint) => fc.bigInt({ min: center - 3n, max: center + 3n });
const anyBase = fc.oneof(
  int64,
  ...[0n, 10n ** 9n, 2n ** 52n, 2n ** 53n, -(2n ** 53n), 1_700_000_000_000n, 1_700_000_100_000n].map(near),
);
const base = fc.oneof(anyBase, fc.bigInt({ min: 0n, max: 2n ** 42n }));
const content = fc.option(fc.uint8Array({ maxLength: 200 }));
const name = fc.oneof(
  fc.constantFrom("a", "b", "7", "", "__proto__", "constructor", "é"),
  fc.string({ maxLength: 5, unit: "binary" }),
);
const usual = fc.bigInt({ min: 0n, max: 2n ** 21n });

const record = fc
  .record({
    attributes: fc.nat(255),
    timestampDelta: fc.oneof({ weight: 8, arbitrary: usual }, near(0n), int32, int64, near(2n ** 48n)),
    offsetDelta: fc.oneof({ weight: 8, arbitrary: usual }, near(0n), int32, near(2n ** 27n)),
    key: content,
    value: content,
    headers: fc.option(fc.array(fc.tuple(name, content), { maxLength: 6 })),
    rest: fc.oneof({ weight: 9, arbitrary: fc.constant(new Uint8Array()) }, fc.uint8Array({ maxLength: 3 })),
  })
  .map(({ attributes, timestampDelta, offsetDelta, key, value, headers, rest }) => [
    attributes,
    ...varint(timestampDelta),
    ...varint(offsetDelta),
    ...sized(key),
    ...sized(value),
    ...varint(BigInt(headers === null ? -1 : headers.length)),
    ...(headers ?? []).flatMap(([name, content]) => [...sized(Buffer.from(name)), ...sized(content)]),
    ...rest,
  ])
  .chain((octets) =>
    // A length that is less than what the record says of itself; more is what `rest` makes.
    fc
      .oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 5 }))
      .map((less) => ({ octets, length: Math.max(octets.length - less, 0) })),
  );

/** Only the last keeps its false length: after it kafkajs would take contents for counts of headers. */
const records = fc
  .array(record, { maxLength: 4 })
  .map((all) =>
    all.map(({ octets, length }, index) => [
      ...varint(BigInt(index === all.length - 1 ? length : octets.length)),
      ...octets,
    ]),
  );

/** No two octets of a varint that goes on: kafkajs would make millions of headers out of nothing. */
const noise = fc
  .array(fc.oneof(fc.nat(9), fc.nat(255)), { maxLength: 60 })
  .map((octets) => octets.map((octet, at) => (at % 2 === 0 ? octet : octet & 0x7f)));

const head = fc.record({
  // Codecs that there are not, transactions, control batches, the broker's time.
  attributes: fc.oneof(fc.constant(0), fc.nat(0x3f), fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 })),
  firstOffset: base,
  firstTimestamp: base,
  maxTimestamp: base,
  producerId: fc.oneof(fc.constant(-1n), int64),
  number: fc.integer(),
  lie: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.integer({ min: -120, max: 3 })),
});

/** Records of the given octets in a batch, compressed where it says gzip, with other bytes around it. */
const batches = (octets: fc.Arbitrary<number[][]>) =>
  fc
    .record({
      head,
      octets,
      more: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.integer({ min: -3, max: 3 })),
      cut: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(40)),
      isPlain: fc.integer({ min: 0, max: 9 }).map((number) => number === 0),
      before: fc.uint8Array({ maxLength: 9 }),
      after: fc.uint8Array({ maxLength: 9 }),
    })
    .map(({ head, octets, more, cut, isPlain, before, after }) => {
      const whole = Buffer.from(octets.flat());
      const records = whole.subarray(0, whole.length - Math.min(cut, whole.length));
      const packed = (head.attributes & 7) === gzip && !isPlain ? gzipSync(records) : records;
      const batch = batchOf(head, octets.length + more, packed);
      return { bytes: Buffer.concat([before, batch, after]), start: before.length };
    });

describe("a record batch", () => {
  test("is decoded by what stands in for the functions of the pinned version of kafkajs", () => {
    const { resolve } = createRequire(import.meta.url);
    const sources = standsFor.map((module) => readFileSync(resolve(module)));
    // When this fails, read the modules again.
    expect(createHash("sha256").update(Buffer.concat(sources)).digest("hex")).toBe(
      "a71f14605a316eb608820b179963a0512096a024b3cdb2842b7d1b3ba61bdbd7",
    );
  });

  test("is what kafkajs makes of it", async () => {
    await fc.assert(fc.asyncProperty(batches(records), sameOutcome), {
      numRuns: 2000,
    });
  });

  test("of any bytes is what kafkajs makes of it", async () => {
    const octets = noise.map((octets) => [octets, [], []]);
    await fc.assert(fc.asyncProperty(batches(octets), sameOutcome), { numRuns: 2000 });
  });

  test("that ends anywhere is what kafkajs makes of it", async () => {
    const cut = fc
      .tuple(batches(records), fc.nat(200))
      .map(([{ bytes, start }, length]) => ({ bytes: bytes.subarray(0, start + length), start }));
    await fc.assert(fc.asyncProperty(cut, sameOutcome), { numRuns: 1000 });
  });

  test.each([
    ["not compressed", 0],
    ["compressed", gzip],
  ])("that is ordinary and %s never reaches kafkajs's own decoder", async (_, attributes) => {
    const alone = createBatchDecoder(() => Promise.reject(new Error("kafkajs was asked")), loadCodecLookup());
    const rest = [...sized(null), ...sized(Buffer.from("v")), 2, ...sized(Buffer.from("h")), ...sized(null)];
    const record = (delta: bigint) => sized(Buffer.from([0, ...varint(delta), ...varint(delta), ...rest, 9]));
    const records = Buffer.from([...record(0n), ...record(7n), ...record(2n ** 27n - 1n)]);
    const head = { attributes, firstOffset: 40n, firstTimestamp: 1_700_000_123_456n, maxTimestamp: 0n };
    const bytes = batchOf(
      { ...head, producerId: -1n, number: -1, lie: 0 },
      3,
      attributes === gzip ? gzipSync(records) : records,
    );
    expect(await alone(new Decoder(bytes))).toMatchObject({
      records: [
        { offset: "40", timestamp: "1700000123456", value: Buffer.from("v"), headers: { h: null } },
        { offset: "47", timestamp: "1700000123463" },
        { offset: "134217767", timestamp: "1700134341183" },
      ],
    });
  });
});

test("kafkajs finds the decoder in the place of its own", () => {
  replaceBatchDecoder();
  replaceBatchDecoder();
  expect(loadBatchDecoder()).not.toBe(original);
});
