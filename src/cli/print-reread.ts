/**
 * A reread on the screen: writers by readers, records by readers, and then what was done and why something could not be
 * read. Names of files and what records hold are made harmless.
 */
import { formatFinding } from "../evolution/finding.ts";
import type { SubjectName } from "../kernel/brand.ts";
import { printPlace } from "../operations/receipt.ts";
import type { ReadFate, RereadCell, StepKind } from "../operations/reread.ts";
import { formatPath } from "../render/explain.ts";
import { neutralize } from "../render/neutralize.ts";
import { widthOf } from "../render/width.ts";
import type { JudgedRow, RereadReader, RereadResult } from "./run-reread.ts";

/** In this order, and as they are called. */
export const stepNames = {
  promoted: "promoted",
  alias: "found by alias",
  defaulted: "defaulted",
  dropped: "dropped",
  "symbols-defaulted": "symbols defaulted",
} as const satisfies Readonly<Record<StepKind, string>>;
const stepKinds = Object.keys(stepNames) as readonly StepKind[];

/** How many fields of a kind are named; JSON names all. */
const shownFields = 12;

export function printReread(result: RereadResult): string {
  const { topic, subject, readers, rows, shown, records, tombstones } = result;
  const count = records === 0 ? "no record" : records === 1 ? "1 record" : `${records} records`;
  const dead = tombstones === 0 ? "" : `, ${tombstones} of them without a value (tombstones)`;
  const head = `topic ${topic}, subject ${subject}: ${count}${dead}\n`;
  if (rows.length === 0) return neutralize(head, { keepLines: true });
  const titles = readers.map(nameColumn);
  const byWriter = [
    ["written as", "records", ...titles],
    ...rows.map((row) => [nameWriter(row, subject), String(row.records), ...row.cells.map(printCell)]),
  ];
  const byRecord = [
    ["record", "written as", ...titles],
    ...shown.map((record) => [
      printPlace(record),
      nameWriter(
        rows.find(({ writerId }) => writerId === record.writerId),
        subject,
      ),
      ...record.fates.map(printFate),
    ]),
  ];
  const parts = [
    head,
    printTable(byWriter),
    ...(shown.length === 0 ? [] : [printTable(byRecord)]),
    ...rows.map((row) => printDetails(row, { readers, subject })).filter((part) => part !== ""),
  ];
  return parts.join("\n");
}

/** As `v3`; a version that was not typed stands behind what was. */
function nameColumn({ label, schema }: RereadReader): string {
  const isNumber = /^v?\d+$/.test(label);
  if (isNumber) return `as v${label.replace("v", "")}`;
  return schema.version === null ? `as ${label}` : `as ${label} (v${schema.version})`;
}

/** The subject only where it is another one than the readers'. */
function nameWriter(row: JudgedRow | undefined, subject: SubjectName): string {
  if (row === undefined || row.writerId === "others") return "other schemas";
  if (row.writerId === null) return "no schema";
  const [writer] = row.writers ?? [];
  if (row.version !== null) return `version ${row.version} (schema ${row.writerId})`;
  if (writer === undefined || writer.version === null) return `schema ${row.writerId}`;
  const of = writer.subject === subject ? "" : ` of ${writer.subject}`;
  return `version ${writer.version} (schema ${row.writerId})${of}`;
}

function printCell({ read, changed, unread }: RereadCell): string {
  const changes = stepKinds.flatMap((kind) => {
    const records = changed.get(kind);
    return records === undefined ? [] : [`${records} ${stepNames[kind]}`];
  });
  const lost = [...unread.values()].reduce((sum, { records }) => sum + records, 0);
  const parts = [];
  if (read > 0) parts.push(`${read} read${changes.length === 0 ? "" : `: ${changes.join(", ")}`}`);
  if (lost > 0) parts.push(`${lost} NOT READ`);
  return parts.join("; ");
}

/** With the number of fields of each kind. */
function printFate(fate: ReadFate): string {
  if (fate.kind === "unread") return `NOT READ: ${fate.code}`;
  const parts = stepKinds.flatMap((kind) => {
    const fields = fate.steps.filter((step) => step.kind === kind).length;
    return fields === 0 ? [] : [`${fields} ${stepNames[kind]}`];
  });
  return parts.length === 0 ? "read" : parts.join(", ");
}

function printTable(lines: readonly (readonly string[])[]): string {
  const clean = lines.map((line) => line.map((cell) => neutralize(cell)));
  const widths = (clean[0] ?? []).map((_, column) =>
    Math.max(...clean.map((line) => widthOf(line[column] ?? ""))),
  );
  return clean
    .map((line) => {
      const cells = line.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - widthOf(cell)));
      return `  ${cells.join("  ").trimEnd()}\n`;
    })
    .join("");
}

/** What was done to the records of one writer, by reader. */
function printDetails(
  row: JudgedRow,
  { readers, subject }: Pick<RereadResult, "readers" | "subject">,
): string {
  return row.cells
    .map((cell, index) => {
      const reader = readers[index];
      const lines = [...printFields(cell), ...printReasons(cell, findingsOf(row, index))];
      if (reader === undefined || lines.length === 0) return "";
      const head = `  ${nameWriter(row, subject)} ${nameColumn(reader)}:`;
      return [head, ...lines.map((line) => `    ${line}`)].map((line) => `${neutralize(line)}\n`).join("");
    })
    .join("");
}

function printFields({ steps }: RereadCell): readonly string[] {
  return stepKinds.flatMap((kind) => {
    const fields = [...steps.values()]
      .filter(({ step }) => step.kind === kind)
      .map(({ step }) => formatPath(step));
    if (fields.length === 0) return [];
    const more = fields.length > shownFields ? `, and ${fields.length - shownFields} more` : "";
    return [`${stepNames[kind]}: ${fields.slice(0, shownFields).join(", ")}${more}`];
  });
}

function printReasons({ unread }: RereadCell, findings: ReturnType<typeof findingsOf>): readonly string[] {
  return [...unread].flatMap(([code, { records, example, message }]) => {
    const told = code === "incompatible" && findings.length > 0 ? findings.map(formatFinding) : [message];
    const place =
      records === 1 ? printPlace(example) : `${records} records, the first at ${printPlace(example)}`;
    return told.map((why, at) => (at === 0 ? `NOT READ (${place}): ${code}: ${why}` : `  and ${why}`));
  });
}

/** Why the reader cannot read what the writer writes, whatever it holds. */
export function findingsOf({ writers }: JudgedRow, reader: number) {
  const reading = writers?.[reader]?.reading;
  return reading?.kind === "unreadable" ? reading.findings : [];
}
