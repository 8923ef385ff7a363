/**
 * What Birdwire needs of a Kafka client, and no more; one adapter file in this room for each client.
 *
 * Offsets are plain numbers: Kafka counts records from 0, and 2^53 of them will not be reached.
 */
import type { TopicName } from "../kernel/brand.ts";

export type HeaderValue = Buffer | string;

export interface OutgoingRecord {
  readonly key: Buffer | null;
  /** null is a tombstone. */
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, HeaderValue>>;
  /** Milliseconds since the epoch; the client's time when absent. */
  readonly timestampMs?: number;
  /** Default: that of the key, or one after the other for records without a key. */
  readonly partition?: number;
}

export interface ConsumedRecord {
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
}

export interface ConsumedBatch {
  readonly topic: TopicName;
  readonly partition: number;
  readonly records: readonly ConsumedRecord[];
  /** Offset after the last one this batch covers, control records and compacted gaps included. */
  readonly nextOffset: number;
  /** Offset after the last record that readers may see. */
  readonly highWatermark: number;
  /** Tells the group that this member is alive; call it while a batch takes long. */
  heartbeat(): Promise<void>;
}

/** The next offset to read of a partition; what a commit stores. */
export interface Position {
  readonly topic: TopicName;
  readonly partition: number;
  readonly nextOffset: number;
}

export interface TopicPartition {
  readonly topic: TopicName;
  readonly partition: number;
}

export interface RecordProducer extends AsyncDisposable {
  /**
   * Resolves when every record is acknowledged by all in-sync replicas. Sends are carried out in their order, one
   * at a time; one that finds the broker away is repeated. Rejects with KafkaError: some of its records may have
   * been written then; `record-too-large` has the place of the record in `details.index`.
   */
  send(topic: TopicName, records: readonly OutgoingRecord[]): Promise<void>;
}

export interface ConsumerOptions {
  readonly topics: readonly TopicName[];
  readonly groupId: string;
  /** Where a partition without a committed offset starts. */
  readonly startAt: "earliest" | "latest";
  /** How long the group waits for a silent member, in ms. Default 10,000. */
  readonly sessionTimeoutMs?: number | undefined;
  /** Of the partitions that the group gives to this member, only these are read. Default: all. */
  readonly partitions?: readonly number[] | undefined;
  /**
   * Whether `commit` stores positions for the group. Default true. With false it keeps them in this consumer, which
   * then goes on where it was in partitions that a rebalance leaves or gives back to it; what is committed of a
   * partition that it has read nothing of is where it starts.
   */
  readonly commits?: boolean | undefined;
  /** Told why the brokers are waited for, and null once they serve again. */
  readonly onOutage?: ((reason: string | null) => void) | undefined;
}

/** What becomes of a member's share of the partitions. */
export interface ShareEvents {
  /**
   * The group is about to share out its partitions anew, and any of this member's may become another's: what is
   * committed now still counts. The member waits for it no longer than two seconds, and then gives them up. Not told
   * where the group has given up the member, or after `stop`. Must not reject.
   */
  onRevoke?(): Promise<void>;
  /** These are the member's from now on; told before the first batch of any of them. */
  onAssigned?(partitions: readonly TopicPartition[]): void;
}

export interface RecordConsumer extends AsyncDisposable {
  /**
   * Calls `onBatch` for one batch after the other (never two at once) until `stop`; then resolves.
   * Rejects with KafkaError when the consumer cannot go on, or with what `onBatch` threw.
   */
  run(onBatch: (batch: ConsumedBatch) => Promise<void>, events?: ShareEvents): Promise<void>;
  /** Resolves once the group has given this member its partitions (they may be none). */
  joined(): Promise<void>;
  /**
   * Stores positions for the group, as far as it can: what belongs to another member by now, or comes while the
   * group is sharing out its partitions anew or the broker is away, is left out and will be read again. Nothing is
   * committed that was not passed here. Rejects with KafkaError when the broker refuses or the consumer is closed.
   */
  commit(positions: readonly Position[]): Promise<void>;
  /**
   * Hands out no further batch and resolves at once; `run` resolves when the batch under way is handled. The member
   * stays in its group until it is disposed of, so that a last commit counts.
   */
  stop(): Promise<void>;
}

export interface TopicSpec {
  readonly topic: TopicName;
  readonly partitions: number;
  readonly replicationFactor?: number;
  readonly config?: Readonly<Record<string, string>>;
}

export interface PartitionOffsets {
  readonly partition: number;
  /** First offset still held (log start offset). */
  readonly earliest: number;
  /** Offset after the last record (high watermark). */
  readonly latest: number;
}

/** How one partition is kept. */
export interface PartitionState {
  readonly partition: number;
  /** False while no broker leads it: nothing can be written or read then. */
  readonly hasLeader: boolean;
  readonly replicas: number;
  readonly inSyncReplicas: number;
}

export interface GroupMember {
  readonly clientId: string;
  /** As the broker sees it. */
  readonly host: string;
}

export interface KafkaAdmin extends AsyncDisposable {
  /** True when the topic was made, false when it was there already. */
  createTopic(spec: TopicSpec): Promise<boolean>;
  topics(): Promise<TopicName[]>;
  /** In their order. Throws KafkaError `unknown-topic` when there is none. */
  partitions(topic: TopicName): Promise<PartitionState[]>;
  /**
   * Every setting that applies to the topic by its name in Kafka, be it the topic's own or the brokers'.
   * Throws KafkaError `unknown-topic` when there is none, `authorization-failed` when we may not see them.
   */
  topicSettings(topic: TopicName): Promise<Readonly<Record<string, string>>>;
  /** Throws KafkaError `unknown-topic` when there is none. */
  offsets(topic: TopicName): Promise<PartitionOffsets[]>;
  /** Positions that a group has stored; partitions without one are left out. */
  committed(groupId: string, topic: TopicName): Promise<Position[]>;
  /**
   * Of every partition the offset of the first record with that time (milliseconds since the epoch) or a later one;
   * its end where there is none. Throws KafkaError `unknown-topic`.
   */
  offsetsAt(topic: TopicName, timeMs: number): Promise<Position[]>;
  /** Who is in a group; nobody where there is no such group. */
  members(groupId: string): Promise<GroupMember[]>;
  /**
   * Stores positions for a group that nobody is a member of, be it new or left. Throws KafkaError `group-active`
   * when somebody is.
   */
  storePositions(groupId: string, positions: readonly Position[]): Promise<void>;
}

export interface TailOptions {
  /**
   * How far back from its end the topic is read, in records of all partitions together: each gives a fair share of its
   * newest. Counted in offsets, so that what was compacted away makes it fewer. `Infinity`: the whole topic.
   */
  readonly maxRecords: number;
  /** Reads nothing before these offsets, by partition: what an earlier tail came to. */
  readonly from?: ReadonlyMap<number, number>;
  /** Ends the iteration after the batch that was given out, without waiting for a broker's answer. */
  readonly signal?: AbortSignal | undefined;
}

/** Some records of one partition. */
export interface TailBatch {
  readonly topic: TopicName;
  readonly partition: number;
  readonly records: readonly ConsumedRecord[];
  /** Offset after the last one this batch covers. */
  readonly nextOffset: number;
  /** Offsets behind us with this batch, and in the whole tail; for progress. */
  readonly done: number;
  readonly total: number;
}

/** Reads without a group: nothing is joined, committed or left behind. */
export interface TopicReader extends AsyncDisposable {
  /**
   * What a topic holds when this is called, and no more, however fast it grows: committed records, in their order
   * within a partition, the partitions side by side. What a leader has taken and not yet replicated is part of it, and
   * waited for as long as a request may take. Of an empty topic there is no batch.
   *
   * Rejects with KafkaError: `unknown-topic`; a retriable one when the brokers give nothing for longer than a request
   * may take.
   */
  tail(topic: TopicName, options: TailOptions): AsyncIterable<TailBatch>;
}

export interface ProducerOptions {
  /** Default "gzip" would cost CPU for little on short records: none. */
  readonly compression?: "none" | "gzip";
  /** Told why the brokers are waited for, and null once they take records again. */
  readonly onOutage?: ((reason: string | null) => void) | undefined;
}

/** A client bound to a cluster; each open call makes connections of its own. */
export interface KafkaClient {
  openProducer(options?: ProducerOptions): Promise<RecordProducer>;
  openConsumer(options: ConsumerOptions): Promise<RecordConsumer>;
  openAdmin(): Promise<KafkaAdmin>;
  openReader(): Promise<TopicReader>;
}
