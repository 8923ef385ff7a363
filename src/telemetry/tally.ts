/**
 * What a run counts, from the first byte to the last line shown; the summary at exit is made of these.
 */
import type { Reads } from "./spend.ts";

/** Dead letters by what was wrong: `stage/code`, as in the dead letter. */
export type DeadLetterCounts = Map<string, number>;

export interface ProduceTally {
  /** Posts taken from the source, malformed lines included. */
  received: number;
  /** Posts that named at least one matching rule. */
  matched: number;
  /** The same for each rule by its tag; a post that names two rules counts for both. */
  readonly matchedByTag: Map<string, number>;
  /** Records the brokers acknowledged on the tweets' topic. */
  produced: number;
  /** Posts whose id had been seen before. */
  duplicates: number;
  /** Posts sent to the dead-letter topic. */
  deadLettered: number;
  readonly deadLetters: DeadLetterCounts;
  /** Posts received after the limit of the run was reached, and so not produced. */
  beyondLimit: number;
  /** What X is estimated to bill for this run; null where nothing is read from X. */
  spend: SpendTally | null;
}

export interface SpendTally {
  readonly reads: Reads;
  /** The same by tag of the rule that matched, "" for a rule without one; a post counts for each that matched it. */
  readonly byTag: Map<string, Reads>;
  /** Of this UTC day, earlier runs included, in thousandths of a dollar. */
  todayMills: number;
  /** Of one UTC day; null: none is set. */
  readonly budgetMills: number | null;
}

export interface ConsumeTally {
  /** Records taken from the topic. */
  consumed: number;
  /** Records written to stdout. */
  printed: number;
  /** Records of a batch beyond the rows that a table shows. */
  hidden: number;
  /** Records that a filter left out. */
  filtered: number;
  tombstones: number;
  /** Records sent to the dead-letter topic. */
  deadLettered: number;
  /** Records that could not be decoded, in a run that keeps no dead letters. */
  undecodable: number;
  readonly deadLetters: DeadLetterCounts;
  /** Records decoded, by the version they were written with; `unknown` where the registry does not tell. */
  readonly versions: Map<string, number>;
  /** The next offset to read of each partition. */
  readonly positions: Map<number, number>;
  /** Offsets of each partition that were not read yet when it was last heard of. */
  readonly lags: Map<number, number>;
}

export function addTo(counts: Map<string, number>, key: string, count = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

export function createProduceTally(): ProduceTally {
  return {
    received: 0,
    matched: 0,
    matchedByTag: new Map(),
    produced: 0,
    duplicates: 0,
    deadLettered: 0,
    deadLetters: new Map(),
    beyondLimit: 0,
    spend: null,
  };
}

export function createSpendTally(budgetMills: number | null): SpendTally {
  return {
    reads: { posts: 0, users: 0 },
    byTag: new Map(),
    todayMills: 0,
    budgetMills,
  };
}

export function createConsumeTally(): ConsumeTally {
  return {
    consumed: 0,
    printed: 0,
    hidden: 0,
    filtered: 0,
    tombstones: 0,
    deadLettered: 0,
    undecodable: 0,
    deadLetters: new Map(),
    versions: new Map(),
    positions: new Map(),
    lags: new Map(),
  };
}

export interface RecordTally {
  /** Lines taken from the source. */
  received: number;
  /** Lines that were kept. */
  recorded: number;
  /** Of them, those that are not JSON. */
  malformed: number;
  /** Lines received after the limit of the run was reached, and so not kept. */
  beyondLimit: number;
  /** Of the lines kept, with their endings, before packing. */
  bytes: number;
  readonly spend: SpendTally | null;
}

export function createRecordTally(spend: SpendTally | null = null): RecordTally {
  return { received: 0, recorded: 0, malformed: 0, beyondLimit: 0, bytes: 0, spend };
}
