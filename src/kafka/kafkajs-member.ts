/**
 * One kafkajs consumer as a member of its group, from joining to leaving or crashing; it never restarts itself.
 */
import type { Consumer, EachBatchPayload } from "kafkajs";
import { parseTopicName, type TopicName } from "../kernel/brand.ts";
import { toConsumedBatch } from "./kafkajs-batch.ts";
import { createLink, innerRetry, type KafkaJsLink, type KafkaJsSettings, within } from "./kafkajs-link.ts";
import type { PositionKeeper } from "./kafkajs-positions.ts";
import { joinAfter } from "./kafkajs-rejoin.ts";
import type { ConsumedBatch, ConsumerOptions, Position, TopicPartition } from "./port.ts";

/** Partitions of each topic that the group has given to this member. */
export type Assignment = ReadonlyMap<TopicName, readonly number[]>;

export interface MemberEvents {
  onAssigned(assignment: Assignment): void;
  /**
   * The group is about to share out its partitions anew; the member waits a moment for it before it joins again. Must
   * not reject.
   */
  onRevoke(): Promise<void>;
  /** The first fetch after a join is back: the member knows where it reads each partition. */
  onPositioned(): void;
  /** True when the batch was handled and reading goes on after it. Must not throw. */
  onBatch(batch: ConsumedBatch): Promise<boolean>;
  /** The member has left its group and will do nothing any more. */
  onCrash(error: unknown): void;
}

export interface Member {
  /** Joins the group and reads until `close` or a crash. */
  start(): void;
  /** Reads nothing more, but stays in the group. */
  pause(): void;
  /** False when the member was not in its group and nothing was stored; rejects with kafkajs's errors. */
  commit(positions: readonly Position[]): Promise<boolean>;
  close(): Promise<void>;
}

const defaultSessionTimeoutMs = 10_000;
const heartbeatIntervalMs = 1000;
const rebalanceTimeoutMs = 30_000;
/** No heartbeat is sent meanwhile, and the shortest session is 6 s. */
const revokeMs = 2000;
/** kafkajs sees a rebalance or a stop only when its fetch is back, so a fetch without records returns soon. */
const maxWaitMs = 250;

/**
 * With `kept` the member starts where that says rather than at what is committed.
 * Rejects with KafkaError when no broker can be reached or a topic is unknown.
 */
export async function openMember(
  settings: KafkaJsSettings,
  options: ConsumerOptions,
  events: MemberEvents,
  kept: PositionKeeper | null,
): Promise<Member> {
  const { topics, groupId, startAt, sessionTimeoutMs = defaultSessionTimeoutMs } = options;
  const heartbeatMs = Math.min(heartbeatIntervalMs, Math.floor(sessionTimeoutMs / 3));
  const link = await createLink(settings);
  const consumer = link.kafka.consumer({
    groupId,
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: heartbeatMs,
    rebalanceTimeout: rebalanceTimeoutMs,
    maxWaitTimeInMs: maxWaitMs,
    allowAutoTopicCreation: false,
    // Its own restarts know no end; the adapter decides.
    retry: { ...innerRetry, restartOnFailure: () => Promise.resolve(false) },
  });
  await link.connect(`read ${topics.join(", ")} as group ${groupId}`, async () => {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: startAt === "earliest" });
  });
  const { closeTimeoutMs } = settings;
  return createMember(link, consumer, events, {
    closeTimeoutMs,
    heartbeatMs,
    partitions: options.partitions,
    kept,
  });
}

interface MemberSettings {
  readonly closeTimeoutMs: number;
  readonly heartbeatMs: number;
  /** Those to be read; without it all. */
  readonly partitions: readonly number[] | undefined;
  readonly kept: PositionKeeper | null;
}

function createMember(
  link: KafkaJsLink,
  consumer: Consumer,
  events: MemberEvents,
  { closeTimeoutMs, heartbeatMs, partitions: wanted, kept }: MemberSettings,
): Member {
  let assigned: { topic: TopicName; partitions: number[] }[] = [];
  let positioned = false;
  let paused = false;
  let started = false;
  let stopped = false;
  let commits = 0;
  let rebalancing = false;
  let lastMemberId: string | null = null;
  let goodbyeTimer: NodeJS.Timeout | undefined;
  /** Why the batches of the last fetch are no longer this member's to handle. */
  let dropped: { error: unknown } | null = null;

  const unwanted = () =>
    wanted === undefined
      ? []
      : assigned.map(({ topic, partitions }) => ({
          topic,
          partitions: partitions.filter((partition) => !wanted.includes(partition)),
        }));
  const pauseAssigned = () => {
    if (stopped) return;
    const left = paused ? assigned : unwanted();
    if (left.length > 0) consumer.pause(left);
  };

  const tellAssigned = () =>
    events.onAssigned(new Map(assigned.map(({ topic, partitions }) => [topic, partitions])));

  /** kafkajs forgets where it was with each join, and would go on at what is committed. */
  const goOn = () => {
    if (stopped || kept === null) return;
    for (const { topic, partitions } of assigned) {
      for (const partition of partitions) {
        const offset = kept.positionOf({ topic, partition });
        if (offset !== undefined) consumer.seek({ topic, partition, offset: String(offset) });
      }
    }
  };

  consumer.on("consumer.rebalancing", () => {
    rebalancing = true;
    joinAfter(within(revokeMs, events.onRevoke()).then(() => {}));
  });
  consumer.on("consumer.group_join", ({ payload }) => {
    const { memberId, memberAssignment } = payload;
    assigned = Object.entries(memberAssignment).map(([topic, partitions]) => ({
      topic: parseTopicName(topic),
      partitions,
    }));
    // The same member without a rebalance: its topic had changed, and may be another one of that name.
    if (!rebalancing && memberId === lastMemberId) kept?.forget();
    rebalancing = false;
    lastMemberId = memberId;
    positioned = false;
    goOn();
    pauseAssigned();
    if (started) tellAssigned();
  });
  consumer.on("consumer.fetch_start", () => {
    dropped = null;
  });
  consumer.on("consumer.fetch", () => {
    if (positioned) return;
    positioned = true;
    events.onPositioned();
  });
  consumer.on("consumer.commit_offsets", () => {
    commits++;
  });
  consumer.on("consumer.stop", () => {
    stopped = true;
    // On its way to a crash it waits for replies without a limit; a crash it never reports would go unseen.
    goodbyeTimer = setTimeout(() => link.cut(), closeTimeoutMs);
  });
  consumer.on("consumer.crash", ({ payload }) => {
    stopped = true;
    clearTimeout(goodbyeTimer);
    events.onCrash(payload.error);
  });

  const eachBatch = async ({ batch, heartbeat, resolveOffset }: EachBatchPayload) => {
    if (dropped !== null) throw dropped.error;
    // kafkajs goes on with the rest of a fetch when a heartbeat of its own tells of the rebalance.
    if (rebalancing) return;
    const beat = async () => {
      if (dropped !== null) return;
      try {
        await heartbeat();
      } catch (error) {
        // Thrown into kafkajs once the batch is handled, which then rejoins; the handler has no part in it.
        dropped = { error };
      }
    };
    // kafkajs itself leaves out those that come too early.
    const timer = setInterval(beat, heartbeatMs / 2);
    try {
      if (await events.onBatch(toConsumedBatch(batch, beat))) resolveOffset(batch.lastOffset());
    } finally {
      clearInterval(timer);
    }
    const left = dropped as { error: unknown } | null;
    if (left !== null) throw left.error;
  };

  return {
    start() {
      consumer
        .run({ autoCommit: false, eachBatchAutoResolve: false, partitionsConsumedConcurrently: 1, eachBatch })
        // Until here kafkajs drops commits, even though the group has been joined.
        .then(() => {
          if (stopped) return;
          started = true;
          tellAssigned();
        })
        .catch((error: unknown) => events.onCrash(error));
    },
    pause() {
      paused = true;
      pauseAssigned();
    },
    async commit(positions) {
      const before = commits;
      await consumer.commitOffsets(
        positions.map(({ topic, partition, nextOffset }) => ({
          topic,
          partition,
          offset: String(nextOffset),
        })),
      );
      // kafkajs resolves without a word when it is not running.
      return commits > before;
    },
    async close() {
      await link.close(() => consumer.disconnect());
      clearTimeout(goodbyeTimer);
    },
  };
}

/** The positions whose partitions are in `assignment`. */
export function ownPositions(assignment: Assignment, positions: readonly Position[]): Position[] {
  return positions.filter(({ topic, partition }) => assignment.get(topic)?.includes(partition) === true);
}

export function toTopicPartitions(assignment: Assignment): TopicPartition[] {
  return [...assignment].flatMap(([topic, partitions]) =>
    partitions.map((partition) => ({ topic, partition })),
  );
}
