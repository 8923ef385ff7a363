/** The loop whose stdout fails: its reader went away, or its disk is full. */
import { describe, expect, test } from "@jest/globals";
import type { ConsumedRecord } from "../kafka/port.ts";
import { createManualClock } from "../kernel/clock.ts";
import { BirdwireError } from "../kernel/error.ts";
import type { RenderedRecord, Renderer } from "../render/renderer.ts";
import type { DecodeOutcome, PrintingDecoder, RecordDecoder } from "../serde/decoder.ts";
import { silentLog } from "../telemetry/log.ts";
import { createConsumeTally } from "../telemetry/tally.ts";
import { type ConsumeOptions, consume } from "./consume.ts";
import { createDeadLetterWriter } from "./dead-letter.ts";
import { createFakeConsumer, createFakeEncoder, createRecord } from "./testing/fakes.ts";

const render = ({ offset }: { readonly offset: number }) => `${offset}\n`;
const lines: Renderer = { kind: "lines", render };
const json: Renderer = {
  kind: "lines",
  render,
  json: { append: () => {}, leaf: () => String, suffix: "\n" },
};
const tables: Renderer = {
  kind: "batches",
  render: (records: readonly RenderedRecord[]) => ({ text: records.map(render).join(""), hidden: 0 }),
};

const writer = { id: 1, version: 1 };
/** Prints values, or gives them; "bad" is undecodable. */
const decoder = {
  decode: (value: Buffer | null) =>
    (String(value) === "bad"
      ? { kind: "undecodable", code: "bad-magic", message: "bad", writerId: null }
      : { kind: "record", value: String(value), writer }) as DecodeOutcome<unknown>,
  printing: ({ text, suffix }) => ({
    decode(value) {
      text.text(`${String(value)}${suffix}`);
      return { kind: "record", value: undefined, writer } as never;
    },
  }),
} as PrintingDecoder<unknown>;

const records = (from: number, to: number, partition = 0) =>
  Array.from({ length: to - from }, (_, at) => createRecord(from + at, String(from + at), partition));

const gone = new Error("gone");

interface SetUp {
  readonly batches: readonly (readonly ConsumedRecord[])[];
  readonly renderer: Renderer;
  /** How many writes the sink takes before it fails; later ones it would take again. */
  readonly takes: number;
  readonly decoder?: RecordDecoder<unknown>;
  /** Default true. */
  readonly answersCommits?: boolean;
  /** Default: at once. */
  readonly sendLetters?: () => Promise<void>;
}

function setUp({ batches, renderer, takes, answersCommits = true, ...more }: SetUp) {
  const clock = createManualClock(1000);
  const consumer = createFakeConsumer(batches);
  const stop = new AbortController();
  const tally = createConsumeTally();
  const shown: string[] = [];
  const warnings: string[] = [];
  let writes = 0;
  const start = (options: Partial<ConsumeOptions> = {}) => {
    const running = consume(
      {
        consumer: {
          ...consumer,
          commit: (positions) => (answersCommits ? consumer.commit(positions) : new Promise<never>(() => {})),
        },
        decoder: more.decoder ?? decoder,
        renderer,
        sink: {
          async write(text) {
            await Promise.resolve();
            if (writes++ === takes) throw gone;
            shown.push(...text.trimEnd().split("\n"));
          },
        },
        openDeadLetters: async () => ({
          writer: createDeadLetterWriter({ encoder: createFakeEncoder(), clock }),
          send: more.sendLetters ?? (async () => {}),
        }),
        clock,
        log: {
          ...silentLog,
          warn: (message, fields) => void warnings.push(`${message} ${JSON.stringify(fields)}`),
        },
        tally,
      },
      { readerFingerprint: "f", batchIntervalMs: 100, signal: stop.signal, ...options },
    );
    running.catch(() => {});
    return running;
  };
  const committed = () => consumer.committed.map(({ partition, nextOffset }) => `${partition}:${nextOffset}`);
  return { start, clock, stop, consumer, tally, shown, warnings, committed };
}

describe.each([
  ["lines", lines],
  ["JSON that the decoder prints", json],
  ["tables", tables],
])("%s that nobody takes any more", (_what, renderer) => {
  test("end the run: what was taken is committed, what was not is neither counted nor committed", async () => {
    const { start, clock, consumer, tally, shown, committed, warnings } = setUp({
      batches: [records(0, 2), records(2, 5), records(5, 6)],
      renderer,
      takes: 1,
    });
    const running = start({ batchRows: 2 });
    await clock.advance(500);
    await expect(running).rejects.toBe(gone);
    expect(shown).toEqual(["0", "1"]);
    expect(committed()).toEqual(["0:2"]);
    expect(tally.printed).toBe(2);
    // Of what was read and not shown a summary says nothing wrong.
    expect(tally.lags.size).toBe(0);
    expect(consumer.stopped).toBe(true);
    expect(warnings).toEqual([]);
  });

  test("end it before anything is committed where not even the first write was taken", async () => {
    const { start, clock, committed, consumer } = setUp({ batches: [records(0, 2)], renderer, takes: 0 });
    const running = start();
    await clock.advance(5000);
    await expect(running).rejects.toBe(gone);
    expect(committed()).toEqual([]);
    expect(consumer.stopped).toBe(true);
  });

  test("end it after what the other partition has shown is committed", async () => {
    const { start, clock, committed } = setUp({
      batches: [records(7, 9, 1), records(0, 2, 0)],
      renderer,
      takes: 1,
    });
    const running = start({ batchRows: 2 });
    await clock.advance(500);
    await expect(running).rejects.toBe(gone);
    expect(committed()).toEqual(["1:9"]);
  });

  test("end it though the brokers are away, in bounded time, and it is said what that means", async () => {
    const { start, clock, warnings } = setUp({
      batches: [records(0, 2), records(2, 4)],
      renderer,
      takes: 1,
      answersCommits: false,
    });
    const running = start({ batchRows: 2 });
    await clock.advance(500);
    await clock.advance(5000);
    await expect(running).rejects.toBe(gone);
    expect(warnings).toEqual([expect.stringMatching(/did not store the last positions within 5 s/)]);
  });
});

test("a head that nobody takes ends the run before it reads", async () => {
  const { start, tally, committed, consumer } = setUp({
    batches: [records(0, 2)],
    renderer: { ...lines, head: "id\n" },
    takes: 0,
  });
  await expect(start()).rejects.toBe(gone);
  expect(tally.consumed).toBe(0);
  expect(committed()).toEqual([]);
  expect(consumer.stopped).toBe(true);
});

describe("a table that its timer shows to nobody", () => {
  test("ends the run though no further record comes", async () => {
    const { start, clock, committed } = setUp({ batches: [records(0, 2)], renderer: tables, takes: 0 });
    const running = start();
    await clock.advance(100);
    await expect(running).rejects.toBe(gone);
    expect(committed()).toEqual([]);
  });

  test("is not committed where the run was told to end before", async () => {
    const { start, clock, stop, committed, consumer } = setUp({
      batches: [records(0, 2)],
      renderer: tables,
      takes: 0,
    });
    const running = start();
    await clock.advance(10);
    stop.abort();
    await expect(running).rejects.toBe(gone);
    expect(committed()).toEqual([]);
    expect(consumer.stopped).toBe(true);
  });

  test("ends the run while a batch waits for brokers to take a dead letter", async () => {
    const { start, clock, committed } = setUp({
      batches: [[createRecord(0, "a"), createRecord(1, "bad")]],
      renderer: tables,
      takes: 0,
      sendLetters: () => new Promise<never>(() => {}),
    });
    const running = start();
    await clock.advance(100);
    await expect(running).rejects.toBe(gone);
    expect(committed()).toEqual([]);
  });

  test("ends the run while a batch waits for an answer of the registry", async () => {
    const { start, clock, committed } = setUp({
      batches: [records(0, 1), records(1, 2)],
      renderer: tables,
      takes: 0,
      decoder: {
        decode: (value: Buffer | null) =>
          String(value) === "1" ? new Promise<never>(() => {}) : decoder.decode(value, {}),
      } as RecordDecoder<unknown>,
    });
    const running = start();
    await clock.advance(100);
    await expect(running).rejects.toBe(gone);
    expect(committed()).toEqual([]);
  });
});

test("a wait for a registry that is away does not go on behind the end of the run", async () => {
  let asked = 0;
  const away = new BirdwireError("registry-unreachable", "the registry is away", { retriable: true });
  const { start, clock } = setUp({
    batches: [records(0, 1), records(1, 2)],
    renderer: tables,
    takes: 0,
    decoder: {
      decode: (value: Buffer | null) => {
        if (String(value) !== "1") return decoder.decode(value, {});
        asked++;
        return Promise.reject(away);
      },
    } as RecordDecoder<unknown>,
  });
  const running = start({ batchIntervalMs: 700 });
  await clock.advance(700);
  await expect(running).rejects.toBe(gone);
  expect(asked).toBe(2);
  await clock.advance(60_000);
  expect(asked).toBe(2);
});

test("a last commit that is refused is told, and the run ends with what ended it", async () => {
  const { start, clock, consumer, warnings } = setUp({
    batches: [records(0, 2), records(2, 4)],
    renderer: lines,
    takes: 1,
  });
  consumer.commit = () => Promise.reject(new Error("no commits today"));
  const running = start();
  await clock.advance(500);
  await expect(running).rejects.toBe(gone);
  expect(warnings).toEqual([expect.stringMatching(/last positions were not stored.*no commits today/)]);
});
