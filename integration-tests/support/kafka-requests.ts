/**
 * Single requests of the contract's cases, in any version, answered as they are: an error is a code, nothing is
 * thrown, retried or looked up behind the case's back.
 */

import { produce } from "../../src/emulators/kafka/requests/00-produce.ts";
import { fetch } from "../../src/emulators/kafka/requests/01-fetch.ts";
import { listOffsets } from "../../src/emulators/kafka/requests/02-list-offsets.ts";
import { encodeBatch, type TestBatch } from "../../src/emulators/kafka/testing/batches.ts";
import { openRawClient, type RawClient } from "../../src/emulators/kafka/testing/raw-client.ts";
import { only } from "./kafka-wire.ts";

/** Connects to `host:port`. */
export const openClient = (bootstrap: string): Promise<RawClient> => openRawClient(bootstrap);

/** Partition 0 unless said otherwise. */
interface Where {
  readonly partition?: number;
}

/** Writes one batch and answers what the broker said of its partition. */
export async function writeBatch(
  client: RawClient,
  topic: string,
  batch: TestBatch,
  {
    partition = 0,
    acks = -1,
    transactionalId = null,
  }: Where & { acks?: number; transactionalId?: string | null } = {},
) {
  const bytes = encodeBatch(batch);
  const records = { buffers: [bytes], byteLength: bytes.length };
  const topics = [{ name: topic, partitions: [{ index: partition, records }] }];
  const answer = await client.call(produce, 9, { transactionalId, acks, timeoutMs: 10_000, topics });
  return only(only(answer.topics).partitions);
}

/** What a partition answers from `offset` on; `bytes` are the batches as they lie there. */
export async function fetchPartition(
  client: RawClient,
  topic: string,
  offset: number,
  {
    partition = 0,
    isCommittedOnly = false,
    waitMs = 0,
  }: Where & { isCommittedOnly?: boolean; waitMs?: number } = {},
) {
  const partitions = [{ index: partition, fetchOffset: offset, partitionMaxBytes: 1e7 }];
  const answer = await client.call(fetch, 11, {
    replicaId: -1,
    maxWaitMs: waitMs,
    minBytes: 1,
    maxBytes: 1e7,
    isolationLevel: isCommittedOnly ? 1 : 0,
    sessionEpoch: -1,
    topics: [{ name: topic, partitions }],
  });
  const { records, ...rest } = only(only(answer.topics).partitions);
  return { ...rest, bytes: Buffer.concat(records?.buffers ?? []) };
}

/** Special timestamps of ListOffsets. */
export const latest = -1;
export const earliest = -2;
export const newest = -3;

/** Offset and time of the first record at `timestampMs` or later, or of one of the special ones. */
export async function lookUp(
  client: RawClient,
  topic: string,
  timestampMs: number,
  { partition = 0, isCommittedOnly = false }: Where & { isCommittedOnly?: boolean } = {},
) {
  const partitions = [{ index: partition, timestampMs }];
  const isolationLevel = isCommittedOnly ? 1 : 0;
  const topics = [{ name: topic, partitions }];
  const answer = await client.call(listOffsets, 7, { replicaId: -1, isolationLevel, topics });
  const { errorCode, offset, timestampMs: foundMs } = only(only(answer.topics).partitions);
  return { errorCode, offset, timestampMs: foundMs };
}
