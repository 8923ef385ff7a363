import { describe, expect, test } from "@jest/globals";
import type { ConsumedRecord } from "../kafka/port.ts";
import { createManualClock } from "../kernel/clock.ts";
import { BirdwireError } from "../kernel/error.ts";
import type { RenderedRecord, Renderer } from "../render/renderer.ts";
import type { DecodeOutcome, RecordDecoder } from "../serde/decoder.ts";
import { silentLog } from "../telemetry/log.ts";
import { createConsumeTally } from "../telemetry/tally.ts";
import { type ConsumeOptions, consume } from "./consume.ts";
import { createDeadLetterWriter } from "./dead-letter.ts";
import { createFakeConsumer, createFakeEncoder, createRecord, topic } from "./testing/fakes.ts";

const lines: Renderer = { kind: "lines", render: (record) => `${record.offset}:${String(record.value)}\n` };
const tables: Renderer = {
  kind: "batches",
  render: (records: readonly RenderedRecord[], batch: number) => ({
    text: `#${batch} ${records
      .slice(0, 3)
      .map((record) => record.offset)
      .join(",")}\n`,
    hidden: Math.max(0, records.length - 3),
  }),
};

/** Decodes text; "bad" is undecodable. */
function decodeText(value: Buffer | null): DecodeOutcome<unknown> {
  if (value === null) return { kind: "tombstone" } as DecodeOutcome<unknown>;
  const text = value.toString();
  if (text === "bad") {
    return {
      kind: "undecodable",
      code: "bad-magic",
      message: "first byte is 0x62",
      writerId: null,
    } as DecodeOutcome<unknown>;
  }
  return { kind: "record", value: text, writer: { id: 1, version: 1 } } as unknown as DecodeOutcome<unknown>;
}

/** Leaves out every second record. */
const odd = (record: RenderedRecord): boolean => record.offset % 2 === 1;

interface SetUp {
  readonly batches: readonly (readonly ConsumedRecord[])[];
  readonly renderer?: Renderer;
  readonly decoder?: RecordDecoder<unknown>;
  readonly filter?: (record: RenderedRecord) => boolean;
  /** What a write waits for. */
  readonly room?: () => Promise<void>;
  /** Default true. */
  readonly keepsDeadLetters?: boolean;
  /** Default false. */
  readonly refusesCommits?: boolean;
  /** Default true. */
  readonly answersCommits?: boolean;
}

function setUp({
  batches,
  renderer = lines,
  decoder = { decode: decodeText } as RecordDecoder<unknown>,
  keepsDeadLetters = true,
  filter,
  room = () => Promise.resolve(),
  refusesCommits = false,
  answersCommits = true,
}: SetUp) {
  const clock = createManualClock(1000);
  const consumer = createFakeConsumer(batches);
  const tally = createConsumeTally();
  const stop = new AbortController();
  const events: string[] = [];
  const warnings: string[] = [];
  const commit = consumer.commit;
  const logged = {
    ...consumer,
    async commit(positions: Parameters<typeof commit>[0]) {
      if (refusesCommits) throw new Error("no commits today");
      if (!answersCommits) await new Promise<never>(() => {});
      await commit(positions);
      events.push(`commit ${positions.map((position) => position.nextOffset).join(",")}`);
    },
  };
  const start = (options: Partial<ConsumeOptions> = {}) =>
    consume(
      {
        consumer: logged,
        decoder,
        renderer,
        ...(filter !== undefined && { filter }),
        sink: {
          async write(text) {
            events.push(...text.trimEnd().split("\n"));
            await room();
          },
        },
        openDeadLetters: keepsDeadLetters
          ? async () => ({
              writer: createDeadLetterWriter({ encoder: createFakeEncoder(), clock }),
              send: async (letters) => void events.push(`dead ${letters.length}`),
            })
          : null,
        clock,
        log: {
          ...silentLog,
          warn: (message, fields) => void warnings.push(`${message} ${JSON.stringify(fields)}`),
        },
        tally,
      },
      { readerFingerprint: "f", batchIntervalMs: 1000, signal: stop.signal, ...options },
    );
  return { clock, tally, stop, events, warnings, start };
}

const records = (from: number, to: number, partition = 0) =>
  Array.from({ length: to - from }, (_, index) => createRecord(from + index, `v${from + index}`, partition));

describe("the consume loop", () => {
  test("shows records up to the end of the topic, then commits, then stops", async () => {
    const { start, events, tally } = setUp({ batches: [records(0, 2), records(2, 5)] });
    expect(await start({ ends: new Map([[0, 4]]) })).toBe("end-of-topic");
    expect(events).toEqual(["0:v0", "1:v1", "2:v2", "3:v3", "commit 4"]);
    expect(tally).toMatchObject({ consumed: 4, printed: 4 });
  });

  test("shows a long batch piece by piece, and stops between two of them on a signal", async () => {
    let writes = 0;
    const { start, events, stop, tally } = setUp({
      batches: [records(0, 500)],
      room: async () => {
        if (++writes === 2) stop.abort();
      },
    });
    expect(await start()).toBe("signal");
    const shown = events.length - 1;
    expect(shown).toBeGreaterThan(0);
    expect(shown).toBeLessThan(500);
    expect(events.at(-1)).toBe(`commit ${shown}`);
    expect(tally.versions).toEqual(new Map([["1", shown]]));
  });

  test("counts what a filter leaves out, and commits it as read", async () => {
    const { start, events, tally } = setUp({ batches: [records(0, 5)], filter: odd });
    expect(await start({ ends: new Map([[0, 5]]) })).toBe("end-of-topic");
    expect(events).toEqual(["1:v1", "3:v3", "commit 5"]);
    expect(tally).toMatchObject({ consumed: 5, printed: 2, filtered: 3 });
  });

  test("commits what a filter leaves out where nothing is shown at all", async () => {
    const { start, events } = setUp({ batches: [records(0, 5)], renderer: tables, filter: () => false });
    await start({ ends: new Map([[0, 5]]) });
    expect(events).toEqual(["commit 5"]);
  });

  test("stops after as many records as were shown, not as were read", async () => {
    const { start, events } = setUp({ batches: [records(0, 9)], filter: odd });
    expect(await start({ maxRecords: 2 })).toBe("limit");
    expect(events).toEqual(["1:v1", "3:v3", "commit 4"]);
  });

  test.each([
    ["lines", { ...lines, head: "id\n" }, ["id", "0:v0", "commit 1"]],
    ["batches", { ...tables, head: "id\n" }, ["id", "#0 0", "commit 1"]],
  ] as const)("writes the head of %s once, before the first record", async (_kind, renderer, expected) => {
    const { start, events } = setUp({ batches: [records(0, 1)], renderer });
    await start({ ends: new Map([[0, 1]]) });
    expect(events).toEqual(expected);
  });

  test("writes a head where no record comes", async () => {
    const { start, events } = setUp({ batches: [], renderer: { ...lines, head: "id\n" } });
    expect(await start({ ends: new Map() })).toBe("end-of-topic");
    expect(events).toEqual(["id"]);
  });
  test("knows how much it has left behind of what the batch said there is", async () => {
    const { start, tally } = setUp({ batches: [records(0, 10)] });
    await start({ maxRecords: 3 });
    expect(tally.lags).toEqual(new Map([[0, 7]]));
  });

  test.each([
    ["lines", lines, ["0:v0", "1:v1"], ["2:v2"]],
    ["a table", tables, ["#0 0,1"], ["#1 2"]],
  ] as const)(
    "a reader that takes its time holds back what comes after, and its commit: %s",
    async (...row) => {
      const [, renderer, held, rest] = row;
      const waiting: (() => void)[] = [];
      const room = () => new Promise<void>((resolve) => void waiting.push(resolve));
      const { start, events, clock } = setUp({
        batches: [records(0, 2), records(2, 3)],
        renderer,
        room,
      });
      const running = start({ ends: new Map([[0, 3]]), batchRows: 2 });
      await clock.advance(60_000);
      expect(events).toEqual(held);
      waiting.shift()?.();
      await clock.advance(2000);
      // The first two may be committed meanwhile, the third is only on its way.
      expect(events.filter((event) => event !== "commit 2")).toEqual([...held, ...rest]);
      waiting.shift()?.();
      await running;
      expect(events.at(-1)).toBe("commit 3");
    },
  );

  test("waits for every partition that has something", async () => {
    const { start, events } = setUp({ batches: [records(0, 2, 0), records(7, 9, 1)] });
    expect(
      await start({
        ends: new Map([
          [0, 2],
          [1, 9],
        ]),
      }),
    ).toBe("end-of-topic");
    expect(events).toEqual(["0:v0", "1:v1", "7:v7", "8:v8", "commit 2,9"]);
  });

  test("stores where it starts, so that a partition without a record keeps its place", async () => {
    const { start, events, stop, clock } = setUp({ batches: [] });
    const running = start({ starts: async () => [{ topic, partition: 3, nextOffset: 70 }] });
    await clock.advance(1);
    expect(events).toEqual(["commit 70"]);
    stop.abort();
    await running;
  });

  test("commits what it has shown about a second later, though nothing more comes", async () => {
    const { start, events, stop, clock } = setUp({ batches: [records(0, 2)] });
    const running = start();
    await clock.advance(999);
    expect(events).toEqual(["0:v0", "1:v1"]);
    await clock.advance(1);
    expect(events).toEqual(["0:v0", "1:v1", "commit 2"]);
    stop.abort();
    await running;
    expect(events).toHaveLength(3);
  });

  test("ends with the error of a commit that is refused between two batches", async () => {
    const { start, clock } = setUp({ batches: [records(0, 2)], refusesCommits: true });
    const running = start();
    running.catch(() => {});
    await clock.advance(1000);
    await expect(running).rejects.toThrow("no commits today");
  });

  test("ends though the brokers do not answer its last commit, and says what that means", async () => {
    const { start, stop, clock, warnings } = setUp({ batches: [records(0, 2)], answersCommits: false });
    const running = start();
    await clock.advance(10);
    stop.abort();
    await clock.advance(5000);
    expect(await running).toBe("signal");
    expect(warnings).toEqual([expect.stringMatching(/did not store the last positions within 5 s/)]);
  });

  test("stores a start only where the group has no position once it was joined", async () => {
    const { start, events, stop, clock } = setUp({ batches: [] });
    const running = start({ starts: async () => [] });
    await clock.advance(5000);
    stop.abort();
    await running;
    expect(events).toEqual([]);
  });

  test("does not wait for what another member has read, or what was deleted", async () => {
    const { start, clock, tally } = setUp({ batches: [records(0, 2, 0)] });
    let others = 5;
    const progress = async () => new Map([[1, others]]);
    const running = start({
      ends: new Map([
        [0, 2],
        [1, 9],
      ]),
      progress,
    });
    let ended = false;
    running.then(() => {
      ended = true;
    });
    await clock.advance(3000);
    expect(ended).toBe(false);
    others = 9;
    await clock.advance(1000);
    expect(await running).toBe("end-of-topic");
    expect(tally.printed).toBe(2);
  });

  test("ends at once when there is nothing to read", async () => {
    const { start, events } = setUp({ batches: [] });
    expect(await start({ ends: new Map() })).toBe("end-of-topic");
    expect(events).toEqual([]);
  });

  test("stops at the limit inside a batch and commits just what was shown", async () => {
    const { start, events } = setUp({ batches: [records(0, 10)] });
    expect(await start({ maxRecords: 3 })).toBe("limit");
    expect(events).toEqual(["0:v0", "1:v1", "2:v2", "commit 3"]);
  });

  test("sends what is undecodable to the dead letters before anything after it is shown", async () => {
    const batch = [createRecord(0, "a"), createRecord(1, "bad"), createRecord(2, null), createRecord(3, "d")];
    const { start, events, tally } = setUp({ batches: [batch] });
    await start({ ends: new Map([[0, 4]]) });
    expect(events).toEqual(["0:a", "dead 1", "3:d", "commit 4"]);
    expect(tally).toMatchObject({ consumed: 4, printed: 2, deadLettered: 1, tombstones: 1 });
  });

  test("tells of what is undecodable, and writes nothing, where no dead letters are kept", async () => {
    const batch = [createRecord(0, "a"), createRecord(1, "bad"), createRecord(2, "c")];
    const { start, events, tally } = setUp({ batches: [batch], keepsDeadLetters: false });
    await start({ ends: new Map([[0, 3]]) });
    expect(events).toEqual(["0:a", "2:c", "commit 3"]);
    expect(tally).toMatchObject({ consumed: 3, printed: 2, deadLettered: 0, undecodable: 1 });
  });

  test("skips what is undecodable when told so, though dead letters could be kept, and tells each", async () => {
    const batch = [
      createRecord(0, "a"),
      ...Array.from({ length: 30 }, (_, at) => createRecord(1 + at, "bad")),
    ];
    const { start, events, tally, warnings } = setUp({ batches: [batch] });
    await start({ ends: new Map([[0, 31]]), onError: "skip" });
    expect(events).toEqual(["0:a", "commit 31"]);
    expect(tally).toMatchObject({ consumed: 31, printed: 1, deadLettered: 0, undecodable: 30 });
    expect(warnings).toHaveLength(30);
    expect(warnings[29]).toMatch(/^skipped: bad-magic: .*"offset":30,"writerId":"none"/);
  });

  test("ends before what is undecodable when told so, with what came earlier shown and committed", async () => {
    const batch = [createRecord(0, "a"), createRecord(1, "bad"), createRecord(2, "c")];
    const { start, events, tally } = setUp({ batches: [batch], renderer: tables });
    await expect(start({ ends: new Map([[0, 3]]), onError: "fail" })).rejects.toMatchObject({
      code: "undecodable-record",
      message: expect.stringMatching(/partition 0, offset 1: bad-magic: first byte is 0x62/),
    });
    expect(events).toEqual(["#0 0", "commit 1"]);
    expect(tally).toMatchObject({ printed: 1, deadLettered: 0, undecodable: 1 });
  });

  test("closes a table's batch by rows, and tells how many rows are hidden", async () => {
    const { start, events, tally } = setUp({ batches: [records(0, 7)], renderer: tables });
    await start({ ends: new Map([[0, 7]]), batchRows: 5 });
    expect(events).toEqual(["#0 0,1,2", "#1 5,6", "commit 7"]);
    expect(tally).toMatchObject({ printed: 5, hidden: 2 });
  });

  test("closes a table's batch by time", async () => {
    const { start, events, clock, stop } = setUp({ batches: [records(0, 2)], renderer: tables });
    const running = start();
    await clock.advance(999);
    expect(events).toEqual([]);
    await clock.advance(1);
    expect(events).toEqual(["#0 0,1"]);
    stop.abort();
    expect(await running).toBe("signal");
    expect(events).toEqual(["#0 0,1", "commit 2"]);
  });

  test("shows what it holds when it is told to stop", async () => {
    const { start, events, stop, clock } = setUp({ batches: [records(0, 2)], renderer: tables });
    const running = start();
    await clock.advance(10);
    stop.abort();
    await running;
    expect(events).toEqual(["#0 0,1", "commit 2"]);
  });

  test("waits for a registry that is away instead of giving a record up, and shows those before it", async () => {
    let asked = 0;
    const decoder = {
      decode(value: Buffer | null) {
        asked++;
        return asked === 2 || asked === 3
          ? Promise.reject(
              new BirdwireError("registry-unreachable", "the registry is away", { retriable: true }),
            )
          : decodeText(value);
      },
    } as unknown as RecordDecoder<unknown>;
    const { start, events, clock } = setUp({ batches: [records(0, 2)], decoder });
    const running = start({ ends: new Map([[0, 2]]) });
    await clock.advance(500);
    expect(events).toEqual(["0:v0"]);
    await clock.advance(1000);
    await running;
    expect(asked).toBe(4);
    expect(events).toEqual(["0:v0", "commit 1", "1:v1", "commit 2"]);
  });

  test("rejects with an error that no waiting mends", async () => {
    const error = new BirdwireError("registry-unauthorized", "no");
    const decoder = { decode: () => Promise.reject(error) } as unknown as RecordDecoder<unknown>;
    const { start } = setUp({ batches: [records(0, 1)], decoder });
    await expect(start()).rejects.toBe(error);
  });
});
