/**
 * The produce loop: posts from a source become framed records on the topic, or dead letters. Nothing else happens
 * to a post: a repeated one is counted, and one past the limit of the run is counted too.
 */
import type { TweetInput } from "../generated/tweet.ts";
import type { OutgoingRecord, RecordProducer } from "../kafka/port.ts";
import type { TopicName } from "../kernel/brand.ts";
import type { Clock } from "../kernel/clock.ts";
import type { RecordEncoder } from "../serde/encoder.ts";
import type { PostOrigin, PostSource, SourcedPost } from "../source/port.ts";
import type { Log } from "../telemetry/log.ts";
import { addTo, type ProduceTally } from "../telemetry/tally.ts";
import { latestTweetVersion, type TweetVersion } from "../tweets/version.ts";
import {
  countDeadLetter,
  createDeadLetterNotice,
  type DeadLetterWriter,
  type PendingDeadLetter,
} from "./dead-letter.ts";
import type { DedupeWindow } from "./dedupe-window.ts";
import { drain } from "./drain.ts";
import { createGatherer } from "./gatherer.ts";
import { startIdleWatch } from "./idle-watch.ts";
import { createLeftOutNotice } from "./left-out-notice.ts";
import { routePost } from "./route-post.ts";
import { type PendingTweet, sendDeadLetters, sendTweets } from "./send-records.ts";
import { createSettledWatermark } from "./settled-watermark.ts";

export interface ProducePorts {
  readonly source: PostSource;
  readonly producer: RecordProducer;
  /** Of the version of Tweet that the options name. */
  readonly encoder: RecordEncoder<TweetInput>;
  readonly deadLetters: DeadLetterWriter;
  readonly window: DedupeWindow;
  /** Told how far the source is dealt with: this post and all before it are acknowledged, or need no record. */
  readonly onSettled?: ((origin: PostOrigin) => void) | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Counted up as things happen, so that a caller can show progress. */
  readonly tally: ProduceTally;
  /** Told of tweets as soon as the brokers have them. */
  readonly onProduced?: ((tweets: readonly PendingTweet[]) => void) | undefined;
}

export interface ProduceOptions {
  readonly topic: TopicName;
  readonly deadLetterTopic: TopicName;
  /** Version of Tweet that is written. Default: the latest. */
  readonly schemaVersion?: TweetVersion | undefined;
  /** Of the records of posts that X has sent. */
  readonly headers?: OutgoingRecord["headers"] | undefined;
  /** Ends the run once that many tweets were produced. */
  readonly maxTweets?: number | undefined;
  /** Ends the run when no post came for that long, in ms; before the first post at least `firstPostMs`. */
  readonly untilIdleMs?: number | undefined;
  /** Default 10,000. */
  readonly firstPostMs?: number;
  /** Most records of one send. Default 2,000. */
  readonly maxRecords?: number;
  /** Ends the run: what was received is still produced. */
  readonly signal: AbortSignal;
}

export type ProduceEnd = "signal" | "limit" | "idle" | "source-ended";

/**
 * Runs until the source ends, the limit is reached, it is idle for too long or the signal is aborted; then
 * everything received has been acknowledged. Rejects with the error of the source, the encoder or the brokers.
 */
export async function produce(ports: ProducePorts, options: ProduceOptions): Promise<ProduceEnd> {
  const { source, producer, deadLetters, tally } = ports;
  const { deadLetterTopic, maxTweets = Number.POSITIVE_INFINITY, maxRecords = 2000 } = options;
  const { schemaVersion: version = latestTweetVersion } = options;
  const stop = new AbortController();
  const idle = startIdleWatch({
    clock: ports.clock,
    untilIdleMs: options.untilIdleMs,
    firstPostMs: options.firstPostMs ?? 10_000,
    onIdle: () => stop.abort(),
  });
  const watermark = createSettledWatermark((origin) => ports.onSettled?.(origin));
  const tweets = createGatherer<PendingTweet>({
    maxItems: maxRecords,
    send: async (pending) => {
      await sendTweets(ports, options, pending);
      watermark.acknowledged("tweets", pending.length);
    },
  });
  const letters = createGatherer<PendingDeadLetter>({
    maxItems: maxRecords,
    send: async (pending) => {
      await sendDeadLetters(producer, deadLetterTopic, pending);
      for (const { reason } of pending) countDeadLetter(tally, reason);
      watermark.acknowledged("letters", pending.length);
    },
  });
  const announce = createDeadLetterNotice(ports.log);
  const announceLeftOut = createLeftOutNotice(ports.log);
  let accepted = 0;

  /** Hands on what a batch of posts became. */
  const handle = async (posts: readonly SourcedPost[]) => {
    const newTweets: PendingTweet[] = [];
    const newLetters: PendingDeadLetter[] = [];
    const { encoder, window } = ports;
    const { headers } = options;
    const tools = { encoder, window, version, ...(headers && { headers }), nowMs: ports.clock.now() };
    let last: PostOrigin | null = null;
    for (const post of posts) {
      if (accepted >= maxTweets) {
        tally.beyondLimit++;
        continue;
      }
      last = post.origin;
      const routed = routePost(post, tools);
      if (routed.tags.length > 0) tally.matched++;
      for (const tag of routed.tags) addTo(tally.matchedByTag, tag);
      switch (routed.kind) {
        case "record":
          accepted++;
          newTweets.push({ record: routed.record, post });
          announceLeftOut(routed.leftOut, String(routed.record.key));
          break;
        case "duplicate":
          tally.duplicates++;
          break;
        case "dead-letter":
          announce(routed.reason, post.origin);
          newLetters.push(deadLetters.fromSource(post.raw, post.origin, routed.reason));
          break;
      }
    }
    if (last !== null) {
      watermark.handedOn(last, { tweets: newTweets.length, letters: newLetters.length });
    }
    await tweets.add(newTweets);
    await letters.add(newLetters);
  };

  try {
    for await (const posts of source.read(AbortSignal.any([options.signal, stop.signal]))) {
      idle.busy();
      tally.received += posts.length;
      await handle(posts);
      if (accepted >= maxTweets) stop.abort();
      idle.waiting();
    }
  } finally {
    idle.stop();
    await drain(() => Promise.all([tweets.drain(), letters.drain()]), { ...ports, signal: options.signal });
  }
  if (options.signal.aborted) return "signal";
  if (accepted >= maxTweets) return "limit";
  return idle.expired ? "idle" : "source-ended";
}
