/**
 * What a topic's records are read as: dead letters where its name says so, tweets elsewhere.
 */
import { DeadLetterSchema } from "../generated/dead-letter.ts";
import { TweetSchema } from "../generated/tweet.ts";
import { parseTopicName, type TopicName } from "../kernel/brand.ts";

const deadLetterSuffix = ".dlq";

/** The topic of dead letters that belongs to a topic; of such a topic it is the topic itself. */
export function deadLetterTopicOf(topic: TopicName): TopicName {
  return topic.endsWith(deadLetterSuffix) ? topic : parseTopicName(`${topic}${deadLetterSuffix}`);
}

/** The topic that a topic of dead letters belongs to. */
export function topicOfDeadLetters(topic: TopicName): TopicName {
  return parseTopicName(topic.slice(0, -deadLetterSuffix.length));
}

/** `record` is the name in subjects.json. */
export function schemaOfTopic(topic: string) {
  return topic.endsWith(deadLetterSuffix)
    ? ({ record: "dead-letter", schema: DeadLetterSchema } as const)
    : ({ record: "tweet", schema: TweetSchema } as const);
}
