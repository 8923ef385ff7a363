/**
 * A plan as it is shown: what would be done and what was found, for people and for programs. The forms that CI reads
 * are those of every report.
 */
import { hasDrift, isRefused, type Plan, type Registration } from "./plan-model.ts";
import { planEntries, type ShownFile } from "./plan-report.ts";
import {
  printReport,
  type ReportEntry,
  type ReportFacts,
  type ReportFormat,
  sortEntries,
  summarize,
} from "./report.ts";

export function printPlan(
  plan: Plan,
  files: readonly ShownFile[],
  format: ReportFormat,
  facts: Omit<ReportFacts, "checked">,
): string {
  const entries = planEntries(plan, files);
  const checked = plan.subjects.map(({ subject }) => subject);
  switch (format) {
    case "text":
      return printText(plan, entries);
    case "json":
      return `${JSON.stringify(toJson(plan, entries), null, 2)}\n`;
    case "markdown":
      return `### Plan for ${plan.url}\n\n${tellChanges(plan)}\n\n${printReport(entries, format, { ...facts, checked })}`;
    case "github":
    case "sarif":
    case "junit":
      return printReport(entries, format, { ...facts, checked });
  }
}

export interface PlanCounts {
  readonly levels: number;
  readonly registrations: number;
  readonly deletions: number;
}

export function countChanges({ subjects, deletions }: Plan): PlanCounts {
  const registrations = subjects.flatMap((subject) => subject.registrations);
  return {
    levels: subjects.filter(({ level }) => level !== null).length,
    registrations: registrations.filter(({ answer }) => answer.kind === "new-version").length,
    deletions: deletions.length,
  };
}

/** `2 levels to set, 1 schema to register, nothing to delete`; "nothing to do". */
export function tellChanges(plan: Plan): string {
  const { levels, registrations, deletions } = countChanges(plan);
  const isNothing = levels + registrations + deletions === 0;
  if (isNothing) return isRefused(plan) ? "the registry would refuse what there is to do" : "nothing to do";
  const refused = isRefused(plan) ? "; the registry would refuse a part, so that nothing can be applied" : "";
  const parts = [
    levels === 0 ? [] : [`${levels} ${levels === 1 ? "level" : "levels"} to set`],
    registrations === 0 ? [] : [`${registrations} ${registrations === 1 ? "schema" : "schemas"} to register`],
    deletions === 0 ? [] : [`${deletions} ${deletions === 1 ? "subject" : "subjects"} to delete`],
  ];
  return `${parts.flat().join(", ")}${refused}`;
}

function printText(plan: Plan, entries: readonly ReportEntry[]): string {
  // By subject and not by file: level, what differs, schemas.
  const lines = entries.map(
    (entry) =>
      `${symbolOf(entry)} ${entry.subject ?? plan.url}: ${entry.message} (${entry.file}:${entry.line})`,
  );
  const normalized = plan.normalize ? ", normalized" : "";
  const head = `${plan.folder} to ${plan.url}${normalized}: ${tellChanges(plan)}`;
  const tail = lines.length === 0 ? [] : [summarize(entries)];
  return `${[head, ...lines.map((line) => `  ${line}`), ...tail].join("\n")}\n`;
}

const symbols: Readonly<Record<string, string>> = { "set-level": "~", register: "+", delete: "-" };

function symbolOf({ rule, severity }: ReportEntry): string {
  return symbols[rule] ?? { error: "x", warning: "!", info: "?" }[severity];
}

function toJson(plan: Plan, entries: readonly ReportEntry[]): unknown {
  return {
    registry: plan.url,
    folder: plan.folder,
    mode: plan.mode,
    normalize: plan.normalize,
    refused: isRefused(plan),
    drifted: hasDrift(plan),
    changes: [
      ...plan.subjects.flatMap(({ subject, level }) =>
        level === null ? [] : [{ kind: "level", subject, ...level }],
      ),
      ...plan.subjects.flatMap(({ registrations }) => registrations.map(toJsonRegistration)),
      ...plan.deletions.map((deletion) => ({ kind: "delete", ...deletion })),
    ],
    drift: [...plan.subjects.flatMap(({ drift }) => drift), ...plan.extraSubjects],
    entries: sortEntries(entries),
  };
}

function toJsonRegistration({ subject, version, path, references, answer, warnings }: Registration): unknown {
  return { kind: "register", subject, version, path, references, answer, warnings };
}
