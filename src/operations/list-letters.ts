/**
 * Which dead letters there are, without their content: all of `dlq list`, and what `dlq explain` begins with.
 */
import type { DeadLetter } from "../generated/dead-letter.ts";
import {
  type DeadLetterEntry,
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

/** What letters are chosen and ordered by. */
export interface LetterFacts {
  readonly failedAtMs: number;
  readonly stage: string;
  readonly reason: string;
}

/** A letter as far as it is kept, where it stands and what became of it. */
export type Placed<Kept extends LetterFacts> = LetterPlace & Kept & { readonly state: LetterState };

export interface ListedLetter extends LetterPlace, LetterFacts {
  readonly message: string;
  readonly source: string;
  /** Bytes of its content. */
  readonly size: number;
  readonly state: LetterState;
}

export interface LetterList<Letter = ListedLetter> {
  /** In the order in which they were given up. */
  readonly letters: readonly Letter[];
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

/** The stage of a record that is no dead letter, among those that are. */
export const unreadableStage = "read";

export type UnreadableEntry = Extract<DeadLetterEntry, { kind: "unreadable" }>;

export interface LetterKeeper<Kept extends LetterFacts> {
  readonly ofLetter: (letter: DeadLetter) => Kept;
  readonly ofUnreadable: (entry: UnreadableEntry) => Kept;
}

/** What `keeper` keeps of each letter that matches. Rejects with KafkaError or RegistryError. */
export async function collectLetters<Kept extends LetterFacts>(
  ports: DeadLetterReader,
  options: ListOptions,
  keeper: LetterKeeper<Kept>,
): Promise<LetterList<Placed<Kept>>> {
  const { filter, all, last = Number.POSITIVE_INFINITY } = options;
  const settlements = new Settlements();
  const found: (LetterPlace & Kept)[] = [];
  const unreadable = new Set<object>();
  const add = (place: LetterPlace, kept: Kept, isUnreadable: boolean) => {
    const { stage, reason, failedAtMs } = kept;
    if (!matchesFilter(filter, place, { stage, reason, failed_at: failedAtMs })) return;
    const placed = { ...place, ...kept };
    found.push(placed);
    if (isUnreadable) unreadable.add(placed);
  };
  for await (const entry of readDeadLetters(ports, options)) {
    switch (entry.kind) {
      case "receipt":
        settlements.add(entry.receipt);
        break;
      case "letter":
        add(entry.place, keeper.ofLetter(entry.letter), false);
        break;
      case "unreadable":
        add(entry.place, keeper.ofUnreadable(entry), true);
        break;
    }
  }
  const letters = found
    .map((letter): Placed<Kept> => {
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

export async function listDeadLetters(ports: DeadLetterReader, options: ListOptions): Promise<LetterList> {
  return await collectLetters(ports, options, { ofLetter: summarize, ofUnreadable: summarizeUnreadable });
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

function summarizeUnreadable({ timestampMs, code, message, raw }: UnreadableEntry) {
  return {
    failedAtMs: timestampMs,
    stage: unreadableStage,
    reason: code,
    message,
    source: "no dead letter",
    size: raw.length,
  };
}
