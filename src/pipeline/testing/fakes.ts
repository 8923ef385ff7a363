/**
 * Ports that stand in for servers in the tests of the loops: they keep what they were given and fail when told to.
 */
import type {
  ConsumedBatch,
  ConsumedRecord,
  OutgoingRecord,
  Position,
  RecordConsumer,
  RecordProducer,
  ShareEvents,
} from "../../kafka/port.ts";
import { parseTopicName, type TopicName } from "../../kernel/brand.ts";
import { BirdwireError } from "../../kernel/error.ts";
import type { RecordEncoder } from "../../serde/encoder.ts";
import type { PostSource, SourcedPost } from "../../source/port.ts";

export const topic = parseTopicName("twitter");
export const deadLetterTopic = parseTopicName("twitter.dlq");

/** A source of the given batches; afterwards it ends, or stays silent until the signal with `silent`. */
export function createFakeSource(batches: readonly (readonly SourcedPost[])[], silent = false): PostSource {
  return {
    async *read(signal) {
      for (const batch of batches) {
        if (signal.aborted) return;
        yield batch;
      }
      if (silent && !signal.aborted) {
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      }
    },
    async [Symbol.asyncDispose]() {},
  };
}

export function createPost(id: string, text: string, extra: object = {}, line = 1): SourcedPost {
  const payload = {
    data: { id, text, created_at: "2026-01-31T12:00:00.000Z", ...extra },
    matching_rules: [{ id: "1", tag: "t" }],
  };
  return {
    kind: "post",
    origin: { kind: "replay", file: "posts.ndjson", line },
    raw: Buffer.from(JSON.stringify(payload)),
    payload,
  };
}

export interface FakeProducer extends RecordProducer {
  readonly sent: Map<TopicName, OutgoingRecord[]>;
}

/** Refuses, as the port says, the first record whose value is longer than `maxBytes`; those before it are sent. */
export function createFakeProducer(
  maxBytes = Number.POSITIVE_INFINITY,
  maxLetterBytes = Number.POSITIVE_INFINITY,
): FakeProducer {
  const sent = new Map<TopicName, OutgoingRecord[]>();
  return {
    sent,
    async send(to, records) {
      const limit = to === topic ? maxBytes : maxLetterBytes;
      const index = records.findIndex((record) => (record.value?.length ?? 0) > limit);
      if (index >= 0) {
        sent.set(to, [...(sent.get(to) ?? []), ...records.slice(0, index)]);
        throw new BirdwireError("record-too-large", "the record is too large", { details: { index } });
      }
      sent.set(to, [...(sent.get(to) ?? []), ...records]);
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** Writes values as JSON, which is enough to see what was sent. */
export function createFakeEncoder<W>(schemaId = 1): RecordEncoder<W> {
  return {
    schemaId,
    encode: (value: W) => ({ kind: "encoded", bytes: Buffer.from(JSON.stringify(value)) }),
  } as unknown as RecordEncoder<W>;
}

export function createRecord(offset: number, value: string | null, partition = 0): ConsumedRecord {
  return {
    topic,
    partition,
    offset,
    timestampMs: 1_700_000_000_000 + offset,
    key: null,
    value: value === null ? null : Buffer.from(value),
    headers: {},
  };
}

export interface FakeConsumer extends RecordConsumer {
  readonly committed: Position[];
  readonly stopped: boolean;
  /** What the group tells the member by way of `run`. */
  readonly share: ShareEvents;
}

/** Hands out one batch for each list of records, then stays in the group until it is stopped. */
export function createFakeConsumer(batches: readonly (readonly ConsumedRecord[])[]): FakeConsumer {
  let share: ShareEvents = {};
  const committed: Position[] = [];
  let stopped = false;
  let wake = () => {};
  return {
    committed,
    get stopped() {
      return stopped;
    },
    get share() {
      return share;
    },
    async run(onBatch, events = {}) {
      share = events;
      for (const records of batches) {
        if (stopped) break;
        const last = records.at(-1);
        const first = records[0];
        if (first === undefined || last === undefined) continue;
        const batch: ConsumedBatch = {
          topic,
          partition: first.partition,
          records,
          nextOffset: last.offset + 1,
          highWatermark: last.offset + 1,
          heartbeat: async () => {},
        };
        await onBatch(batch);
      }
      if (!stopped) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    joined: async () => {},
    async commit(positions) {
      if (stopped) throw new BirdwireError("closed", "commit after the group was left");
      committed.push(...positions);
    },
    async stop() {
      stopped = true;
      wake();
    },
    async [Symbol.asyncDispose]() {},
  };
}
