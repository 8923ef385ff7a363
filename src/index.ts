/**
 * Birdwire as a library: typed topics. A schema constant that `birdwire codegen` wrote carries the TypeScript types
 * of its values, so a wrong field is a compile error, and the registry sees the schema before the first record.
 *
 * @example
 * await using producer = await openProducer({ topic: "twitter" }, TweetSchema, { key: (tweet) => tweet.id });
 * await producer.send({ created_at: "2026-01-31T12:00:00.000Z", id: "1", text: "hello" });
 */
import type { ReadsEveryVersion, TypedSchema } from "./avro/typed-schema.ts";
import { type Environment, parseConfig } from "./config/load-config.ts";
import type { Config } from "./config/settings.ts";
import { createKafkaJsClient } from "./kafka/kafkajs.ts";
import type { KafkaClient } from "./kafka/port.ts";
import type { KafkaCredentials } from "./kafka/security.ts";
import { parseSubjectName, parseTopicName, type TopicName } from "./kernel/brand.ts";
import { type Clock, createSystemClock } from "./kernel/clock.ts";
import type { TlsMaterial } from "./kernel/tls.ts";
import type { DeadLetterPort } from "./pipeline/consume.ts";
import { createDeadLetterWriter } from "./pipeline/dead-letter.ts";
import { deadLetterTopicOf, deadLetterTopicSpec, holdsDeadLetters } from "./pipeline/letter-topic.ts";
import type { OnError } from "./pipeline/on-error.ts";
import { sendDeadLetters } from "./pipeline/send-records.ts";
import {
  createTypedConsumer,
  createTypedProducer,
  type TypedConsumer,
  type TypedConsumerOptions,
  type TypedProducer,
  type TypedProducerOptions,
  TypedTopicError,
} from "./pipeline/typed-topic.ts";
import { createUndecodablePolicy, type TakeUndecodable } from "./pipeline/undecodable-policy.ts";
import type { RegistryCredentials } from "./registry/address.ts";
import { createRegistryClient, type RegistryClient } from "./registry/client.ts";
import { checkVersions, refuseUnreadable } from "./serde/check-versions.ts";
import { createDeadLetterEncoder } from "./serde/dead-letter-encoder.ts";
import { createDecoder } from "./serde/decoder.ts";
import { createEncoder, type Registration } from "./serde/encoder.ts";
import { type Log, silentLog } from "./telemetry/log.ts";

export type { ReadsEveryVersion, TypedSchema, UnreadableVersions } from "./avro/typed-schema.ts";
export type { ValueMapping } from "./avro/value-mapping.ts";
export type { DeadLetter, DeadLetterInput } from "./generated/dead-letter.ts";
export { DeadLetterSchema } from "./generated/dead-letter.ts";
export type { Tweet, TweetInput } from "./generated/tweet.ts";
export { TweetSchema } from "./generated/tweet.ts";
export type { KafkaCredentials } from "./kafka/security.ts";
export { BirdwireError } from "./kernel/error.ts";
export type { TlsMaterial } from "./kernel/tls.ts";
export type { TypedConsumer, TypedProducer, TypedRecord } from "./pipeline/typed-topic.ts";
export { TypedTopicError } from "./pipeline/typed-topic.ts";
export type { Undecodable } from "./pipeline/undecodable-policy.ts";
export type { RegistryCredentials } from "./registry/address.ts";
export type { PostOrigin, PostSource, SourcedPost } from "./source/port.ts";
export type { Log } from "./telemetry/log.ts";

const defaultLevel = "FULL_TRANSITIVE";

/** Where things are; what is absent has the defaults of the command line (localhost:9092, http://localhost:8081). */
export interface TopicConfig {
  readonly topic: string;
  /** host:port, several in a list or with commas. */
  readonly brokers?: string | readonly string[];
  /** Address of the Schema Registry. */
  readonly registry?: string;
  readonly clientId?: string;
  /** TLS and login of the brokers; without it the connections are plain. */
  readonly kafkaSecurity?: KafkaSecurity;
  /** Credentials of the registry, and what its https:// address needs beside the authorities that Node trusts. */
  readonly registrySecurity?: RegistrySecurity;
  /** Subject of the schema; `<topic>-value` without it. */
  readonly subject?: string;
  /** Nothing is logged without it. */
  readonly log?: Log;
}

export interface KafkaSecurity {
  /** True: with the authorities that Node trusts. */
  readonly tls?: boolean | TlsMaterial;
  readonly sasl?: KafkaCredentials;
}

export interface RegistrySecurity {
  readonly tls?: TlsMaterial;
  readonly auth?: RegistryCredentials;
}

export interface OpenProducerOptions<Write> extends Pick<TypedProducerOptions<Write>, "key" | "headers"> {
  /**
   * `never` only looks the schema up, and throws when it is not registered. `latest` writes with the version registered
   * last, and throws when this schema cannot be read as it. Default `auto`.
   */
  readonly register?: Registration;
  /** Compatibility level that a registration sets first. Default FULL_TRANSITIVE. */
  readonly compatibility?: string;
  /** Partitions of the topic when it has to be created. Default 3. */
  readonly partitions?: number;
}

export interface OpenConsumerOptions<Read>
  extends Pick<TypedConsumerOptions<Read>, "autoCommit" | "onTombstone"> {
  /** Consumer group whose position is kept. */
  readonly group: string;
  /** Start at the first record where the group has no position yet; else only what comes from now on. */
  readonly fromBeginning?: boolean;
  readonly sessionTimeoutMs?: number;
  /**
   * What becomes of a record that cannot be read. `dead-letter`: it goes to `<topic>.dlq` with its bytes, origin and
   * reason, and is passed then. `skip`: it is logged and passed. `fail` (default): the iteration throws TypedTopicError
   * `undecodable`, and the record comes again.
   */
  readonly onError?: OnError;
  /** Told of each record that cannot be read, after the policy; without a policy it takes the record, which is passed. */
  readonly onUndecodable?: TakeUndecodable;
  /** Tells in each record's `writer.resolution` what was defaulted, dropped, promoted or found by alias. Default false. */
  readonly explain?: boolean;
}

/**
 * Opens a producer of one type: sets the subject's level, registers the schema, creates the topic where there is
 * none, connects.
 * Throws ConfigError, RegistryError, SerdeError `schema-not-registered` or `latest-incompatible`, KafkaError.
 */
export async function openProducer<Read, Write>(
  config: TopicConfig,
  schema: TypedSchema<Read, Write>,
  options: OpenProducerOptions<Write> = {},
): Promise<TypedProducer<Write>> {
  const { topic, subject, registry, kafka } = createClients(config);
  const encoder = await createEncoder(registry, schema, {
    subject,
    register: options.register ?? "auto",
    level: options.compatibility ?? defaultLevel,
  });
  {
    await using admin = await kafka.openAdmin();
    await admin.createTopic({ topic, partitions: options.partitions ?? 3 });
  }
  const producer = await kafka.openProducer();
  return createTypedProducer({ topic, producer, encoder, key: options.key, headers: options.headers });
}

/**
 * Opens a consumer of one type. A generated schema that cannot read a version of its record does not compile, and the
 * message names the field; a schema declared as `TypedSchema<Read, Write>` is not asked.
 * Every version that the subject has in the registry is checked before anything is read. One that cannot be read is
 * refused with SerdeError `unreadable-versions` and every finding in its details, unless a policy or `onUndecodable`
 * takes what cannot be read: then it is a warning in the log.
 * Throws ConfigError, RegistryError, KafkaError; TypedTopicError `no-dead-letter-topic`.
 */
export async function openConsumer<Read, Write, Verdicts>(
  config: TopicConfig,
  schema: TypedSchema<Read, Write, Verdicts> & ReadsEveryVersion<Verdicts>,
  options: OpenConsumerOptions<Read>,
): Promise<TypedConsumer<Read>> {
  const { topic, subject, registry, kafka, log } = createClients(config);
  const { explain = false, onUndecodable } = options;
  const onError = options.onError ?? (onUndecodable === undefined ? "fail" : null);
  if (onError === "dead-letter" && holdsDeadLetters(topic)) {
    throw new TypedTopicError(
      "no-dead-letter-topic",
      `${topic} holds dead letters, which have none of their own`,
      {
        details: { topic },
      },
    );
  }
  const checked = await checkVersions(registry, subject, schema, { explain });
  const refusal = refuseUnreadable(subject, schema, checked);
  if (refusal !== null && onError === "fail") throw refusal;
  if (refusal !== null) log.warn(refusal.message, refusal.details);
  const clock = createSystemClock();
  const decoder = createDecoder(registry, schema, { subject, checked, explain });
  const consumer = await kafka.openConsumer({
    topics: [topic],
    groupId: options.group,
    startAt: options.fromBeginning === true ? "earliest" : "latest",
    ...(options.sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs: options.sessionTimeoutMs }),
  });
  const owned: AsyncDisposable[] = [];
  const { autoCommit, onTombstone } = options;
  return createTypedConsumer({
    consumer,
    decoder,
    clock,
    autoCommit,
    onTombstone,
    onUndecodable: takeUndecodable(),
    owned,
  });

  function takeUndecodable(): TakeUndecodable | undefined {
    if (onError === null) return onUndecodable;
    if (onError === "fail") return undefined;
    return createUndecodablePolicy({
      onError,
      readerFingerprint: schema.fingerprint,
      openDeadLetters: () => openDeadLetters({ topic, registry, kafka, clock }, owned),
      log,
      onUndecodable,
    });
  }
}

interface LetterServers {
  readonly topic: TopicName;
  readonly registry: RegistryClient;
  readonly kafka: KafkaClient;
  readonly clock: Clock;
}

async function openDeadLetters(
  { topic, registry, kafka, clock }: LetterServers,
  owned: AsyncDisposable[],
): Promise<DeadLetterPort> {
  const letterTopic = deadLetterTopicOf(topic);
  const subject = parseSubjectName(`${letterTopic}-value`);
  const settings = { subject, register: "auto", level: defaultLevel } as const;
  const encoder = await createDeadLetterEncoder(registry, settings);
  {
    await using admin = await kafka.openAdmin();
    await admin.createTopic(deadLetterTopicSpec(letterTopic));
  }
  const producer = await kafka.openProducer();
  owned.push(producer);
  return {
    writer: createDeadLetterWriter({ encoder, clock }),
    send: (letters) => sendDeadLetters(producer, letterTopic, letters),
  };
}

function createClients(config: TopicConfig) {
  const log = config.log ?? silentLog;
  const noEnvironment: Environment = {};
  const settings: Config = parseConfig({
    flags: {
      topic: config.topic,
      brokers: typeof config.brokers === "string" ? config.brokers : config.brokers?.slice(),
      registry: config.registry,
      "client-id": config.clientId,
    },
    env: noEnvironment,
  });
  const { brokers, registry: url, clientId } = settings;
  const { kafkaSecurity = {}, registrySecurity = {} } = config;
  const { tls = false, sasl = null } = kafkaSecurity;
  return {
    log,
    topic: parseTopicName(settings.topic),
    subject: parseSubjectName(config.subject ?? `${settings.topic}-value`),
    registry: createRegistryClient({ url, clientId, ...registrySecurity, log }),
    kafka: createKafkaJsClient({
      brokers,
      clientId,
      tls: typeof tls === "boolean" ? (tls ? {} : null) : tls,
      sasl,
      log,
    }),
  };
}
