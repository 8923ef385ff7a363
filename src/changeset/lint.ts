/**
 * Style and traps in the schemas themselves, each rule switched by the setting `lint`. The newest version of each
 * record is looked at, and every one that was not released; an older one cannot be changed any more.
 */
import { toSchemaText } from "../avro/canonical.ts";
import { fullNameText, type NamedSchema } from "../avro/model.ts";
import { namedTypesOf } from "../avro/parse-schema.ts";
import type { LintRule, LintSettings, LintSeverity } from "../config/lint.ts";
import { entryAt } from "./check.ts";
import { checkLock } from "./check-lock.ts";
import { type Complaint, lintSchema } from "./lint-rules.ts";
import type { Changeset, ChangesetRecord, VersionFile } from "./model.ts";
import type { ReportEntry } from "./report.ts";

/** What a rule is when nobody says otherwise. */
export const defaultSeverities: Readonly<Record<LintRule, LintSeverity>> = {
  "type-name": "error",
  "field-name": "error",
  "doc-missing": "warning",
  "ambiguous-union": "warning",
  "default-missing": "warning",
  "default-wrong": "error",
  "same-name": "warning",
  "released-changed": "error",
};

export function lintChangeset(changeset: Changeset, settings: LintSettings): readonly ReportEntry[] {
  const { folder, records, subjects } = changeset;
  const levels = (name: string) => subjects.filter(({ record }) => record === name).map(({ level }) => level);
  const subjectOf = (name: string) => subjects.find(({ record }) => record === name)?.subject ?? null;
  const byName = new Map(records.map((record) => [record.record, record]));
  const entries: ReportEntry[] = [];
  const add = (record: string, file: Pick<VersionFile, "path" | "text">, complaint: Complaint): void => {
    const severity = settings.rules.get(complaint.rule) ?? defaultSeverities[complaint.rule];
    if (severity === "off") return;
    const { rule, path, message } = complaint;
    entries.push(entryAt(folder, file, path, { severity, rule, subject: subjectOf(record), message }));
  };

  const defined = new Map<string, { readonly text: string; readonly path: string }>();
  for (const { record, versions } of records) {
    for (const [index, version] of versions.entries()) {
      const isNewest = index === versions.length - 1;
      if (version.isReleased && !isNewest) continue;
      const foreign = foreignTypes(version, byName);
      const complaints = lintSchema(version.schema, {
        foreign,
        fieldNames: settings.fieldNames,
        levels: levels(record),
      });
      for (const complaint of complaints) add(record, version, complaint);
      if (!isNewest) continue;
      for (const type of namedTypesOf(version.schema)) {
        if (foreign.has(type)) continue;
        const name = fullNameText(type.fullName);
        const text = toSchemaText(type);
        const other = defined.get(name);
        if (other === undefined) defined.set(name, { text, path: version.path });
        else if (other.text !== text) {
          const message = `${name} is defined here and, differently, in ${other.path}: no schema can use both; give one another name, or use the other by name`;
          add(record, version, { rule: "same-name", path: "", message });
        }
      }
    }
  }
  for (const { kind, record, file, message } of checkLock(changeset)) {
    if (kind === "released-changed") add(record, { path: file, text: "" }, { rule: kind, path: "", message });
  }
  return entries;
}

/** The types that a version only uses: whoever defines them is told. */
function foreignTypes(
  { uses }: VersionFile,
  records: ReadonlyMap<string, ChangesetRecord>,
): ReadonlySet<NamedSchema> {
  return new Set(
    uses.flatMap(({ record, version }) => {
      const found = records.get(record)?.versions.find((candidate) => candidate.version === version);
      return found === undefined ? [] : namedTypesOf(found.schema);
    }),
  );
}
