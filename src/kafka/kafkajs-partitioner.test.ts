import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import kafkajs, { type Message, type PartitionMetadata } from "kafkajs";
import { createFinalPartitioner, murmur2, partitionOfKey } from "./kafkajs-partitioner.ts";

const topic = "twitter";
const partitionsLedBy = (...leaders: number[]) =>
  leaders.map((leader, partitionId) => ({ partitionId, leader })) as PartitionMetadata[];

describe("murmur2", () => {
  // Computed with org.apache.kafka.common.utils.Utils.murmur2 of Kafka 4.1.1.
  test.each([
    ["21", -973932308],
    ["foobar", -790332482],
    ["a-little-bit-long-string", -985981536],
    ["a-little-bit-longer-string", -1486304829],
    ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
    ["abc", 479470107],
  ])("of %j is what Kafka's Java client computes", (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash);
  });
});

describe("the partition of a key", () => {
  test("is the one kafkajs's own default partitioner picks", () => {
    const theirs = kafkajs.Partitioners.DefaultPartitioner();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 64 }), (bytes, count) => {
        const key = Buffer.from(bytes);
        const partitionMetadata = partitionsLedBy(...Array.from({ length: count }, () => 1));
        expect(partitionOfKey(key, count)).toBe(
          theirs({ topic, partitionMetadata, message: { key, value: null } }),
        );
      }),
    );
  });
});

describe("the final partitioner", () => {
  test("keeps a message where it was, even when there are more partitions at the next try", () => {
    const partition = createFinalPartitioner();
    const message: Message = { key: Buffer.from("1860000000000000001"), value: null };
    const first = partition({ topic, partitionMetadata: partitionsLedBy(1, 1), message });
    expect(partition({ topic, partitionMetadata: partitionsLedBy(1, 1, 1, 1, 1, 1, 1), message })).toBe(
      first,
    );
  });

  test("gives records without a key to the partitions in turn, past those without a leader", () => {
    const partition = createFinalPartitioner();
    const partitionMetadata = partitionsLedBy(1, -1, 2);
    const given = Array.from({ length: 4 }, () =>
      partition({ topic, partitionMetadata, message: { value: null } }),
    );
    expect(given).toEqual([0, 2, 0, 2]);
  });

  test("obeys a partition that is set", () => {
    const message: Message = { partition: 1, key: "anything", value: null };
    expect(createFinalPartitioner()({ topic, partitionMetadata: partitionsLedBy(1, 1), message })).toBe(1);
  });
});
