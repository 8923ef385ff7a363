/**
 * The versions of a subject, in folder and registry, next to each other.
 */
import { fingerprintOf } from "../avro/fingerprint.ts";
import type { ChangesetSubject } from "./model.ts";
import { planSubject } from "./plan-subject.ts";
import type { SubjectState } from "./registry-state.ts";

export interface VersionRow {
  readonly subject: string;
  /** Relative to the folder; null where it has none. */
  readonly file: string | null;
  readonly released: boolean;
  /** CRC-64-AVRO; null for what is no Avro schema. */
  readonly fingerprint: string | null;
  /** Of the registry; null where it has none. */
  readonly version: number | null;
  readonly id: number | null;
}

/** The folder's versions in their order, then those that the registry alone has. */
export function listVersions(
  entry: ChangesetSubject | undefined,
  state: SubjectState | undefined,
): readonly VersionRow[] {
  const live = state?.versions ?? [];
  const subject = entry?.subject ?? state?.subject ?? "";
  const filed = new Map(
    entry === undefined
      ? []
      : planSubject(entry, state).filed.map(({ version, registryVersion }) => [version, registryVersion]),
  );
  const shown = new Set(filed.values());
  const rows = (entry?.versions ?? []).map((file): VersionRow => {
    const found = live.find(({ version }) => version === filed.get(file.version));
    return {
      subject,
      file: file.path,
      released: file.isReleased,
      fingerprint: fingerprintOf(file.schema),
      version: found?.version ?? null,
      id: found?.id ?? null,
    };
  });
  const others = live
    .filter(({ version }) => !shown.has(version))
    .map(({ version, id, schema }): VersionRow => {
      const fingerprint = schema === null ? null : fingerprintOf(schema);
      return { subject, file: null, released: false, fingerprint, version, id };
    });
  return [...rows, ...others];
}

const columns = ["subject", "file", "released", "fingerprint", "version", "id"] as const;

/** Columns of text with a heading; a dash stands for what is not there. */
export function printVersions(rows: readonly VersionRow[]): string {
  const cells = rows.map((row) => [
    row.subject,
    row.file ?? "-",
    row.file === null ? "-" : row.released ? "yes" : "no",
    row.fingerprint ?? "-",
    String(row.version ?? "-"),
    String(row.id ?? "-"),
  ]);
  const table = [[...columns], ...cells];
  const widths = columns.map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  return table
    .map(
      (line) =>
        `${line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
