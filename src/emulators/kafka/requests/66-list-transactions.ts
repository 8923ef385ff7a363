/**
 * ListTransactions (key 66). Served: 0-1.
 *
 * 0     flexible from the start; by state and by producer
 * 1     open for longer than a time
 * 2     by a pattern of the id, which is not served: Kafka's is RE2's, and ours would be another
 */
import { defineApi } from "../protocol/api.ts";
import { arrayOf, int16, int32, int64, string, structs } from "../protocol/field.ts";

/** Every state that Kafka's transactions go through. */
const knownStates = [
  "Empty",
  "Ongoing",
  "PrepareCommit",
  "PrepareAbort",
  "CompleteCommit",
  "CompleteAbort",
  "PrepareEpochFence",
];

export const listTransactions = defineApi({
  key: 66,
  name: "ListTransactions",
  versions: [0, 1],
  flexibleSince: 0,
  request: {
    stateFilters: arrayOf(string()),
    producerIdFilters: arrayOf(int64()),
    durationFilter: int64({ since: 1, default: -1 }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    unknownStateFilters: arrayOf(string()),
    transactionStates: structs({
      transactionalId: string(),
      producerId: int64(),
      transactionState: string(),
    }),
  },
  handle({ stateFilters, producerIdFilters, durationFilter }, { broker }) {
    const states = new Set(stateFilters);
    const producers = new Set(producerIdFilters);
    const nowMs = broker.clock.now();
    return {
      unknownStateFilters: [...states].filter((state) => !knownStates.includes(state)),
      transactionStates: Array.from(broker.transactions.list())
        .filter(
          ({ state, producerId, startedMs }) =>
            (states.size === 0 || states.has(state)) &&
            (producers.size === 0 || producers.has(producerId)) &&
            (durationFilter < 0 || nowMs - startedMs > durationFilter),
        )
        .map(({ id, producerId, state }) => ({ transactionalId: id, producerId, transactionState: state })),
    };
  },
});
