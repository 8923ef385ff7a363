/**
 * A topic with one type: values in and values out, encoded and decoded through the registry. The library's face of
 * the two loops, for programs that bring their own data or their own screen.
 */
import type {
  ConsumedBatch,
  ConsumedRecord,
  HeaderValue,
  Position,
  RecordConsumer,
  RecordProducer,
} from "../kafka/port.ts";
import type { SchemaId, TopicName } from "../kernel/brand.ts";
import type { Clock } from "../kernel/clock.ts";
import { BirdwireError } from "../kernel/error.ts";
import type { RecordDecoder, WriterIdentity } from "../serde/decoder.ts";
import type { RecordEncoder } from "../serde/encoder.ts";
import type { TakeUndecodable, Undecodable } from "./undecodable-policy.ts";

export type TypedTopicErrorCode =
  | "unencodable"
  | "undecodable"
  | "already-iterated"
  /** The topic holds dead letters, which have none of their own. */
  | "no-dead-letter-topic";
export class TypedTopicError extends BirdwireError<TypedTopicErrorCode> {}

export interface TypedProducer<Write> extends AsyncDisposable {
  readonly topic: TopicName;
  readonly schemaId: SchemaId;
  /**
   * Resolves when all in-sync replicas have the values. Throws TypedTopicError `unencodable`, with the path of the
   * field, before anything is sent; KafkaError when the brokers refuse.
   */
  send(values: Write | readonly Write[]): Promise<void>;
}

export interface TypedProducerOptions<Write> {
  readonly topic: TopicName;
  readonly producer: RecordProducer;
  readonly encoder: RecordEncoder<Write>;
  /** The key of a value's record; null without it. */
  readonly key?: ((value: Write) => string | Buffer | null) | undefined;
  readonly headers?: ((value: Write) => Readonly<Record<string, HeaderValue>>) | undefined;
}

export function createTypedProducer<Write>({
  topic,
  producer,
  encoder,
  key,
  headers,
}: TypedProducerOptions<Write>): TypedProducer<Write> {
  return {
    topic,
    schemaId: encoder.schemaId,
    async send(values) {
      const list = (Array.isArray(values) ? values : [values]) as readonly Write[];
      const records = list.map((value) => {
        const outcome = encoder.encode(value);
        if (outcome.kind === "unencodable") {
          throw new TypedTopicError("unencodable", `${topic}: ${outcome.path}: ${outcome.message}`, {
            details: { topic, path: outcome.path, code: outcome.code },
          });
        }
        const recordKey = key?.(value) ?? null;
        return {
          key: typeof recordKey === "string" ? Buffer.from(recordKey) : recordKey,
          value: outcome.bytes,
          ...(headers === undefined ? {} : { headers: headers(value) }),
        };
      });
      if (records.length > 0) await producer.send(topic, records);
    },
    [Symbol.asyncDispose]: () => producer[Symbol.asyncDispose](),
  };
}

export interface TypedRecord<Read> {
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
  readonly value: Read;
  readonly writer: Pick<WriterIdentity, "id" | "version" | "resolution">;
}

export interface TypedConsumer<Read> extends AsyncIterable<TypedRecord<Read>>, AsyncDisposable {
  /**
   * Stores the position after `record`, or without one after the last record whose loop body has ended. Of a partition
   * that another member has by now nothing is stored: its records come again there. Throws KafkaError.
   */
  commit(record?: Pick<TypedRecord<Read>, "topic" | "partition" | "offset">): Promise<void>;
}

export interface TypedConsumerOptions<Read> {
  readonly consumer: RecordConsumer;
  readonly decoder: RecordDecoder<Read>;
  readonly clock: Clock;
  /** Commits by itself about once a second and at the end. Default true. */
  readonly autoCommit?: boolean | undefined;
  /** Takes records that cannot be decoded; without it they end the iteration with TypedTopicError `undecodable`. */
  readonly onUndecodable?: TakeUndecodable | undefined;
  /** Takes tombstones; without it they are passed over. */
  readonly onTombstone?: ((record: ConsumedRecord) => void | Promise<void>) | undefined;
  /** Closed after the consumer. */
  readonly owned?: readonly AsyncDisposable[] | undefined;
}

const autoCommitMs = 1000;

/** At least once: a record is committed only after the loop asked for the one behind it. */
export function createTypedConsumer<Read>(options: TypedConsumerOptions<Read>): TypedConsumer<Read> {
  const { consumer, decoder, clock, autoCommit = true } = options;
  const reached = new Map<string, Position>();
  let iterated = false;
  let lastCommitMs = clock.now();

  const commit: TypedConsumer<Read>["commit"] = async (record) => {
    if (record !== undefined) reach(record.topic, record.partition, record.offset + 1);
    const positions = [...reached.values()];
    reached.clear();
    lastCommitMs = clock.now();
    if (positions.length > 0) await consumer.commit(positions);
  };

  async function* iterate(): AsyncGenerator<TypedRecord<Read>> {
    const handover = createHandover();
    const running = consumer
      .run((batch) => handover.offer(batch), {
        onRevoke: async () => {
          if (autoCommit) await commit().catch((error: unknown) => handover.end({ error }));
        },
      })
      .then(
        () => handover.end(),
        (error: unknown) => handover.end({ error }),
      );
    try {
      for (;;) {
        const batch = await handover.next();
        if (batch === null) return;
        for (const record of batch.records) {
          const outcome = await decoder.decode(record.value, record.headers);
          switch (outcome.kind) {
            case "record": {
              const { topic, partition, offset, timestampMs, key, headers } = record;
              const { value, writer } = outcome;
              yield { topic, partition, offset, timestampMs, key, headers, value, writer };
              break;
            }
            case "tombstone":
              await options.onTombstone?.(record);
              break;
            case "undecodable":
              if (options.onUndecodable === undefined) throw undecodable(record, outcome);
              await options.onUndecodable(record, outcome);
              break;
          }
          reach(record.topic, record.partition, record.offset + 1);
          if (autoCommit && clock.now() - lastCommitMs >= autoCommitMs) await commit();
        }
        reach(batch.topic, batch.partition, batch.nextOffset);
        handover.done();
      }
    } finally {
      handover.end();
      handover.done();
      if (autoCommit) await commit().catch(() => {});
      await consumer.stop();
      await running;
    }
  }

  const reach = (topic: TopicName, partition: number, nextOffset: number) => {
    reached.set(`${topic}/${partition}`, { topic, partition, nextOffset });
  };

  return {
    [Symbol.asyncIterator]() {
      if (iterated)
        throw new TypedTopicError("already-iterated", "a consumer can be iterated once; open another one");
      iterated = true;
      return iterate();
    },
    commit,
    async [Symbol.asyncDispose]() {
      await consumer[Symbol.asyncDispose]();
      for (const resource of options.owned ?? []) await resource[Symbol.asyncDispose]();
    },
  };
}

function undecodable(record: ConsumedRecord, outcome: Undecodable): TypedTopicError {
  const { topic, partition, offset } = record;
  return new TypedTopicError(
    "undecodable",
    `${topic}, partition ${partition}, offset ${offset}: ${outcome.message}`,
    { details: { topic, partition, offset, code: outcome.code, writerId: outcome.writerId } },
  );
}

/** One batch at a time from a consumer that pushes to a loop that pulls. */
function createHandover() {
  let offered: { batch: ConsumedBatch; resolve: () => void } | null = null;
  let ended: { readonly error?: unknown } | null = null;
  let wake = () => {};
  return {
    /** Resolves when the loop is done with the batch. */
    offer(batch: ConsumedBatch): Promise<void> {
      if (ended !== null) return Promise.resolve();
      return new Promise((resolve) => {
        offered = { batch, resolve };
        wake();
      });
    },
    async next(): Promise<ConsumedBatch | null> {
      while (offered === null && ended === null) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (offered !== null) return offered.batch;
      if (ended !== null && "error" in ended) throw ended.error;
      return null;
    },
    done() {
      offered?.resolve();
      offered = null;
    },
    end(failure: { readonly error?: unknown } = {}) {
      ended ??= failure;
      wake();
    },
  };
}
