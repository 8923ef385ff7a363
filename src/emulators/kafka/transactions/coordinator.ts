/**
 * The transaction coordinator: who holds which transactional id, and how transactions begin, grow and end. A newer
 * producer of an id fences the older ones: their epoch is refused from then on.
 */
import type { Clock } from "../../../kernel/clock.ts";
import type { GroupCoordinator } from "../groups/coordinator.ts";
import { createDeadline } from "../groups/deadline.ts";
import type { PartitionLog } from "../log/partition-log.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { isEpochExhausted, type Transaction } from "./transaction.ts";

/** As Kafka's `transaction.max.timeout.ms`. */
const maxTimeoutMs = 900_000;
const maxTransactionalIds = 10_000;

/** How a producer names itself in each request. */
export interface TransactionalProducer {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
}

export interface InitRequest {
  readonly transactionalId: string;
  readonly timeoutMs: number;
  /** What the producer had; -1 and -1 when it is new. */
  readonly producerId: number;
  readonly producerEpoch: number;
}

export type InitOutcome =
  | { readonly kind: "producer"; readonly producerId: number; readonly producerEpoch: number }
  | { readonly kind: "refused"; readonly code: ErrorCode };

export interface TransactionCoordinator {
  init(request: InitRequest): InitOutcome;
  /** Takes partitions and a group's offsets into the producer's transaction, which opens if none was. */
  add(
    producer: TransactionalProducer,
    what: { readonly partitions?: readonly PartitionLog[]; readonly groupId?: string },
  ): ErrorCode;
  /** Whether the producer may write there now. */
  check(producer: TransactionalProducer, where: PartitionLog | string): ErrorCode;
  end(producer: TransactionalProducer, isCommit: boolean): ErrorCode;
  list(): Iterable<Transaction>;
  byId(transactionalId: string): Transaction | undefined;
  /** Stops every timer. */
  close(): void;
}

export interface TransactionCoordinatorOptions {
  readonly clock: Clock;
  readonly groups: GroupCoordinator;
  readonly newProducerId: () => number;
}

const refused = (code: ErrorCode): InitOutcome => ({ kind: "refused", code });

export function createTransactionCoordinator({
  clock,
  groups,
  newProducerId,
}: TransactionCoordinatorOptions): TransactionCoordinator {
  /** In order of use, so that the idlest is forgotten first. */
  const transactions = new Map<string, Transaction>();

  const complete = (transaction: Transaction, isCommit: boolean) => {
    const { producerId, epoch } = transaction;
    transaction.timeout.clear();
    transaction.state = isCommit ? "CompleteCommit" : "CompleteAbort";
    const marker = { producerId, epoch, isCommit, timestampMs: clock.now() };
    for (const partition of transaction.partitions) partition.appendMarker(marker);
    for (const groupId of transaction.groups) groups.find(groupId)?.offsets.settle(producerId, isCommit);
    transaction.partitions.clear();
    transaction.groups.clear();
  };

  /** Aborts under a raised epoch, so that whoever opened the transaction is refused from now on. */
  const abortAndFence = (transaction: Transaction) => {
    transaction.epoch++;
    transaction.lastEpoch = -1;
    complete(transaction, false);
  };

  const findOrCreate = (id: string): Transaction | null => {
    const known = transactions.get(id);
    if (known !== undefined) {
      transactions.delete(id);
      transactions.set(id, known);
      return known;
    }
    if (transactions.size >= maxTransactionalIds) {
      const idle = [...transactions.values()].find(({ state }) => state !== "Ongoing");
      if (idle === undefined) return null;
      transactions.delete(idle.id);
    }
    const transaction: Transaction = {
      id,
      producerId: newProducerId(),
      epoch: -1,
      lastEpoch: -1,
      timeoutMs: 0,
      state: "Empty",
      startedMs: -1,
      partitions: new Set(),
      groups: new Set(),
      timeout: createDeadline(clock, () => abortAndFence(transaction)),
    };
    transactions.set(id, transaction);
    return transaction;
  };

  /** The producer's transaction, if it still holds the id. */
  const find = ({ transactionalId, producerId, producerEpoch }: TransactionalProducer) => {
    if (transactionalId === "") return { errorCode: ErrorCode.invalidRequest };
    const transaction = transactions.get(transactionalId);
    if (transaction === undefined || transaction.producerId !== producerId) {
      return { errorCode: ErrorCode.invalidProducerIdMapping };
    }
    if (transaction.epoch !== producerEpoch) return { errorCode: ErrorCode.producerFenced };
    return transaction;
  };

  return {
    init({ transactionalId, timeoutMs, producerId, producerEpoch }) {
      if (transactionalId === "") return refused(ErrorCode.invalidRequest);
      if (timeoutMs <= 0 || timeoutMs > maxTimeoutMs) return refused(ErrorCode.invalidTransactionTimeout);
      const isNew = producerId === -1 && producerEpoch === -1;
      if (!isNew && (producerId < 0 || producerEpoch < 0)) return refused(ErrorCode.invalidRequest);
      const transaction = findOrCreate(transactionalId);
      if (transaction === null) return refused(ErrorCode.coordinatorNotAvailable);
      if (!isNew && transaction.epoch !== -1 && transaction.producerId !== producerId) {
        return refused(ErrorCode.producerFenced);
      }
      if (transaction.state === "Ongoing") {
        const mayFence = isNew || producerEpoch === transaction.epoch;
        if (!mayFence) return refused(ErrorCode.producerFenced);
        abortAndFence(transaction);
        // Kafka's answer while it aborts: the producer asks again.
        return refused(ErrorCode.concurrentTransactions);
      }
      if (!isNew && transaction.epoch !== -1 && producerEpoch !== transaction.epoch) {
        if (producerEpoch !== transaction.lastEpoch) return refused(ErrorCode.producerFenced);
      } else if (isEpochExhausted(transaction)) {
        transaction.producerId = newProducerId();
        transaction.epoch = 0;
        transaction.lastEpoch = -1;
      } else {
        transaction.lastEpoch = isNew ? -1 : transaction.epoch;
        transaction.epoch++;
      }
      transaction.timeoutMs = timeoutMs;
      transaction.state = "Empty";
      transaction.startedMs = -1;
      return { kind: "producer", producerId: transaction.producerId, producerEpoch: transaction.epoch };
    },
    add(producer, { partitions = [], groupId }) {
      const transaction = find(producer);
      if ("errorCode" in transaction) return transaction.errorCode;
      for (const partition of partitions) transaction.partitions.add(partition);
      if (groupId !== undefined) transaction.groups.add(groupId);
      if (transaction.state !== "Ongoing") {
        transaction.state = "Ongoing";
        transaction.startedMs = clock.now();
        transaction.timeout.set(transaction.timeoutMs);
      }
      return ErrorCode.none;
    },
    check(producer, where) {
      const transaction = find(producer);
      if ("errorCode" in transaction) {
        // The older of the two codes, since this one is also for what knows nothing of transactions.
        const isFenced = transaction.errorCode === ErrorCode.producerFenced;
        return isFenced ? ErrorCode.invalidProducerEpoch : transaction.errorCode;
      }
      const isAdded =
        typeof where === "string" ? transaction.groups.has(where) : transaction.partitions.has(where);
      return transaction.state === "Ongoing" && isAdded ? ErrorCode.none : ErrorCode.invalidTxnState;
    },
    end(producer, isCommit) {
      const transaction = find(producer);
      if ("errorCode" in transaction) return transaction.errorCode;
      if (transaction.state === "Ongoing") {
        complete(transaction, isCommit);
        return ErrorCode.none;
      }
      // The answer to an earlier try may have been lost.
      const repeated = isCommit ? "CompleteCommit" : "CompleteAbort";
      return transaction.state === repeated ? ErrorCode.none : ErrorCode.invalidTxnState;
    },
    list: () => transactions.values(),
    byId: (transactionalId) => transactions.get(transactionalId),
    close() {
      for (const { timeout } of transactions.values()) timeout.clear();
      transactions.clear();
    },
  };
}
