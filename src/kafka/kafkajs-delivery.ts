/**
 * How records reach the brokers in order and without loss over a client that is idempotent only while it repeats
 * the same request: one request at a time, repeated as it was until it is acknowledged or given up.
 *
 * An idempotent producer numbers its batches, and a broker drops a number it has seen. kafkajs takes the numbers of
 * a failed request back and gives them to the next one; were that another one, the broker could take it for a
 * repetition and drop it. So a request keeps its place until it succeeds, and after one that failed for good the
 * session, and with it the numbering, is replaced.
 */
import type { Message } from "kafkajs";
import type { TopicName } from "../kernel/brand.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Log } from "../telemetry/log.ts";
import { KafkaError } from "./error.ts";
import { brokerErrorType, toKafkaError } from "./kafkajs-errors.ts";
import type { OutgoingRecord } from "./port.ts";

/** One idempotent producer with numbers of its own. */
export interface DeliverySession {
  send(topic: TopicName, messages: Message[]): Promise<void>;
  close(): Promise<void>;
}

export interface DeliveryOptions {
  readonly brokers: readonly string[];
  readonly log: Log;
  readonly clock: Clock;
  /** How long one request is repeated while the broker is away, in ms. */
  readonly outageTimeoutMs: number;
  /** How long closing waits for sends under way, in ms. */
  readonly closeTimeoutMs: number;
  readonly openSession: () => Promise<DeliverySession>;
  readonly onOutage?: ((reason: string | null) => void) | undefined;
}

export interface Delivery extends AsyncDisposable {
  /** Resolves when every record is acknowledged; rejects with KafkaError. Sends are carried out in their order. */
  send(topic: TopicName, records: readonly OutgoingRecord[]): Promise<void>;
}

/** The broker and the session disagree on the numbering; only a new session helps. */
const numberingErrors: ReadonlySet<string> = new Set([
  "OUT_OF_ORDER_SEQUENCE_NUMBER",
  "DUPLICATE_SEQUENCE_NUMBER",
  "UNKNOWN_PRODUCER_ID",
  "INVALID_PRODUCER_EPOCH",
  "INVALID_PRODUCER_ID_MAPPING",
]);

/** Kafka takes batches of 1,048,588 bytes unless told otherwise; the estimate of a record's size is not exact. */
const maxRequestBytes = 900_000;
const recordOverheadBytes = 40;
const firstPauseMs = 100;
const maxPauseMs = 5000;
const failuresBeforeFreshSession = 3;
const maxFreshNumberings = 3;

interface Part {
  readonly messages: Message[];
  /** Place of the first message among the records of the send. */
  readonly firstIndex: number;
}

export function createDelivery(first: DeliverySession, options: DeliveryOptions): Delivery {
  const { brokers, log, clock, outageTimeoutMs, closeTimeoutMs, openSession } = options;
  const closed = new AbortController();
  let session: DeliverySession | null = first;
  let lane: Promise<void> = Promise.resolve();
  let closing: Promise<void> | null = null;

  const closedError = (topic: TopicName) =>
    new KafkaError("closed", `cannot send to topic ${topic}: the producer is closed`, { details: { topic } });

  const dropSession = async () => {
    const old = session;
    session = null;
    await old?.close();
  };

  /** Sends on the session there is, or a new one; ends early when the delivery is closed. */
  const attempt = async (topic: TopicName, messages: Message[]) => {
    session ??= await openSession();
    const aborted = onAbort(closed.signal, () => closedError(topic));
    try {
      await Promise.race([session.send(topic, messages), aborted.promise]);
    } finally {
      aborted.forget();
    }
  };

  const deliver = async (topic: TopicName, part: Part): Promise<void> => {
    const { messages } = part;
    const giveUpAtMs = clock.now() + outageTimeoutMs;
    let pauseMs = firstPauseMs;
    let freshNumberings = 0;
    let failures = 0;
    for (;;) {
      if (closed.signal.aborted) throw closedError(topic);
      try {
        await attempt(topic, messages);
        if (failures > 0) {
          log.info("Kafka takes records again", { topic, failures });
          options.onOutage?.(null);
        }
        return;
      } catch (thrown) {
        if (closed.signal.aborted) throw closedError(topic);
        const error = toKafkaError(thrown, { doing: `send to topic ${topic}`, brokers, topic });
        if (error.code === "record-too-large") {
          await dropSession();
          if (messages.length === 1) throw tooLarge(error, topic, part);
          for (const half of halves(part)) await deliver(topic, half);
          return;
        }
        if (numberingErrors.has(brokerErrorType(thrown) ?? "") && freshNumberings++ < maxFreshNumberings) {
          log.warn("the broker lost count of this producer's records: some may be written twice", { topic });
          await dropSession();
          continue;
        }
        if (!error.retriable || clock.now() >= giveUpAtMs) {
          await dropSession();
          throw error;
        }
        failures++;
        if (failures === 1) log.warn(`${error.message}; trying again`, { topic });
        options.onOutage?.(error.message);
        // kafkajs can stick to a broker that is gone; a new session starts from the addresses given.
        if (failures % failuresBeforeFreshSession === 0) await dropSession();
        await clock.sleep(pauseMs, closed.signal).catch(() => {});
        pauseMs = Math.min(pauseMs * 2, maxPauseMs);
      }
    }
  };

  const close = async () => {
    const drained = lane;
    const cancel = clock.after(closeTimeoutMs, () => closed.abort());
    await drained;
    cancel();
    closed.abort();
    await dropSession();
  };

  return {
    send(topic, records) {
      if (closing !== null) return Promise.reject(closedError(topic));
      const parts = split(records);
      const sent = lane.then(async () => {
        for (const part of parts) await deliver(topic, part);
      });
      lane = sent.catch(() => {});
      return sent;
    },
    [Symbol.asyncDispose]() {
      closing ??= close();
      return closing;
    },
  };
}

/** Cuts a send into requests that a broker takes even when all their records fall into one partition. */
function split(records: readonly OutgoingRecord[]): Part[] {
  const parts: Part[] = [];
  let messages: Message[] = [];
  let bytes = 0;
  const nowMs = String(Date.now());
  records.forEach((record, index) => {
    const size = sizeOf(record);
    if (messages.length > 0 && bytes + size > maxRequestBytes) {
      parts.push({ messages, firstIndex: index - messages.length });
      messages = [];
      bytes = 0;
    }
    messages.push(toMessage(record, nowMs));
    bytes += size;
  });
  if (messages.length > 0) parts.push({ messages, firstIndex: records.length - messages.length });
  return parts;
}

function sizeOf({ key, value, headers }: OutgoingRecord): number {
  let bytes = recordOverheadBytes + (key?.length ?? 0) + (value?.length ?? 0);
  if (headers === undefined) return bytes;
  for (const [name, content] of Object.entries(headers)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(content) + 4;
  }
  return bytes;
}

function toMessage({ key, value, headers, timestampMs, partition }: OutgoingRecord, nowMs: string): Message {
  const message: Message = { key, value, timestamp: timestampMs === undefined ? nowMs : String(timestampMs) };
  if (headers !== undefined) message.headers = { ...headers };
  if (partition !== undefined) message.partition = partition;
  return message;
}

function halves({ messages, firstIndex }: Part): Part[] {
  const middle = messages.length >> 1;
  return [
    { messages: messages.slice(0, middle), firstIndex },
    { messages: messages.slice(middle), firstIndex: firstIndex + middle },
  ];
}

function tooLarge(error: KafkaError, topic: TopicName, { messages, firstIndex }: Part): KafkaError {
  const value = messages[0]?.value;
  const bytes = value === null || value === undefined ? 0 : Buffer.byteLength(value);
  return new KafkaError(
    "record-too-large",
    `cannot send to topic ${topic}: its record ${firstIndex} of the send, ${bytes} bytes, is larger than the broker takes`,
    { details: { ...error.details, index: firstIndex, bytes }, cause: error.cause },
  );
}

/** A promise that rejects at the abort, and the means to stop listening. */
function onAbort(signal: AbortSignal, reason: () => Error): { promise: Promise<never>; forget: () => void } {
  let forget = () => {};
  const promise = new Promise<never>((_, reject) => {
    const listener = () => reject(reason());
    signal.addEventListener("abort", listener, { once: true });
    forget = () => signal.removeEventListener("abort", listener);
  });
  return { promise, forget };
}
