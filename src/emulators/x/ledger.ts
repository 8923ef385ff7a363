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
import { createPackedRows, type LedgerRow, type LedgerState, rowBytes } from "./ledger-row.ts";

export type { LedgerRow, LedgerState };

export interface LedgerCounters {
  /** Rows, which is posts times the connections that they were for. */
  readonly matched: number;
  readonly written: number;
  readonly settled: number;
  /** Left out under the delivery cap: matched, never written. */
  readonly dropped: number;
  /** Rows whose state may still change. */
  readonly pending: number;
}

/** The part of the ledger that other rooms and the control port read. */
export interface LedgerReader {
  counters(): LedgerCounters;
  /** All rows as they stand at the call, or those in one state; those of a connection in the order of sending. */
  rows(filter?: { readonly state?: LedgerState }): AsyncGenerator<LedgerRow>;
  /** Resolves once no row's state can change any more without a new post. */
  quiet(): Promise<void>;
}

/** Where one connection reports what became of its posts. */
export interface ConnectionLedger {
  /** A post that will be sent; posts are written in this order. */
  matched(id: string, tags: readonly string[]): void;
  /** A post that matched and will not be sent. */
  dropped(id: string, tags: readonly string[]): void;
  /** The next `count` matched posts were handed to the socket. */
  written(count: number): void;
  /** The socket's buffer is empty: all that was written has left. */
  emptied(): void;
  /** No more will happen. `clean`: the body was ended and the peer took it all. */
  ended(clean: boolean): void;
}

export interface Ledger extends LedgerReader, Disposable {
  connect(connection: number): ConnectionLedger;
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

interface Mark {
  /** Ordinal just past the last row it covers. */
  readonly upTo: number;
  readonly at: number;
  readonly sinceStartMs: number;
}

interface Pending {
  readonly id: string;
  readonly tags: readonly string[];
  readonly matchedAt: number;
}

export function createLedger(options: LedgerOptions): Ledger {
  const { clock, settleMs = 200, maxRowsInMemory = 16_384, directory = tmpdir() } = options;
  const packed = createPackedRows(maxRowsInMemory);
  const counts = { matched: 0, written: 0, settled: 0, dropped: 0, pending: 0 };
  const connections = new Set<() => LedgerRow[]>();
  const disposals = new Set<() => void>();
  const waiters = new Set<() => void>();
  let spill: { fd: number; folder: string; rows: number } | undefined;
  let closed = false;

  const pack = (row: LedgerRow) => {
    packed.push(row);
    if (!packed.full) return;
    spill ??= openSpill(directory);
    const bytes = packed.bytes();
    for (let at = 0; at < bytes.length; ) {
      at += writeSync(spill.fd, bytes, at, bytes.length - at, spill.rows * rowBytes + at);
    }
    spill.rows += bytes.length / rowBytes;
    packed.clear();
  };
  const finish = (row: LedgerRow) => {
    counts.pending--;
    if (row.state === "settled") counts.settled++;
    if (!closed) pack(row);
  };
  const wakeWhenQuiet = () => {
    if (counts.pending > 0) return;
    for (const wake of waiters) wake();
    waiters.clear();
  };

  const connect = (connection: number): ConnectionLedger => {
    let pending: Pending[] = [];
    /** Where in `pending` the first row that is not final lies, and its ordinal; the first ordinal not yet written. */
    let head = 0;
    let first = 0;
    let written = 0;
    let writes: Mark[] = [];
    let empties: Mark[] = [];
    let timer: NodeJS.Timeout | undefined;
    let over = false;

    const mark = (upTo: number): Mark => ({ upTo, at: clock.now(), sinceStartMs: performance.now() });

    const rowOf = (entry: Pending, writtenAt: number | undefined, settledAt: number | null): LedgerRow => ({
      id: entry.id,
      connection,
      tags: entry.tags,
      state: settledAt !== null ? "settled" : writtenAt !== undefined ? "written" : "matched",
      matched_at: entry.matchedAt,
      ...(writtenAt === undefined ? {} : { written_at: writtenAt }),
      ...(settledAt === null ? {} : { settled_at: settledAt }),
    });
    /** Visits the rows from the first pending one up to `upTo` with the time each was written, if it was. */
    const eachUpTo = (
      upTo: number,
      visit: (entry: Pending, writtenAt: number | undefined) => void,
    ): number => {
      let write = 0;
      for (let ordinal = first; ordinal < upTo; ordinal++) {
        const entry = pending[head + ordinal - first];
        if (entry === undefined) break;
        while ((writes[write]?.upTo ?? Number.POSITIVE_INFINITY) <= ordinal) write++;
        visit(entry, writes[write]?.at);
      }
      return write;
    };
    /** Rows before `upTo` get their last state. */
    const finishUpTo = (upTo: number, settledAt: number | null) => {
      const passed = eachUpTo(upTo, (entry, writtenAt) => finish(rowOf(entry, writtenAt, settledAt)));
      writes = writes.slice(passed);
      head += upTo - first;
      first = upTo;
      if (head > 4096 && head * 2 > pending.length) {
        pending = pending.slice(head);
        head = 0;
      }
    };
    const settle = (all: boolean) => {
      const before = all ? Number.POSITIVE_INFINITY : performance.now() - settleMs;
      let done = 0;
      for (const { upTo, at, sinceStartMs } of empties) {
        if (sinceStartMs > before) break;
        finishUpTo(upTo, at);
        done++;
      }
      empties = empties.slice(done);
      if (done > 0) wakeWhenQuiet();
    };
    const schedule = () => {
      const [next] = empties;
      if (timer !== undefined || next === undefined || over) return;
      timer = setTimeout(
        () => {
          timer = undefined;
          settle(false);
          schedule();
        },
        Math.max(1, Math.ceil(next.sinceStartMs + settleMs - performance.now())),
      );
      timer.unref();
    };
    const stopTimer = () => clearTimeout(timer);
    const snapshot = () => {
      const rows: LedgerRow[] = [];
      eachUpTo(first + pending.length - head, (entry, writtenAt) => rows.push(rowOf(entry, writtenAt, null)));
      return rows;
    };
    connections.add(snapshot);
    disposals.add(stopTimer);

    return {
      matched(id, tags) {
        if (over) return;
        pending.push({ id, tags, matchedAt: clock.now() });
        counts.matched++;
        counts.pending++;
      },
      dropped(id, tags) {
        counts.matched++;
        counts.dropped++;
        const at = clock.now();
        if (!closed) {
          pack({ id, connection, tags, state: "matched", matched_at: at, dropped: "delivery-cap" });
        }
      },
      written(count) {
        if (over || count === 0) return;
        written += count;
        counts.written += count;
        writes.push(mark(written));
      },
      emptied() {
        if (over || (empties.at(-1)?.upTo ?? first) >= written) return;
        empties.push(mark(written));
        schedule();
      },
      ended(clean) {
        if (over) return;
        settle(clean);
        over = true;
        stopTimer();
        finishUpTo(first + pending.length - head, null);
        connections.delete(snapshot);
        disposals.delete(stopTimer);
        wakeWhenQuiet();
      },
    };
  };

  return {
    connect,
    counters: () => ({ ...counts }),
    async *rows({ state } = {}) {
      if (closed) throw new Error("the ledger is closed");
      const file = spill === undefined ? undefined : { ...spill };
      const inMemory = packed.copy();
      const unsettled = [...connections].flatMap((snapshot) => snapshot());
      const buffer = Buffer.alloc(rowsARead * rowBytes);
      for (let row = 0; file !== undefined && row < file.rows; row += rowsARead) {
        const rows = Math.min(rowsARead, file.rows - row);
        const { bytesRead } = await readAt(file.fd, buffer, 0, rows * rowBytes, row * rowBytes);
        for (const found of packed.unpack(buffer.subarray(0, bytesRead))) {
          if (state === undefined || found.state === state) yield found;
        }
      }
      for (const found of packed.unpack(inMemory)) {
        if (state === undefined || found.state === state) yield found;
      }
      for (const found of unsettled) if (state === undefined || found.state === state) yield found;
    },
    quiet() {
      if (counts.pending === 0) return Promise.resolve();
      return new Promise((resolve) => waiters.add(resolve));
    },
    [Symbol.dispose]() {
      closed = true;
      for (const dispose of disposals) dispose();
      for (const wake of waiters) wake();
      if (spill === undefined) return;
      closeSync(spill.fd);
      rmSync(spill.folder, { recursive: true, force: true });
      spill = undefined;
    },
  };
}

function openSpill(directory: string): { fd: number; folder: string; rows: number } {
  const folder = mkdtempSync(join(directory, "birdwire-x-ledger-"));
  return { fd: openSync(join(folder, "rows"), "wx+"), folder, rows: 0 };
}
