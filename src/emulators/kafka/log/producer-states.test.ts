import { describe, expect, test } from "@jest/globals";
import { ErrorCode } from "../protocol/error-codes.ts";
import { createProducerStates } from "./producer-states.ts";

const sent = (baseSequence: number, recordCount = 10, epoch = 0) => ({
  producerId: 1,
  epoch,
  baseSequence,
  recordCount,
});

/** Batches of ten from sequence 0; the batch of sequence s has base offset s. */
function afterBatches(count: number) {
  const states = createProducerStates();
  for (let i = 0; i < count; i++) states.record(sent(i * 10), i * 10, 99);
  return states;
}

describe("a partition's memory of an idempotent producer", () => {
  test.each([0, 5, 2 ** 31 - 1])("takes first sequence %d of a producer it does not know", (baseSequence) => {
    expect(createProducerStates().check(sent(baseSequence))).toEqual({ kind: "next" });
  });

  test("takes the next sequence", () => {
    expect(afterBatches(3).check(sent(30))).toEqual({ kind: "next" });
  });

  test.each([10, 50])("knows the batch of sequence %d again, and its offset", (baseSequence) => {
    expect(afterBatches(6).check(sent(baseSequence))).toEqual({
      kind: "duplicate",
      baseOffset: baseSequence,
      timestampMs: 99,
    });
  });

  test.each([
    ["a gap", sent(61)],
    ["a duplicate older than five batches", sent(0)],
    ["a part of a batch that came", sent(50, 5)],
    ["a new epoch that does not start at 0", sent(60, 10, 1)],
  ])("refuses %s as out of order", (_, produced) => {
    expect(afterBatches(6).check(produced)).toMatchObject({
      kind: "refused",
      code: ErrorCode.outOfOrderSequence,
    });
  });

  test("takes a new epoch from 0, and refuses the old one then", () => {
    const states = afterBatches(2);
    expect(states.check(sent(0, 10, 1))).toEqual({ kind: "next" });
    states.record(sent(0, 10, 1), 20, 99);
    expect(states.check(sent(10, 10, 1))).toEqual({ kind: "next" });
    expect(states.check(sent(20))).toMatchObject({ kind: "refused", code: ErrorCode.invalidProducerEpoch });
  });

  test("goes on at 0 after sequence 2^31-1, also in the middle of a batch", () => {
    const states = createProducerStates();
    states.record(sent(2 ** 31 - 5), 0, 99);
    expect(states.check(sent(2 ** 31 - 5))).toMatchObject({ kind: "duplicate" });
    expect(states.check(sent(5))).toEqual({ kind: "next" });
  });

  test("forgets the producer that was silent longest when there are too many", () => {
    const states = createProducerStates();
    for (let producerId = 0; producerId < 10_001; producerId++) {
      states.record({ ...sent(0), producerId }, 0, 99);
      states.record({ ...sent(producerId === 0 ? 10 : 0), producerId: 0 }, 0, 99);
    }
    // Producer 0 was heard of all the time; producer 1 is the one that went.
    expect(states.check({ ...sent(77), producerId: 1 })).toEqual({ kind: "next" });
    expect(states.check({ ...sent(77), producerId: 2 })).toMatchObject({ kind: "refused" });
  });
});
