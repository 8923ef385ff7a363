/**
 * What lint, check and plan have found, and how it is printed: for people, for programs, and in the forms that CI
 * systems read (GitHub's workflow commands here; SARIF and JUnit in files of their own).
 */
import { printJunit } from "./report-junit.ts";
import { printSarif } from "./report-sarif.ts";

export const severities = ["error", "warning", "info"] as const;
export type Severity = (typeof severities)[number];

export interface ReportEntry {
  readonly severity: Severity;
  /** `TYPE_MISMATCH`, `doc-missing`: what decides, never the message. */
  readonly rule: string;
  /** From the folder where the command runs, with forward slashes; as the user named it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** JSON pointer in the file; "" is the whole. */
  readonly path: string;
  readonly subject: string | null;
  /** A sentence that a person can act on. */
  readonly message: string;
  /** Where in a topic it was seen, when it is data that breaks: `path` is a JSON pointer into the value. */
  readonly records?: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
    readonly path: string;
  }[];
}

export const reportFormats = ["text", "json", "github", "markdown", "sarif", "junit"] as const;
export type ReportFormat = (typeof reportFormats)[number];

export interface ReportFacts {
  /** What was looked at, for the forms that list what is in order: `twitter-value (tweet/v2.avsc)`. */
  readonly checked: readonly string[];
  /** Version of Birdwire. */
  readonly toolVersion: string;
}

/** The whole report, ending in a line break. Entries are printed in the order of file and place. */
export function printReport(
  entries: readonly ReportEntry[],
  format: ReportFormat,
  facts: ReportFacts,
): string {
  const sorted = sortEntries(entries);
  switch (format) {
    case "text":
      return printText(sorted, facts);
    case "json":
      return printJson(sorted, facts);
    case "github":
      return printGithub(sorted);
    case "markdown":
      return printMarkdown(sorted, facts);
    case "sarif":
      return printSarif(sorted, facts);
    case "junit":
      return printJunit(sorted, facts);
  }
}

/** By file and place; at one place the worst first. */
export function sortEntries(entries: readonly ReportEntry[]): readonly ReportEntry[] {
  return entries.toSorted(
    (a, b) =>
      compare(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
      compare(a.rule, b.rule),
  );
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** `2 errors, 1 warning`; "nothing found" for none. */
export function summarize(entries: readonly ReportEntry[]): string {
  const parts = severities.flatMap((severity) => {
    const count = entries.filter((entry) => entry.severity === severity).length;
    if (count === 0) return [];
    return [`${count} ${severity === "info" ? "note" : severity}${count === 1 ? "" : "s"}`];
  });
  return parts.length === 0 ? "nothing found" : parts.join(", ");
}

function printText(entries: readonly ReportEntry[], { checked }: ReportFacts): string {
  const lines = entries.map(
    (entry) =>
      `${entry.file}:${entry.line}:${entry.column}: ${entry.severity} ${entry.rule}: ${entry.message}${entry.subject === null ? "" : ` [${entry.subject}]`}`,
  );
  return `${[...lines, `${checked.length} checked: ${summarize(entries)}`].join("\n")}\n`;
}

function printJson(entries: readonly ReportEntry[], { checked }: ReportFacts): string {
  const count = (severity: Severity) => entries.filter((entry) => entry.severity === severity).length;
  const report = { errors: count("error"), warnings: count("warning"), notes: count("info") };
  return `${JSON.stringify({ ...report, checked, entries }, null, 2)}\n`;
}

const githubCommands = { error: "error", warning: "warning", info: "notice" } as const;

/** One workflow command a line; the runner makes an annotation of each (GitHub Actions, "Workflow commands"). */
function printGithub(entries: readonly ReportEntry[]): string {
  const lines = entries.map(({ severity, file, line, column, rule, message, subject }) => {
    const title = subject === null ? rule : `${rule} in ${subject}`;
    const place = `file=${escapeProperty(file)},line=${line},col=${column},title=${escapeProperty(title)}`;
    return `::${githubCommands[severity]} ${place}::${escapeData(message)}\n`;
  });
  return lines.join("");
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

function printMarkdown(entries: readonly ReportEntry[], { checked }: ReportFacts): string {
  const head = `**${checked.length} checked: ${summarize(entries)}**\n`;
  if (entries.length === 0) return head;
  const rows = entries.map(({ severity, file, line, rule, subject, message }) => {
    const cells = [severity, `${file}:${line}`, rule, subject ?? "", message].map(escapeCell);
    return `| ${cells.join(" | ")} |\n`;
  });
  return `${head}\n| | where | rule | subject | what |\n| --- | --- | --- | --- | --- |\n${rows.join("")}`;
}

/** Text as it is: no cell ends early, and nothing of it is read as HTML or Markdown. */
export function escapeCell(text: string): string {
  return text
    .replaceAll(/[\\`*_{}[\]|~]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(/\r?\n|\r/g, "<br>");
}
