/**
 * AddPartitionsToTxn (key 24). Served: 0-3; later versions are between brokers.
 *
 * All partitions or none: one that does not exist refuses the others too.
 *
 * 2     error 90 for a fenced producer, 47 before
 * 3     flexible
 */
import type { PartitionLog } from "../log/partition-log.ts";
import { defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { arrayOf, int16, int32, int64, string, structs } from "../protocol/field.ts";
import { fencedCode } from "./fenced-code.ts";

export const addPartitionsToTxn = defineApi({
  key: 24,
  name: "AddPartitionsToTxn",
  versions: [0, 3],
  flexibleSince: 3,
  request: {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    topics: structs({ name: string(), partitions: arrayOf(int32()) }),
  },
  response: {
    throttleTimeMs: int32(),
    topics: structs({ name: string(), partitions: structs({ index: int32(), errorCode: int16() }) }),
  },
  handle(request, { broker, version }) {
    const found: PartitionLog[] = [];
    let isComplete = true;
    for (const { name, partitions } of request.topics) {
      const topic = broker.topics.byName(name);
      for (const index of partitions) {
        const partition = topic?.partitions[index];
        if (partition === undefined) isComplete = false;
        else found.push(partition);
      }
    }
    const outcome = isComplete
      ? fencedCode(broker.transactions.add(request, { partitions: found }), version, 2)
      : ErrorCode.operationNotAttempted;
    return {
      topics: request.topics.map(({ name, partitions }) => {
        const topic = broker.topics.byName(name);
        return {
          name,
          partitions: partitions.map((index) => {
            const isKnown = topic?.partitions[index] !== undefined;
            return { index, errorCode: isKnown ? outcome : ErrorCode.unknownTopicOrPartition };
          }),
        };
      }),
    };
  },
});
