/**
 * `dlq explain`: dead letters taken together by cause, each cause with what a redrive would make of its letters now.
 */
import type { SchemaId, TopicName } from "../kernel/brand.ts";
import { createLimit } from "../kernel/limit.ts";
import type { JudgedWriter } from "../serde/judge-writer.ts";
import type { DeadLetterReader } from "./dead-letters.ts";
import { causeOf, causeOfUnreadable, type LetterCause, nameCause } from "./letter-cause.ts";
import { collectLetters, type LetterState, type ListOptions } from "./list-letters.ts";
import { type LetterPlace, printPlace } from "./receipt.ts";
import { type RedriveOutcome, type RedrivePorts, redrive } from "./redrive.ts";

type Failure = Omit<Extract<RedriveOutcome, { kind: "fails" }>, "kind">;

export interface CauseGroup extends Omit<LetterCause, "failedAtMs"> {
  readonly letters: number;
  /** When the oldest and the newest of them were given up. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** The newest, which retention takes last; `message` is its own. */
  readonly example: LetterPlace;
  readonly states: ReadonlyMap<LetterState, number>;
  /** What a redrive would make of those that are open. */
  readonly outcomes: ReadonlyMap<RedriveOutcome["kind"], number>;
  /** Why one of them would only fail again; null when none would. */
  readonly failure: Failure | null;
  /** The writer as the present reader sees it; null for what names none. */
  readonly writer: JudgedWriter | null;
}

export interface ExplainPorts extends DeadLetterReader {
  readonly prove: RedrivePorts["prove"];
  readonly judgeWriter: (id: SchemaId) => Promise<JudgedWriter>;
}

export interface ExplainOptions extends ListOptions {
  /** Where the letters' content belongs; `topic` is that of the letters. */
  readonly contentTopic: TopicName;
}

export interface LetterExplanation {
  /** The most frequent first, and of equal ones the oldest. */
  readonly groups: readonly CauseGroup[];
  /** Letters that match and are dealt with, and so are not among them. */
  readonly settled: number;
}

const judgedAtOnce = 8;

/** Sends and marks nothing. Rejects with KafkaError, RegistryError, or what a port rejects with. */
export async function explainLetters(
  ports: ExplainPorts,
  options: ExplainOptions,
): Promise<LetterExplanation> {
  const { topic, contentTopic, signal } = options;
  const keeper = { ofLetter: causeOf, ofUnreadable: causeOfUnreadable };
  const { letters, settled } = await collectLetters(ports, options, keeper);
  const groups = new Map<string, OpenGroup>();
  const groupOf = new Map<string, OpenGroup>();
  for (const letter of letters) {
    const name = nameCause(letter);
    const group = groups.get(name) ?? createGroup(letter);
    groups.set(name, group);
    group.letters += 1;
    group.newest = letter;
    addOne(group.states, letter.state);
    if (letter.state === "open") groupOf.set(printPlace(letter), group);
  }
  if (groupOf.size > 0) {
    await redrive(
      {
        ...ports,
        openProducer: () => Promise.reject(new TypeError("a dry run sends nothing")),
        async onOutcome(place, _letter, outcome) {
          const group = groupOf.get(printPlace(place));
          if (group === undefined) return;
          addOne(group.outcomes, outcome.kind);
          if (outcome.kind === "fails") group.failure = outcome;
        },
      },
      {
        topic: contentTopic,
        deadLetterTopic: topic,
        filter: { places: new Set(groupOf.keys()) },
        dryRun: true,
        signal,
      },
    );
  }
  const limit = createLimit(judgedAtOnce);
  const judged = [...groups.values()].map(async (group) => {
    const { writerId } = group.oldest;
    const isAsked = writerId !== null && !signal.aborted;
    return describeGroup(group, isAsked ? await limit(() => ports.judgeWriter(writerId)) : null);
  });
  return { groups: (await Promise.all(judged)).sort((one, other) => other.letters - one.letters), settled };
}

interface OpenGroup {
  readonly oldest: LetterCause;
  newest: LetterCause & LetterPlace;
  letters: number;
  readonly states: Map<LetterState, number>;
  readonly outcomes: Map<RedriveOutcome["kind"], number>;
  failure: Failure | null;
}

function createGroup(letter: LetterCause & LetterPlace): OpenGroup {
  return {
    oldest: letter,
    newest: letter,
    letters: 0,
    states: new Map(),
    outcomes: new Map(),
    failure: null,
  };
}

function describeGroup(group: OpenGroup, writer: JudgedWriter | null): CauseGroup {
  const { oldest, newest, letters, states, outcomes, failure } = group;
  const { stage, reason, message, topic, line, writerId, partition, offset } = newest;
  return {
    stage,
    reason,
    message,
    topic,
    line,
    writerId,
    letters,
    firstMs: oldest.failedAtMs,
    lastMs: newest.failedAtMs,
    example: { partition, offset },
    states,
    outcomes,
    failure,
    writer,
  };
}

function addOne<Name>(counts: Map<Name, number>, name: Name): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
