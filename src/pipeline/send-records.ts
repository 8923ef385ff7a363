/**
 * Records to the brokers, whatever one of them is: a tweet that is too large becomes a dead letter, a dead letter that
 * is too large is cut, and the others arrive.
 */
import type { OutgoingRecord, RecordProducer } from "../kafka/port.ts";
import type { TopicName } from "../kernel/brand.ts";
import { BirdwireError, describeCause } from "../kernel/error.ts";
import type { PostOrigin } from "../source/port.ts";
import type { ProduceTally } from "../telemetry/tally.ts";
import {
  countDeadLetter,
  type DeadLetterWriter,
  type LineOrigin,
  type PendingDeadLetter,
} from "./dead-letter.ts";

export interface PendingTweet {
  readonly record: OutgoingRecord;
  /** What it was made of, for its dead letter. */
  readonly post: { readonly raw: Buffer; readonly origin: PostOrigin | LineOrigin };
}

export interface SendTweetsPorts {
  readonly producer: RecordProducer;
  readonly deadLetters: DeadLetterWriter;
  readonly tally: ProduceTally;
  readonly onProduced?: ((tweets: readonly PendingTweet[]) => void) | undefined;
}

/** Resolves when each tweet is acknowledged, on one topic or the other. Rejects with the brokers' error. */
export function sendTweets(
  { producer, deadLetters, tally, onProduced }: SendTweetsPorts,
  { topic, deadLetterTopic }: { readonly topic: TopicName; readonly deadLetterTopic: TopicName },
  tweets: readonly PendingTweet[],
): Promise<void> {
  return sendAll(producer, topic, tweets, {
    onSent(sent) {
      tally.produced += sent.length;
      onProduced?.(sent);
    },
    async onTooLarge({ post: { raw, origin } }, error) {
      const reason = { stage: "produce", code: "record-too-large", message: describeCause(error) } as const;
      await sendDeadLetters(producer, deadLetterTopic, [deadLetters.fromSource(raw, origin, reason)]);
      countDeadLetter(tally, reason);
    },
  });
}

/** Resolves when each dead letter is acknowledged. Rejects with the brokers' error. */
export function sendDeadLetters(
  producer: RecordProducer,
  topic: TopicName,
  letters: readonly PendingDeadLetter[],
): Promise<void> {
  return sendAll(producer, topic, letters, {
    onTooLarge: (letter) => producer.send(topic, [letter.cut()]),
  });
}

interface SendHandlers<Item> {
  onSent?(items: readonly Item[]): void;
  onTooLarge(item: Item, error: unknown): Promise<void>;
}

async function sendAll<Item extends { readonly record: OutgoingRecord }>(
  producer: RecordProducer,
  topic: TopicName,
  items: readonly Item[],
  { onSent, onTooLarge }: SendHandlers<Item>,
): Promise<void> {
  for (let rest = items; rest.length > 0; ) {
    try {
      await producer.send(
        topic,
        rest.map(({ record }) => record),
      );
      onSent?.(rest);
      return;
    } catch (error) {
      const index = findTooLarge(error);
      const culprit = index === null ? undefined : rest[index];
      if (index === null || culprit === undefined) throw error;
      // What stands before it has been written.
      onSent?.(rest.slice(0, index));
      await onTooLarge(culprit, error);
      rest = rest.slice(index + 1);
    }
  }
}

/** Place of the record that a broker refuses for its size; null when that is not what happened. */
function findTooLarge(error: unknown): number | null {
  if (!(error instanceof BirdwireError) || error.code !== "record-too-large") return null;
  return typeof error.details.index === "number" ? error.details.index : null;
}
