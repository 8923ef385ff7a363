/**
 * Fetch (key 1). Served: 4-18.
 *
 * Waits until minBytes are there, something is wrong with a partition, or maxWaitMs have passed; an append wakes
 * it. Whole batches within the limits of partition and response; the first batch of the first partition that has
 * one comes even when it is larger. Incremental sessions (KIP-227) are never granted: the session id is always 0.
 *
 * 4     isolation level: read_committed stops at the first undecided transaction, and lists the aborted ones
 * 5     log start offset
 * 7     sessions
 * 9     current leader epoch
 * 11    rack id, preferred read replica
 * 12    flexible
 * 13    topics by id
 * 15    replica state (tagged; of followers, which there are none of)
 * 18    the follower's high watermark (tagged)
 */

import { brokerId } from "../broker.ts";
import { leaderEpoch } from "../log/leader-epoch.ts";
import type { AppendedBytes, PartitionLog } from "../log/partition-log.ts";
import { batch } from "../log/record-batch.ts";
import { type Answer, defineApi, type RequestContext } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import {
  arrayOf,
  int8,
  int16,
  int32,
  int64,
  type Message,
  nullableString,
  nullableStructs,
  records,
  string,
  struct,
  structs,
  uuid,
} from "../protocol/field.ts";
import type { Chunks } from "../protocol/writer.ts";
import { currentLeader, nodeEndpoints } from "./leader-hints.ts";
import { lastNamed } from "./unique-by.ts";

const topicIdSince = 13;
const replicaStateSince = 15;
const nodeEndpointsSince = 16;

const request = {
  clusterId: nullableString({ since: 12, tag: 0 }),
  replicaId: int32({ until: 14, default: -1 }),
  replicaState: struct(
    { replicaId: int32({ default: -1 }), replicaEpoch: int64({ default: -1 }) },
    { since: 15, tag: 1 },
  ),
  maxWaitMs: int32(),
  minBytes: int32(),
  maxBytes: int32(),
  isolationLevel: int8(),
  sessionId: int32({ since: 7 }),
  sessionEpoch: int32({ since: 7, default: -1 }),
  topics: structs({
    name: string({ until: 12 }),
    topicId: uuid({ since: 13 }),
    partitions: structs({
      index: int32(),
      currentLeaderEpoch: int32({ since: 9, default: -1 }),
      fetchOffset: int64(),
      lastFetchedEpoch: int32({ since: 12, default: -1 }),
      logStartOffset: int64({ since: 5, default: -1 }),
      partitionMaxBytes: int32(),
      replicaDirectoryId: uuid({ since: 17, tag: 0 }),
      highWatermark: int64({ since: 18, tag: 1, default: Number("9223372036854775807") }),
    }),
  }),
  forgottenTopics: structs(
    { name: string({ until: 12 }), topicId: uuid({ since: 13 }), partitions: arrayOf(int32()) },
    { since: 7 },
  ),
  rackId: string({ since: 11 }),
};

const response = {
  throttleTimeMs: int32(),
  errorCode: int16({ since: 7 }),
  sessionId: int32({ since: 7 }),
  topics: structs({
    name: string({ until: 12 }),
    topicId: uuid({ since: 13 }),
    partitions: structs({
      index: int32(),
      errorCode: int16(),
      highWatermark: int64(),
      lastStableOffset: int64(),
      logStartOffset: int64({ since: 5, default: -1 }),
      divergingEpoch: struct(
        { epoch: int32({ default: -1 }), endOffset: int64({ default: -1 }) },
        { since: 12, tag: 0 },
      ),
      currentLeader: currentLeader(1, 12),
      snapshotId: struct(
        { endOffset: int64({ default: -1 }), epoch: int32({ default: -1 }) },
        { since: 12, tag: 2 },
      ),
      abortedTransactions: nullableStructs({ producerId: int64(), firstOffset: int64() }),
      preferredReadReplica: int32({ since: 11, default: -1 }),
      records: records(),
    }),
  }),
  nodeEndpoints: nodeEndpoints(nodeEndpointsSince),
};

type FetchRequest = Message<typeof request>;
type FetchPartition = FetchRequest["topics"][number]["partitions"][number];
type FetchAnswer = Answer<typeof response>;

/** No response carries more, whatever the client allows; Kafka's `fetch.max.bytes`. */
const maxResponseBytes = 55 * 1024 * 1024;

const noRecords: Chunks = { buffers: [], byteLength: 0 };

interface Budget {
  bytesLeft: number;
  bytesRead: number;
  /** True once a partition's answer should not wait. */
  urgent: boolean;
}

function failure(index: number, errorCode: ErrorCode) {
  return {
    index,
    errorCode,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    abortedTransactions: null,
    preferredReadReplica: -1,
    records: noRecords,
  };
}

const readCommitted = 1;

function readPartition(
  wanted: FetchPartition,
  partition: PartitionLog,
  isCommittedOnly: boolean,
  budget: Budget,
) {
  if (wanted.currentLeaderEpoch > leaderEpoch) {
    budget.urgent = true;
    return failure(wanted.index, ErrorCode.unknownLeaderEpoch);
  }
  const { startOffset, endOffset, lastStableOffset } = partition;
  const isBeyond = wanted.fetchOffset < startOffset || wanted.fetchOffset > endOffset;
  if (isBeyond || wanted.lastFetchedEpoch > leaderEpoch) {
    budget.urgent = true;
    return failure(wanted.index, ErrorCode.offsetOutOfRange);
  }
  const beforeOffset = isCommittedOnly ? lastStableOffset : endOffset;
  let found = noRecords;
  if (wanted.fetchOffset < beforeOffset) {
    const maxBytes = Math.min(Math.max(wanted.partitionMaxBytes, 0), budget.bytesLeft);
    found = partition.read(wanted.fetchOffset, maxBytes, budget.bytesRead === 0, beforeOffset);
    budget.bytesRead += found.byteLength;
    budget.bytesLeft = Math.max(0, budget.bytesLeft - found.byteLength);
  }
  return {
    index: wanted.index,
    errorCode: ErrorCode.none,
    highWatermark: endOffset,
    lastStableOffset,
    logStartOffset: startOffset,
    abortedTransactions: isCommittedOnly ? listAborted(wanted.fetchOffset, found, partition) : null,
    preferredReadReplica: -1,
    records: found,
  };
}

/** Those that a reader of `found` has to know. */
function listAborted(fetchOffset: number, found: Chunks, partition: PartitionLog) {
  const last = found.buffers.at(-1);
  const listed = partition.listAborted(fetchOffset, partition.lastStableOffset);
  if (last === undefined || listed.length === 0) return [];
  const end = offsetAfter(last);
  return listed.filter(({ firstOffset }) => firstOffset < end);
}

/** The offset that follows the last batch in `bytes`. */
function offsetAfter(bytes: Buffer): number {
  let at = 0;
  for (let next = 0; next < bytes.length; next += batch.byteLength(bytes, next)) at = next;
  return batch.lastOffset(bytes, at) + 1;
}

function read({ topics, maxBytes, isolationLevel }: FetchRequest, { broker, version }: RequestContext) {
  const budget: Budget = {
    bytesLeft: Math.min(Math.max(maxBytes, 0), maxResponseBytes),
    bytesRead: 0,
    urgent: false,
  };
  const watched: PartitionLog[] = [];
  const byId = version >= topicIdSince;
  const answers = lastNamed(topics).map(({ name, topicId, partitions }) => {
    const topic = byId ? broker.topics.byId(topicId) : broker.topics.byName(name);
    return {
      name,
      topicId,
      partitions: partitions.map((wanted) => {
        const partition = topic?.partitions[wanted.index];
        if (partition !== undefined) {
          watched.push(partition);
          return readPartition(wanted, partition, isolationLevel === readCommitted, budget);
        }
        budget.urgent = true;
        const isUnknownId = byId && topic === undefined;
        return failure(
          wanted.index,
          isUnknownId ? ErrorCode.unknownTopicId : ErrorCode.unknownTopicOrPartition,
        );
      }),
    };
  });
  return { answer: { topics: answers }, budget, watched };
}

/** Resolves when `partitions` have grown by `missingBytes`, one is gone, maxWaitMs have passed or the client left. */
function waitForMore(
  partitions: readonly PartitionLog[],
  missingBytes: number,
  { maxWaitMs, isolationLevel }: FetchRequest,
  { broker, onDisconnect }: RequestContext,
): Promise<void> {
  return new Promise((resolve) => {
    let missing = missingBytes;
    const cleanups: (() => void)[] = [];
    const finish = () => {
      for (const cleanup of cleanups) cleanup();
      resolve();
    };
    const counted = isolationLevel === readCommitted ? "stable" : "total";
    const onAppend = (appended: AppendedBytes | null) => {
      missing -= appended?.[counted] ?? Number.POSITIVE_INFINITY;
      if (missing <= 0) finish();
    };
    cleanups.push(broker.clock.after(maxWaitMs, finish), onDisconnect(finish));
    for (const partition of new Set(partitions)) cleanups.push(partition.watch(onAppend));
  });
}

/** Before topics had ids each partition is told the error of the whole. */
function failAll({ topics }: FetchRequest, { version }: RequestContext, errorCode: ErrorCode): FetchAnswer {
  if (version >= topicIdSince) return { errorCode };
  return {
    errorCode,
    topics: lastNamed(topics).map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ index }) => failure(index, errorCode)),
    })),
  };
}

/** A replica that the partition has not is sent to its leader. There is none but this broker's own. */
function refuseFollower({ topics }: FetchRequest, { version }: RequestContext): FetchAnswer {
  const hint = version >= nodeEndpointsSince && { currentLeader: { leaderId: brokerId, leaderEpoch } };
  return {
    topics: lastNamed(topics).map(({ name, topicId, partitions }) => ({
      name,
      topicId,
      partitions: partitions.map(({ index }) => ({
        ...failure(index, ErrorCode.notLeaderOrFollower),
        ...hint,
      })),
    })),
  };
}

export const fetch = defineApi({
  key: 1,
  name: "Fetch",
  versions: [4, 18],
  flexibleSince: 12,
  request,
  response,
  handle(wanted, context): FetchAnswer | Promise<FetchAnswer> {
    if (wanted.isolationLevel < 0 || wanted.isolationLevel > readCommitted) {
      return failAll(wanted, context, ErrorCode.unknownServerError);
    }
    const { replicaId } = context.version >= replicaStateSince ? wanted.replicaState : wanted;
    if (replicaId >= 0) return refuseFollower(wanted, context);
    // A client asks for incremental fetches only within a session that it was granted, and none ever is.
    if (wanted.sessionEpoch > 0) return { errorCode: ErrorCode.fetchSessionIdNotFound };
    const { answer, budget, watched } = read(wanted, context);
    const missingBytes = Math.min(wanted.minBytes, maxResponseBytes) - budget.bytesRead;
    const isReady = budget.urgent || missingBytes <= 0 || budget.bytesLeft === 0 || wanted.maxWaitMs <= 0;
    if (isReady || wanted.topics.length === 0) return answer;
    return waitForMore(watched, missingBytes, wanted, context).then(() => read(wanted, context).answer);
  },
});
