/**
 * Two schemas side by side: what changed on the way from the older to the newer, and whether each reads the other.
 */
import type { AvroSchema } from "../avro/model.ts";
import { checkCompatibility } from "../evolution/check-compatibility.ts";
import { type Change, diffSchemas } from "../evolution/diff.ts";
import { type Finding, formatFinding } from "../evolution/finding.ts";
import { locatePointer } from "./locate.ts";
import { escapeCell, printReport, type ReportEntry, type ReportFacts, type ReportFormat } from "./report.ts";

export interface DiffSide {
  /** As the user named it. */
  readonly name: string;
  /** For annotations: a path, or the name where there is no file. */
  readonly file: string;
  readonly text: string;
  readonly schema: AvroSchema;
}

export interface PlacedChange extends Change {
  /** From 1, in the newer text. */
  readonly line: number;
  readonly column: number;
}

export interface SchemaDiff {
  readonly older: DiffSide;
  readonly newer: DiffSide;
  readonly changes: readonly PlacedChange[];
  /** Why not; empty when it can. */
  readonly newerReadsOlder: readonly Finding[];
  readonly olderReadsNewer: readonly Finding[];
}

/** Pure. */
export function createDiff(older: DiffSide, newer: DiffSide): SchemaDiff {
  return {
    older,
    newer,
    changes: diffSchemas(older.schema, newer.schema).map((change) => ({
      ...change,
      ...locatePointer(newer.text, change.path),
    })),
    newerReadsOlder: checkCompatibility({ reader: newer.schema, writer: older.schema }),
    olderReadsNewer: checkCompatibility({ reader: older.schema, writer: newer.schema }),
  };
}

/** The whole text, ending in a line break (for github: nothing, when nothing changed). */
export function printDiff(diff: SchemaDiff, format: ReportFormat, toolVersion: string): string {
  switch (format) {
    case "text":
      return printText(diff);
    case "json":
      return printJson(diff);
    case "markdown":
      return printMarkdown(diff);
    default: {
      const facts: ReportFacts = { checked: [`${diff.older.name} to ${diff.newer.name}`], toolVersion };
      return printReport(diffEntries(diff), format, facts);
    }
  }
}

/** Each direction as a sentence, and why not. */
function listVerdicts({ older, newer, newerReadsOlder, olderReadsNewer }: SchemaDiff) {
  const verdict = (reader: DiffSide, writer: DiffSide, findings: readonly Finding[]) => ({
    text: `${reader.name} ${findings.length === 0 ? "reads" : "cannot read"} what ${writer.name} wrote`,
    reasons: findings.map(formatFinding),
  });
  return [verdict(newer, older, newerReadsOlder), verdict(older, newer, olderReadsNewer)];
}

function printText(diff: SchemaDiff): string {
  const { older, newer, changes } = diff;
  const lines = changes.map(
    ({ line, column, kind, message }) => `${newer.file}:${line}:${column}: ${kind}: ${message}`,
  );
  if (lines.length === 0) lines.push(`nothing changed from ${older.name} to ${newer.name}`);
  for (const { text, reasons } of listVerdicts(diff))
    lines.push(text, ...reasons.map((reason) => `  ${reason}`));
  return `${lines.join("\n")}\n`;
}

function printJson({ older, newer, changes, newerReadsOlder, olderReadsNewer }: SchemaDiff): string {
  const verdict = (findings: readonly Finding[]) => ({ compatible: findings.length === 0, findings });
  const value = {
    older: { name: older.name, file: older.file },
    newer: { name: newer.name, file: newer.file },
    changes,
    newerReadsOlder: verdict(newerReadsOlder),
    olderReadsNewer: verdict(olderReadsNewer),
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}

function printMarkdown(diff: SchemaDiff): string {
  const { older, newer, changes } = diff;
  const rows = changes.map(({ line, kind, message }) => {
    const cells = [kind, `${newer.file}:${line}`, message].map(escapeCell);
    return `| ${cells.join(" | ")} |\n`;
  });
  const table =
    rows.length === 0
      ? "Nothing changed.\n"
      : `| change | where | what |\n| --- | --- | --- |\n${rows.join("")}`;
  const verdicts = listVerdicts(diff).map(({ text, reasons }) =>
    [`- ${escapeCell(text)}\n`, ...reasons.map((reason) => `  - ${escapeCell(reason)}\n`)].join(""),
  );
  const title = `**${escapeCell(older.name)} to ${escapeCell(newer.name)}**\n`;
  return `${title}\n${table}\n${verdicts.join("")}`;
}

/** Each change as a note at its place. */
export function diffEntries({ newer, changes }: SchemaDiff): readonly ReportEntry[] {
  return changes.map(({ kind, path, line, column, message }) => ({
    severity: "info",
    rule: kind,
    file: newer.file,
    line,
    column,
    path,
    subject: null,
    message,
  }));
}
