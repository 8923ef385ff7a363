/**
 * One emulator and one client of it, with the few requests that most tests begin with.
 */
import { apiVersions } from "../apis.ts";
import { produce } from "../requests/00-produce.ts";
import { fetch } from "../requests/01-fetch.ts";
import { createTopics } from "../requests/19-create-topics.ts";
import { type KafkaEmulator, type KafkaEmulatorOptions, startKafkaEmulator } from "../start.ts";
import { openRawClient, type RawClient } from "./raw-client.ts";

export interface Session extends AsyncDisposable {
  readonly emulator: KafkaEmulator;
  readonly client: RawClient;
  createTopic(name: string, partitionCount: number, config?: Readonly<Record<string, string>>): Promise<void>;
  /** The answer for one partition, with acks all. */
  produce(topic: string, index: number, batch: Buffer, version?: number): Promise<ProducedPartition>;
  /** The answer for one partition, without waiting. */
  fetch(topic: string, index: number, fetchOffset: number, more?: FetchMore): Promise<FetchedPartition>;
}

export interface ProducedPartition {
  readonly errorCode: number;
  readonly baseOffset: number;
  readonly logAppendTimeMs: number;
  readonly logStartOffset: number;
  readonly errorMessage: string | null;
}

export interface FetchMore {
  readonly version?: number;
  readonly maxBytes?: number;
  readonly partitionMaxBytes?: number;
  /** 1 is read_committed. */
  readonly isolationLevel?: number;
}

export interface FetchedPartition {
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly abortedTransactions: { producerId: number; firstOffset: number }[] | null;
  readonly bytes: Buffer;
}

function only<T>(items: readonly T[] | undefined): T {
  const [item] = items ?? [];
  if (item === undefined || items?.length !== 1)
    throw new Error(`one item was to come, not ${items?.length}`);
  return item;
}

export async function openSession(options: KafkaEmulatorOptions = {}): Promise<Session> {
  const emulator = await startKafkaEmulator(options);
  const client = await openRawClient(emulator.port);
  await client.call(apiVersions, 0, {});
  return {
    emulator,
    client,
    async createTopic(name, partitionCount, config = {}) {
      const configs = Object.entries(config).map(([key, value]) => ({ name: key, value }));
      const topics = [{ name, partitionCount, replicationFactor: 1, configs }];
      const { topics: answers } = await client.call(createTopics, 7, { topics });
      const { errorCode, errorMessage } = only(answers);
      if (errorCode !== 0) throw new Error(`${name} was not created: ${errorMessage}`);
    },
    async produce(name, index, batch, version = 9) {
      const records = { buffers: [batch], byteLength: batch.length };
      const topics = [{ name, partitions: [{ index, records }] }];
      const answer = await client.call(produce, version, { acks: -1, topics });
      return only(only(answer.topics).partitions);
    },
    async fetch(name, index, fetchOffset, more = {}) {
      const { version = 11, maxBytes = 1e9, partitionMaxBytes = 1e9, isolationLevel = 0 } = more;
      const partitions = [{ index, fetchOffset, partitionMaxBytes }];
      const topics = [{ name, partitions }];
      const answer = await client.call(fetch, version, { maxBytes, isolationLevel, topics });
      const { records, ...partition } = only(only(answer.topics).partitions);
      return { ...partition, bytes: Buffer.concat(records?.buffers ?? []) };
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await emulator[Symbol.asyncDispose]();
    },
  };
}
