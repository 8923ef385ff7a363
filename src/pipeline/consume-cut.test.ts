import { expect, test } from "@jest/globals";
import type { ConsumedRecord } from "../kafka/port.ts";
import { createManualClock } from "../kernel/clock.ts";
import type { RenderedRecord, Renderer } from "../render/renderer.ts";
import type { RecordDecoder } from "../serde/decoder.ts";
import { silentLog } from "../telemetry/log.ts";
import { createConsumeTally } from "../telemetry/tally.ts";
import { type ConsumeOptions, consume } from "./consume.ts";
import { createFakeConsumer, createRecord } from "./testing/fakes.ts";

const lines: Renderer = { kind: "lines", render: (record) => `${record.partition}:${record.offset}` };
const tables: Renderer = {
  kind: "batches",
  render: (records: readonly RenderedRecord[]) => ({
    text: records.map(({ offset }) => offset).join(","),
    hidden: 0,
  }),
};
const decoder = {
  decode: () => ({ kind: "record", value: "v", writer: { id: 1, version: 1 } }),
} as unknown as RecordDecoder<unknown>;

const records = (from: number, to: number, partition = 0) =>
  Array.from({ length: to - from }, (_, index) => createRecord(from + index, "v", partition));

/** What a run shows of these batches, and what it commits. */
async function readOf(
  batches: readonly (readonly ConsumedRecord[])[],
  { renderer, ...options }: { readonly renderer: Renderer } & Partial<ConsumeOptions>,
) {
  const consumer = createFakeConsumer(batches);
  const shown: string[] = [];
  const sink = {
    async write(text: string) {
      shown.push(text);
      // The next batch comes while this is on its way.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  const end = await consume(
    {
      consumer,
      decoder,
      renderer,
      sink,
      openDeadLetters: null,
      clock: createManualClock(1000),
      log: silentLog,
      tally: createConsumeTally(),
    },
    {
      readerFingerprint: "f",
      batchIntervalMs: 1000,
      signal: new AbortController().signal,
      ...options,
    },
  );
  const committed = consumer.committed.map(({ partition, nextOffset }) => `${partition}:${nextOffset}`);
  return { end, shown, committed };
}

test("a partition is left alone behind its end while another is read, so that nothing cut off is passed over", async () => {
  const ends = new Map([
    [0, 2],
    [1, 1],
  ]);
  const run = await readOf([records(0, 4), records(4, 6), records(0, 1, 1)], { renderer: lines, ends });
  expect(run).toEqual({
    end: "end-of-topic",
    shown: ["0:00:1", "1:0"],
    committed: ["0:2", "1:1"],
  });
});

test("a batch that comes behind the last record to be shown does not move the position", async () => {
  const run = await readOf([records(0, 4), records(4, 8)], { renderer: tables, maxRecords: 2 });
  expect(run).toEqual({ end: "limit", shown: ["0,1"], committed: ["0:2"] });
});

test("a partition whose last records are gone ends with what comes behind them", async () => {
  const ends = new Map([[0, 4]]);
  const run = await readOf([records(0, 2), records(7, 9)], { renderer: lines, ends });
  expect(run).toEqual({ end: "end-of-topic", shown: ["0:00:1"], committed: ["0:7"] });
});
