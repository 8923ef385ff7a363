/**
 * One transactional id as data: the producer that holds it, and what the producer's open transaction touches.
 * Spec: KIP-98, with the epochs of KIP-360. Markers are written at once, so that nobody sees the states between.
 */
import type { Deadline } from "../groups/deadline.ts";
import type { PartitionLog } from "../log/partition-log.ts";

export type TransactionState = "Empty" | "Ongoing" | "CompleteCommit" | "CompleteAbort";

export interface Transaction {
  readonly id: string;
  producerId: number;
  /** -1 before the first producer. */
  epoch: number;
  /** The epoch before the producer had it raised itself, by which a repeated request is known; else -1. */
  lastEpoch: number;
  timeoutMs: number;
  state: TransactionState;
  /** When the open transaction, or the last one, began; -1 before the producer has had any. */
  startedMs: number;
  readonly partitions: Set<PartitionLog>;
  readonly groups: Set<string>;
  /** Aborts the open transaction of a producer that is silent. */
  readonly timeout: Deadline;
}

/** Epochs are 16 bits; the last is left for fencing, as in Kafka. */
const lastUsableEpoch = 2 ** 15 - 2;

export function isEpochExhausted({ epoch }: Transaction): boolean {
  return epoch >= lastUsableEpoch;
}
