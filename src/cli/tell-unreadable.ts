/**
 * Why a version cannot be read, said finding by finding.
 */
import { formatFinding } from "../evolution/finding.ts";
import type { WriterReading } from "../serde/writer.ts";
import type { LogFields } from "../telemetry/log.ts";

/** One call for each finding; `what` is the version, for people. */
export function tellUnreadable(
  tell: (message: string, fields?: LogFields) => void,
  what: string,
  reading: Extract<WriterReading, { kind: "unreadable" }>,
): void {
  if (reading.findings.length === 0) tell(`${what} cannot be read: ${reading.message}`);
  for (const { rule, readerPath, writerPath, message, causes } of reading.findings) {
    const because = causes.map((cause) => ` (${formatFinding(cause)})`).join("");
    tell(`${what} cannot be read: ${message}${because}`, { rule, path: readerPath, writerPath });
  }
}
