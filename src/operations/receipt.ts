/**
 * How a dead letter is marked as dealt with: by a receipt, a record of the same topic without a value that names the
 * letter's place. So the mark needs no other store, whoever reads the topic sees it, and since it was written after
 * the letter, retention takes the letter first. A key of its own lets a compacted topic have it, too.
 */
import type { ConsumedRecord, OutgoingRecord } from "../kafka/port.ts";

/** Where a letter stands in its topic. */
export interface LetterPlace {
  readonly partition: number;
  readonly offset: number;
}

export const settlements = [
  /** Its content was sent on. */
  "redriven",
  /** The topic had it before. */
  "already-there",
  /** The topic has a later record of the same key. */
  "superseded",
  /** Its post was deleted. */
  "forgotten",
] as const;
export type Settlement = (typeof settlements)[number];

export interface Receipt {
  readonly place: LetterPlace;
  readonly settlement: Settlement;
}

/** Header of a receipt: the letter's place. */
export const receiptHeader = "birdwire.receipt";
/** Header of a receipt: what became of the letter. */
export const settlementHeader = "birdwire.settlement";
/** Header of a record that was made of a dead letter: `TOPIC:PARTITION:OFFSET` of the letter. */
export const redrivenFromHeader = "birdwire.redriven-from";
/** Header of a record that is an event, sent again: `PARTITION:OFFSET` at which it stood in the topic before. */
export const redrivenOriginHeader = "birdwire.redriven-origin";

/** `PARTITION:OFFSET`. */
export function printPlace({ partition, offset }: LetterPlace): string {
  return `${partition}:${offset}`;
}

/** The place in `PARTITION:OFFSET`, or null when the text is none. */
export function parsePlace(text: string): LetterPlace | null {
  const match = /^(\d{1,10}):(\d{1,16})$/.exec(text);
  if (match === null) return null;
  const place = { partition: Number(match[1]), offset: Number(match[2]) };
  return Number.isSafeInteger(place.offset) ? place : null;
}

export function createReceipt({ place, settlement }: Receipt): OutgoingRecord {
  const text = printPlace(place);
  return {
    key: Buffer.from(`${receiptHeader}:${text}`),
    value: null,
    headers: { [receiptHeader]: text, [settlementHeader]: settlement },
  };
}

/** The receipt in a record, or null when it is none. */
export function readReceipt({ value, headers }: Pick<ConsumedRecord, "value" | "headers">): Receipt | null {
  const place = parsePlace(headers[receiptHeader]?.toString() ?? "");
  if (value !== null || place === null) return null;
  const found = headers[settlementHeader]?.toString();
  // One that a later version wrote settles the letter all the same.
  return { place, settlement: settlements.find((known) => known === found) ?? "redriven" };
}
