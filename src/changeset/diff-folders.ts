/**
 * Two states of a folder side by side: of each record the newest version then and now.
 */
import { createDiff, type DiffSide, diffEntries, printDiff, type SchemaDiff } from "./diff.ts";
import type { Changeset, ChangesetRecord } from "./model.ts";
import { printReport, type ReportEntry, type ReportFormat } from "./report.ts";

export interface FolderDiff {
  /** As the user named it. */
  readonly older: string;
  readonly newer: string;
  /** Of the records that both have, those whose newest version is another one. */
  readonly changed: readonly SchemaDiff[];
  readonly added: readonly DiffSide[];
  readonly removed: readonly DiffSide[];
}

export interface NamedFolder {
  readonly name: string;
  readonly changeset: Changeset;
}

/** Pure. */
export function diffFolders(older: NamedFolder, newer: NamedFolder): FolderDiff {
  const before = newestOf(older);
  const after = newestOf(newer);
  return {
    older: older.name,
    newer: newer.name,
    changed: [...after].flatMap(([record, side]) => {
      const then = before.get(record);
      if (then === undefined) return [];
      const diff = createDiff(then, side);
      return diff.changes.length === 0 ? [] : [diff];
    }),
    added: [...after].flatMap(([record, side]) => (before.has(record) ? [] : [side])),
    removed: [...before].flatMap(([record, side]) => (after.has(record) ? [] : [side])),
  };
}

function newestOf({ name, changeset }: NamedFolder): ReadonlyMap<string, DiffSide> {
  return new Map(
    changeset.records.flatMap((record) => {
      const side = newestSide(record, changeset.folder, name);
      return side === null ? [] : [[record.record, side]];
    }),
  );
}

/** The newest version; `of` says which state of the folder it is from, empty for the one on the disk. */
export function newestSide({ versions }: ChangesetRecord, folder: string, of: string): DiffSide | null {
  const newest = versions.at(-1);
  if (newest === undefined) return null;
  const { path, text, schema } = newest;
  const short = path.replace(/\.avsc$/, "");
  return { name: of === "" ? short : `${of}:${short}`, file: `${folder}/${path}`, text, schema };
}

/**
 * The schema that stands for a version in another state of the folder: the same file, else the newest of its record.
 * Null where there was no such record.
 */
export function counterpartOf(
  { record, path }: { readonly record: string; readonly path: string },
  { name, changeset }: NamedFolder,
): DiffSide | null {
  const found = changeset.records.find((candidate) => candidate.record === record);
  if (found === undefined) return null;
  const same = found.versions.findIndex((version) => version.path === path);
  const versions = same === -1 ? found.versions : found.versions.slice(0, same + 1);
  return newestSide({ ...found, versions }, changeset.folder, name);
}

/** The whole text, ending in a line break (for github: nothing, when nothing changed). */
export function printFolderDiff(diff: FolderDiff, format: ReportFormat, toolVersion: string): string {
  const { changed, added, removed } = diff;
  const [older, newer] = [diff.older, diff.newer].map((name) => (name === "" ? "the folder" : name));
  const nothing = changed.length + added.length + removed.length === 0;
  switch (format) {
    case "text":
      return [
        ...changed.map((each) => printDiff(each, format, toolVersion)),
        ...added.map(({ file }) => `${file}:1:1: added: the record is not in ${older}\n`),
        ...removed.map(({ file }) => `${file}:1:1: removed: the record is not in ${newer}\n`),
        ...(nothing ? [`nothing changed from ${older} to ${newer}\n`] : []),
      ].join("");
    case "json": {
      const name = ({ file }: DiffSide) => file;
      const value = {
        changed: changed.map((each): unknown => JSON.parse(printDiff(each, format, toolVersion))),
        added: added.map(name),
        removed: removed.map(name),
      };
      return `${JSON.stringify(value, null, 2)}\n`;
    }
    case "markdown":
      return [
        `### ${older} to ${newer}\n`,
        ...changed.map((each) => printDiff(each, format, toolVersion)),
        ...added.map(({ file }) => `- new: ${file}\n`),
        ...removed.map(({ file }) => `- gone: ${file}\n`),
        ...(nothing ? ["Nothing changed.\n"] : []),
      ].join("\n");
    default: {
      const whole = (rule: string, { file }: DiffSide, message: string): ReportEntry => {
        const place = { file, line: 1, column: 1, path: "" };
        return { ...place, severity: "info", rule, subject: null, message };
      };
      const entries = [
        ...changed.flatMap(diffEntries),
        ...added.map((side) => whole("added", side, `the record is not in ${older}`)),
        ...removed.map((side) => whole("removed", side, `the record is not in ${newer}`)),
      ];
      return printReport(entries, format, { checked: [`${older} to ${newer}`], toolVersion });
    }
  }
}
