import { describe, expect, test } from "@jest/globals";
import { createManualClock } from "../kernel/clock.ts";
import type { RecordDecoder } from "../serde/decoder.ts";
import { createFakeConsumer, createRecord } from "./testing/fakes.ts";
import { createTypedConsumer } from "./typed-topic.ts";

const decoder = {
  decode: () => ({ kind: "record", value: "v", writer: { id: 1, version: 1 } }),
} as unknown as RecordDecoder<string>;

describe("a typed consumer", () => {
  test.each([
    ["commits what the loop has passed", true, [1]],
    ["leaves commits to the caller who wants them so", false, []],
  ])("when its group shares out the partitions anew, %s", async (_title, autoCommit, expected) => {
    const consumer = createFakeConsumer([[createRecord(0, "v"), createRecord(1, "v")]]);
    const typed = createTypedConsumer({ consumer, decoder, clock: createManualClock(1000), autoCommit });
    let committed: number[] = [];
    for await (const { offset } of typed) {
      if (offset === 0) continue;
      // The second record is still in the hands of the loop.
      await consumer.share.onRevoke?.();
      committed = consumer.committed.map(({ nextOffset }) => nextOffset);
      break;
    }
    expect(committed).toEqual(expected);
  });

  test("ends with the error of a commit that is refused then", async () => {
    const consumer = createFakeConsumer([[createRecord(0, "v")], [createRecord(1, "v")]]);
    const typed = createTypedConsumer({ consumer, decoder, clock: createManualClock(1000) });
    const read = async () => {
      for await (const { offset } of typed) {
        if (offset === 0) continue;
        consumer.commit = async () => {
          throw new Error("no commits today");
        };
        await consumer.share.onRevoke?.();
      }
    };
    await expect(read()).rejects.toThrow("no commits today");
  });
});
