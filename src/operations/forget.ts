/**
 * `forget`: posts deleted from the topic by a tombstone of their key, and all that still holds them named. X's policy
 * wants deleted posts gone within 24 hours; a tombstone is only the beginning of that.
 */
import type { DeadLetter, JsonLine } from "../generated/dead-letter.ts";
import type { RecordProducer, TopicReader } from "../kafka/port.ts";
import type { PostId, TopicName } from "../kernel/brand.ts";
import type { Clock } from "../kernel/clock.ts";
import { isJsonObject } from "../kernel/json.ts";
import { type DeadLetterReader, readDeadLetters, Settlements } from "./dead-letters.ts";
import { OperationError } from "./error.ts";
import { bytesMention, textMentions } from "./mentions.ts";
import { createReceipt, type LetterPlace } from "./receipt.ts";

/** A post, and where its tombstone goes: by default the partition in which the producer puts its key. */
export interface Grave {
  readonly id: PostId;
  readonly partition?: number;
}

/** Resolves when the brokers have all the tombstones. Rejects with KafkaError. */
export async function writeTombstones(
  producer: RecordProducer,
  topic: TopicName,
  graves: readonly Grave[],
): Promise<void> {
  if (graves.length === 0) return;
  await producer.send(
    topic,
    graves.map(({ id, partition }) => ({
      key: Buffer.from(id),
      value: null,
      ...(partition === undefined ? {} : { partition }),
    })),
  );
}

/**
 * Where records of the ids lie that their tombstones cannot reach: the producer put them there when the topic had
 * fewer partitions. `partitionOf` says where it puts an id now.
 */
export function findMisplaced(
  remaining: readonly RemainingRecord[],
  partitionOf: (id: PostId) => number,
): Grave[] {
  const places = new Map<string, Grave>();
  for (const { id, partition } of remaining) {
    if (partition !== partitionOf(id)) places.set(`${id}/${partition}`, { id, partition });
  }
  return [...places.values()];
}

export interface HoldingLetter {
  readonly id: PostId;
  readonly place: LetterPlace;
  readonly letter: DeadLetter;
  /** It is the post itself, not one that refers to it. */
  readonly isThePost: boolean;
  /** It can no longer be redriven. */
  readonly isSettled: boolean;
}

/** Dead letters that hold one of the ids, in the order of the topic. Rejects with KafkaError or RegistryError. */
export async function findHoldingLetters(
  ports: DeadLetterReader,
  ids: readonly PostId[],
  options: { readonly topic: TopicName; readonly signal: AbortSignal },
): Promise<HoldingLetter[]> {
  const settlements = new Settlements();
  const found: Omit<HoldingLetter, "isSettled">[] = [];
  for await (const entry of readDeadLetters(ports, options)) {
    if (entry.kind === "receipt") settlements.add(entry.receipt);
    if (entry.kind !== "letter") continue;
    const { place, letter } = entry;
    for (const id of ids) {
      const isThePost = isLetterOf(letter, id);
      if (isThePost || mentions(letter, id)) found.push({ id, place, letter, isThePost });
    }
  }
  return found.map((letter) => ({ ...letter, isSettled: settlements.of(letter.place) !== null }));
}

/** Marks open letters of the posts themselves, so that no redrive brings them back. */
export async function settleForgotten(
  producer: RecordProducer,
  deadLetterTopic: TopicName,
  letters: readonly HoldingLetter[],
): Promise<number> {
  const open = letters.filter(({ isThePost, isSettled }) => isThePost && !isSettled);
  if (open.length === 0) return 0;
  await producer.send(
    deadLetterTopic,
    open.map(({ place }) => createReceipt({ place, settlement: "forgotten" })),
  );
  return open.length;
}

function mentions({ raw, source }: DeadLetter, id: PostId): boolean {
  const bytes = Buffer.from(id);
  return source["birdwire.TopicSource"] === undefined ? textMentions(raw, bytes) : bytesMention(raw, bytes);
}

function isLetterOf({ raw, key, source, json_line }: DeadLetter, id: PostId): boolean {
  if (json_line !== null) return isLineOf(raw.toString(), json_line, id);
  if (source["birdwire.TopicSource"] !== undefined) return key?.toString() === id;
  try {
    const payload: unknown = JSON.parse(raw.toString());
    return isJsonObject(payload) && isJsonObject(payload.data) && payload.data.id === id;
  } catch {
    // Half a line: what begins like the post is taken for it.
    return new RegExp(`^\\s*\\{\\s*"data"\\s*:\\s*\\{.*?"id"\\s*:\\s*"${id}"`, "s").test(raw.toString());
  }
}

/** Whether the id is the key of what the line would become. One that is no JSON becomes nothing. */
function isLineOf(
  text: string,
  { key_field: field, key_separator: separator }: JsonLine,
  id: PostId,
): boolean {
  if (separator !== null) return text.startsWith(`${id}${separator}`);
  if (field === null) return false;
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) && value[field] === id;
  } catch {
    return false;
  }
}

export interface RemainingRecord {
  readonly id: PostId;
  readonly partition: number;
  readonly offset: number;
}

/** Records of the ids with a value that a reader of the whole topic still sees. Rejects with KafkaError. */
export async function findRemaining(
  reader: TopicReader,
  topic: TopicName,
  { ids, signal }: { readonly ids: readonly PostId[]; readonly signal: AbortSignal },
): Promise<RemainingRecord[]> {
  const wanted = new Map<string, PostId>(ids.map((id) => [id, id]));
  const remaining: RemainingRecord[] = [];
  for await (const { records } of reader.tail(topic, { maxRecords: Number.POSITIVE_INFINITY, signal })) {
    for (const { key, value, partition, offset } of records) {
      const id = key === null || value === null ? undefined : wanted.get(key.toString("latin1"));
      if (id !== undefined) remaining.push({ id, partition, offset });
    }
  }
  return remaining;
}

export interface WaitOptions {
  readonly ids: readonly PostId[];
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Told of each read that still found something. */
  readonly onRemaining: (remaining: readonly RemainingRecord[]) => void;
  readonly signal: AbortSignal;
}

const firstPauseMs = 1000;
const maxPauseMs = 60_000;

/**
 * Resolves when a read of the whole topic no longer finds a value of any of the ids, with true, or soon after the
 * signal with false. Rejects with OperationError `still-there` when the time is up; KafkaError.
 */
export async function waitUntilGone(
  reader: TopicReader,
  topic: TopicName,
  { ids, timeoutMs, clock, onRemaining, signal }: WaitOptions,
): Promise<boolean> {
  const giveUpAtMs = clock.now() + timeoutMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, maxPauseMs)) {
    const remaining = await findRemaining(reader, topic, { ids, signal });
    if (signal.aborted) return false;
    if (remaining.length === 0) return true;
    onRemaining(remaining);
    const leftMs = giveUpAtMs - clock.now();
    if (leftMs <= 0) throw stillThere(topic, remaining, timeoutMs);
    await clock.sleep(Math.min(pauseMs, leftMs), signal).catch(() => {});
    if (signal.aborted) return false;
  }
}

const shownRecords = 3;

function stillThere(topic: TopicName, remaining: readonly RemainingRecord[], timeoutMs: number) {
  const places = remaining
    .slice(0, shownRecords)
    .map(({ id, partition, offset }) => `${id} at ${partition}:${offset}`);
  const more = remaining.length > shownRecords ? ` and ${remaining.length - shownRecords} more` : "";
  return new OperationError(
    "still-there",
    `after ${timeoutMs / 1000} s topic ${topic} still holds ${places.join(", ")}${more}`,
    { retriable: true, details: { topic, records: remaining.length } },
  );
}

/** What a topic's settings mean for a deletion. */
export interface DeletionPolicy {
  /** Whether tombstones take the records of their key away. */
  readonly isCompacted: boolean;
  /** Latest time after which a record is compacted once it can be; null: none is promised. */
  readonly maxCompactionLagMs: number | null;
  /** How long retention keeps records; null: for ever, or it does not apply. */
  readonly retentionMs: number | null;
}

export function readDeletionPolicy(settings: Readonly<Record<string, string>>): DeletionPolicy {
  const policies = (settings["cleanup.policy"] ?? "").split(",").map((policy) => policy.trim());
  const lagMs = Number(settings["max.compaction.lag.ms"] ?? Number.POSITIVE_INFINITY);
  const retentionMs = Number(settings["retention.ms"] ?? -1);
  return {
    isCompacted: policies.includes("compact"),
    // Kafka's default, the largest long there is, is no promise.
    maxCompactionLagMs: lagMs > Number.MAX_SAFE_INTEGER ? null : lagMs,
    retentionMs: policies.includes("delete") && retentionMs >= 0 ? retentionMs : null,
  };
}
