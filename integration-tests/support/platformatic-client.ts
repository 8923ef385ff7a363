/**
 * As much of @platformatic/kafka 2 as the contract uses of it: that package is not installed with the project
 * (heavy-clients.ts), so that its own types are not known to the compiler.
 * Its documentation: https://github.com/platformatic/kafka/tree/main/docs
 */
import { loadClient } from "./heavy-clients.ts";

export interface PlatformaticMessage {
  readonly key: string | undefined;
  readonly value: string | undefined;
  readonly partition: number;
  readonly offset: bigint;
  readonly timestamp: bigint;
  readonly headerEntries: readonly (readonly [string, string])[];
  commit(): Promise<void>;
}

export interface OutgoingMessage {
  readonly topic: string;
  readonly key?: string | undefined;
  readonly value?: string | undefined;
  readonly partition?: number;
  readonly timestamp?: bigint;
  readonly headers?: ReadonlyMap<string, string>;
}

interface Closable {
  close(force?: boolean): Promise<void>;
}

export interface PlatformaticStream extends AsyncIterable<PlatformaticMessage>, Closable {
  on(event: "data", listener: (message: PlatformaticMessage) => void): this;
  on(event: "error", listener: (error: Error) => void): this;
}

export interface PlatformaticConsumer extends Closable {
  readonly memberId: string | null;
  readonly assignments: readonly { topic: string; partitions: number[] }[] | null;
  on(event: string, listener: (payload: unknown) => void): this;
  consume(options: object): Promise<PlatformaticStream>;
  commit(options: object): Promise<void>;
  listOffsets(options: object): Promise<Map<string, bigint[]>>;
  listOffsetsWithTimestamps(
    options: object,
  ): Promise<Map<string, Map<number, { offset: bigint; timestamp: bigint }>>>;
  listCommittedOffsets(options: object): Promise<Map<string, bigint[]>>;
}

export interface PlatformaticTransaction {
  send(options: { messages: readonly OutgoingMessage[] }): Promise<unknown>;
  addConsumer(consumer: PlatformaticConsumer): Promise<void>;
  addOffset(message: PlatformaticMessage): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
}

export interface PlatformaticProducer extends Closable {
  send(options: object): Promise<{ offsets?: { topic: string; partition: number; offset: bigint }[] }>;
  beginTransaction(): Promise<PlatformaticTransaction>;
}

/** Calls of its admin that the contract makes; each answers with what the package says it does. */
export interface PlatformaticAdmin extends Closable {
  listTopics(): Promise<string[]>;
  createTopics(options: object): Promise<{ name: string; partitions: number; replicas: number }[]>;
  deleteTopics(options: object): Promise<void>;
  createPartitions(options: object): Promise<void>;
  listGroups(options?: object): Promise<Map<string, { state: string }>>;
  describeGroups(options: object): Promise<Map<string, { state: string; members: Map<string, unknown> }>>;
  deleteGroups(options: object): Promise<void>;
  describeConfigs(
    options: object,
  ): Promise<{ configs: { name: string; value: string; configSource: number }[] }[]>;
  alterConfigs(options: object): Promise<void>;
  incrementalAlterConfigs(options: object): Promise<void>;
  deleteRecords(options: object): Promise<{ partitions: { partition: number; lowWatermark: bigint }[] }[]>;
  listOffsets(
    options: object,
  ): Promise<{ partitions: { partitionIndex: number; offset: bigint; timestamp: bigint }[] }[]>;
  listConsumerGroupOffsets(
    options: object,
  ): Promise<{ topics: { partitions: { partitionIndex: number; committedOffset: bigint }[] }[] }[]>;
  alterConsumerGroupOffsets(options: object): Promise<void>;
  deleteConsumerGroupOffsets(options: object): Promise<unknown>;
}

type Constructor<Client> = new (options: object) => Client;

interface PlatformaticModule {
  readonly Admin: Constructor<PlatformaticAdmin>;
  readonly Producer: Constructor<PlatformaticProducer>;
  readonly Consumer: Constructor<PlatformaticConsumer>;
  readonly stringSerializers: object;
  readonly stringDeserializers: object;
  readonly cooperativeStickyAssigner: unknown;
}

type Owned<Client> = Client & AsyncDisposable;

export interface Platformatic {
  readonly cooperativeStickyAssigner: unknown;
  openAdmin(): Owned<PlatformaticAdmin>;
  openProducer(options?: object): Owned<PlatformaticProducer>;
  openConsumer(options: object & { readonly groupId: string }): Owned<PlatformaticConsumer>;
}

/** `folder` is what `describeWith("clients", ...)` gives. Clients close when they are disposed of, by force. */
export async function loadPlatformatic(folder: string, bootstrap: string): Promise<Platformatic> {
  const module = await loadClient<PlatformaticModule>(folder, "@platformatic/kafka");
  const common = { clientId: "contract", bootstrapBrokers: [bootstrap], retries: 5, retryDelay: 100 };
  const own = <Client extends Closable>(client: Client): Owned<Client> =>
    Object.assign(client, { [Symbol.asyncDispose]: () => client.close(true) });
  return {
    cooperativeStickyAssigner: module.cooperativeStickyAssigner,
    openAdmin: () => {
      const admin = new module.Admin(common);
      return Object.assign(admin, { [Symbol.asyncDispose]: () => admin.close() });
    },
    openProducer: (options) =>
      own(new module.Producer({ ...common, serializers: module.stringSerializers, ...options })),
    openConsumer: (options) =>
      own(
        new module.Consumer({
          ...common,
          deserializers: module.stringDeserializers,
          maxWaitTime: 200,
          heartbeatInterval: 200,
          autocommit: false,
          ...options,
        }),
      ),
  };
}

/** The names of Kafka's errors in what a call rejected with, however deep. */
export function findErrorNames(error: unknown): string[] {
  if (typeof error !== "object" || error === null) return [];
  const { apiId, errors, cause } = error as { apiId?: string; errors?: unknown[]; cause?: unknown };
  return [...(apiId === undefined ? [] : [apiId]), ...[...(errors ?? []), cause].flatMap(findErrorNames)];
}

/** Those of a call that must fail; an attempt that is made again fails as the one before. */
export async function refusalOf(call: Promise<unknown>): Promise<string[]> {
  try {
    await call;
  } catch (error) {
    return [...new Set(findErrorNames(error))];
  }
  throw new Error("the call was not refused");
}
