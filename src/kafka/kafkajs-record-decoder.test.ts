import { deepStrictEqual as same } from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { loadDecoder, loadRecordDecoder, replaceRecordDecoder } from "./kafkajs-fast-records.ts";
import { type BatchContext, createRecordDecoder, type RecordDecoder } from "./kafkajs-record-decoder.ts";

const original = loadRecordDecoder();
const ours = createRecordDecoder(original);
const Decoder = loadDecoder();

// jest's own equality takes a header called "constructor" for a class, hence `same`.

/** What a decoder gives or throws, and where it leaves the reader. */
function outcome(decode: RecordDecoder, bytes: Buffer, context: BatchContext) {
  const decoder = new Decoder(bytes);
  try {
    return { record: decode(decoder, context), end: decoder.offset };
  } catch (error) {
    return error instanceof Error ? { thrown: error.constructor.name, message: error.message } : { error };
  }
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

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const int32 = fc.bigInt({ min: -(2n ** 31n), max: 2n ** 31n - 1n });
const near = (center: bigint) => fc.bigInt({ min: center - 3n, max: center + 3n });
const base = fc.oneof(
  int64,
  near(0n),
  near(2n ** 52n),
  near(2n ** 53n),
  near(-(2n ** 53n)),
  near(1_700_000_000_000n),
);
const content = fc.option(fc.uint8Array({ maxLength: 200 }));
const name = fc.oneof(
  fc.constantFrom("a", "b", "7", "", "__proto__", "constructor", "é"),
  fc.string({ maxLength: 5, unit: "binary" }),
);

const contexts: fc.Arbitrary<BatchContext> = fc.record({
  firstOffset: base.map(String),
  firstTimestamp: base.map(String),
  maxTimestamp: fc.oneof(base.map(String), fc.constant("")),
  magicByte: fc.constant(2),
  isControlBatch: fc.boolean(),
  timestampType: fc.constantFrom(0, 1),
});

const records = fc
  .record({
    attributes: fc.nat(255),
    timestampDelta: fc.oneof(near(0n), int32, int64, near(2n ** 48n)),
    offsetDelta: fc.oneof(near(0n), int32, near(2n ** 27n)),
    key: content,
    value: content,
    headers: fc.option(fc.array(fc.tuple(name, content), { maxLength: 6 })),
  })
  .map(({ attributes, timestampDelta, offsetDelta, key, value, headers }) =>
    Buffer.from([
      attributes,
      ...varint(timestampDelta),
      ...varint(offsetDelta),
      ...sized(key),
      ...sized(value),
      ...varint(BigInt(headers === null ? -1 : headers.length)),
      ...(headers ?? []).flatMap(([name, content]) => [...sized(Buffer.from(name)), ...sized(content)]),
    ]),
  );

/** No two octets of a varint that goes on: kafkajs would make millions of headers out of nothing. */
const noise = fc
  .array(fc.oneof(fc.nat(9), fc.nat(255)), { maxLength: 40 })
  .map((octets) => Buffer.from(octets.map((octet, at) => (at % 2 === 0 ? octet : octet & 0x7f))));

describe("a record", () => {
  test("is decoded by what stands in for the function of the pinned version of kafkajs", () => {
    // When this fails, read the function again.
    expect(createHash("sha256").update(original.toString()).digest("hex")).toBe(
      "fbe3525528b41bced97fb4ab8a5669fcdc18b56179a1e565690feae7b5f80ac7",
    );
  });

  test("is what kafkajs makes of it", () => {
    fc.assert(
      fc.property(records, contexts, (bytes, context) => {
        same(outcome(ours, bytes, context), outcome(original, bytes, context));
      }),
      { numRuns: 2000 },
    );
  });

  test("that is cut short is what kafkajs makes of it", () => {
    fc.assert(
      fc.property(records, contexts, fc.nat(300), (bytes, context, length) => {
        const cut = bytes.subarray(0, length);
        same(outcome(ours, cut, context), outcome(original, cut, context));
      }),
      { numRuns: 1000 },
    );
  });

  test("of any bytes is what kafkajs makes of it", () => {
    fc.assert(
      fc.property(noise, contexts, (bytes, context) => {
        same(outcome(ours, bytes, context), outcome(original, bytes, context));
      }),
      { numRuns: 2000 },
    );
  });

  test("that is ordinary never reaches kafkajs's own decoder", () => {
    const alone = createRecordDecoder(() => {
      throw new Error("kafkajs was asked");
    });
    const bytes = Buffer.from([
      0,
      ...varint(5n),
      ...varint(3n),
      ...sized(null),
      ...sized(Buffer.from("v")),
      0,
    ]);
    const context = { firstOffset: "40", firstTimestamp: "1700000000000" };
    expect(alone(new Decoder(bytes), context)).toMatchObject({ offset: "43", timestamp: "1700000000005" });
  });
});

test("kafkajs finds the decoder in the place of its own", () => {
  replaceRecordDecoder();
  replaceRecordDecoder();
  expect(loadRecordDecoder()).not.toBe(original);
});
