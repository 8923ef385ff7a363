/**
 * Dead letters on the screen: lists grouped by stage and reason, and one letter whole. Text out of a letter is made
 * harmless to the terminal.
 */
import { isUtf8 } from "node:buffer";
import type { DeadLetter } from "../generated/dead-letter.ts";
import { describeLine, describeLineKey, describeSource } from "../operations/dead-letters.ts";
import type { FoundLetter } from "../operations/find-letter.ts";
import type { ListedLetter } from "../operations/list-letters.ts";
import { type LetterPlace, printPlace } from "../operations/receipt.ts";
import type { RedriveOutcome } from "../operations/redrive.ts";
import { neutralize } from "../render/neutralize.ts";
import { renderSummary, type SummaryRow } from "../render/summary.ts";

const timeOf = (ms: number) => new Date(ms).toISOString();

/** Groups in the order of their stage and reason, the letters of each in their own order. */
export function printLetterList(letters: readonly ListedLetter[]): string {
  const groups = new Map<string, ListedLetter[]>();
  for (const letter of letters) {
    const name = `${letter.stage} ${letter.reason}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [letter]);
    else group.push(letter);
  }
  return [...groups]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, group]) => `${neutralize(name)}: ${group.length}\n${group.map(printLine).join("")}`)
    .join("\n");
}

function printLine(letter: ListedLetter): string {
  const { failedAtMs, size, source, message, state } = letter;
  const cells = [printPlace(letter).padEnd(8), timeOf(failedAtMs), `${size} B`.padStart(9), source, message];
  if (state !== "open" && state !== "unreadable") cells.splice(3, 0, state);
  return `  ${neutralize(cells.join("  "))}\n`;
}

/** One object a line. */
export function printLetterJson(letter: ListedLetter): string {
  const { failedAtMs, ...rest } = letter;
  return printJson({ ...rest, failed_at: timeOf(failedAtMs) });
}

/** What JSON leaves as it is and a terminal does not is escaped, which is the same JSON. */
function printJson(value: object): string {
  return `${neutralize(JSON.stringify(value))}\n`;
}

export function printFoundLetter(topic: string, { entry, settlement }: FoundLetter): string {
  const place = `${topic} ${printPlace(entry.place)}`;
  if (entry.kind === "unreadable") {
    const head: SummaryRow[] = [
      ["record", place],
      ["time", timeOf(entry.timestampMs)],
      ["no dead letter", `${entry.code}: ${entry.message}`],
      ["content", `${entry.raw.length} B`],
    ];
    return `${renderSummary(head)}\n${printRaw(entry.raw)}`;
  }
  const { letter } = entry;
  const head: SummaryRow[] = [
    ["letter", place],
    ["given up", timeOf(letter.failed_at)],
    ["stage", letter.stage],
    ["reason", letter.reason],
    ["message", letter.message],
    ["came from", describeSource(letter.source)],
  ];
  const { "birdwire.TopicSource": record } = letter.source;
  const { json_line: line } = letter;
  if (line !== null) head.push(["to be", describeLine(line)], ["its key", describeLineKey(line)]);
  for (const { key, value } of line?.headers ?? []) head.push([`header ${key}`, showBytes(value)]);
  if (record !== undefined) {
    head.push(["its time", record.timestamp < 0 ? "none" : timeOf(record.timestamp)]);
    for (const { key, value } of record.headers) head.push([`header ${key}`, showBytes(value)]);
  }
  if (line === null) head.push(["key", showBytes(letter.key)]);
  if (letter.writer_id !== null) head.push(["written with", `schema id ${letter.writer_id}`]);
  if (letter.reader_fingerprint !== null) head.push(["read as", letter.reader_fingerprint]);
  head.push(["state", settlement ?? "open"], ["content", `${letter.raw.length} B`]);
  return `${renderSummary(head)}\n${printRaw(letter.raw)}`;
}

/** The letter as its schema has it, with its place and state; bytes are base64. */
export function printFoundJson(topic: string, { entry, settlement }: FoundLetter): string {
  const place = { topic, ...entry.place };
  if (entry.kind === "unreadable") {
    const { code, message, raw, timestampMs } = entry;
    const row = { ...place, timestamp: timeOf(timestampMs), state: "unreadable", code, message };
    return printJson({ ...row, raw: raw.toString("base64") });
  }
  return printJson({ ...place, state: settlement ?? "open", letter: toJson(entry.letter) });
}

function toJson(letter: DeadLetter) {
  const [[kind, source] = ["", {}]] = Object.entries(letter.source);
  return {
    ...letter,
    failed_at: timeOf(letter.failed_at),
    raw: letter.raw.toString("base64"),
    key: letter.key?.toString("base64") ?? null,
    json_line: letter.json_line === null ? null : toPlain(letter.json_line),
    source: {
      kind:
        letter.json_line === null
          ? ({ "birdwire.ReplaySource": "replay", "birdwire.XSource": "x" }[kind] ?? "topic")
          : "line",
      ...toPlain(source),
    },
  };
}

function toPlain(value: unknown): object {
  return JSON.parse(
    JSON.stringify(value, (_name, member: unknown) => {
      const isBytes = typeof member === "object" && member !== null && "data" in member && "type" in member;
      return isBytes ? Buffer.from(member.data as number[]).toString("base64") : member;
    }),
  ) as object;
}

function showBytes(bytes: Buffer | null): string {
  if (bytes === null) return "none";
  return isUtf8(bytes) ? bytes.toString() : `0x${bytes.toString("hex")}`;
}

/** Text where it is text, else a dump: offset, 16 bytes in hexadecimal, and those that are printable ASCII. */
export function printRaw(raw: Buffer): string {
  if (raw.length === 0) return "";
  if (isUtf8(raw) && !raw.includes(0)) return `${neutralize(raw.toString(), { keepLines: true })}\n`;
  let dump = "";
  for (let at = 0; at < raw.length; at += 16) {
    const row = raw.subarray(at, at + 16);
    const hex = (row.toString("hex").match(/../g) ?? []).join(" ").padEnd(47);
    const text = row.toString("latin1").replaceAll(/[^ -~]/g, ".");
    dump += `${at.toString(16).padStart(8, "0")}  ${hex}  ${text}\n`;
  }
  return dump;
}

/** What became of a letter, in a line; in a dry run what would become of it. */
export function printOutcome(
  place: LetterPlace,
  letter: DeadLetter,
  { outcome, dryRun }: { readonly outcome: RedriveOutcome; readonly dryRun: boolean },
): string {
  const what =
    outcome.kind === "fails"
      ? outcome.left === undefined
        ? `still fails: ${outcome.stage} ${outcome.reason}: ${outcome.message}`
        : `left: ${outcome.message}`
      : `${dryRun && outcome.kind === "redriven" ? "would be " : ""}${outcome.kind}`;
  return `${neutralize(`${printPlace(place).padEnd(8)}  ${what}  (${describeSource(letter.source)})`)}\n`;
}

export function printOutcomeJson(
  place: LetterPlace,
  letter: DeadLetter,
  { outcome, dryRun }: { readonly outcome: RedriveOutcome; readonly dryRun: boolean },
): string {
  const { kind, ...failure } = outcome;
  const source = describeSource(letter.source);
  return printJson({ ...place, outcome: kind, ...failure, source, ...(dryRun && { dry_run: true }) });
}
