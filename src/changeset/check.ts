/**
 * The offline check of a changeset: folder against lock, and each subject's versions against its level. What was
 * released is judged by the verdicts in the lock; only what was not is compared anew.
 */
import { checkCompatibility } from "../evolution/check-compatibility.ts";
import { type Finding, formatFinding } from "../evolution/finding.ts";
import { type Direction, directionsOf, isTransitive } from "../evolution/levels.ts";
import { checkDefaults, checkUnseen, findNoOp } from "../evolution/warning.ts";
import { checkLock, type LockFinding } from "./check-lock.ts";
import { locatePointer } from "./locate.ts";
import type { Changeset, ChangesetSubject, VersionFile } from "./model.ts";
import type { ReportEntry, Severity } from "./report.ts";

export interface CheckOptions {
  /** Trust no verdict in the lock. */
  readonly recomputes: boolean;
}

/** Everything that is wrong, in no order. Errors alone make a changeset one that cannot be released. */
export function checkChangeset(
  changeset: Changeset,
  options: CheckOptions = { recomputes: false },
): readonly ReportEntry[] {
  const lockFindings = checkLock(changeset, options);
  // What was edited is no longer what its verdicts were about.
  const edited = new Set(
    lockFindings.filter(({ kind }) => kind === "released-changed").map(({ file }) => file),
  );
  const trusts = ({ path }: VersionFile) => !options.recomputes && !edited.has(path);
  return [
    ...lockFindings.map((finding) => describeLockFinding(changeset, finding)),
    ...checkFiling(changeset),
    ...changeset.subjects.flatMap((subject) => checkSubject(changeset, subject, trusts)),
    ...changeset.subjects.flatMap((subject) => checkHeads(changeset, subject)),
  ];
}

function describeLockFinding(
  changeset: Changeset,
  { kind, record, file, path, message }: LockFinding,
): ReportEntry {
  return {
    severity: kind === "unreleased" ? "info" : "error",
    rule: kind,
    file: `${changeset.folder}/${file}`,
    ...(path === "" ? { line: 1, column: 1 } : locatePointer(changeset.lockText, path)),
    path,
    subject: changeset.subjects.find((subject) => subject.record === record)?.subject ?? null,
    message,
  };
}

function checkFiling({ folder, records, subjects, strays }: Changeset): readonly ReportEntry[] {
  const warn = (rule: string, file: string, message: string): ReportEntry => ({
    severity: "warning",
    rule,
    file: `${folder}/${file}`,
    line: 1,
    column: 1,
    path: "",
    subject: null,
    message,
  });
  const filed = new Set(subjects.map(({ record }) => record));
  return [
    ...records
      .filter(({ record }) => !filed.has(record))
      .map(({ record, versions }) =>
        warn(
          "no-subject",
          versions.at(-1)?.path ?? record,
          `subjects.json files ${record}/ under no subject: it has no level, and is not registered`,
        ),
      ),
    ...strays.map((path) =>
      warn("stray-file", path, `${path} is no <record>/vN.avsc: it is neither checked nor registered`),
    ),
  ];
}

interface Breach {
  readonly direction: Direction;
  readonly finding: Finding;
  readonly earlier: number[];
}

function checkSubject(
  changeset: Changeset,
  subject: ChangesetSubject,
  trusts: (version: VersionFile) => boolean,
): readonly ReportEntry[] {
  const { level, versions, record } = subject;
  const directions = directionsOf(level);
  const verdicts = new Map(
    (changeset.lock.records.get(record)?.verdicts ?? []).map(({ reader, writer, broken }) => [
      `${reader} ${writer}`,
      broken,
    ]),
  );
  return versions.flatMap((proposed, index) => {
    const breaches = new Map<string, Breach>();
    for (const earlier of versions.slice(isTransitive(level) ? 0 : Math.max(index - 1, 0), index)) {
      for (const direction of directions) {
        const [reader, writer] =
          direction === "proposed-reads-earlier" ? [proposed, earlier] : [earlier, proposed];
        const broken = verdicts.get(`${reader.version} ${writer.version}`);
        if (broken?.length === 0 && trusts(reader) && trusts(writer)) continue;
        // What the lock calls broken is compared once more, for the places.
        for (const finding of checkCompatibility({ reader: reader.schema, writer: writer.schema })) {
          const key = JSON.stringify([direction, finding.rule, placeOf(direction, finding), finding.info]);
          const breach = breaches.get(key) ?? { direction, finding, earlier: [] };
          breach.earlier.push(earlier.version);
          breaches.set(key, breach);
        }
      }
    }
    return [...breaches.values()].map((breach) => describeBreach(changeset, subject, proposed, breach));
  });
}

function describeBreach(
  { folder }: Changeset,
  { subject, level }: ChangesetSubject,
  proposed: VersionFile,
  { direction, finding, earlier }: Breach,
): ReportEntry {
  const path = placeOf(direction, finding);
  const others = listVersions(earlier);
  const what =
    direction === "proposed-reads-earlier"
      ? `version ${proposed.version} cannot read what ${others} wrote`
      : `${others} cannot read what version ${proposed.version} writes`;
  const causes = finding.causes.map((cause) => ` (${formatFinding(cause)})`).join("");
  return entryAt(folder, proposed, path, {
    severity: "error",
    rule: finding.rule,
    subject,
    message: `${level}: ${what}: ${finding.message}${causes}`,
  });
}

/** What no level objects to in a version that was not released, against the one before it. */
function checkHeads(
  { folder }: Changeset,
  { subject, level, versions }: ChangesetSubject,
): readonly ReportEntry[] {
  return versions.flatMap((head, index) => {
    if (head.isReleased) return [];
    const older = versions[index - 1];
    const noOp = findNoOp(head, versions.slice(0, index));
    const warnings = [
      ...(older === undefined
        ? []
        : checkUnseen({ newer: head.schema, older: older.schema, directions: directionsOf(level) })),
      ...checkDefaults(head.schema),
      ...(noOp === null ? [] : [noOp]),
    ];
    return warnings.map(({ kind, path, message }) =>
      entryAt(folder, head, path, { severity: "warning", rule: kind, subject, message }),
    );
  });
}

/** The place in the proposed version. A field that only the earlier one has is missed in the list of fields. */
function placeOf(direction: Direction, finding: Finding): string {
  if (direction === "proposed-reads-earlier") return finding.readerPath;
  return finding.rule === "READER_FIELD_MISSING_DEFAULT_VALUE"
    ? finding.writerPath.replace(/\/[^/]*$/, "")
    : finding.writerPath;
}

function listVersions(versions: readonly number[]): string {
  const last = versions.at(-1);
  if (versions.length === 1) return `version ${last}`;
  return `versions ${versions.slice(0, -1).join(", ")} and ${last}`;
}

/** An entry at the place that a pointer has in the version's own text. */
export function entryAt(
  folder: string,
  { path: file, text }: Pick<VersionFile, "path" | "text">,
  path: string,
  more: { severity: Severity; rule: string; subject: string | null; message: string },
): ReportEntry {
  return { ...more, file: `${folder}/${file}`, ...locatePointer(text, path), path: path === "/" ? "" : path };
}

/** What the report lists as looked at. */
export function listChecked({ subjects }: Changeset): readonly string[] {
  return subjects.map(({ subject, versions }) => `${subject} (${versions.at(-1)?.path})`);
}
