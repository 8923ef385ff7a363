/**
 * A reread as JSON, one object a line: the records that are shown, then what was made of each writer, then the total.
 */
import { formatFinding } from "../evolution/finding.ts";
import type { ReadFate, RereadCell, StepKind } from "../operations/reread.ts";
import { formatPath } from "../render/explain.ts";
import { neutralize } from "../render/neutralize.ts";
import type { ResolutionStep } from "../serde/decoder.ts";
import { findingsOf } from "./print-reread.ts";
import type { JudgedRow, RereadReader, RereadResult } from "./run-reread.ts";

export function printRereadJson(result: RereadResult): string {
  const { topic, subject, readers, rows, shown, records, tombstones, unread } = result;
  const versions = new Map(rows.map((row) => [row.writerId, versionOf(row)]));
  const lines: readonly object[] = [
    ...shown.map(({ partition, offset, writerId, fates }) => ({
      kind: "record",
      partition,
      offset,
      writer: writerId === null ? null : { id: writerId, version: versions.get(writerId) ?? null },
      as: fates.map((fate, index) => ({ reader: readers[index]?.label, ...fateToJson(fate) })),
    })),
    ...rows.map((row) => ({
      kind: "writer",
      writer: writerToJson(row),
      records: row.records,
      as: row.cells.map((cell, index) => ({
        reader: readerToJson(readers[index]),
        ...cellToJson(cell),
        findings: findingsOf(row, index).map(({ rule, readerPath, writerPath, message, causes }) => ({
          rule,
          path: readerPath,
          writer_path: writerPath,
          message,
          ...(causes.length > 0 && { causes: causes.map(formatFinding) }),
        })),
      })),
    })),
    { kind: "total", topic, subject, records, tombstones, unread },
  ];
  return lines.map((line) => `${neutralize(JSON.stringify(line))}\n`).join("");
}

function versionOf(row: JudgedRow) {
  return row.version ?? row.writers?.[0]?.version ?? null;
}

function writerToJson(row: JudgedRow) {
  if (row.writerId === null) return null;
  return { id: row.writerId, subject: row.writers?.[0]?.subject ?? null, version: versionOf(row) };
}

function readerToJson(reader: RereadReader | undefined) {
  if (reader === undefined) return null;
  const { name, version, fingerprint } = reader.schema;
  return { label: reader.label, name, version, fingerprint };
}

const jsonNameOf = (kind: StepKind) => kind.replaceAll("-", "_");

/** The fields of each kind of step. */
function fateToJson(fate: ReadFate) {
  if (fate.kind === "unread") return { outcome: fate.code, message: fate.message };
  const fields: Record<string, string[]> = {};
  for (const step of fate.steps) listOf(fields, step).push(formatPath(step));
  return { outcome: "read", ...fields };
}

function listOf(fields: Record<string, string[]>, { kind }: ResolutionStep): string[] {
  const name = jsonNameOf(kind);
  const list = fields[name] ?? [];
  fields[name] = list;
  return list;
}

/** In how many records each kind of step was taken, and by field. */
function cellToJson({ read, changed, steps, unread }: RereadCell) {
  const fields: Record<string, Record<string, number>> = {};
  for (const { step, records } of steps.values()) {
    const name = jsonNameOf(step.kind);
    // Names of fields come from elsewhere: `__proto__` is one like any other.
    fields[name] = Object.assign(fields[name] ?? Object.create(null), { [formatPath(step)]: records });
  }
  return {
    read,
    changed: Object.fromEntries([...changed].map(([kind, records]) => [jsonNameOf(kind), records])),
    fields,
    unread: Object.fromEntries(unread),
  };
}
