// What the consume loop makes of a group that shares out its partitions anew.
import { expect, test } from "@jest/globals";
import type { ConsumedRecord } from "../kafka/port.ts";
import { createManualClock } from "../kernel/clock.ts";
import type { Renderer } from "../render/renderer.ts";
import type { RecordDecoder } from "../serde/decoder.ts";
import { silentLog } from "../telemetry/log.ts";
import { createConsumeTally } from "../telemetry/tally.ts";
import { type ConsumeOptions, consume } from "./consume.ts";
import { createFakeConsumer, createRecord, topic } from "./testing/fakes.ts";

const lines: Renderer = { kind: "lines", render: (record) => `${record.partition}:${record.offset}\n` };
const decoder = {
  decode: () => ({ kind: "record", value: "v", writer: { id: 1, version: 1 } }),
} as unknown as RecordDecoder<unknown>;

const records = (from: number, to: number, partition = 0) =>
  Array.from({ length: to - from }, (_, index) => createRecord(from + index, "v", partition));
const share = (...partitions: readonly number[]) => partitions.map((partition) => ({ topic, partition }));

function startRun(
  batches: readonly (readonly ConsumedRecord[])[],
  options: Partial<ConsumeOptions> = {},
  renderer = lines,
) {
  const consumer = createFakeConsumer(batches);
  const stop = new AbortController();
  let text = "";
  const sink = {
    async write(more: string) {
      text += more;
    },
  };
  const clock = createManualClock(1000);
  const running = consume(
    {
      consumer,
      decoder,
      renderer,
      sink,
      openDeadLetters: null,
      clock,
      log: silentLog,
      tally: createConsumeTally(),
    },
    { readerFingerprint: "f", batchIntervalMs: 1000, signal: stop.signal, ...options },
  );
  const committed = () =>
    consumer.committed.map(({ partition, nextOffset }) => `${partition}:${nextOffset}`).sort();
  return { clock, consumer, running, stop, committed, shown: () => text };
}

const ends = new Map([
  [0, 2],
  [1, 2],
]);

test("a member that waits for its own share ends with it, whatever the others have left", async () => {
  const { clock, consumer, running, shown } = startRun([records(0, 2)], { ends, ownShareOnly: true });
  await clock.advance(0);
  expect(consumer.stopped).toBe(false);
  consumer.share.onAssigned?.(share(0));
  expect(await running).toBe("end-of-topic");
  expect(shown()).toBe("0:0\n0:1\n");
});

test("a member that waits for the group does not end with its own share", async () => {
  const { clock, consumer, running, stop } = startRun([records(0, 2)], { ends });
  await clock.advance(0);
  consumer.share.onAssigned?.(share(0));
  await clock.advance(0);
  expect(consumer.stopped).toBe(false);
  stop.abort();
  expect(await running).toBe("signal");
});

const tables: Renderer = {
  kind: "batches",
  render: (rows) => ({ text: `${rows.map(({ offset }) => offset).join(",")}\n`, hidden: 0 }),
};

test.each([
  ["lines", lines, "0:0\n0:1\n1:0\n", "0:0\n0:1\n1:0\n"],
  ["a table that is not full yet", tables, "", "0,1,0\n"],
] as const)(
  "when the partitions are to be shared out anew, %s is shown and committed first",
  async (...row) => {
    const [, renderer, before, after] = row;
    const { clock, consumer, running, stop, committed, shown } = startRun(
      [records(0, 2), records(0, 1, 1)],
      {},
      renderer,
    );
    await clock.advance(0);
    expect({ shown: shown(), committed: committed() }).toEqual({ shown: before, committed: [] });
    await consumer.share.onRevoke?.();
    expect({ shown: shown(), committed: committed() }).toEqual({ shown: after, committed: ["0:2", "1:1"] });
    stop.abort();
    expect(await running).toBe("signal");
    expect(committed()).toEqual(["0:2", "1:1"]);
  },
);

test("a commit that is refused when the partitions are to be shared out anew ends the run", async () => {
  const { clock, consumer, running } = startRun([records(0, 2)]);
  await clock.advance(0);
  consumer.commit = async () => {
    throw new Error("no commits today");
  };
  await consumer.share.onRevoke?.();
  await expect(running).rejects.toThrow("no commits today");
});

test("a run that ends just then commits first, too", async () => {
  const { clock, consumer, running, stop } = startRun([records(0, 2)]);
  await clock.advance(0);
  const { commit } = consumer;
  let answer = () => {};
  consumer.commit = async (positions) => {
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    await commit(positions);
  };
  stop.abort();
  let committedFirst: boolean | null = null;
  const revoked = consumer.share.onRevoke?.().then(() => {
    committedFirst = consumer.committed.length > 0;
  });
  await clock.advance(0);
  expect(committedFirst).toBeNull();
  answer();
  await revoked;
  expect(committedFirst).toBe(true);
  expect(await running).toBe("signal");
});
