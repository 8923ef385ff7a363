/**
 * A report as JUnit XML, as CI systems read it: a suite for each file, a case for each finding, of which errors have
 * failed; what was checked and is in order is a case that passed.
 */
import type { ReportEntry, ReportFacts } from "./report.ts";

export function printJunit(entries: readonly ReportEntry[], { checked }: ReportFacts): string {
  const byFile = new Map<string, ReportEntry[]>();
  for (const entry of entries) byFile.set(entry.file, [...(byFile.get(entry.file) ?? []), entry]);
  const suites = [...byFile].map(([file, found]) =>
    printSuite(file, found.map(printCase), failuresOf(found)),
  );
  const passed = checked.map(
    (name) => `    <testcase name=${attribute(name)} classname="birdwire" time="0"/>\n`,
  );
  if (passed.length > 0 || suites.length === 0) suites.unshift(printSuite("checked", passed, 0));
  const total = entries.length + passed.length;
  const head = `<testsuites name="birdwire schemas" tests="${total}" failures="${failuresOf(entries)}" errors="0">`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${head}\n${suites.join("")}</testsuites>\n`;
}

function failuresOf(entries: readonly ReportEntry[]): number {
  return entries.filter(({ severity }) => severity === "error").length;
}

function printSuite(name: string, cases: readonly string[], failures: number): string {
  const counts = `tests="${cases.length}" failures="${failures}" errors="0" skipped="0" time="0"`;
  return `  <testsuite name=${attribute(name)} ${counts}>\n${cases.join("")}  </testsuite>\n`;
}

function printCase(entry: ReportEntry): string {
  const { file, line, column, rule, path, message, severity, subject } = entry;
  const text = `${file}:${line}:${column}: ${message}${subject === null ? "" : ` [${subject}]`}`;
  const body =
    severity === "error"
      ? `<failure message=${attribute(message)} type=${attribute(rule)}>${escapeXml(text)}</failure>`
      : `<system-out>${escapeXml(`${severity}: ${text}`)}</system-out>`;
  const name = `${rule} at ${path === "" ? "/" : path}`;
  return `    <testcase name=${attribute(name)} classname=${attribute(file)} file=${attribute(file)} line="${line}" time="0">${body}</testcase>\n`;
}

function attribute(text: string): string {
  return `"${escapeXml(text).replaceAll("\n", "&#10;").replaceAll("\r", "&#13;").replaceAll("\t", "&#9;")}"`;
}

/** What XML 1.0 has no way to write becomes U+FFFD. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
