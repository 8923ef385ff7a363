/**
 * A ledger row, and its packed form of 48 bytes: id, three times, connection, tags by number, state.
 */
export const ledgerStates = ["matched", "written", "settled"] as const;
export type LedgerState = (typeof ledgerStates)[number];

/** As `GET /ledger` prints it, one JSON object a line. Times are milliseconds since the epoch, on the emulator's clock. */
export interface LedgerRow {
  readonly id: string;
  /** Counts the emulator's stream connections from 1. */
  readonly connection: number;
  /** Tags of the rules that matched; `""` for a rule without one. */
  readonly tags: readonly string[];
  readonly state: LedgerState;
  readonly matched_at: number;
  readonly written_at?: number;
  /** When the socket's buffer was empty. */
  readonly settled_at?: number;
  readonly dropped?: "delivery-cap";
}

export const rowBytes = 48;

export interface PackedRows {
  readonly full: boolean;
  push(row: LedgerRow): void;
  /** The rows as they lie in memory. */
  bytes(): Buffer;
  copy(): Buffer;
  clear(): void;
  unpack(bytes: Buffer): Generator<LedgerRow>;
}

export function createPackedRows(capacity: number): PackedRows {
  const memory = Buffer.alloc(capacity * rowBytes);
  const tagSets: (readonly string[])[] = [];
  const tagNumbers = new Map<string, number>();
  const knownSets = new WeakMap<readonly string[], number>();
  let used = 0;

  // The same few arrays come again and again; a rule's tag may change between them.
  const numberOf = (tags: readonly string[]): number => {
    let number = knownSets.get(tags);
    if (number === undefined) {
      const key = JSON.stringify(tags);
      number = tagNumbers.get(key) ?? tagSets.push(tags) - 1;
      tagNumbers.set(key, number);
      knownSets.set(tags, number);
    }
    return number;
  };

  return {
    get full() {
      return used === memory.length;
    },
    push(row) {
      memory.writeBigUInt64LE(BigInt(row.id), used);
      memory.writeDoubleLE(row.matched_at, used + 8);
      memory.writeDoubleLE(row.written_at ?? Number.NaN, used + 16);
      memory.writeDoubleLE(row.settled_at ?? Number.NaN, used + 24);
      memory.writeUInt32LE(row.connection, used + 32);
      memory.writeUInt32LE(numberOf(row.tags), used + 36);
      memory[used + 40] = ledgerStates.indexOf(row.state);
      memory[used + 41] = row.id.length;
      memory[used + 42] = row.dropped === undefined ? 0 : 1;
      used += rowBytes;
    },
    bytes: () => memory.subarray(0, used),
    copy: () => Buffer.from(memory.subarray(0, used)),
    clear() {
      used = 0;
    },
    *unpack(bytes) {
      for (let at = 0; at + rowBytes <= bytes.length; at += rowBytes) {
        const writtenAt = bytes.readDoubleLE(at + 16);
        const settledAt = bytes.readDoubleLE(at + 24);
        yield {
          id: bytes
            .readBigUInt64LE(at)
            .toString()
            .padStart(bytes.readUInt8(at + 41), "0"),
          connection: bytes.readUInt32LE(at + 32),
          tags: tagSets[bytes.readUInt32LE(at + 36)] ?? [],
          state: ledgerStates[bytes.readUInt8(at + 40)] ?? "matched",
          matched_at: bytes.readDoubleLE(at + 8),
          ...(Number.isNaN(writtenAt) ? {} : { written_at: writtenAt }),
          ...(Number.isNaN(settledAt) ? {} : { settled_at: settledAt }),
          ...(bytes[at + 42] === 1 ? { dropped: "delivery-cap" as const } : {}),
        };
      }
    },
  };
}
