/**
 * What a topic's records are read as: dead letters where its name says so, tweets elsewhere.
 */
import { DeadLetterSchema } from "../generated/dead-letter.ts";
import { TweetSchema } from "../generated/tweet.ts";
import { holdsDeadLetters } from "../pipeline/letter-topic.ts";

/** `record` is the name in subjects.json. */
export function schemaOfTopic(topic: string) {
  return holdsDeadLetters(topic)
    ? ({ record: "dead-letter", schema: DeadLetterSchema } as const)
    : ({ record: "tweet", schema: TweetSchema } as const);
}
