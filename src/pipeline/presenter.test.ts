import { describe, expect, test } from "@jest/globals";
import { createManualClock } from "../kernel/clock.ts";
import type { LineRenderer, RenderedRecord } from "../render/renderer.ts";
import { createConsumeTally } from "../telemetry/tally.ts";
import { createPresenter, type TextSink } from "./presenter.ts";
import { topic } from "./testing/fakes.ts";

const render = (record: RenderedRecord) => `${record.offset}: ${String(record.value)}\n`;
const texts: LineRenderer = { kind: "lines", render };
const bytes: LineRenderer = {
  kind: "lines",
  render,
  append: (record, target) => target.text(render(record)),
};

const records = (from: number, to: number, value = "日本"): RenderedRecord[] =>
  Array.from({ length: to - from }, (_, index) => ({
    topic,
    partition: 0,
    offset: from + index,
    timestampMs: 0,
    key: null,
    writer: { id: 1, version: 1 },
    value,
  }));

function setUp(renderer: LineRenderer, takesBytes: boolean) {
  const tally = createConsumeTally();
  const events: string[] = [];
  let written = "";
  const take = async (kind: string, text: string) => {
    await Promise.resolve();
    written += text;
    events.push(`${kind} of ${text.split("\n").length - 1} lines after ${tally.printed}`);
  };
  const sink: TextSink = {
    write: (text) => take("text", text),
    ...(takesBytes && { writeBytes: (content: Buffer) => take("bytes", content.toString()) }),
  };
  const presenter = createPresenter({
    renderer,
    sink,
    clock: createManualClock(0),
    tally,
    batchIntervalMs: 1000,
    onReached: ({ nextOffset }) => events.push(`reached ${nextOffset}`),
    onHidden: () => {},
  });
  return { presenter, events, tally, read: () => written };
}

const until = (nextOffset: number) => ({ topic, partition: 0, nextOffset });

describe.each([
  ["texts", texts],
  ["bytes", bytes],
])("a renderer of %s", (_what, renderer) => {
  test.each([
    ["bytes", true],
    ["text", false],
  ])("prints into a sink of %s, and counts and reaches what it took", async (kind, takesBytes) => {
    const { presenter, events, tally, read } = setUp(renderer, takesBytes);
    await presenter.add(records(0, 2), until(2));
    await presenter.add([], until(5));
    expect(read()).toBe("0: 日本\n1: 日本\n");
    expect(events).toEqual([`${kind} of 2 lines after 0`, "reached 2", "reached 5"]);
    expect(tally.printed).toBe(2);
  });

  test("hands over 64 KiB at a time, a position after each", async () => {
    const { presenter, events, tally, read } = setUp(renderer, true);
    const long = records(0, 5, "語".repeat(15_000));
    await presenter.add(long, until(9));
    expect(read()).toBe(long.map(render).join(""));
    expect(events).toEqual([
      "bytes of 2 lines after 0",
      "reached 2",
      "bytes of 2 lines after 2",
      "reached 4",
      "bytes of 1 lines after 4",
      "reached 9",
    ]);
    expect(tally.printed).toBe(5);
  });
});

describe("tables whose write fails", () => {
  function openFailing() {
    const clock = createManualClock(0);
    const writes: string[] = [];
    const reached: number[] = [];
    let fail = (_error: Error) => {};
    const tally = createConsumeTally();
    const presenter = createPresenter({
      renderer: {
        kind: "batches",
        render: (rows, batch) => ({ text: `#${batch} ${rows.length}`, hidden: 0 }),
      },
      sink: {
        write(text) {
          writes.push(text);
          if (writes.length > 1) return Promise.resolve();
          return new Promise((_resolve, reject) => {
            fail = reject;
          });
        },
      },
      clock,
      tally,
      batchIntervalMs: 1000,
      onReached: ({ nextOffset }) => reached.push(nextOffset),
      onHidden: () => {},
    });
    return { presenter, clock, writes, reached, tally, fail: (error: Error) => fail(error) };
  }

  test("reach nothing behind it, be it without a record that is shown", async () => {
    const { presenter, clock, reached, fail } = openFailing();
    await presenter.add(records(0, 1), until(1));
    await clock.advance(1000);
    const behind = presenter.add([], until(5));
    fail(new Error("full"));
    await expect(behind).rejects.toThrow("full");
    expect(reached).toEqual([]);
  });

  test("do not write what was held back meanwhile, though it could be written", async () => {
    const { presenter, clock, writes, reached, tally, fail } = openFailing();
    await presenter.add(records(0, 1), until(1));
    await clock.advance(1000);
    await presenter.add(records(1, 3), until(3));
    fail(new Error("full"));
    await expect(presenter.end()).rejects.toThrow("full");
    expect({ writes, reached, printed: tally.printed }).toEqual({
      writes: ["#0 1"],
      reached: [],
      printed: 0,
    });
  });
});
