/**
 * The produce loop of lines: each is a value of a schema in JSON, with or without a key before it, and becomes a framed
 * record on the topic, a tombstone, or a dead letter.
 */
import { isUtf8 } from "node:buffer";
import type { JsonLine } from "../generated/dead-letter.ts";
import type { OutgoingRecord, RecordProducer } from "../kafka/port.ts";
import type { TopicName } from "../kernel/brand.ts";
import type { Clock } from "../kernel/clock.ts";
import type { JsonEncoder, JsonEncoding } from "../serde/json-encoder.ts";
import type { LineSource, SourcedLine } from "../source/port.ts";
import type { Log } from "../telemetry/log.ts";
import type { ProduceTally } from "../telemetry/tally.ts";
import {
  countDeadLetter,
  createDeadLetterNotice,
  type DeadLetterReason,
  type DeadLetterWriter,
  type LineOrigin,
  type PendingDeadLetter,
  PipelineError,
} from "./dead-letter.ts";
import { drain } from "./drain.ts";
import { createGatherer } from "./gatherer.ts";
import { type PendingTweet, sendDeadLetters, sendTweets } from "./send-records.ts";

/** Where the key of a record comes from. */
export type LineKey =
  | { readonly kind: "none" }
  | { readonly kind: "field"; readonly name: string; readonly keyOf: (value: unknown) => Buffer | null }
  /** It stands before the value, up to the first separator. */
  | { readonly kind: "separated"; readonly separator: string };

export interface ProduceLinesPorts {
  readonly source: LineSource;
  readonly producer: RecordProducer;
  readonly encoder: JsonEncoder;
  /** Null where what cannot be encoded ends the run. */
  readonly deadLetters: DeadLetterWriter | null;
  readonly clock: Clock;
  readonly log: Log;
  readonly tally: ProduceTally;
  readonly onProduced?: ((records: readonly PendingTweet[]) => void) | undefined;
}

export interface ProduceLinesOptions {
  readonly topic: TopicName;
  readonly deadLetterTopic: TopicName;
  /** Named in dead letters and in what is said of a line. */
  readonly file: string;
  readonly key: LineKey;
  /** Full name of the type that values are of; null for a type without a name. */
  readonly recordType: string | null;
  readonly encoding: JsonEncoding;
  readonly headers?: OutgoingRecord["headers"] | undefined;
  /** Most records of one send. Default 2,000. */
  readonly maxRecords?: number;
  readonly signal: AbortSignal;
}

/**
 * Runs until the source ends or the signal is aborted; then everything received has been acknowledged. Rejects with
 * PipelineError `unencodable-line` where there are no dead letters, after what stands before it was acknowledged; with
 * the error of the source or the brokers.
 */
export async function produceLines(
  ports: ProduceLinesPorts,
  options: ProduceLinesOptions,
): Promise<"signal" | "source-ended"> {
  const { source, producer, deadLetters, tally, log } = ports;
  const { deadLetterTopic, file, signal, maxRecords = 2000 } = options;
  const records = createGatherer<PendingTweet>({ maxItems: maxRecords, send: sendRecords });
  const letters = createGatherer<PendingDeadLetter>({
    maxItems: maxRecords,
    async send(pending) {
      await sendDeadLetters(producer, deadLetterTopic, pending);
      for (const { reason } of pending) countDeadLetter(tally, reason);
    },
  });
  const announce = createDeadLetterNotice(log);
  const jsonLine = describeLine(ports.encoder, options);

  async function sendRecords(pending: readonly PendingTweet[]): Promise<void> {
    if (deadLetters !== null) return await sendTweets({ ...ports, deadLetters }, options, pending);
    await producer.send(
      options.topic,
      pending.map(({ record }) => record),
    );
    tally.produced += pending.length;
    ports.onProduced?.(pending);
  }

  const handle = async (lines: readonly SourcedLine[]) => {
    const newRecords: PendingTweet[] = [];
    const newLetters: PendingDeadLetter[] = [];
    let refusal: PipelineError | null = null;
    for (const line of lines) {
      tally.received++;
      const origin: LineOrigin = { kind: "line", file, line: line.number, jsonLine };
      const routed = routeLine(line, ports.encoder, options);
      if ("record" in routed) {
        newRecords.push({ record: routed.record, post: { raw: line.raw, origin } });
      } else if (deadLetters === null) {
        refusal = refuse(routed.reason, file, line.number);
        break;
      } else {
        announce(routed.reason, origin);
        newLetters.push(deadLetters.fromSource(line.raw, origin, routed.reason));
      }
    }
    await records.add(newRecords);
    await letters.add(newLetters);
    if (refusal !== null) throw refusal;
  };

  try {
    for await (const lines of source.read(signal)) await handle(lines);
  } finally {
    await drain(() => Promise.all([records.drain(), letters.drain()]), {
      ...ports,
      signal,
      what: "lines",
    });
  }
  return signal.aborted ? "signal" : "source-ended";
}

/** What is kept with a line that is refused, so that it can be encoded again. */
function describeLine(
  { subject }: JsonEncoder,
  { topic, recordType, encoding, key, headers = {} }: ProduceLinesOptions,
): JsonLine {
  return {
    topic,
    subject,
    record: recordType,
    encoding,
    key_field: key.kind === "field" ? key.name : null,
    key_separator: key.kind === "separated" ? key.separator : null,
    headers: Object.entries(headers).map(([name, value]) => ({ key: name, value: Buffer.from(value) })),
  };
}

export type RoutedLine = { readonly record: OutgoingRecord } | { readonly reason: DeadLetterReason };

/** What becomes of a line: a record, or the reason why it is none. */
export function routeLine(
  { raw, cut }: Pick<SourcedLine, "raw" | "cut">,
  encoder: JsonEncoder,
  { key: wanted, headers }: Pick<ProduceLinesOptions, "key" | "headers">,
): RoutedLine {
  const refuseLine = (code: string, message: string): RoutedLine => ({
    reason: { stage: "parse", code, message },
  });
  if (cut) return refuseLine("line-too-long", `the line is longer than ${raw.length} bytes`);
  const text = raw.toString();
  // Decoding turns bytes that are not UTF-8 into U+FFFD without a word; text that truly has one is rare.
  if (text.includes("\ufffd") && !isUtf8(raw)) return refuseLine("invalid-json", "the line is not UTF-8");
  const at = wanted.kind === "separated" ? text.indexOf(wanted.separator) : -1;
  if (wanted.kind === "separated" && at === -1) {
    return refuseLine("no-key", `no ${JSON.stringify(wanted.separator)} stands between a key and a value`);
  }
  const key = wanted.kind === "separated" ? Buffer.from(text.slice(0, at)) : null;
  const json = wanted.kind === "separated" ? text.slice(at + wanted.separator.length) : text;
  const more = headers === undefined ? {} : { headers };
  if (json.trim() === "null" && !encoder.takesNull) {
    if (key !== null) return { record: { key, value: null, ...more } };
    return refuseLine("tombstone-without-key", "null is a tombstone, and the line has no key for it");
  }
  const outcome = encoder.encode(json);
  if (outcome.kind === "unencodable") {
    const { code, message } = outcome;
    return { reason: { stage: code === "invalid-json" ? "parse" : "encode", code, message } };
  }
  const { bytes: value } = outcome;
  return { record: { key: wanted.kind === "field" ? wanted.keyOf(outcome.value) : key, value, ...more } };
}

function refuse({ code, message }: DeadLetterReason, file: string, line: number): PipelineError {
  return new PipelineError("unencodable-line", `${file}, line ${line}: ${message}`, {
    details: { file, line, code },
  });
}
