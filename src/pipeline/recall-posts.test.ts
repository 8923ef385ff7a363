import { describe, expect, test } from "@jest/globals";
import type { ConsumedRecord, TailBatch, TailOptions, TopicReader } from "../kafka/port.ts";
import { parsePostId } from "../kernel/brand.ts";
import { createDedupeWindow } from "./dedupe-window.ts";
import { recallPosts } from "./recall-posts.ts";
import { createRecord, topic } from "./testing/fakes.ts";

/** A reader of one partition that gives one list of records for each time it is asked; `asked` keeps how. */
function createReader(rounds: readonly (readonly ConsumedRecord[])[]) {
  const asked: TailOptions[] = [];
  const reader: TopicReader = {
    async *tail(_topic, options): AsyncGenerator<TailBatch> {
      asked.push({ ...options, from: new Map(options.from) });
      const records = rounds[asked.length - 1] ?? [];
      const nextOffset = (records.at(-1)?.offset ?? -1) + 1;
      if (records.length === 0) return;
      yield { topic, partition: 0, records, nextOffset, done: records.length, total: records.length };
    },
    async [Symbol.asyncDispose]() {},
  };
  return { reader, asked };
}

const keyed = (offset: number, key: string | null, value: string | null = "v"): ConsumedRecord => ({
  ...createRecord(offset, value),
  key: key === null ? null : Buffer.from(key),
});
const signal = new AbortController().signal;

describe("recalling posts", () => {
  test("takes every key that is the id of a post, those of tombstones too, and no other", async () => {
    const { reader } = createReader([
      [
        keyed(0, "11"),
        keyed(1, null),
        keyed(2, "12", null),
        keyed(3, "x12"),
        keyed(4, ""),
        keyed(5, "99999999999999999999"),
        keyed(6, "1é"),
      ],
    ]);
    const window = createDedupeWindow(10);
    const seen: string[] = [];
    const options = { topic, maxRecords: 10, signal, onPost: (id: string) => void seen.push(id) };
    expect(await recallPosts({ reader, window }, options)).toBe(2);
    expect(seen).toEqual(["11", "12"]);
    expect(window.size).toBe(2);
    for (const id of seen) expect(window.add(parsePostId(id))).toBe(false);
  });

  test("keeps the newest where the window is smaller", async () => {
    const { reader } = createReader([[keyed(0, "1"), keyed(1, "2"), keyed(2, "3")]]);
    const window = createDedupeWindow(2);
    await recallPosts({ reader, window }, { topic, maxRecords: 10, signal });
    expect([window.add(parsePostId("2")), window.add(parsePostId("3"))]).toEqual([false, false]);
    expect(window.add(parsePostId("1"))).toBe(true);
  });

  test("looks again for what came in the meantime, from where it was", async () => {
    const { reader, asked } = createReader([[keyed(0, "1")], [keyed(1, "2")]]);
    const window = createDedupeWindow(10);
    expect(await recallPosts({ reader, window }, { topic, maxRecords: 7, signal })).toBe(2);
    expect(asked.map(({ maxRecords, from }) => [maxRecords, from])).toEqual([
      [7, new Map()],
      [7, new Map([[0, 1]])],
      [7, new Map([[0, 2]])],
    ]);
  });

  test("does not run after a topic that somebody else writes to", async () => {
    const { reader, asked } = createReader(Array.from({ length: 100 }, (_, index) => [keyed(index, "1")]));
    await recallPosts({ reader, window: createDedupeWindow(10) }, { topic, maxRecords: 7, signal });
    expect(asked).toHaveLength(4);
  });
});
