/**
 * The produce loop: posts from a source become framed records on the topic, or dead letters. Nothing else happens
 * to a post: a repeated one is counted, and one past the limit of the run is counted too.
 */
import type { TweetInput } from "../generated/tweet.ts";
import type { OutgoingRecord, RecordProducer } from "../kafka/port.ts";
import type { TopicName } from "../kernel/brand.ts";
import type { Clock } from "../kernel/clock.ts";
import { BirdwireError, describeCause } from "../kernel/error.ts";
import type { RecordEncoder } from "../serde/encoder.ts";
import type { PostSource, SourcedPost } from "../source/port.ts";
import type { Log } from "../telemetry/log.ts";
import type { ProduceTally } from "../telemetry/tally.ts";
import { mapPost } from "../tweets/map-post.ts";
import type { DeadLetterReason, DeadLetterWriter } from "./dead-letter.ts";
import type { DedupeWindow } from "./dedupe-window.ts";
import { startIdleWatch } from "./idle-watch.ts";
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

interface PendingPost {
  readonly record: OutgoingRecord;
  readonly post: SourcedPost;
}

/** Sends under way at once; more does not help an idempotent producer, which has one request in flight a broker. */
const sendsUnderWay = 4;

/**
 * Runs until the source ends, the limit is reached, it is idle for too long or the signal is aborted; then
 * everything received has been acknowledged. Rejects with the error of the source, the encoder or the brokers.
 */
export async function produce(ports: ProducePorts, options: ProduceOptions): Promise<ProduceEnd> {
  const { source, producer, encoder, deadLetters, window, tally, log } = ports;
  const { topic, deadLetterTopic, maxTweets = Number.POSITIVE_INFINITY, maxRecords = 1000 } = options;
  const stop = new AbortController();
  const idle = startIdleWatch({
    clock: ports.clock,
    untilIdleMs: options.untilIdleMs,
    firstPostMs: options.firstPostMs ?? 10_000,
    onIdle: () => stop.abort(),
  });
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const sends = createSendWindow(sendsUnderWay);
  let accepted = 0;

  const sendDeadLetters = (letters: readonly OutgoingRecord[]) =>
    sends.start(async () => {
      await producer.send(deadLetterTopic, letters);
      tally.deadLettered += letters.length;
    });

  const sendTweets = async (pending: readonly PendingPost[]): Promise<void> => {
    for (let rest = pending; rest.length > 0; ) {
      const records = rest.map(({ record }) => record);
      try {
        await producer.send(topic, records);
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
        await producer.send(deadLetterTopic, [deadLetters.fromPost(raw, origin, reason)]);
        tally.deadLettered++;
        rest = rest.slice(index + 1);
      }
    }
  };

  try {
    for await (const posts of source.read(signal)) {
      if (posts.length === 0) continue;
      idle.busy();
      tally.received += posts.length;
      let pending: PendingPost[] = [];
      let letters: OutgoingRecord[] = [];
      const reject = (post: SourcedPost, reason: DeadLetterReason) => {
        log.warn(`dead letter: ${reason.code}: ${reason.message}`, describe(post));
        letters.push(deadLetters.fromPost(post.raw, post.origin, reason));
      };

      for (const post of posts) {
        if (accepted >= maxTweets) {
          tally.beyondLimit++;
          continue;
        }
        if (post.kind === "malformed") {
          reject(post, { stage: "parse", code: "invalid-json", message: post.message });
          continue;
        }
        const mapped = mapPost(post.payload);
        if (mapped.kind === "rejected") {
          reject(post, { stage: "map", code: mapped.code, message: `${mapped.path}: ${mapped.message}` });
          continue;
        }
        if (mapped.tags.length > 0) tally.matched++;
        if (!window.add(mapped.id)) {
          tally.duplicates++;
          continue;
        }
        const encoded = encoder.encode(mapped.tweet);
        if (encoded.kind === "unencodable") {
          reject(post, {
            stage: "encode",
            code: encoded.code,
            message: `${encoded.path}: ${encoded.message}`,
          });
          continue;
        }
        accepted++;
        pending.push({ record: { key: Buffer.from(mapped.id), value: encoded.bytes }, post });
        if (pending.length >= maxRecords) {
          const full = pending;
          pending = [];
          await sends.start(() => sendTweets(full));
        }
      }
      if (pending.length > 0) {
        const rest = pending;
        await sends.start(() => sendTweets(rest));
      }
      if (letters.length > 0) {
        const rest = letters;
        letters = [];
        await sendDeadLetters(rest);
      }
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

/** Place of the record that a broker refuses for its size; null when that is not what happened. */
function findTooLarge(error: unknown): number | null {
  if (!(error instanceof BirdwireError) || error.code !== "record-too-large") return null;
  return typeof error.details.index === "number" ? error.details.index : null;
}

function describe(post: SourcedPost): Readonly<Record<string, unknown>> {
  const { origin } = post;
  return origin.kind === "replay"
    ? { file: origin.file, line: origin.line }
    : { connection: origin.connection };
}
