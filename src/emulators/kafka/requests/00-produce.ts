/**
 * Produce (key 0). Served: 0-13; 0-2 only to refuse them, all as Kafka does.
 *
 * One record batch for each partition, kept as it came. acks 0 gets no answer, and a closed connection when
 * something was refused; 1 and all mean the same, as there is one replica. Kafka asks for no more replicas in sync
 * than a topic has, so `min.insync.replicas` refuses nothing.
 *
 * 0-2   old message formats: the connection is closed. They are advertised because librdkafka takes a higher
 *       minimum for a broker that knows no compression.
 * 3     transactional id; transactional batches only where the transaction was announced
 * 5     log start offset in the answer
 * 7     zstd
 * 8     error message in the answer
 * 9     flexible
 * 10    current leader (tagged; never needed with one broker)
 * 11    error 120, where it was 48, for a batch of no open transaction
 * 12    a transactional batch announces its partition by itself
 * 13    topics by id
 */

import { batch, batchHeaderBytes } from "../log/record-batch.ts";
import type { RecordError } from "../log/record-times.ts";
import { type Answer, closeConnection, defineApi, noResponse, type RequestContext } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { int16, int32, int64, nullableString, records, string, structs, uuid } from "../protocol/field.ts";
import type { Chunks } from "../protocol/writer.ts";
import type { Topic } from "../topics.ts";
import { abortableCode } from "./fenced-code.ts";
import { currentLeader, nodeEndpoints } from "./leader-hints.ts";
import { lastNamed } from "./unique-by.ts";

const request = {
  transactionalId: nullableString({ since: 3 }),
  acks: int16(),
  timeoutMs: int32(),
  topics: structs({
    name: string({ until: 12 }),
    topicId: uuid({ since: 13 }),
    partitions: structs({ index: int32(), records: records() }),
  }),
};

const response = {
  topics: structs({
    name: string({ until: 12 }),
    topicId: uuid({ since: 13 }),
    partitions: structs({
      index: int32(),
      errorCode: int16(),
      baseOffset: int64(),
      logAppendTimeMs: int64({ since: 2, default: -1 }),
      logStartOffset: int64({ since: 5, default: -1 }),
      recordErrors: structs({ batchIndex: int32(), message: nullableString() }, { since: 8 }),
      errorMessage: nullableString({ since: 8 }),
      currentLeader: currentLeader(0, 10),
    }),
  }),
  throttleTimeMs: int32({ since: 1 }),
  nodeEndpoints: nodeEndpoints(10),
};

/** First version that may carry zstd. */
const zstdSince = 7;
const abortableSince = 11;
/** From here on a transactional batch announces its partition by itself (KIP-890). */
const addsItselfSince = 12;
const topicIdSince = 13;

interface PartitionAnswer {
  index: number;
  errorCode: number;
  baseOffset: number;
  logAppendTimeMs: number;
  logStartOffset: number;
  errorMessage: string | null;
  recordErrors?: readonly RecordError[];
}

const refusal = (index: number, errorCode: number, errorMessage: string | null): PartitionAnswer => ({
  index,
  errorCode,
  baseOffset: -1,
  logAppendTimeMs: -1,
  logStartOffset: -1,
  errorMessage,
});

/** The topic of that name or, from version 13 on, id; undefined when there is none. */
function findTopic(
  { name, topicId }: { name: string; topicId: string },
  { broker, version }: RequestContext,
) {
  return version >= topicIdSince ? broker.topics.byId(topicId) : broker.topics.byName(name);
}

function append(
  topic: Topic | undefined,
  index: number,
  chunks: Chunks | null,
  transactionalId: string | null,
  { broker, version }: RequestContext,
): PartitionAnswer {
  const partition = topic?.partitions[index];
  if (topic === undefined || partition === undefined) {
    const isUnknownId = topic === undefined && version >= topicIdSince;
    const code = isUnknownId ? ErrorCode.unknownTopicId : ErrorCode.unknownTopicOrPartition;
    return refusal(index, code, null);
  }
  const records = chunks?.buffers[0];
  if (records === undefined) {
    return refusal(index, ErrorCode.invalidRecord, "There is no record batch for this partition.");
  }
  if (version < zstdSince && records.length > 22 && batch.compression(records, 0) === "zstd") {
    return refusal(
      index,
      ErrorCode.unsupportedCompressionType,
      "Produce requests below version 7 must not use zstd.",
    );
  }
  if (records.length >= batchHeaderBytes && batch.isTransactional(records, 0)) {
    if (transactionalId === null) {
      return refusal(index, ErrorCode.transactionalIdAuthorizationFailed, null);
    }
    const producerId = batch.producerId(records, 0);
    const producerEpoch = batch.producerEpoch(records, 0);
    const producer = { transactionalId, producerId, producerEpoch };
    if (version >= addsItselfSince) broker.transactions.add(producer, { partitions: [partition] });
    const code = abortableCode(broker.transactions.check(producer, partition), version, abortableSince);
    if (code !== ErrorCode.none) {
      return refusal(index, code, "The batch belongs to no transaction that this producer has open here.");
    }
  }
  const outcome = partition.append(records, topic.rules, broker.clock.now());
  if (outcome.kind === "refused") {
    const { code, message, isFoundAtLog, recordErrors } = outcome;
    return {
      ...refusal(index, code, message),
      ...(isFoundAtLog && { logStartOffset: partition.startOffset }),
      ...(recordErrors !== undefined && { recordErrors }),
    };
  }
  return {
    index,
    errorCode: ErrorCode.none,
    baseOffset: outcome.baseOffset,
    logAppendTimeMs: outcome.logAppendTimeMs,
    logStartOffset: partition.startOffset,
    errorMessage: null,
  };
}

export const produce = defineApi({
  key: 0,
  name: "Produce",
  versions: [0, 13],
  flexibleSince: 9,
  request,
  response,
  handle({ transactionalId, acks, topics: asked }, context): Answer<typeof response> {
    const topics = lastNamed(asked);
    const answerAll = (errorCode: number, message: string) => ({
      topics: topics.map(({ name, topicId, partitions }) => ({
        name,
        topicId,
        partitions: partitions.map(({ index }) => refusal(index, errorCode, message)),
      })),
    });
    if (acks !== 0 && acks !== 1 && acks !== -1) {
      return answerAll(ErrorCode.invalidRequiredAcks, `acks is ${acks}; 0, 1 and -1 are known.`);
    }
    if (context.version < 3) {
      return closeConnection;
    }
    let failed = false;
    const answers = topics.map(({ name, topicId, partitions }) => ({
      name,
      topicId,
      partitions: partitions.map(({ index, records }) => {
        const topic = findTopic({ name, topicId }, context);
        const answer = append(topic, index, records, transactionalId, context);
        failed ||= answer.errorCode !== ErrorCode.none;
        return answer;
      }),
    }));
    if (acks !== 0) return { topics: answers };
    return failed ? closeConnection : noResponse;
  },
});
