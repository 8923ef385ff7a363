import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { guardOffsetReset, loadOffsetManager } from "./kafkajs-offset-reset.ts";

const original = loadOffsetManager().prototype.setDefaultOffset.toString();

describe("the guard of kafkajs's offset reset", () => {
  test("replaces the method as it stands in the pinned version of kafkajs", () => {
    // When this fails, read the method and what it calls again.
    expect(createHash("sha256").update(original).digest("hex")).toBe(
      "4ebfa038e4f955bd1df233a59a5ee5e6741f8d7931c07e2bfe18c2ece4769cfe",
    );
  });

  test("moves the position to the first record there is, and commits nothing", async () => {
    guardOffsetReset();
    const positions: Record<string, Record<number, string>> = { twitter: { 0: "5", 1: "9" } };
    const asked: unknown[] = [];
    await loadOffsetManager().prototype.setDefaultOffset.call(
      {
        cluster: {
          async fetchTopicsOffset(topics) {
            asked.push(topics);
            return [{ partitions: [{ partition: 1, offset: "7" }] }];
          },
        },
        clearOffsets: ({ topic, partition }) => {
          delete positions[topic]?.[partition];
        },
        committedOffsets: () => positions,
      },
      { topic: "twitter", partition: 1 },
    );
    expect(asked).toEqual([[{ topic: "twitter", fromBeginning: true, partitions: [{ partition: 1 }] }]]);
    expect(positions).toEqual({ twitter: { 0: "5", 1: "7" } });
  });
});
