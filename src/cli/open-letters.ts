/**
 * A topic of dead letters, opened to be read: what every `dlq` command begins with.
 */
import { DeadLetterSchema } from "../generated/dead-letter.ts";
import type { KafkaClient, TopicReader } from "../kafka/port.ts";
import { parseTopicName, type TopicName } from "../kernel/brand.ts";
import type { DeadLetterReader } from "../operations/dead-letters.ts";
import { deadLetterTopicOf, topicOfDeadLetters } from "../pipeline/letter-topic.ts";
import type { RegistryClient } from "../registry/client.ts";
import { heed } from "./heed.ts";
import { type Connections, openKafka, openRegistry, subjectSettings } from "./open-clients.ts";

export interface OpenLetters extends DeadLetterReader, AsyncDisposable {
  readonly kafka: KafkaClient;
  readonly registry: RegistryClient;
  /** Where the letters' content belongs. */
  readonly topic: TopicName;
  readonly deadLetterTopic: TopicName;
  readonly reader: TopicReader;
}

export interface LettersRun extends Connections {
  /** Ends the opening, too. */
  readonly signal: AbortSignal;
}

/** The setting `topic` names either topic. Rejects with KafkaError when no broker can be reached, and as `heed`. */
export async function openLetters(connections: LettersRun): Promise<OpenLetters> {
  const named = parseTopicName(connections.config.topic);
  const deadLetterTopic = deadLetterTopicOf(named);
  const { createDecoder } = await import("../serde/decoder.ts");
  const registry = await openRegistry(connections);
  const { subject } = subjectSettings(deadLetterTopic, "dead-letter");
  const kafka = await openKafka(connections);
  const reader = await heed(connections.signal, kafka.openReader());
  return {
    kafka,
    registry,
    topic: topicOfDeadLetters(deadLetterTopic),
    deadLetterTopic,
    reader,
    decoder: createDecoder(registry, DeadLetterSchema, { subject }),
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
}
