import { describe, expect, test } from "@jest/globals";
import type { Position } from "../kafka/port.ts";
import { createManualClock } from "../kernel/clock.ts";
import type { LineRenderer, RenderedRecord } from "../render/renderer.ts";
import type { PrintingDecoder } from "../serde/decoder.ts";
import { createConsumeTally } from "../telemetry/tally.ts";
import { createShowing } from "./showing.ts";
import { createRecord, topic } from "./testing/fakes.ts";

const writer = { id: 1, version: 1, fields: null } as unknown as RenderedRecord["writer"];
const values = { kind: "record", value: "by value", writer } as never;

/** Gives values, or prints `printed N` for each record. */
const decoder: PrintingDecoder<unknown> = {
  decode: () => values,
  printing: ({ text, suffix }) => ({
    decode(value) {
      text.text(`printed ${String(value)}${suffix}`);
      return { kind: "record", value: undefined, writer } as never;
    },
  }),
};

const plain: LineRenderer = { kind: "lines", render: ({ value }) => `${String(value)}\n` };
const json: LineRenderer = {
  ...plain,
  json: { append: () => {}, leaf: () => String, suffix: ";\n" },
};

function open(renderer: LineRenderer, filter?: (record: RenderedRecord) => boolean) {
  const written: string[] = [];
  const reached: number[] = [];
  const tally = createConsumeTally();
  const showing = createShowing({
    decoder,
    renderer,
    filter,
    sink: { write: async (text) => void written.push(text) },
    clock: createManualClock(0),
    tally,
    batchIntervalMs: 1000,
    onReached: ({ nextOffset }) => reached.push(nextOffset),
    onHidden: () => {},
  });
  const take = (offset: number) => {
    const record = createRecord(offset, String(offset));
    const outcome = showing.decoder.decode(record.value, record.headers);
    if (outcome instanceof Promise || outcome.kind !== "record") throw new Error("a record was given");
    return showing.take(record, outcome);
  };
  const at = (nextOffset: number): Position => ({ topic, partition: 0, nextOffset });
  return { showing, take, at, written, reached, tally };
}

describe("a line that is the value's JSON and nothing else", () => {
  test("is printed by the decoder, and counts once it is written", async () => {
    const { showing, take, at, written, reached, tally } = open(json);
    expect([take(5), take(6)]).toEqual([true, true]);
    expect({ printed: tally.printed, reached }).toEqual({ printed: 0, reached: [] });
    await showing.show(at(7));
    await showing.show(at(9));
    expect({ written, reached, printed: tally.printed }).toEqual({
      written: ["printed 5;\nprinted 6;\n"],
      reached: [7, 9],
      printed: 2,
    });
  });

  test("is to be shown when it is long enough for a write", () => {
    const { showing, take } = open(json);
    expect(showing.isFull).toBe(false);
    for (let offset = 0; offset < 7000; offset++) take(offset);
    expect(showing.isFull).toBe(true);
  });

  test("is made of the value where a filter wants to see it", async () => {
    const { showing, take, at, written } = open(json, ({ offset }) => offset === 6);
    expect([take(5), take(6)]).toEqual([false, true]);
    await showing.show(at(7));
    expect(written).toEqual(["by value\n"]);
  });
});

test("any other line is made of the value", async () => {
  const { showing, take, at, written } = open(plain);
  take(5);
  await showing.show(at(6));
  expect(written).toEqual(["by value\n"]);
});
