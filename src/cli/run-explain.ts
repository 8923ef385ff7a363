/**
 * One look at the causes of dead letters: opens what reading and proving need, and closes it again.
 */
import type { TopicName } from "../kernel/brand.ts";
import {
  type ExplainOptions,
  explainLetters,
  type LetterExplanation,
} from "../operations/explain-letters.ts";
import { latestTweetVersion } from "../tweets/version.ts";
import type { Connections } from "./open-clients.ts";
import { openLetters } from "./open-letters.ts";
import { openProof } from "./open-proof.ts";
import type { ProofReader, ProofReading } from "./proof-reader.ts";

export interface ExplainRun extends Connections, Pick<ExplainOptions, "filter" | "all" | "last" | "signal"> {
  readonly reader: ProofReader;
}

export interface Explained extends LetterExplanation {
  readonly reading: ProofReading;
  /** Where the letters' content belongs. */
  readonly topic: TopicName;
  readonly deadLetterTopic: TopicName;
}

/** Rejects with KafkaError, RegistryError, or SerdeError `no-reader`. */
export async function runExplain(run: ExplainRun): Promise<Explained> {
  const { filter, all, last, reader, signal } = run;
  await using letters = await openLetters(run);
  const { registry, topic, deadLetterTopic } = letters;
  const { judgeWriter } = await import("../serde/judge-writer.ts");
  const { prove, subject, schema } = await openProof(letters, {
    reader,
    schemaVersion: latestTweetVersion,
    register: "pretend",
    checksSize: true,
    signal,
  });
  const reading = { subject, schema };
  const explanation = await explainLetters(
    {
      reader: letters.reader,
      decoder: letters.decoder,
      prove,
      judgeWriter: (id) => judgeWriter(registry, id, reading),
    },
    { topic: deadLetterTopic, contentTopic: topic, filter, all, last, signal },
  );
  return { ...explanation, reading, topic, deadLetterTopic };
}
