/**
 * What would become of a dead letter's content if it came in now: a post and a line go the producer's ways, a record
 * the consumer's.
 */
import type { DeadLetter } from "../generated/dead-letter.ts";
import type { TweetInput } from "../generated/tweet.ts";
import type { SchemaId, TopicName } from "../kernel/brand.ts";
import type { LeftType, Proof } from "../operations/redrive.ts";
import { createDedupeWindow } from "../pipeline/dedupe-window.ts";
import { routePost } from "../pipeline/route-post.ts";
import type { RecordDecoder } from "../serde/decoder.ts";
import type { RecordEncoder } from "../serde/encoder.ts";
import { parsePost } from "../source/parse-post.ts";
import type { PostOrigin } from "../source/port.ts";
import type { TweetVersion } from "../tweets/version.ts";
import type { ProveLine } from "./prove-line.ts";

export interface ProofTools {
  /** Where the letters' content belongs. */
  readonly topic: TopicName;
  /** Asked for when there is a post to encode. */
  readonly openEncoder: () => Promise<RecordEncoder<TweetInput>>;
  readonly version: TweetVersion;
  readonly decoder: RecordDecoder<unknown>;
  readonly proveLine: ProveLine;
  /** Whether what that schema wrote is of another record type than the one that is read; null where it is not. */
  readonly findOtherType: (writer: SchemaId) => Promise<LeftType | null>;
  /** Name of what is read. */
  readonly readType: string;
  /** Whether a later record of a key says nothing of an earlier one. */
  readonly holdsEvents: () => Promise<boolean>;
}

/** Rejects with RegistryError when the registry is needed and away. */
export async function proveLetter(letter: DeadLetter, tools: ProofTools): Promise<Proof> {
  const { "birdwire.TopicSource": record } = letter.source;
  if (letter.json_line !== null) return await tools.proveLine(letter, letter.json_line);
  return record === undefined ? await provePost(letter, tools) : await proveRecord(letter, record, tools);
}

async function provePost(letter: DeadLetter, { openEncoder, version }: ProofTools): Promise<Proof> {
  const encoder = await openEncoder();
  const post = parsePost(letter.raw, originOf(letter.source));
  // What the topic has is looked up for all letters together.
  const window = createDedupeWindow(1);
  const routed = routePost(post, { encoder, version, window, nowMs: letter.failed_at });
  switch (routed.kind) {
    case "record":
      return { kind: "record", record: routed.record };
    case "dead-letter": {
      const { stage, code, message } = routed.reason;
      return { kind: "fails", stage, reason: code, message };
    }
    case "duplicate":
      throw new TypeError("an empty window knows no duplicate");
  }
}

function originOf(source: DeadLetter["source"]): PostOrigin {
  const { "birdwire.ReplaySource": replay, "birdwire.XSource": x } = source;
  if (x !== undefined) return { kind: "x", connection: x.connection, receivedAtMs: x.received_at };
  return { kind: "replay", file: replay?.file ?? "", line: replay?.line ?? 0 };
}

async function proveRecord(
  { raw, key }: DeadLetter,
  source: NonNullable<DeadLetter["source"]["birdwire.TopicSource"]>,
  { topic, decoder, holdsEvents, findOtherType, readType }: ProofTools,
): Promise<Proof> {
  if (source.topic !== topic) {
    const message = `it is a record of topic ${source.topic}, not of ${topic}`;
    return { kind: "fails", stage: "decode", reason: "other-topic", message };
  }
  const headers = Object.fromEntries(
    source.headers.flatMap(({ key: name, value }) => (value === null ? [] : [[name, value] as const])),
  );
  const outcome = await decoder.decode(raw, headers);
  if (outcome.kind === "undecodable") {
    const { writerId } = outcome;
    const isMisfit = outcome.code === "incompatible" && writerId !== null;
    const left = isMisfit ? await findOtherType(writerId) : null;
    if (left !== null) {
      const message = `it is a record of ${left.record}, and this run reads ${readType}`;
      return { kind: "fails", stage: "decode", reason: "other-record-type", message, left };
    }
    return { kind: "fails", stage: "decode", reason: outcome.code, message: outcome.message };
  }
  const time = source.timestamp < 0 ? {} : { timestampMs: source.timestamp };
  return { kind: "record", record: { key, value: raw, headers, ...time }, isEvent: await holdsEvents() };
}
