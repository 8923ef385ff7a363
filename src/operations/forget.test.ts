import { describe, expect, test } from "@jest/globals";
import type { ConsumedRecord, TopicReader } from "../kafka/port.ts";
import { parsePostId, parseTopicName } from "../kernel/brand.ts";
import { createManualClock } from "../kernel/clock.ts";
import { findMisplaced, readDeletionPolicy, waitUntilGone } from "./forget.ts";
import { bytesMention, textMentions } from "./mentions.ts";

const topic = parseTopicName("twitter");
const id = parsePostId("1700000000000000001");

describe("whether text holds an id", () => {
  test.each([
    [`{"id":"${id}"}`, true],
    [`{"id":${id}}`, true],
    [`https://x.com/i/${id}`, true],
    [`9${id}`, false],
    [`${id}0`, false],
    [`${id}0 ${id}`, true],
    [id.slice(0, -1), false],
    ["", false],
  ])("%s: %s", (text, holds) => {
    expect(textMentions(Buffer.from(text), Buffer.from(id))).toBe(holds);
  });

  test("bytes hold one whatever stands around it", () => {
    expect(bytesMention(Buffer.from(`0${id}0`), Buffer.from(id))).toBe(true);
  });
});

describe("what a topic's settings mean for a deletion", () => {
  test.each([
    [{ "cleanup.policy": "delete", "retention.ms": "3600000" }, [false, null, 3_600_000]],
    [{ "cleanup.policy": "delete", "retention.ms": "-1" }, [false, null, null]],
    [{ "cleanup.policy": "compact", "max.compaction.lag.ms": "9223372036854775807" }, [true, null, null]],
    [
      { "cleanup.policy": "compact, delete", "max.compaction.lag.ms": "86400000", "retention.ms": "1000" },
      [true, 86_400_000, 1000],
    ],
  ])("%j", (settings, [isCompacted, maxCompactionLagMs, retentionMs]) => {
    expect(readDeletionPolicy({ ...settings } as Record<string, string>)).toEqual({
      isCompacted,
      maxCompactionLagMs,
      retentionMs,
    });
  });
});

test("a record in another partition than its key's is misplaced, once a partition", () => {
  const remaining = [0, 1, 2, 1].map((partition, offset) => ({ id, partition, offset }));
  expect(findMisplaced(remaining, () => 2)).toEqual([
    { id, partition: 0 },
    { id, partition: 1 },
  ]);
});

describe("waiting until a post is gone", () => {
  /** A topic that holds the post for the first `reads` reads. */
  function setUp(reads: number) {
    const clock = createManualClock();
    const readAtMs: number[] = [];
    const record = (value: Buffer | null): ConsumedRecord => ({
      topic,
      partition: 1,
      offset: 7,
      timestampMs: 0,
      key: Buffer.from(id),
      value,
      headers: {},
    });
    const reader: TopicReader = {
      async *tail() {
        readAtMs.push(clock.now());
        // The tombstone is no post.
        const records = [record(null), ...(readAtMs.length <= reads ? [record(Buffer.from("v"))] : [])];
        yield { topic, partition: 1, records, nextOffset: 8, done: 1, total: 1 };
      },
      async [Symbol.asyncDispose]() {},
    };
    const stop = new AbortController();
    const start = (timeoutMs: number) =>
      waitUntilGone(reader, topic, { ids: [id], timeoutMs, clock, onRemaining() {}, signal: stop.signal });
    return { clock, readAtMs, start, stop };
  }

  test("reads again at growing intervals of at most a minute", async () => {
    const { clock, readAtMs, start } = setUp(9);
    const waiting = start(3_600_000);
    await clock.advance(400_000);
    expect(await waiting).toBe(true);
    expect(readAtMs.map((at) => at / 1000)).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
  });

  test("gives up when the time is up, after a last look, and says where it is", async () => {
    const { clock, readAtMs, start } = setUp(99);
    const waiting = start(5000);
    const refused = expect(waiting).rejects.toMatchObject({
      name: "OperationError",
      code: "still-there",
      message: `after 5 s topic twitter still holds ${id} at 1:7`,
    });
    await clock.advance(5000);
    await refused;
    expect(readAtMs).toEqual([0, 1000, 3000, 5000]);
  });

  test("ends by the signal", async () => {
    const { clock, start, stop } = setUp(99);
    const waiting = start(5000);
    await clock.advance(500);
    stop.abort();
    expect(await waiting).toBe(false);
  });
});
