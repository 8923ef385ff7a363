/**
 * How a post or record that cannot go on is kept: a typed record with its raw bytes, the reason and its origin.
 */
import { createHash } from "node:crypto";
import type { DeadLetterInput, JsonLine } from "../generated/dead-letter.ts";
import type { ConsumedRecord, OutgoingRecord } from "../kafka/port.ts";
import type { SchemaId } from "../kernel/brand.ts";
import type { Clock } from "../kernel/clock.ts";
import { BirdwireError } from "../kernel/error.ts";
import type { RecordEncoder } from "../serde/encoder.ts";
import type { PostOrigin } from "../source/port.ts";
import type { Log, LogFields } from "../telemetry/log.ts";
import { addTo, type DeadLetterCounts } from "../telemetry/tally.ts";

export type PipelineErrorCode =
  | "dead-letter-unencodable"
  /** A record cannot be read, and the run was told to end then. */
  | "undecodable-record"
  /** A line cannot be made a record, and the run was told to end then: `details` has file, line and code. */
  | "unencodable-line"
  /** The run was told to end, and the brokers did not take what was received in time. */
  | "not-drained"
  /** What X may cost on this UTC day is spent. */
  | "budget-spent"
  /** Another process counts what the same app of X reads. */
  | "spend-taken-over";
export class PipelineError extends BirdwireError<PipelineErrorCode> {}

/** Where in the pipeline a thing got stuck. */
export type Stage = "parse" | "map" | "encode" | "produce" | "decode";

export interface DeadLetterReason {
  readonly stage: Stage;
  /** Stable, for grouping: `invalid-json`, `unpaired-surrogate`, `bad-magic`, ... */
  readonly code: string;
  readonly message: string;
  readonly writerId?: SchemaId | null;
  readonly readerFingerprint?: string | null;
}

export interface PendingDeadLetter {
  readonly record: OutgoingRecord;
  readonly reason: DeadLetterReason;
  /** The same with only the first 64 KiB of its raw bytes; its message says so, with their number and SHA-256. */
  cut(): OutgoingRecord;
}

/** A line that was to become a record as it is. */
export interface LineOrigin {
  readonly kind: "line";
  /** As it was named; `stdin` for that. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** What makes a record of it. */
  readonly jsonLine: JsonLine;
}

export interface DeadLetterWriter {
  /** The dead letter of a post or a line that came from a source. */
  fromSource(raw: Buffer, origin: PostOrigin | LineOrigin, reason: DeadLetterReason): PendingDeadLetter;
  /** The dead letter of a record that was read from a topic. */
  fromRecord(record: ConsumedRecord, reason: DeadLetterReason): PendingDeadLetter;
}

/** What is kept of raw bytes that the dead-letter topic does not take whole. */
const keptRawBytes = 64 * 1024;

export interface DeadLetterWriterOptions {
  readonly encoder: RecordEncoder<DeadLetterInput>;
  readonly clock: Clock;
}

export function createDeadLetterWriter({ encoder, clock }: DeadLetterWriterOptions): DeadLetterWriter {
  const encode = (
    raw: Buffer,
    key: Buffer | null,
    origin: Pick<DeadLetterInput, "source" | "json_line">,
    reason: DeadLetterReason,
  ): OutgoingRecord => {
    const outcome = encoder.encode({
      stage: reason.stage,
      reason: reason.code,
      // The text of a reason may quote what was wrong with a text.
      message: reason.message.toWellFormed(),
      raw,
      key,
      ...origin,
      writer_id: reason.writerId ?? null,
      reader_fingerprint: reason.readerFingerprint ?? null,
      failed_at: clock.now(),
    });
    if (outcome.kind === "unencodable") {
      throw new PipelineError(
        "dead-letter-unencodable",
        `a dead letter cannot be encoded at ${outcome.path}: ${outcome.message}`,
        { details: { path: outcome.path, reason: reason.code } },
      );
    }
    return { key, value: outcome.bytes };
  };
  const write = (
    raw: Buffer,
    key: Buffer | null,
    origin: Pick<DeadLetterInput, "source" | "json_line">,
    reason: DeadLetterReason,
  ): PendingDeadLetter => ({
    record: encode(raw, key, origin, reason),
    reason,
    cut() {
      const digest = createHash("sha256").update(raw).digest("hex");
      const message = `${reason.message} (raw bytes cut from ${raw.length} to ${keptRawBytes}; SHA-256 ${digest})`;
      return encode(raw.subarray(0, keptRawBytes), key, origin, { ...reason, message });
    },
  });

  return {
    fromSource: (raw, origin, reason) => write(raw, null, describeOrigin(origin), reason),
    fromRecord: (record, reason) =>
      write(
        record.value ?? Buffer.alloc(0),
        record.key,
        {
          source: {
            "birdwire.TopicSource": {
              topic: record.topic,
              partition: record.partition,
              offset: record.offset,
              timestamp: record.timestampMs,
              headers: Object.entries(record.headers).map(([key, value]) => ({ key, value })),
            },
          },
        },
        reason,
      ),
  };
}

/** Counts a dead letter that the brokers have. */
export function countDeadLetter(
  tally: { deadLettered: number; readonly deadLetters: DeadLetterCounts },
  { stage, code }: DeadLetterReason,
): void {
  tally.deadLettered++;
  addTo(tally.deadLetters, `${stage}/${code}`);
}

/** Announced one by one up to here; the summary counts them all. */
const announcedDeadLetters = 20;

/**
 * Says on the log why a thing could not go on and where it came from, without flooding it unless every one is asked
 * for. `what` it is called; only a dead letter was kept.
 */
export function createDeadLetterNotice(
  log: Log,
  what: "dead letter" | "undecodable" | "skipped" = "dead letter",
) {
  let announced = 0;
  return (reason: DeadLetterReason, origin: PostOrigin | LineOrigin | ConsumedRecord): void => {
    announced++;
    if (what === "skipped") {
      log.warn(`skipped: ${reason.code}: ${reason.message}`, {
        ...placeOf(origin),
        writerId: reason.writerId ?? "none",
      });
      return;
    }
    if (announced > announcedDeadLetters + 1) return;
    if (announced > announcedDeadLetters) {
      const more = what === "dead letter" ? "dead letters" : "undecodable records";
      log.warn(`more ${more} are counted and no longer announced one by one`);
      return;
    }
    log.warn(`${what}: ${reason.code}: ${reason.message}`, placeOf(origin));
  };
}

function placeOf(origin: PostOrigin | LineOrigin | ConsumedRecord): LogFields {
  if (!("kind" in origin)) {
    return { topic: origin.topic, partition: origin.partition, offset: origin.offset };
  }
  return origin.kind === "x" ? { connection: origin.connection } : { file: origin.file, line: origin.line };
}

function describeOrigin(origin: PostOrigin | LineOrigin): Pick<DeadLetterInput, "source" | "json_line"> {
  switch (origin.kind) {
    case "replay":
      return { source: { "birdwire.ReplaySource": { file: origin.file, line: origin.line } } };
    case "line":
      return {
        source: { "birdwire.ReplaySource": { file: origin.file, line: origin.line } },
        json_line: origin.jsonLine,
      };
    case "x":
      return {
        source: { "birdwire.XSource": { connection: origin.connection, received_at: origin.receivedAtMs } },
      };
  }
}
