/**
 * What the emulator knows of each post and connection: matched a rule, written (handed to the socket), settled (the
 * socket's buffer was empty afterwards, and then the connection ended cleanly or a grace period passed before a
 * fault). *Delivered* means settled: what a server wrote is not what a client got.
 *
 * Rows settle in the order they were written, so watermarks for each connection tell the state; a row is packed once
 * its state is final, and packed rows go to a temporary file in large pieces, so that memory stays flat.
 */
import { closeSync, mkdtempSync, openSync, read, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Clock } from "../../kernel/clock.ts";
import {
  createPackedRows,
  createTagLists,
  type DropReason,
  type LedgerRow,
  type LedgerState,
  type PackedRows,
  rowBytes,
  unpackRows,
} from "./ledger-row.ts";

export type { LedgerRow, LedgerState };

export interface LedgerCounters {
  /** Rows, which is posts times the connections that they were for. */
  readonly matched: number;
  readonly written: number;
  readonly settled: number;
  /** Lost at X: matched, never written. */
  readonly dropped: number;
  /** Rows whose state may still change. */
  readonly pending: number;
}

export interface LedgerFilter {
  readonly state?: LedgerState;
  readonly app?: number;
  readonly connection?: number;
}

/** The part of the ledger that other rooms and the control port read. */
export interface LedgerReader {
  /** Of all apps, or of one. */
  counters(app?: number): LedgerCounters;
  /** All rows as they stand at the call, or some of them; those of a connection in the order of sending. */
  rows(filter?: LedgerFilter): AsyncGenerator<LedgerRow>;
  /** Resolves once no row's state can change any more without a new post. */
  quiet(): Promise<void>;
}

/** Where one connection reports what became of its posts. */
export interface ConnectionLedger {
  /** A post that will be sent; posts are written in this order. */
  matched(id: string, tags: readonly string[]): void;
  /** A post that matched and will not be sent. */
  dropped(id: string, tags: readonly string[], reason?: DropReason): void;
  /** The next `count` matched posts were handed to the socket. */
  written(count: number): void;
  /** The socket's buffer is empty: all that was written has left. */
  emptied(): void;
  /** What has not settled by now never will: the connection is about to break. */
  breaks(): void;
  /** Resolves once all that was written is settled, or the connection has ended. */
  allSettled(): Promise<void>;
  /**
   * No more will happen. `clean`: the body was ended and the peer took it all. `lost`: why what was not written yet
   * never will be, where the emulator gave it up.
   */
  ended(clean: boolean, lost?: DropReason): void;
  /** This connection's rows so far, by what became of them; it goes on counting. */
  readonly counters: LedgerCounters;
}

export interface Ledger extends LedgerReader, Disposable {
  /** `app`: default 1. */
  connect(connection: number, app?: number): ConnectionLedger;
  /** A post that matched a rule of an app without a connection. */
  missed(app: number, id: string, tags: readonly string[]): void;
  /** Forgets the rows whose state is final, and counts from 0; those of open connections are counted on. */
  clear(): void;
}

export interface LedgerOptions {
  readonly clock: Clock;
  /** How long a connection must live on after its buffer was empty, in real time: kernels don't run on our clock. */
  readonly settleMs?: number;
  /** Final rows that are held in memory before they go to the file. */
  readonly maxRowsInMemory?: number;
  /** Where the temporary file is made, in a folder of its own. Default: the system's place for such. */
  readonly directory?: string;
}

const readAt = promisify(read);
const rowsARead = 1024;

/** The socket's buffer was empty once so many of the connection's rows were written. */
interface Emptied {
  readonly rows: number;
  readonly atMs: number;
  readonly sinceStartMs: number;
}

type Counts = { -readonly [Name in keyof LedgerCounters]: number };
/** Adds to a connection's counts, its app's and those of all. */
type Tally = (name: keyof Counts, count: number) => void;

function noCounts(): Counts {
  return { matched: 0, written: 0, settled: 0, dropped: 0, pending: 0 };
}

export function createLedger(options: LedgerOptions): Ledger {
  const { clock, settleMs = 200, maxRowsInMemory = 16_384, directory = tmpdir() } = options;
  const tagLists = createTagLists();
  const final = createPackedRows();
  const counts = noCounts();
  const countsOfApp = new Map<number, Counts>();
  const countsOf = (app: number) => {
    const known = countsOfApp.get(app) ?? noCounts();
    countsOfApp.set(app, known);
    return known;
  };
  const connections = new Set<PackedRows>();
  const timers = new Set<NodeJS.Timeout>();
  const waiters = new Set<() => void>();
  let spill: { fd: number; folder: string; rows: number } | undefined;
  let closed = false;

  const spillWhenFull = () => {
    if (closed || final.length < maxRowsInMemory) return;
    spill ??= openSpill(directory);
    const rows = final.take(final.length);
    for (let at = 0; at < rows.length; ) {
      at += writeSync(spill.fd, rows, at, rows.length - at, spill.rows * rowBytes + at);
    }
    spill.rows += rows.length / rowBytes;
  };
  /** The first `count` rows of a connection have their last state. */
  const finish = (pending: PackedRows, count: number, tally: Tally) => {
    final.append(pending.take(count));
    tally("pending", -count);
    spillWhenFull();
    if (counts.pending > 0) return;
    for (const wake of waiters) wake();
    waiters.clear();
  };

  const connect = (connection: number, app = 1): ConnectionLedger => {
    const pending = createPackedRows();
    const own = noCounts();
    const ofApp = countsOf(app);
    const tally: Tally = (name, count) => {
      counts[name] += count;
      ofApp[name] += count;
      own[name] += count;
    };
    /** Rows since the connection began: written, and with their last state. */
    let written = 0;
    let finished = 0;
    let empties: Emptied[] = [];
    let timer: NodeJS.Timeout | undefined;
    let over = false;
    let breaking = false;
    let settleWaiters: (() => void)[] = [];
    const sayAllSettled = () => {
      if (!over && finished < written) return;
      const wake = settleWaiters;
      settleWaiters = [];
      for (const resolve of wake) resolve();
    };

    const settle = (all: boolean) => {
      if (breaking) return;
      const before = all ? Number.POSITIVE_INFINITY : performance.now() - settleMs;
      let due = 0;
      for (const { rows, atMs, sinceStartMs } of empties) {
        if (sinceStartMs > before) break;
        due++;
        const count = rows - finished;
        pending.markSettled(count, atMs);
        tally("settled", count);
        finished = rows;
        finish(pending, count, tally);
      }
      empties = empties.slice(due);
      sayAllSettled();
    };
    const stopTimer = () => {
      if (timer === undefined) return;
      clearTimeout(timer);
      timers.delete(timer);
      timer = undefined;
    };
    const schedule = () => {
      const [next] = empties;
      if (timer !== undefined || next === undefined || over || closed) return;
      const run = () => {
        stopTimer();
        settle(false);
        schedule();
      };
      timer = setTimeout(run, Math.max(1, Math.ceil(next.sinceStartMs + settleMs - performance.now())));
      timers.add(timer);
      timer.unref();
    };
    const push = (rows: PackedRows, id: string, tags: readonly string[], dropped: DropReason | null) => {
      tally("matched", 1);
      const tagList = tagLists.numberOf(tags);
      rows.push({ id, app, connection, tagList, matchedAtMs: clock.now(), dropped });
    };
    connections.add(pending);

    return {
      matched(id, tags) {
        if (over) return;
        tally("pending", 1);
        push(pending, id, tags, null);
      },
      dropped(id, tags, reason = "delivery-cap") {
        tally("dropped", 1);
        push(final, id, tags, reason);
        spillWhenFull();
      },
      written(count) {
        if (over || count === 0) return;
        pending.markWritten(written - finished, count, clock.now());
        written += count;
        tally("written", count);
      },
      emptied() {
        if (over || (empties.at(-1)?.rows ?? finished) === written) return;
        empties.push({ rows: written, atMs: clock.now(), sinceStartMs: performance.now() });
        schedule();
      },
      breaks() {
        breaking = true;
      },
      allSettled: () =>
        over || finished === written
          ? Promise.resolve()
          : new Promise((resolve) => settleWaiters.push(resolve)),
      ended(clean, lost) {
        if (over) return;
        settle(clean);
        over = true;
        sayAllSettled();
        stopTimer();
        connections.delete(pending);
        if (lost !== undefined) {
          const unwritten = pending.length - (written - finished);
          pending.markDropped(pending.length - unwritten, lost);
          tally("dropped", unwritten);
        }
        finish(pending, pending.length, tally);
      },
      counters: own,
    };
  };

  return {
    connect,
    missed(app, id, tags) {
      for (const tally of [counts, countsOf(app)]) {
        tally.matched++;
        tally.dropped++;
      }
      const tagList = tagLists.numberOf(tags);
      final.push({ id, app, connection: 0, tagList, matchedAtMs: clock.now(), dropped: "not-connected" });
      spillWhenFull();
    },
    counters: (app) => ({ ...(app === undefined ? counts : countsOf(app)) }),
    clear() {
      final.take(final.length);
      if (spill !== undefined) spill.rows = 0;
      for (const tally of [counts, ...countsOfApp.values()]) {
        const { pending } = tally;
        Object.assign(tally, noCounts(), { pending });
      }
    },
    async *rows({ state, app, connection } = {}) {
      const isWanted = (row: LedgerRow) =>
        (state === undefined || row.state === state) &&
        (app === undefined || row.app === app) &&
        (connection === undefined || row.connection === connection);
      if (closed) throw new Error("the ledger is closed");
      const file = spill === undefined ? { fd: -1, rows: 0 } : { ...spill };
      const inMemory = Buffer.concat([final.copy(), ...Array.from(connections, (pending) => pending.copy())]);
      const buffer = Buffer.alloc(rowsARead * rowBytes);
      for (let row = 0; row < file.rows; row += rowsARead) {
        const rows = Math.min(rowsARead, file.rows - row);
        const { bytesRead } = await readAt(file.fd, buffer, 0, rows * rowBytes, row * rowBytes);
        for (const found of unpackRows(buffer.subarray(0, bytesRead), tagLists)) {
          if (isWanted(found)) yield found;
        }
      }
      for (const found of unpackRows(inMemory, tagLists)) if (isWanted(found)) yield found;
    },
    quiet() {
      if (counts.pending === 0) return Promise.resolve();
      return new Promise((resolve) => waiters.add(resolve));
    },
    [Symbol.dispose]() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      for (const wake of waiters) wake();
      if (spill === undefined) return;
      closeSync(spill.fd);
      removeQuietly(spill.folder);
      spill = undefined;
    },
  };
}

function openSpill(directory: string): { fd: number; folder: string; rows: number } {
  const folder = mkdtempSync(join(directory, "birdwire-x-ledger-"));
  const fd = openSync(join(folder, "rows"), "wx+");
  // An open file needs no name: where the system allows it, nothing is left even by a process that is killed.
  removeQuietly(folder);
  return { fd, folder, rows: 0 };
}

function removeQuietly(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Open files cannot be removed everywhere; disposing tries again.
  }
}
