/**
 * Causes of dead letters on the screen: text for people, or one JSON object a line. What they quote is made harmless.
 */
import { formatFinding } from "../evolution/finding.ts";
import { type AdviceOptions, adviseOn } from "../operations/advise-cause.ts";
import { describeLine, describeLineKey } from "../operations/dead-letters.ts";
import type { CauseGroup } from "../operations/explain-letters.ts";
import { printPlace } from "../operations/receipt.ts";
import type { RedriveOutcome } from "../operations/redrive.ts";
import { neutralize } from "../render/neutralize.ts";
import { renderSummary, type SummaryRow } from "../render/summary.ts";
import { nameReader } from "../serde/check-versions.ts";
import type { JudgedWriter } from "../serde/judge-writer.ts";
import type { ProofReading } from "./proof-reader.ts";

export interface CausePrinting extends AdviceOptions {
  readonly reading: ProofReading;
}

const timeOf = (ms: number) => new Date(ms).toISOString();

/** Paragraphs with an empty line between them. */
export function printCauses(groups: readonly CauseGroup[], printing: CausePrinting): string {
  return groups.map((group) => printCause(group, printing)).join("\n");
}

function printCause(group: CauseGroup, printing: CausePrinting): string {
  const { stage, reason, message, topic, line, letters, firstMs, lastMs, states, writer } = group;
  const count = letters === 1 ? "1 letter" : `${letters} letters`;
  const times = firstMs === lastMs ? timeOf(firstMs) : `${timeOf(firstMs)} to ${timeOf(lastMs)}`;
  const findings = findingsOf(writer);
  const rows: SummaryRow[] = [
    ["example", `birdwire dlq show ${printPlace(group.example)}${printing.topicFlags}`],
    ["message", message],
  ];
  if (line !== null) rows.push(["line for", describeLine(line)]);
  else if (topic !== null) rows.push(["record of", `topic ${topic}`]);
  if (writer !== null) {
    rows.push(["written with", describeWriter(writer)], ["read as", nameReader(printing.reading.schema)]);
  }
  for (const finding of findings) rows.push(["finding", formatFinding(finding)]);
  const others = [...states].filter(([state]) => state !== "open" && state !== "unreadable");
  for (const [state, number] of others) rows.push([state, number]);
  rows.push(["redrive now", describeOutcomes(group)], ["what helps", adviseOn(group, printing)]);
  return `${neutralize(`${stage} ${reason}: ${count}, ${times}`)}\n${renderSummary(rows)}`;
}

function findingsOf(writer: JudgedWriter | null) {
  return writer?.reading?.kind === "unreadable" ? writer.reading.findings : [];
}

function describeWriter({ id, subject, version, reading }: JudgedWriter): string {
  if (version !== null) return `version ${version} (schema ${id}) of ${subject}`;
  return reading === null ? `schema ${id}, which the registry does not have` : `schema ${id}, of no subject`;
}

const verbs: Readonly<Record<RedriveOutcome["kind"], (letters: number) => string>> = {
  redriven: (letters) => `would send ${letters}`,
  "already-there": (letters) => `would mark ${letters} as already there`,
  superseded: (letters) => `would mark ${letters} as superseded`,
  forgotten: (letters) => `would mark ${letters} as forgotten`,
  fails: (letters) => `would leave ${letters}`,
};

function describeOutcomes({ stage, reason, outcomes, failure }: CauseGroup): string {
  if (outcomes.size === 0) return "has nothing to send";
  const parts = [...outcomes].map(([kind, letters]) => verbs[kind](letters));
  if (failure === null) return parts.join(", ");
  const isSame = failure.stage === stage && failure.reason === reason;
  const why = isSame ? "they fail again" : `${failure.stage} ${failure.reason}: ${failure.message}`;
  return `${parts.join(", ")}: ${why}`;
}

/** One object a line. */
export function printCauseJson(group: CauseGroup, printing: CausePrinting): string {
  const { stage, reason, letters, firstMs, lastMs, example, message, states, topic, line, writer, outcomes } =
    group;
  const { name, version, fingerprint } = printing.reading.schema;
  const isWritten = writer !== null;
  const row = {
    stage,
    reason,
    letters,
    first: timeOf(firstMs),
    last: timeOf(lastMs),
    example,
    message,
    states: Object.fromEntries(states),
    topic,
    line:
      line === null
        ? null
        : { subject: line.subject, record: line.record, encoding: line.encoding, key: describeLineKey(line) },
    writer: isWritten ? { id: writer.id, subject: writer.subject, version: writer.version } : null,
    reader: isWritten ? { name, version, fingerprint } : null,
    findings: findingsOf(writer).map(({ rule, readerPath, writerPath, message: text, causes }) => ({
      rule,
      path: readerPath,
      writer_path: writerPath,
      message: text,
      ...(causes.length > 0 && { causes: causes.map(formatFinding) }),
    })),
    redrive: Object.fromEntries(outcomes),
    would_succeed: outcomes.size > 0 && group.failure === null,
    fails: group.failure === null ? null : failureOf(group.failure),
    help: adviseOn(group, printing),
  };
  return `${neutralize(JSON.stringify(row))}\n`;
}

function failureOf({ stage, reason, message }: NonNullable<CauseGroup["failure"]>) {
  return { stage, reason, message };
}
