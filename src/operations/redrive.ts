/**
 * `dlq redrive`: dead letters sent on their way again, each at most once. What would become of a letter is proved
 * before anything is sent; what would only come back as a dead letter stays where it is.
 *
 * Twice is prevented three times: by the receipt of the letter, by the record that says which letter it was made of,
 * and by what the topic holds of the key. A crash between sending and receipt is made up for by the second and third.
 * Of events, which may share a key, the third is the place at which the record stood before.
 */
import type { DeadLetter } from "../generated/dead-letter.ts";
import type { OutgoingRecord, RecordProducer } from "../kafka/port.ts";
import type { TopicName } from "../kernel/brand.ts";
import {
  type DeadLetterReader,
  type LetterFilter,
  matchesFilter,
  readDeadLetters,
  Settlements,
} from "./dead-letters.ts";
import {
  createReceipt,
  type LetterPlace,
  printPlace,
  redrivenFromHeader,
  redrivenOriginHeader,
  type Settlement,
} from "./receipt.ts";
import { sendEach } from "./send-each.ts";
import { emptyView, type KeyedPlace, type TopicView, viewTopic } from "./topic-view.ts";

/** What would become of a letter's content if it came in now. */
export type Proof =
  | {
      readonly kind: "record";
      readonly record: OutgoingRecord;
      /** A record of a topic in which a later one of its key says nothing of it. Default false. */
      readonly isEvent?: boolean;
      /** A new value of its key: what the topic had of that before does not stand for it. Default false. */
      readonly isUpdate?: boolean;
    }
  | Failure;

interface Failure {
  readonly kind: "fails";
  readonly stage: string;
  readonly reason: string;
  readonly message: string;
  /** Its record type is one that this run does not read, and another run would: what that has to name. */
  readonly left?: LeftType;
}

export interface LeftType {
  readonly record: string;
  /** Null where the registry has filed it under none. */
  readonly subject: string | null;
  /** Null for the latest version of the subject. */
  readonly version: number | null;
}

export type RedriveOutcome = { readonly kind: Settlement } | Failure;

export interface RedrivePorts extends DeadLetterReader {
  readonly prove: (letter: DeadLetter) => Proof | Promise<Proof>;
  /** Opened when there is something to send. */
  readonly openProducer: () => Promise<RecordProducer>;
  /** Told of each letter as soon as its fate is certain. */
  readonly onOutcome: (place: LetterPlace, letter: DeadLetter, outcome: RedriveOutcome) => Promise<void>;
}

export interface RedriveOptions {
  readonly topic: TopicName;
  readonly deadLetterTopic: TopicName;
  readonly filter: LetterFilter;
  /** Of the letters that match and are open, only so many, the oldest first. */
  readonly max?: number | undefined;
  /** Sends and marks nothing. */
  readonly dryRun: boolean;
  /** Raw bytes of letters held at once. Default 128 MiB. */
  readonly maxHeldBytes?: number;
  readonly signal: AbortSignal;
}

interface Candidate {
  readonly place: LetterPlace;
  readonly letter: DeadLetter;
  readonly proof: Proof;
}

const chunkLetters = 500;

/** Rejects with KafkaError, RegistryError, or what a port rejects with; what was sent until then is marked, or found. */
export async function redrive(ports: RedrivePorts, options: RedriveOptions): Promise<void> {
  const { topic, deadLetterTopic, dryRun, signal } = options;
  const settlements = new Settlements();
  const tried = new Set<string>();
  let producer: RecordProducer | undefined;
  try {
    for (let left = options.max ?? Number.POSITIVE_INFINITY; left > 0; ) {
      const round = await gather(ports, { ...options, max: left }, { settlements, tried });
      left -= round.candidates.length;
      const keys = keysOf(round.candidates);
      const isSendable = round.candidates.some(({ proof }) => proof.kind === "record");
      // Where nothing can be sent, nothing has to be looked up in what may be a large topic.
      const view = isSendable ? await viewTopic(ports.reader, topic, { keys, signal }) : emptyView;
      const judge = createJudge(view, deadLetterTopic);
      for (let at = 0; at < round.candidates.length && !signal.aborted; at += chunkLetters) {
        const judged = round.candidates.slice(at, at + chunkLetters).map((candidate) => judge(candidate));
        if (!dryRun && judged.some(({ outcome }) => outcome.kind !== "fails")) {
          producer ??= await ports.openProducer();
        }
        const settled = producer === undefined ? judged : await settle(producer, judged, options);
        for (const { place, letter, outcome } of settled) await ports.onOutcome(place, letter, outcome);
      }
      if (!round.isPartial || signal.aborted) return;
    }
  } finally {
    await producer?.[Symbol.asyncDispose]();
  }
}

interface Round {
  readonly candidates: readonly Candidate[];
  /** There was no room for all. */
  readonly isPartial: boolean;
}

/** Letters that match, are open and were not tried yet, as many as fit. */
async function gather(
  ports: RedrivePorts,
  options: RedriveOptions & { readonly max: number },
  { settlements, tried }: { readonly settlements: Settlements; readonly tried: Set<string> },
): Promise<Round> {
  const { filter, max, maxHeldBytes = 128 * 1024 * 1024, signal } = options;
  const held = new Map<string, { readonly place: LetterPlace; readonly letter: DeadLetter }>();
  let heldBytes = 0;
  let isPartial = false;
  const isOpen = (place: LetterPlace) => settlements.of(place) === null && !tried.has(printPlace(place));
  for await (const entry of readDeadLetters(ports, { topic: options.deadLetterTopic, signal })) {
    if (entry.kind === "receipt") {
      settlements.add(entry.receipt);
      const name = printPlace(entry.receipt.place);
      heldBytes -= held.get(name)?.letter.raw.length ?? 0;
      held.delete(name);
      continue;
    }
    if (entry.kind !== "letter" || !isOpen(entry.place)) continue;
    if (!matchesFilter(filter, entry.place, entry.letter)) continue;
    if (heldBytes > maxHeldBytes) isPartial = true;
    else {
      held.set(printPlace(entry.place), entry);
      heldBytes += entry.letter.raw.length;
    }
  }
  const oldest = [...held.values()].sort((one, other) => one.letter.failed_at - other.letter.failed_at);
  const candidates: Candidate[] = [];
  for (const { place, letter } of oldest.slice(0, max)) {
    tried.add(printPlace(place));
    candidates.push({ place, letter, proof: await ports.prove(letter) });
  }
  return { candidates, isPartial };
}

function keysOf(candidates: readonly Candidate[]): Buffer[] {
  return candidates.flatMap(({ proof }) =>
    proof.kind === "record" && proof.isEvent !== true && proof.record.key !== null ? [proof.record.key] : [],
  );
}

interface Judged {
  readonly place: LetterPlace;
  readonly letter: DeadLetter;
  readonly outcome: RedriveOutcome;
  /** To be sent. */
  readonly record: OutgoingRecord | null;
}

/** Decides on letters, one after the other: what an earlier one of this run brings counts as there. */
function createJudge(view: TopicView, deadLetterTopic: TopicName) {
  const sentKeys = new Set<string>();
  const sentOrigins = new Set<string>();
  return ({ place, letter, proof }: Candidate): Judged => {
    if (proof.kind === "fails") return { place, letter, outcome: proof, record: null };
    const { record } = proof;
    const from = `${deadLetterTopic}:${printPlace(place)}`;
    const settled = (kind: Settlement): Judged => ({ place, letter, outcome: { kind }, record: null });
    const headers = { ...record.headers, [redrivenFromHeader]: from };
    const redriven = (more: OutgoingRecord["headers"] = {}): Judged => ({
      place,
      letter,
      outcome: { kind: "redriven" },
      record: { ...record, headers: { ...headers, ...more } },
    });
    if (view.holdsRedriven(from)) return settled("already-there");
    const source = letter.source["birdwire.TopicSource"];
    if (proof.isEvent === true) {
      // A line stood nowhere before, and each is a record of its own.
      if (source === undefined) return redriven();
      // Each group that met it has written a letter of its own.
      const origin = printPlace(source);
      if (sentOrigins.has(origin) || view.holdsOrigin(origin)) return settled("already-there");
      sentOrigins.add(origin);
      return redriven({ [redrivenOriginHeader]: origin });
    }
    if (record.key !== null) {
      const name = record.key.toString("latin1");
      const { isUpdate = false } = proof;
      if (sentKeys.has(name) && !isUpdate) return settled("already-there");
      const rival = findRival(view.recordsOf(record.key), letter, { isUpdate });
      if (rival !== null) return settled(rival);
      sentKeys.add(name);
    }
    return redriven();
  };
}

/** What the topic's own records of the key make of the letter. */
function findRival(
  records: readonly KeyedPlace[],
  { source, failed_at }: DeadLetter,
  { isUpdate }: { readonly isUpdate: boolean },
): Settlement | null {
  const origin = source["birdwire.TopicSource"];
  // The record itself may still be there; only what came after it counts.
  const rivals = records.filter(({ partition, offset, timestampMs }) =>
    origin === undefined
      ? !isUpdate || timestampMs > failed_at
      : partition !== origin.partition || offset > origin.offset,
  );
  if (rivals.some(({ isTombstone }) => isTombstone)) return "forgotten";
  if (rivals.length === 0) return null;
  return origin === undefined && !isUpdate ? "already-there" : "superseded";
}

/** Sends what is to be sent, then the receipts. A letter whose record is refused stays open. */
async function settle(
  producer: RecordProducer,
  judged: readonly Judged[],
  { topic, deadLetterTopic }: RedriveOptions,
): Promise<Judged[]> {
  const outgoing = judged.flatMap(({ record }) => (record === null ? [] : [record]));
  const refused = await sendEach(producer, topic, outgoing);
  const settled = judged.map((one): Judged => {
    const message = one.record === null ? undefined : refused.get(one.record);
    if (message === undefined) return one;
    return { ...one, outcome: { kind: "fails", stage: "produce", reason: "record-too-large", message } };
  });
  const receipts = settled.flatMap(({ place, outcome }) =>
    outcome.kind === "fails" ? [] : [createReceipt({ place, settlement: outcome.kind })],
  );
  if (receipts.length > 0) await producer.send(deadLetterTopic, receipts);
  return settled;
}
