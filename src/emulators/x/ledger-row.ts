/**
 * A ledger row, and its packed form of 48 bytes: id, three times, connection, tags by number, state, why it was never
 * sent, app.
 */
export const ledgerStates = ["matched", "written", "settled"] as const;
export type LedgerState = (typeof ledgerStates)[number];

/**
 * Why a post that matched was never written: over the delivery cap; in the queue of a reader that fell too far behind;
 * or nobody was connected.
 */
export const dropReasons = ["delivery-cap", "slow-reader", "not-connected"] as const;
export type DropReason = (typeof dropReasons)[number];

/** As `GET /ledger` prints it, one JSON object a line. Times are milliseconds since the epoch, on the emulator's clock. */
export interface LedgerRow {
  readonly id: string;
  /** Counts the emulator's apps from 1. */
  readonly app: number;
  /** Counts the emulator's stream connections, of all apps, from 1; 0: the app had none. */
  readonly connection: number;
  /** Tags of the rules that matched; `""` for a rule without one. */
  readonly tags: readonly string[];
  readonly state: LedgerState;
  readonly matched_at: number;
  readonly written_at?: number;
  /** When the socket's buffer was empty. */
  readonly settled_at?: number;
  /** Lost at X: matched, and never written. */
  readonly dropped?: DropReason;
}

export const rowBytes = 48;

const writtenAt = 16;
const settledAt = 24;
const stateAt = 40;
const digitsAt = 41;
const droppedAt = 42;
const appAt = 44;

/** Tag lists by number: the same few come again and again. */
export interface TagLists {
  numberOf(tags: readonly string[]): number;
  at(number: number): readonly string[];
}

export function createTagLists(): TagLists {
  const lists: (readonly string[])[] = [];
  const byText = new Map<string, number>();
  const byList = new WeakMap<readonly string[], number>();
  return {
    numberOf(tags) {
      let number = byList.get(tags);
      if (number === undefined) {
        const key = JSON.stringify(tags);
        number = byText.get(key) ?? lists.push(tags) - 1;
        byText.set(key, number);
        byList.set(tags, number);
      }
      return number;
    },
    at: (number) => lists[number] ?? [],
  };
}

/** Packed rows, first in, first out: no object a row, since they come by the hundred thousand a second. */
export interface PackedRows {
  readonly length: number;
  push(row: {
    readonly id: string;
    readonly app: number;
    readonly connection: number;
    readonly tagList: number;
    readonly matchedAtMs: number;
    readonly dropped: DropReason | null;
  }): void;
  append(rows: Buffer): void;
  /** Marks `count` rows, after the first `skip`, as written. */
  markWritten(skip: number, count: number, atMs: number): void;
  /** Marks all rows after the first `skip` as dropped. */
  markDropped(skip: number, reason: DropReason): void;
  /** Marks the first `count` rows as settled. */
  markSettled(count: number, atMs: number): void;
  /** The first `count` rows, taken out; to be used before anything else is put in. */
  take(count: number): Buffer;
  copy(): Buffer;
}

export function createPackedRows(): PackedRows {
  let memory = Buffer.alloc(64 * rowBytes);
  let head = 0;
  let tail = 0;

  const makeRoom = (bytes: number) => {
    if (tail + bytes <= memory.length) return;
    const used = tail - head;
    const target = used + bytes > memory.length / 2 ? Buffer.alloc((used + bytes) * 2) : memory;
    memory.copy(target, 0, head, tail);
    memory = target;
    head = 0;
    tail = used;
  };

  return {
    get length() {
      return (tail - head) / rowBytes;
    },
    push({ id, app, connection, tagList, matchedAtMs, dropped }) {
      makeRoom(rowBytes);
      memory.writeBigUInt64LE(BigInt(id), tail);
      memory.writeDoubleLE(matchedAtMs, tail + 8);
      memory.writeDoubleLE(Number.NaN, tail + writtenAt);
      memory.writeDoubleLE(Number.NaN, tail + settledAt);
      memory.writeUInt32LE(connection, tail + 32);
      memory.writeUInt32LE(tagList, tail + 36);
      memory[tail + stateAt] = 0;
      memory[tail + digitsAt] = id.length;
      memory[tail + droppedAt] = dropCode(dropped);
      memory.writeUInt16LE(app, tail + appAt);
      tail += rowBytes;
    },
    append(rows) {
      makeRoom(rows.length);
      tail += rows.copy(memory, tail);
    },
    markWritten(skip, count, atMs) {
      const end = head + (skip + count) * rowBytes;
      for (let at = head + skip * rowBytes; at < end; at += rowBytes) {
        memory.writeDoubleLE(atMs, at + writtenAt);
        memory[at + stateAt] = 1;
      }
    },
    markDropped(skip, reason) {
      for (let at = head + skip * rowBytes; at < tail; at += rowBytes)
        memory[at + droppedAt] = dropCode(reason);
    },
    markSettled(count, atMs) {
      for (let at = head; at < head + count * rowBytes; at += rowBytes) {
        memory.writeDoubleLE(atMs, at + settledAt);
        memory[at + stateAt] = 2;
      }
    },
    take(count) {
      const rows = memory.subarray(head, head + count * rowBytes);
      head += rows.length;
      return rows;
    },
    copy: () => Buffer.from(memory.subarray(head, tail)),
  };
}

export function* unpackRows(rows: Buffer, tagLists: TagLists): Generator<LedgerRow> {
  for (let at = 0; at + rowBytes <= rows.length; at += rowBytes) {
    const written = rows.readDoubleLE(at + writtenAt);
    const settled = rows.readDoubleLE(at + settledAt);
    const digits = rows.readUInt8(at + digitsAt);
    const dropped = dropReasons[rows.readUInt8(at + droppedAt) - 1];
    yield {
      id: rows.readBigUInt64LE(at).toString().padStart(digits, "0"),
      app: rows.readUInt16LE(at + appAt),
      connection: rows.readUInt32LE(at + 32),
      tags: tagLists.at(rows.readUInt32LE(at + 36)),
      state: ledgerStates[rows.readUInt8(at + stateAt)] ?? "matched",
      matched_at: rows.readDoubleLE(at + 8),
      ...(Number.isNaN(written) ? {} : { written_at: written }),
      ...(Number.isNaN(settled) ? {} : { settled_at: settled }),
      ...(dropped === undefined ? {} : { dropped }),
    };
  }
}

function dropCode(reason: DropReason | null): number {
  return reason === null ? 0 : dropReasons.indexOf(reason) + 1;
}
