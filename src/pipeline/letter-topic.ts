/**
 * The topic of dead letters that belongs to a topic: its name, and how it is made.
 */
import type { TopicSpec } from "../kafka/port.ts";
import { parseTopicName, type TopicName } from "../kernel/brand.ts";

const suffix = ".dlq";

/** Whether a topic holds dead letters: they have none of their own. */
export function holdsDeadLetters(topic: string): boolean {
  return topic.endsWith(suffix);
}

/** The topic of dead letters of a topic; of such a topic it is the topic itself. */
export function deadLetterTopicOf(topic: TopicName): TopicName {
  return holdsDeadLetters(topic) ? topic : parseTopicName(`${topic}${suffix}`);
}

/** The topic that a topic of dead letters belongs to. */
export function topicOfDeadLetters(topic: TopicName): TopicName {
  return parseTopicName(topic.slice(0, -suffix.length));
}

/** Room for a line of the longest kind that a source gives out (4 MiB) and what is said of it. */
const maxBytes = 8 * 1024 * 1024;

/** How it is made: letters in their order, and taking what the tweets' topic does not. */
export function deadLetterTopicSpec(topic: TopicName): TopicSpec {
  return { topic, partitions: 1, config: { "max.message.bytes": String(maxBytes) } };
}
