/**
 * A plan as findings, each at the file and place that it concerns.
 */

import { formatFinding } from "../evolution/finding.ts";
import type { Conflict } from "../evolution/levels.ts";
import { locatePointer } from "./locate.ts";
import {
  countOf,
  type Deletion,
  type Drift,
  isReadOnly,
  type Mode,
  type Plan,
  type Registration,
  type SubjectPlan,
} from "./plan-model.ts";
import type { ReportEntry, Severity } from "./report.ts";

export interface ShownFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Errors are what the registry will refuse, warnings what a person should look at, notes what would be done.
 * `files` are those of the folder.
 */
export function planEntries(plan: Plan, files: readonly ShownFile[]): readonly ReportEntry[] {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const entry = (
    subject: string,
    path: string,
    severity: Severity,
    rule: string,
    message: string,
    pointer = "",
  ): ReportEntry => ({
    severity,
    rule,
    file: `${plan.folder}/${path}`,
    ...locatePointer(texts.get(path) ?? "", pointer),
    path: pointer,
    subject,
    message,
  });
  const inList = (subject: string) => pointerOf(texts.get("subjects.json") ?? "", subject);
  const ofDrift = ({ kind, subject, path, message }: Drift) => {
    const pointer = path === "subjects.json" ? inList(subject) : "";
    const severity = kind === "extra-subject" ? "info" : "warning";
    return entry(subject, path, severity, `drift-${kind}`, message, pointer);
  };
  const ofRegistration = (registration: Registration): ReportEntry[] => {
    const { subject, path, answer, warnings, references } = registration;
    const warned = warnings.map(({ kind, path: pointer, message }) =>
      entry(subject, path, "warning", kind, message, pointer),
    );
    const at = (severity: Severity, rule: string, message: string, pointer?: string) =>
      entry(subject, path, severity, rule, message, pointer);
    switch (answer.kind) {
      case "new-version":
        return [
          at("info", "register", `will be registered as a new version${tellUses(references)}`),
          ...warned,
        ];
      case "no-op":
        return [
          at(
            "warning",
            "no-op-registration",
            `registering it makes no new version: the registry has this schema as ${answer.sameAs}, and the latest stays ${answer.latest}`,
          ),
        ];
      case "read-only":
        return [
          at("error", "mode-refuses", `cannot be registered while ${tellMode(answer.mode)}`),
          ...warned,
        ];
      case "blocked":
        return [at("error", "blocked", `cannot be registered, since ${answer.by} is refused before it`)];
      case "incompatible": {
        const found = answer.conflicts.flatMap(({ earlier, findings }) =>
          findings.map((one) =>
            at("error", one.finding.rule, `against ${earlier}: ${tell(one)}`, placeOf(one)),
          ),
        );
        const said = found.length > 0 ? [] : [tellRefusal(answer.messages)];
        return [...found, ...said.map((message) => at("error", "incompatible", message)), ...warned];
      }
    }
  };
  const ofLevel = ({ subject, level, mode }: SubjectPlan): ReportEntry[] => {
    if (level === null) return [];
    const now = level.from === null ? "has none of its own" : `is ${level.from}`;
    const told = (severity: Severity, rule: string, message: string) => [
      entry(subject, "subjects.json", severity, rule, `${message} (it ${now})`, inList(subject)),
    ];
    return mode !== null && isReadOnly(mode)
      ? told("error", "mode-refuses", `the level cannot be set to ${level.to} while ${tellMode(mode)}`)
      : told("info", "set-level", `the level will be set to ${level.to}`);
  };
  const ofMode = (subject: string, mode: Mode) =>
    entry(subject, "subjects.json", "info", "mode", `${tellMode(mode)}: it takes no schema`, inList(subject));
  const ofDeletion = ({ subject, versions, blockedBy, mode }: Deletion) => {
    const told = (severity: Severity, rule: string, message: string) =>
      entry(subject, "subjects.json", severity, rule, `the subject ${subject} ${message}`);
    if (blockedBy !== null)
      return told("error", "referenced", `cannot be deleted: ${blockedBy} refers to it`);
    if (mode !== null && isReadOnly(mode)) {
      return told("error", "mode-refuses", `cannot be deleted while ${tellMode(mode)}`);
    }
    const what = countOf(versions.length, "version");
    return told("info", "delete", `with ${what} will be deleted (softly: its ids stay readable)`);
  };
  const ofAll =
    plan.mode === null
      ? []
      : [{ ...entry("", "subjects.json", "info", "mode", tellModeOfAll(plan.mode)), subject: null }];
  return [
    ...ofAll,
    ...plan.subjects.flatMap((subject) => [
      ...ofLevel(subject),
      ...(subject.mode?.of === "subject" ? [ofMode(subject.subject, subject.mode)] : []),
      ...subject.drift.map(ofDrift),
      ...subject.registrations.flatMap(ofRegistration),
    ]),
    ...plan.extraSubjects.map(ofDrift),
    ...plan.deletions.map(ofDeletion),
  ];
}

function tellMode({ name, of }: Mode): string {
  return of === "subject" ? `the subject is in mode ${name}` : `the registry is in mode ${name}`;
}

function tellModeOfAll(name: string): string {
  return `the registry is in mode ${name}: it takes no schema but for subjects with a mode of their own`;
}

function tellUses(references: Registration["references"]): string {
  if (references.length === 0) return "";
  return `, with references to ${references.map(({ subject, version }) => `${subject} v${version}`).join(", ")}`;
}

function tellRefusal(messages: readonly string[]): string {
  return messages.length === 0
    ? "the registry refuses it under the subject's level, and gives no reason"
    : `the registry refuses it: ${messages.join("; ")}`;
}

type DirectedFinding = Conflict["findings"][number];

function tell({ direction, finding }: DirectedFinding): string {
  const who =
    direction === "proposed-reads-earlier"
      ? "readers with the new schema"
      : "readers with the earlier schema";
  return `${who}: ${formatFinding(finding)}`;
}

/** In the new schema. A field that only the earlier one has is missed in the list of fields. */
function placeOf({ direction, finding }: DirectedFinding): string {
  const reads = direction === "proposed-reads-earlier";
  const place = reads ? finding.readerPath : finding.writerPath;
  if (place === "/") return "";
  const isAbsent = !reads && finding.rule === "READER_FIELD_MISSING_DEFAULT_VALUE";
  return isAbsent ? place.replace(/\/[^/]*$/, "") : place;
}

/** Of the subject's entry in subjects.json; "" where it has none. */
function pointerOf(text: string, subject: string): string {
  try {
    const { subjects } = JSON.parse(text) as { readonly subjects: readonly { readonly subject: string }[] };
    const index = subjects.findIndex((entry) => entry.subject === subject);
    return index === -1 ? "" : `/subjects/${index}`;
  } catch {
    return "";
  }
}
