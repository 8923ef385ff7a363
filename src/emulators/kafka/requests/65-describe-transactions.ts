/**
 * DescribeTransactions (key 65). Served: 0.
 *
 * 0     flexible from the start
 */
import type { Broker } from "../broker.ts";
import { defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { arrayOf, int16, int32, int64, string, structs } from "../protocol/field.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { uniqueBy } from "./unique-by.ts";

/** Names and indexes of what the transaction writes to. */
function topicsOf({ partitions }: Transaction, broker: Broker) {
  if (partitions.size === 0) return [];
  return Array.from(broker.topics.list(), (topic) => ({
    name: topic.name,
    partitions: topic.partitions.flatMap((partition, index) => (partitions.has(partition) ? [index] : [])),
  })).filter((topic) => topic.partitions.length > 0);
}

export const describeTransactions = defineApi({
  key: 65,
  name: "DescribeTransactions",
  versions: [0, 0],
  flexibleSince: 0,
  request: { transactionalIds: arrayOf(string()) },
  response: {
    throttleTimeMs: int32(),
    transactionStates: structs({
      errorCode: int16(),
      transactionalId: string(),
      transactionState: string(),
      transactionTimeoutMs: int32(),
      transactionStartTimeMs: int64(),
      producerId: int64(),
      producerEpoch: int16(),
      topics: structs({ name: string(), partitions: arrayOf(int32()) }),
    }),
  },
  handle: ({ transactionalIds }, { broker }) => ({
    transactionStates: uniqueBy(transactionalIds, String).map((transactionalId) => {
      const transaction = broker.transactions.byId(transactionalId);
      if (transaction === undefined) {
        const isNone = transactionalId === "";
        const errorCode = isNone ? ErrorCode.invalidRequest : ErrorCode.transactionalIdNotFound;
        return { errorCode, transactionalId };
      }
      return {
        errorCode: ErrorCode.none,
        transactionalId,
        transactionState: transaction.state,
        transactionTimeoutMs: transaction.timeoutMs,
        transactionStartTimeMs: transaction.startedMs,
        producerId: transaction.producerId,
        producerEpoch: transaction.epoch,
        topics: topicsOf(transaction, broker),
      };
    }),
  }),
});
