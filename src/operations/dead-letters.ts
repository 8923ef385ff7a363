/**
 * A topic of dead letters as its letters, each with what became of it.
 */
import type { DeadLetter, JsonLine } from "../generated/dead-letter.ts";
import type { TopicReader } from "../kafka/port.ts";
import type { TopicName } from "../kernel/brand.ts";
import type { RecordDecoder } from "../serde/decoder.ts";
import { type LetterPlace, printPlace, type Receipt, readReceipt, type Settlement } from "./receipt.ts";

export interface DeadLetterReader {
  readonly reader: TopicReader;
  readonly decoder: RecordDecoder<DeadLetter>;
}

export type DeadLetterEntry =
  | { readonly kind: "letter"; readonly place: LetterPlace; readonly letter: DeadLetter }
  | { readonly kind: "receipt"; readonly receipt: Receipt }
  /** A record that is no dead letter. */
  | {
      readonly kind: "unreadable";
      readonly place: LetterPlace;
      readonly timestampMs: number;
      readonly code: string;
      readonly message: string;
      readonly raw: Buffer;
    };

export interface ReadLettersOptions {
  readonly topic: TopicName;
  /** Of these partitions only what stands at these offsets or later. */
  readonly from?: ReadonlyMap<number, number>;
  readonly signal: AbortSignal;
}

/** Everything the topic holds by now, a partition's records in their order. Rejects with KafkaError or RegistryError. */
export async function* readDeadLetters(
  { reader, decoder }: DeadLetterReader,
  { topic, from, signal }: ReadLettersOptions,
): AsyncGenerator<DeadLetterEntry> {
  const options = { maxRecords: Number.POSITIVE_INFINITY, signal, ...(from === undefined ? {} : { from }) };
  for await (const { records } of reader.tail(topic, options)) {
    for (const record of records) {
      const receipt = readReceipt(record);
      if (receipt !== null) {
        yield { kind: "receipt", receipt };
        continue;
      }
      const outcome = await decoder.decode(record.value, record.headers);
      const place = { partition: record.partition, offset: record.offset };
      if (outcome.kind === "record") yield { kind: "letter", place, letter: outcome.value };
      if (outcome.kind === "undecodable") {
        const { code, message } = outcome;
        const { timestampMs, value } = record;
        yield { kind: "unreadable", place, timestampMs, code, message, raw: value ?? Buffer.alloc(0) };
      }
    }
  }
}

/** Which letters are asked for; what is absent asks for nothing. */
export interface LetterFilter {
  readonly stages?: readonly string[] | undefined;
  readonly reasons?: readonly string[] | undefined;
  /** Given up at this time or later, in ms since the epoch. */
  readonly fromMs?: number | undefined;
  /** These places alone, as `printPlace` prints them. */
  readonly places?: ReadonlySet<string> | undefined;
}

export function matchesFilter(
  { stages, reasons, fromMs, places }: LetterFilter,
  place: LetterPlace,
  { stage, reason, failed_at }: Pick<DeadLetter, "stage" | "reason" | "failed_at">,
): boolean {
  return (
    (stages === undefined || stages.includes(stage)) &&
    (reasons === undefined || reasons.includes(reason)) &&
    (fromMs === undefined || failed_at >= fromMs) &&
    (places === undefined || places.has(printPlace(place)))
  );
}

/** What became of letters, by place, as their receipts come in. */
export class Settlements {
  readonly #byPlace = new Map<string, Settlement>();

  add({ place, settlement }: Receipt): void {
    this.#byPlace.set(printPlace(place), settlement);
  }

  of(place: LetterPlace): Settlement | null {
    return this.#byPlace.get(printPlace(place)) ?? null;
  }
}

/** Where a letter's content came from, in a few words. */
export function describeSource(source: DeadLetter["source"]): string {
  const replay = source["birdwire.ReplaySource"];
  if (replay !== undefined) return `${replay.file} line ${replay.line}`;
  const x = source["birdwire.XSource"];
  if (x !== undefined) {
    return `X connection ${x.connection}, ${new Date(x.received_at).toISOString()}`;
  }
  const { topic, partition, offset } = source["birdwire.TopicSource"];
  return `${topic} ${partition}:${offset}`;
}

/** What a line was to be, in a few words. */
export function describeLine({ topic, subject, record, encoding }: JsonLine): string {
  const json = encoding === "avro" ? "Avro's JSON encoding" : "plain JSON";
  return `${record === null ? "a value" : `a ${record}`} (subject ${subject}) in topic ${topic}, from ${json}`;
}

/** Where a line's key is, in a few words. */
export function describeLineKey({ key_field: field, key_separator: separator }: JsonLine): string {
  if (separator !== null) return `before the value, up to ${JSON.stringify(separator)}`;
  return field === null ? "none" : `field ${field}`;
}
