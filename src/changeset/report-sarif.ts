/**
 * A report as SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format"), which code scanning reads.
 */
import type { ReportEntry, ReportFacts, Severity } from "./report.ts";

const levels: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", info: "note" };

export function printSarif(entries: readonly ReportEntry[], { toolVersion }: ReportFacts): string {
  const ruleIds = [...new Set(entries.map(({ rule }) => rule))].sort();
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "birdwire", version: toolVersion, rules: ruleIds.map((id) => ({ id })) } },
        columnKind: "utf16CodeUnits",
        results: entries.map((entry) => ({
          ruleId: entry.rule,
          ruleIndex: ruleIds.indexOf(entry.rule),
          level: levels[entry.severity],
          message: { text: entry.message },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: toUri(entry.file) },
                region: { startLine: entry.line, startColumn: entry.column },
              },
            },
          ],
          properties: { pointer: entry.path, subject: entry.subject, records: entry.records },
        })),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

/** A relative reference, whatever the path: a colon in its first part would read as a scheme. */
function toUri(file: string): string {
  const uri = file.toWellFormed().split("/").map(encodeURIComponent).join("/");
  return file.startsWith("/") ? `file://${uri}` : uri;
}
