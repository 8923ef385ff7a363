/**
 * The tail of a topic over kafkajs: fetches from the leaders themselves, up to the end as it was at the start.
 */
import type { TopicName } from "../kernel/brand.ts";
import { createSystemClock } from "../kernel/clock.ts";
import { describeCause } from "../kernel/error.ts";
import { KafkaError } from "./error.ts";
import { toRecord } from "./kafkajs-batch.ts";
import {
  type Cluster,
  createCluster,
  type Fetched,
  type FetchedMessage,
  readCommitted,
  visibleMessages,
} from "./kafkajs-cluster.ts";
import { brokerErrorType, toKafkaError } from "./kafkajs-errors.ts";
import { createLink, type KafkaJsSettings } from "./kafkajs-link.ts";
import type { ConsumedRecord, TailBatch, TailOptions, TopicReader } from "./port.ts";
import { tailRanges } from "./tail-ranges.ts";

const partitionBytes = 1024 * 1024;
/** For a batch that is larger, and for a batch that compaction has emptied and others behind it. */
const largePartitionBytes = 32 * 1024 * 1024;
const answerBytes = 8 * 1024 * 1024;
const maxWaitMs = 250;
const pauseMs = 100;

const latestOffset = -1;
const ordinaryReader = -1;
const diagnosingReplica = -2;
const readUncommitted = 0;

/** Where a partition is being read; `start` moves on. */
interface Cursor {
  readonly partition: number;
  readonly end: number;
  readonly first: number;
  start: number;
  maxBytes: number;
}

/** Rejects with KafkaError when no broker can be reached. */
export async function openKafkaJsReader(settings: KafkaJsSettings): Promise<TopicReader> {
  const { brokers, requestTimeoutMs, log } = settings;
  const link = await createLink(settings);
  const cluster = createCluster(link.kafka);
  const clock = createSystemClock();
  await link.connect("open a Kafka reader", () => cluster.connect());
  let closed = false;

  const fail = (thrown: unknown, topic: TopicName) =>
    toKafkaError(thrown, { doing: `read topic ${topic}`, brokers, topic, suspicion: link.suspicion });

  /** Repeats `work` while the brokers are choosing leaders or are away, for as long as one request may take. */
  const settled = async <T>(topic: TopicName, work: () => Promise<T>): Promise<T> => {
    for (const giveUpAtMs = clock.now() + requestTimeoutMs; ; ) {
      if (closed) throw new KafkaError("closed", `cannot read topic ${topic}: the reader is closed`);
      try {
        return await work();
      } catch (thrown) {
        const error = fail(thrown, topic);
        if (!error.retriable || clock.now() >= giveUpAtMs) throw error;
      }
      await clock.sleep(pauseMs);
      await cluster.refreshMetadata().catch(() => {});
    }
  };

  /** Waits until all that the leaders had taken by now is replicated, and so can be read. */
  const replicated = async (topic: TopicName) => {
    const taken = await readEnds(cluster, topic, "log").catch((thrown: unknown) => {
      // Whoever does not answer that as Kafka does is read as far as anybody can.
      log.debug("the ends of the leaders' logs cannot be read", { topic, error: describeCause(thrown) });
      return new Map<number, number>();
    });
    for (const giveUpAtMs = clock.now() + requestTimeoutMs; !closed && clock.now() < giveUpAtMs; ) {
      const readable = await settled(topic, () => readEnds(cluster, topic, "readable"));
      if ([...taken].every(([partition, end]) => (readable.get(partition) ?? 0) >= end)) return;
      await clock.sleep(pauseMs);
    }
  };

  /** Where reading begins: first and last offset of each partition. */
  const prepare = async (topic: TopicName, from: TailOptions["from"]) => {
    await settled(topic, () => cluster.addTargetTopic(topic));
    await replicated(topic);
    return await settled(topic, () => readOffsets(cluster, topic, from));
  };

  async function* tail(topic: TopicName, options: TailOptions): AsyncGenerator<TailBatch> {
    const { signal } = options;
    const offsets = await unlessAborted(signal, prepare(topic, options.from));
    if (offsets === null) return;
    const cursors = tailRanges(offsets, options.maxRecords).map(
      ({ partition, start, end }): Cursor => ({
        partition,
        start,
        end,
        first: start,
        maxBytes: partitionBytes,
      }),
    );
    const total = cursors.reduce((sum, { start, end }) => sum + end - start, 0);
    for (;;) {
      const open = cursors.filter(({ start, end }) => start < end);
      if (open.length === 0 || signal?.aborted) return;
      const round = await unlessAborted(
        signal,
        settled(topic, () => fetchRound(cluster, topic, open)),
      );
      if (round === null) return;
      for (const fetched of round) {
        const cursor = open.find(({ partition }) => partition === fetched.partition);
        if (cursor === undefined) continue;
        const records = take(topic, cursor, fetched);
        const done = cursors.reduce((sum, { start, first }) => sum + start - first, 0);
        if (records.length === 0 && done < total) continue;
        yield { topic, partition: cursor.partition, records, nextOffset: cursor.start, done, total };
        if (signal?.aborted) return;
      }
    }
  }

  return {
    tail,
    async [Symbol.asyncDispose]() {
      if (closed) return;
      closed = true;
      await link.close(() => cluster.disconnect());
    },
  };
}

/** What `work` resolves with, or null once the signal is aborted: a broker that does not answer holds up nobody then. */
async function unlessAborted<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T | null> {
  if (signal === undefined) return await work;
  let onAbort = () => {};
  const aborted = new Promise<null>((resolve) => {
    onAbort = () => resolve(null);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * The end of each partition: of its leader's log, or of what readers may see of it. Spec: ListOffsets, where a replica
 * id of -2 is a reader for diagnosis, who is told of what is not replicated yet.
 */
async function readEnds(
  cluster: Cluster,
  topic: TopicName,
  kind: "log" | "readable",
): Promise<ReadonlyMap<number, number>> {
  const ids = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
  const answers = Object.entries(cluster.findLeaderForPartitions(topic, ids)).map(async ([nodeId, led]) => {
    const broker = await cluster.findBroker({ nodeId });
    const partitions = led.map((partition) => ({ partition, timestamp: latestOffset }));
    const { responses } = await broker.listOffsets({
      replicaId: kind === "log" ? diagnosingReplica : ordinaryReader,
      isolationLevel: readUncommitted,
      topics: [{ topic, partitions }],
    });
    return responses.flatMap((response) => response.partitions);
  });
  const ends = (await Promise.all(answers)).flat();
  return new Map(ends.map(({ partition, offset }) => [partition, Number(offset)]));
}

/** First and last stable offset of each partition; beginning no earlier than `from` says. */
async function readOffsets(
  cluster: Cluster,
  topic: TopicName,
  from: ReadonlyMap<number, number> | undefined,
) {
  const partitions = cluster
    .findTopicPartitionMetadata(topic)
    .map(({ partitionId }) => ({ partition: partitionId }));
  const read = async (fromBeginning: boolean) => {
    const [found] = await cluster.fetchTopicsOffset([{ topic, partitions, fromBeginning }]);
    return new Map(found?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
  };
  const [earliest, latest] = [await read(true), await read(false)];
  return partitions.map(({ partition }) => ({
    partition,
    earliest: Math.max(earliest.get(partition) ?? 0, from?.get(partition) ?? 0),
    latest: latest.get(partition) ?? 0,
  }));
}

/** One fetch from every leader that has something to give. */
async function fetchRound(
  cluster: Cluster,
  topic: TopicName,
  cursors: readonly Cursor[],
): Promise<readonly Fetched[]> {
  const leaders = cluster.findLeaderForPartitions(
    topic,
    cursors.map(({ partition }) => partition),
  );
  const answers = Object.entries(leaders).map(async ([nodeId, led]) => {
    const partitions = cursors
      .filter(({ partition }) => led.includes(partition))
      .map(({ partition, start, maxBytes }) => ({ partition, fetchOffset: String(start), maxBytes }));
    const broker = await cluster.findBroker({ nodeId });
    const { responses } = await broker.fetch({
      isolationLevel: readCommitted,
      maxWaitTime: maxWaitMs,
      minBytes: 1,
      maxBytes: Math.max(answerBytes, ...partitions.map(({ maxBytes }) => maxBytes)),
      topics: [{ topic, partitions }],
    });
    return responses.flatMap((response) => response.partitions);
  });
  try {
    return (await Promise.all(answers)).flat();
  } catch (error) {
    // Retention was faster than we: what it took is no part of the tail any more.
    if (brokerErrorType(error) !== "OFFSET_OUT_OF_RANGE") throw error;
    const read = await readOffsets(cluster, topic, undefined);
    const offsets = new Map(read.map((offset) => [offset.partition, offset]));
    const lost = cursors.filter(({ partition, start }) => start < (offsets.get(partition)?.earliest ?? 0));
    if (lost.length === 0) throw error;
    for (const cursor of lost) {
      cursor.start = Math.min(offsets.get(cursor.partition)?.earliest ?? cursor.end, cursor.end);
    }
    return [];
  }
}

/** The records of an answer that belong to the tail; moves the cursor past what the answer covers. */
function take(topic: TopicName, cursor: Cursor, fetched: Fetched): ConsumedRecord[] {
  const { start, end, partition } = cursor;
  const last = fetched.messages.at(-1);
  if (last === undefined) {
    // No whole batch fits, or none has records: there may be some behind what was looked at.
    if (cursor.maxBytes < largePartitionBytes) cursor.maxBytes = largePartitionBytes;
    else cursor.start = end;
    return [];
  }
  cursor.maxBytes = partitionBytes;
  cursor.start = Math.min(Math.max(offsetAfter(last), start + 1), end);
  return visibleMessages(topic, start, fetched)
    .filter(({ offset }) => Number(offset) < end)
    .map((message) => toRecord(topic, partition, message));
}

/** Of the batch, which reaches further than its last record when that was compacted away. */
function offsetAfter({ offset, batchContext }: FetchedMessage): number {
  const ofBatch =
    batchContext === undefined ? 0 : Number(batchContext.firstOffset) + batchContext.lastOffsetDelta;
  return Math.max(Number(offset), ofBatch) + 1;
}
