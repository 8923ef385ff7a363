/**
 * Why a letter was given up, told so that letters with one cause have one name: of records the reason and who wrote
 * them, of lines the reason, what they were to be and the message without what it quotes, of posts reason and message.
 */
import type { DeadLetter, JsonLine } from "../generated/dead-letter.ts";
import { parseSchemaId, type SchemaId } from "../kernel/brand.ts";
import { type LetterFacts, type UnreadableEntry, unreadableStage } from "./list-letters.ts";

export interface LetterCause extends LetterFacts {
  readonly message: string;
  /** The topic of a record, or where a line was to go; null for a post. */
  readonly topic: string | null;
  /** What a line was to be; null for all else. */
  readonly line: JsonLine | null;
  /** The schema that a record names; null when it names none. */
  readonly writerId: SchemaId | null;
}

export function causeOf({
  failed_at,
  stage,
  reason,
  message,
  source,
  writer_id,
  json_line: line,
}: DeadLetter): LetterCause {
  return {
    failedAtMs: failed_at,
    stage,
    reason,
    message,
    topic: source["birdwire.TopicSource"]?.topic ?? line?.topic ?? null,
    line,
    writerId: writer_id === null ? null : parseSchemaId(writer_id),
  };
}

export function causeOfUnreadable({ timestampMs, code, message }: UnreadableEntry): LetterCause {
  const stage = unreadableStage;
  return { failedAtMs: timestampMs, stage, reason: code, message, topic: null, line: null, writerId: null };
}

/** The same for letters with the same cause. */
export function nameCause({ stage, reason, message, topic, line, writerId }: LetterCause): string {
  const what = writerId ?? normalizeMessage(message);
  return JSON.stringify([stage, reason, topic, what, ...(line === null ? [] : nameLine(line))]);
}

/** All that a command which sends such a line names. */
function nameLine({ subject, record, encoding, key_field, key_separator, headers }: JsonLine) {
  return [subject, record, encoding, key_field, key_separator, headers];
}

const guid = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/i;

/**
 * A message without what differs from one letter to the next: whatever stands between its first and its last quotation
 * mark (what is quoted may have some of its own), numbers, and how much of the bytes was kept. Paths stay, without the
 * numbers in them. A message that names a schema by its GUID is left as it is.
 */
export function normalizeMessage(message: string): string {
  const text = message.replace(/ \(raw bytes cut from \d+ to \d+; SHA-256 [0-9a-f]+\)$/, "");
  if (guid.test(text)) return text;
  return text
    .replace(/".*"/s, '"…"')
    .replace(/'(?:\\.|[^'\\])'/gs, "'…'")
    .replaceAll(/0x[0-9a-f]+|\d+(?:[.,]\d+)*/gi, "N");
}
