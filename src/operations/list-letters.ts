/**
 * `dlq list`: which dead letters there are, without their content.
 */
import type { DeadLetter } from "../generated/dead-letter.ts";
import {
  type DeadLetterReader,
  describeSource,
  type LetterFilter,
  matchesFilter,
  type ReadLettersOptions,
  readDeadLetters,
  Settlements,
} from "./dead-letters.ts";
import type { LetterPlace, Settlement } from "./receipt.ts";

/** `unreadable`: the record is no dead letter. */
export type LetterState = "open" | "unreadable" | Settlement;

export interface ListedLetter extends LetterPlace {
  readonly failedAtMs: number;
  readonly stage: string;
  readonly reason: string;
  readonly message: string;
  readonly source: string;
  /** Bytes of its content. */
  readonly size: number;
  readonly state: LetterState;
}

export interface LetterList {
  /** In the order in which they were given up. */
  readonly letters: readonly ListedLetter[];
  /** Those that match and are dealt with, and so are not listed. */
  readonly settled: number;
}

export interface ListOptions extends ReadLettersOptions {
  readonly filter: LetterFilter;
  /** Those that are dealt with, too. */
  readonly all: boolean;
  /** Only so many, the newest. */
  readonly last?: number | undefined;
}

/** The place of a record that is no dead letter, among those that are. */
const unreadableStage = "read";

export async function listDeadLetters(ports: DeadLetterReader, options: ListOptions): Promise<LetterList> {
  const { filter, all, last = Number.POSITIVE_INFINITY } = options;
  const settlements = new Settlements();
  const found: Omit<ListedLetter, "state">[] = [];
  const unreadable = new Set<object>();
  const add = (place: LetterPlace, letter: Omit<ListedLetter, "state" | keyof LetterPlace>) => {
    const { stage, reason, failedAtMs } = letter;
    if (!matchesFilter(filter, place, { stage, reason, failed_at: failedAtMs })) return;
    const listed = { ...place, ...letter };
    found.push(listed);
    if (stage === unreadableStage) unreadable.add(listed);
  };
  for await (const entry of readDeadLetters(ports, options)) {
    switch (entry.kind) {
      case "receipt":
        settlements.add(entry.receipt);
        break;
      case "letter":
        add(entry.place, summarize(entry.letter));
        break;
      case "unreadable":
        add(entry.place, {
          failedAtMs: entry.timestampMs,
          stage: unreadableStage,
          reason: entry.code,
          message: entry.message,
          source: "no dead letter",
          size: entry.raw.length,
        });
        break;
    }
  }
  const letters = found
    .map((letter): ListedLetter => {
      const state = unreadable.has(letter) ? "unreadable" : (settlements.of(letter) ?? "open");
      return { ...letter, state };
    })
    .filter(({ state }) => all || state === "open" || state === "unreadable")
    .sort((one, other) => one.failedAtMs - other.failedAtMs);
  return {
    settled: all ? 0 : found.length - letters.length,
    letters: last < letters.length ? letters.slice(letters.length - last) : letters,
  };
}

function summarize({ failed_at, stage, reason, message, source, raw }: DeadLetter) {
  return {
    failedAtMs: failed_at,
    stage,
    reason,
    message,
    source: describeSource(source),
    size: raw.length,
  };
}
