/**
 * Tweets to the brokers, whatever one of them is: a record that is too large becomes a dead letter, and the others
 * arrive.
 */
import type { OutgoingRecord, RecordProducer } from "../kafka/port.ts";
import type { TopicName } from "../kernel/brand.ts";
import { BirdwireError, describeCause } from "../kernel/error.ts";
import type { SourcedPost } from "../source/port.ts";
import type { ProduceTally } from "../telemetry/tally.ts";
import type { DeadLetterWriter } from "./dead-letter.ts";

export interface PendingTweet {
  readonly record: OutgoingRecord;
  /** What it was made of, for its dead letter. */
  readonly post: SourcedPost;
}

export interface SendTweetsPorts {
  readonly producer: RecordProducer;
  readonly deadLetters: DeadLetterWriter;
  readonly tally: ProduceTally;
}

/** Resolves when each tweet is acknowledged, on one topic or the other. Rejects with the brokers' error. */
export async function sendTweets(
  { producer, deadLetters, tally }: SendTweetsPorts,
  topics: { readonly topic: TopicName; readonly deadLetterTopic: TopicName },
  tweets: readonly PendingTweet[],
): Promise<void> {
  for (let rest = tweets; rest.length > 0; ) {
    const records = rest.map(({ record }) => record);
    try {
      await producer.send(topics.topic, records);
      tally.produced += rest.length;
      return;
    } catch (error) {
      const index = findTooLarge(error);
      const culprit = index === null ? undefined : rest[index];
      if (index === null || culprit === undefined) throw error;
      // What stands before it has been written.
      tally.produced += index;
      const { raw, origin } = culprit.post;
      const reason = { stage: "produce", code: "record-too-large", message: describeCause(error) } as const;
      await producer.send(topics.deadLetterTopic, [deadLetters.fromPost(raw, origin, reason)]);
      tally.deadLettered++;
      rest = rest.slice(index + 1);
    }
  }
}

/** Place of the record that a broker refuses for its size; null when that is not what happened. */
function findTooLarge(error: unknown): number | null {
  if (!(error instanceof BirdwireError) || error.code !== "record-too-large") return null;
  return typeof error.details.index === "number" ? error.details.index : null;
}
