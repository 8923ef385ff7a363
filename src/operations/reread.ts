/**
 * `reread`: a topic read through several reader schemas at once, and what each made of what every writer wrote. Reads
 * without a group: nothing is joined, committed or left behind.
 */
import type { ConsumedRecord, TopicReader } from "../kafka/port.ts";
import type { SchemaId, SchemaVersion, TopicName } from "../kernel/brand.ts";
import type {
  DecodeOutcome,
  RecordDecoder,
  ResolutionStep,
  UndecodableCode,
  WriterIdentity,
} from "../serde/decoder.ts";
import type { LetterPlace } from "./receipt.ts";

export type StepKind = ResolutionStep["kind"];

/** What one reader made of one record. */
export type ReadFate =
  /** `steps`: what resolution did in this very record. */
  | { readonly kind: "read"; readonly steps: readonly ResolutionStep[] }
  | { readonly kind: "unread"; readonly code: UndecodableCode; readonly message: string };

export interface RereadRecord extends LetterPlace {
  /** Null for a record that names no schema. */
  readonly writerId: SchemaId | null;
  /** One for each reader. */
  readonly fates: readonly ReadFate[];
}

export interface Unread {
  records: number;
  /** The first of them, and what was said of it. */
  readonly example: LetterPlace;
  readonly message: string;
}

/** What one reader made of all records of one writer. */
export interface RereadCell {
  read: number;
  /** In how many records a step of the kind was taken. */
  readonly changed: Map<StepKind, number>;
  /** The steps themselves by kind and path, with how many records they were taken in. */
  readonly steps: Map<string, { readonly step: ResolutionStep; records: number }>;
  readonly unread: Map<UndecodableCode, Unread>;
}

export interface RereadRow {
  /** Null for records that name no schema; `others` for those of schemas beyond the number that is kept apart. */
  readonly writerId: SchemaId | null | "others";
  /** As far as one of the readers could tell. */
  version: SchemaVersion | null;
  records: number;
  /** One for each reader. */
  readonly cells: readonly RereadCell[];
}

export interface Reread {
  /** Writers in the order in which they were met. */
  readonly rows: readonly RereadRow[];
  /** The first ones, tombstones left out. */
  readonly shown: readonly RereadRecord[];
  /** All, tombstones too. */
  readonly records: number;
  readonly tombstones: number;
  /** Records that at least one reader could not read. */
  readonly unread: number;
}

export interface RereadPorts {
  readonly reader: TopicReader;
  /** Told to explain; one for each reader. */
  readonly decoders: readonly RecordDecoder<unknown>[];
  /** Of the steps of a writer those that were taken in a value. */
  readonly stepsTaken: (writer: WriterIdentity, value: unknown) => readonly ResolutionStep[];
  /** Told how many offsets of how many are behind us. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface RereadOptions {
  readonly topic: TopicName;
  /** Where each partition starts; all of it where there is nothing. */
  readonly from: ReadonlyMap<number, number>;
  readonly maxRecords?: number | undefined;
  readonly shownRecords: number;
  /** How many writers are kept apart. Default 10,000. */
  readonly maxRows?: number | undefined;
  readonly signal: AbortSignal;
}

/** Ends early, with what was read by then, once the signal is aborted. Rejects with KafkaError or RegistryError. */
export async function reread(ports: RereadPorts, options: RereadOptions): Promise<Reread> {
  const { topic, from, maxRecords = Number.POSITIVE_INFINITY, shownRecords, maxRows, signal } = options;
  const matrix = createMatrix(ports.decoders.length, maxRows ?? 10_000);
  const shown: RereadRecord[] = [];
  const counts = { records: 0, tombstones: 0, unread: 0 };
  const finish = (): Reread => ({ rows: matrix.rows(), shown, ...counts });
  const tail = { maxRecords: Number.POSITIVE_INFINITY, from, signal };
  for await (const { records, done, total } of ports.reader.tail(topic, tail)) {
    for (const record of records) {
      if (signal.aborted) return finish();
      counts.records += 1;
      if (record.value === null) counts.tombstones += 1;
      else {
        const outcomes: DecodeOutcome<unknown>[] = [];
        for (const decoder of ports.decoders)
          outcomes.push(await decoder.decode(record.value, record.headers));
        const reading = describe(record, outcomes, ports);
        matrix.add(reading, versionOf(outcomes));
        if (reading.fates.some(({ kind }) => kind === "unread")) counts.unread += 1;
        if (shown.length < shownRecords) shown.push(reading);
      }
      if (counts.records >= maxRecords) return finish();
    }
    ports.onProgress?.(done, total);
  }
  return finish();
}

function describe(
  { partition, offset }: ConsumedRecord,
  outcomes: readonly DecodeOutcome<unknown>[],
  { stepsTaken }: RereadPorts,
): RereadRecord {
  return {
    partition,
    offset,
    writerId: outcomes.map(writerIdOf).find((id) => id !== null) ?? null,
    fates: outcomes.map((outcome) => fateOf(outcome, stepsTaken)),
  };
}

function fateOf(outcome: DecodeOutcome<unknown>, stepsTaken: RereadPorts["stepsTaken"]): ReadFate {
  switch (outcome.kind) {
    case "record":
      return { kind: "read", steps: stepsTaken(outcome.writer, outcome.value) };
    case "undecodable":
      return { kind: "unread", code: outcome.code, message: outcome.message };
    case "tombstone":
      throw new TypeError("a record with a value is no tombstone");
  }
}

function writerIdOf(outcome: DecodeOutcome<unknown>): SchemaId | null {
  if (outcome.kind === "record") return outcome.writer.id;
  return outcome.kind === "undecodable" ? outcome.writerId : null;
}

function versionOf(outcomes: readonly DecodeOutcome<unknown>[]): SchemaVersion | null {
  for (const outcome of outcomes) if (outcome.kind === "record") return outcome.writer.version;
  return null;
}

function createMatrix(readers: number, maxRows: number) {
  const rows = new Map<RereadRow["writerId"], RereadRow>();
  const openRow = (writerId: RereadRow["writerId"]): RereadRow => {
    const name = rows.has(writerId) || rows.size < maxRows ? writerId : "others";
    const row = rows.get(name) ?? { writerId: name, version: null, records: 0, cells: createCells(readers) };
    rows.set(name, row);
    return row;
  };
  return {
    rows: () => [...rows.values()],
    add({ partition, offset, writerId, fates }: RereadRecord, version: SchemaVersion | null): void {
      const row = openRow(writerId);
      row.records += 1;
      if (row.writerId !== "others") row.version ??= version;
      for (const [index, fate] of fates.entries()) {
        const cell = row.cells[index];
        if (cell !== undefined) addTo(cell, fate, { partition, offset });
      }
    },
  };
}

function createCells(readers: number): RereadCell[] {
  return Array.from({ length: readers }, () => ({
    read: 0,
    changed: new Map(),
    steps: new Map(),
    unread: new Map(),
  }));
}

function addTo(cell: RereadCell, fate: ReadFate, place: LetterPlace): void {
  if (fate.kind === "unread") {
    const { code, message } = fate;
    const unread = cell.unread.get(code) ?? { records: 0, example: place, message };
    unread.records += 1;
    cell.unread.set(code, unread);
    return;
  }
  cell.read += 1;
  for (const kind of new Set(fate.steps.map((step) => step.kind))) {
    cell.changed.set(kind, (cell.changed.get(kind) ?? 0) + 1);
  }
  for (const step of fate.steps) {
    const name = JSON.stringify([step.kind, step.path]);
    const taken = cell.steps.get(name) ?? { step, records: 0 };
    taken.records += 1;
    cell.steps.set(name, taken);
  }
}
