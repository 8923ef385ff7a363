import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createManualClock } from "../../kernel/clock.ts";
import { createLedger, type LedgerReader, type LedgerRow, type LedgerState } from "./ledger.ts";

async function rowsOf(ledger: LedgerReader, state?: LedgerState): Promise<LedgerRow[]> {
  const rows: LedgerRow[] = [];
  for await (const row of ledger.rows(state === undefined ? {} : { state })) rows.push(row);
  return rows;
}

const states = (rows: readonly LedgerRow[]) => rows.map(({ id, state }) => `${id} ${state}`);

/** Longer than any test: what settles does so because its connection ended cleanly. */
const never = 3_600_000;

describe("a row", () => {
  test("is matched, then written, then settled, with the time of each", async () => {
    const clock = createManualClock(1000);
    using ledger = createLedger({ clock, settleMs: 1 });
    const connection = ledger.connect(7);
    connection.matched("12", ["a", ""]);
    expect(await rowsOf(ledger)).toEqual([
      { id: "12", app: 1, connection: 7, tags: ["a", ""], state: "matched", matched_at: 1000 },
    ]);
    await clock.advance(10);
    connection.written(1);
    expect(await rowsOf(ledger)).toMatchObject([{ state: "written", matched_at: 1000, written_at: 1010 }]);
    await clock.advance(10);
    connection.emptied();
    expect(await rowsOf(ledger)).toMatchObject([{ state: "written" }]);
    await ledger.quiet();
    expect(await rowsOf(ledger)).toEqual([
      {
        id: "12",
        app: 1,
        connection: 7,
        tags: ["a", ""],
        state: "settled",
        matched_at: 1000,
        written_at: 1010,
        settled_at: 1020,
      },
    ]);
  });

  test("settles by a clean end, and not by a fault soon after it was written", async () => {
    using ledger = createLedger({ clock: createManualClock(), settleMs: never });
    for (const [number, clean] of [
      [1, true],
      [2, false],
    ] as const) {
      const connection = ledger.connect(number);
      for (const id of ["1", "2", "3"]) connection.matched(id, []);
      connection.written(1);
      connection.emptied();
      connection.written(1);
      connection.ended(clean);
    }
    expect(states(await rowsOf(ledger))).toEqual([
      "1 settled",
      "2 written",
      "3 matched",
      "1 written",
      "2 written",
      "3 matched",
    ]);
    expect(ledger.counters()).toEqual({ matched: 6, written: 4, settled: 1, dropped: 0, pending: 0 });
  });

  test("that the cap dropped is matched for good and says so", async () => {
    using ledger = createLedger({ clock: createManualClock(5) });
    const connection = ledger.connect(1);
    connection.dropped("9", ["a"]);
    expect(await rowsOf(ledger)).toEqual([
      {
        id: "9",
        app: 1,
        connection: 1,
        tags: ["a"],
        state: "matched",
        matched_at: 5,
        dropped: "delivery-cap",
      },
    ]);
    expect(ledger.counters()).toMatchObject({ matched: 1, dropped: 1, pending: 0 });
  });

  test("of a queue that was given up is lost for good, by its reason; what was written before is not", async () => {
    using ledger = createLedger({ clock: createManualClock(), settleMs: never });
    const connection = ledger.connect(1);
    for (const id of ["1", "2", "3"]) connection.matched(id, []);
    connection.written(1);
    connection.ended(false, "slow-reader");
    expect(await rowsOf(ledger)).toMatchObject([
      { id: "1", state: "written" },
      { id: "2", state: "matched", dropped: "slow-reader" },
      { id: "3", state: "matched", dropped: "slow-reader" },
    ]);
    expect((await rowsOf(ledger))[0]).not.toHaveProperty("dropped");
    expect(connection.counters).toEqual({ matched: 3, written: 1, settled: 0, dropped: 2, pending: 0 });
  });

  test("tells its app; each app and each connection has counters of its own", async () => {
    using ledger = createLedger({ clock: createManualClock(), settleMs: never });
    const first = ledger.connect(1, 1);
    const second = ledger.connect(2, 2);
    first.matched("1", []);
    second.matched("1", []);
    second.written(1);
    ledger.missed(2, "2", ["a"]);
    expect(ledger.counters()).toMatchObject({ matched: 3, written: 1, dropped: 1, pending: 2 });
    expect(ledger.counters(1)).toMatchObject({ matched: 1, written: 0, pending: 1 });
    expect(ledger.counters(2)).toMatchObject({ matched: 2, written: 1, dropped: 1 });
    expect(second.counters).toMatchObject({ matched: 1, written: 1, dropped: 0 });
    const rows: LedgerRow[] = [];
    for await (const row of ledger.rows({ app: 2 })) rows.push(row);
    expect(rows).toMatchObject([
      { app: 2, connection: 0, id: "2", tags: ["a"], dropped: "not-connected" },
      { app: 2, connection: 2, id: "1" },
    ]);
    for (const connection of [first, second]) connection.ended(false);
    ledger.clear();
    expect(await rowsOf(ledger)).toEqual([]);
    expect(ledger.counters(2)).toEqual({ matched: 0, written: 0, settled: 0, dropped: 0, pending: 0 });
  });

  test("keeps an id to the digit, up to the largest", async () => {
    using ledger = createLedger({ clock: createManualClock(), settleMs: never });
    const connection = ledger.connect(1);
    const ids = ["0", "007", "9007199254740993", "9223372036854775807"];
    for (const id of ids) connection.matched(id, []);
    expect((await rowsOf(ledger)).map(({ id }) => id)).toEqual(ids);
    connection.ended(false);
    expect((await rowsOf(ledger)).map(({ id }) => id)).toEqual(ids);
  });
});

describe("many rows", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "birdwire-ledger-test-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("go to a file past the bound, are all read back in order, and leave nothing behind even when the process is killed", async () => {
    const ledger = createLedger({
      clock: createManualClock(),
      settleMs: never,
      maxRowsInMemory: 1000,
      directory: folder,
    });
    const connection = ledger.connect(1);
    const ids = Array.from({ length: 5500 }, (_, i) => `${i + 1}`);
    for (let at = 0; at < 5000; at += 100) {
      for (const id of ids.slice(at, at + 100)) connection.matched(id, [`t${at % 300}`]);
      connection.written(100);
      connection.emptied();
    }
    connection.ended(true);
    const second = ledger.connect(2);
    for (const id of ids.slice(5000)) second.matched(id, []);
    second.written(200);

    expect(readdirSync(folder)).toEqual([]);
    const rows = await rowsOf(ledger);
    expect(rows.map(({ id }) => id)).toEqual(ids);
    expect(rows[450]).toMatchObject({ id: "451", tags: ["t100"], state: "settled" });
    expect(await rowsOf(ledger, "settled")).toHaveLength(5000);
    expect(await rowsOf(ledger, "written")).toHaveLength(200);
    expect(await rowsOf(ledger, "matched")).toHaveLength(300);
    ledger[Symbol.dispose]();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("read while more come are those of the moment of asking, none twice", async () => {
    using ledger = createLedger({ clock: createManualClock(), settleMs: never, maxRowsInMemory: 10 });
    const connection = ledger.connect(1);
    const add = (id: number) => connection.matched(String(id), []);
    for (let id = 1; id <= 35; id++) add(id);
    connection.written(35);
    connection.ended(false);
    const other = ledger.connect(2);
    for (let id = 36; id <= 40; id++) other.matched(String(id), []);
    const seen: string[] = [];
    for await (const { id } of ledger.rows()) {
      seen.push(id);
      if (seen.length === 1) other.ended(false);
    }
    expect(seen).toEqual(Array.from({ length: 40 }, (_, i) => `${i + 1}`));
  });
});
