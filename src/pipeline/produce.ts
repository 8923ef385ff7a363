/**
 * The produce loop: posts from a source become framed records on the topic, or dead letters. Nothing else happens
 * to a post: a repeated one is counted, and one past the limit of the run is counted too.
 */
import type { TweetInput } from "../generated/tweet.ts";
import type { OutgoingRecord, RecordProducer } from "../kafka/port.ts";
import type { TopicName } from "../kernel/brand.ts";
import type { Clock } from "../kernel/clock.ts";
import type { RecordEncoder } from "../serde/encoder.ts";
import type { PostSource, SourcedPost } from "../source/port.ts";
import type { Log } from "../telemetry/log.ts";
import type { ProduceTally } from "../telemetry/tally.ts";
import { createDeadLetterNotice, type DeadLetterWriter } from "./dead-letter.ts";
import type { DedupeWindow } from "./dedupe-window.ts";
import { startIdleWatch } from "./idle-watch.ts";
import { routePost } from "./route-post.ts";
import { type PendingTweet, sendTweets } from "./send-tweets.ts";
import { createSendWindow } from "./send-window.ts";

export interface ProducePorts {
  readonly source: PostSource;
  readonly producer: RecordProducer;
  readonly encoder: RecordEncoder<TweetInput>;
  readonly deadLetters: DeadLetterWriter;
  readonly window: DedupeWindow;
  readonly clock: Clock;
  readonly log: Log;
  /** Counted up as things happen, so that a caller can show progress. */
  readonly tally: ProduceTally;
}

export interface ProduceOptions {
  readonly topic: TopicName;
  readonly deadLetterTopic: TopicName;
  /** Ends the run once that many tweets were produced. */
  readonly maxTweets?: number | undefined;
  /** Ends the run when no post came for that long, in ms; before the first post at least `firstPostMs`. */
  readonly untilIdleMs?: number | undefined;
  /** Default 10,000. */
  readonly firstPostMs?: number;
  /** Most records of one send. Default 1,000. */
  readonly maxRecords?: number;
  /** Ends the run: what was received is still produced. */
  readonly signal: AbortSignal;
}

export type ProduceEnd = "signal" | "limit" | "idle" | "source-ended";

/** Sends under way at once; more does not help an idempotent producer, which has one request in flight a broker. */
const sendsUnderWay = 4;

/**
 * Runs until the source ends, the limit is reached, it is idle for too long or the signal is aborted; then
 * everything received has been acknowledged. Rejects with the error of the source, the encoder or the brokers.
 */
export async function produce(ports: ProducePorts, options: ProduceOptions): Promise<ProduceEnd> {
  const { source, producer, deadLetters, tally } = ports;
  const { deadLetterTopic, maxTweets = Number.POSITIVE_INFINITY, maxRecords = 1000 } = options;
  const stop = new AbortController();
  const idle = startIdleWatch({
    clock: ports.clock,
    untilIdleMs: options.untilIdleMs,
    firstPostMs: options.firstPostMs ?? 10_000,
    onIdle: () => stop.abort(),
  });
  const sends = createSendWindow(sendsUnderWay);
  const announce = createDeadLetterNotice(ports.log);
  let accepted = 0;

  /** Sends what a batch of posts became. */
  const handle = async (posts: readonly SourcedPost[]) => {
    let tweets: PendingTweet[] = [];
    const letters: OutgoingRecord[] = [];
    const flush = async () => {
      const full = tweets;
      tweets = [];
      if (full.length > 0) await sends.start(() => sendTweets(ports, options, full));
    };
    for (const post of posts) {
      if (accepted >= maxTweets) {
        tally.beyondLimit++;
        continue;
      }
      const routed = routePost(post, ports.encoder, ports.window);
      if (routed.matched) tally.matched++;
      switch (routed.kind) {
        case "record":
          accepted++;
          tweets.push({ record: routed.record, post });
          if (tweets.length >= maxRecords) await flush();
          break;
        case "duplicate":
          tally.duplicates++;
          break;
        case "dead-letter":
          announce(routed.reason, post.origin);
          letters.push(deadLetters.fromPost(post.raw, post.origin, routed.reason));
          break;
      }
    }
    await flush();
    if (letters.length > 0) {
      await sends.start(async () => {
        await producer.send(deadLetterTopic, letters);
        tally.deadLettered += letters.length;
      });
    }
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
    await sends.drain();
  }
  if (options.signal.aborted) return "signal";
  if (accepted >= maxTweets) return "limit";
  return idle.expired ? "idle" : "source-ended";
}
