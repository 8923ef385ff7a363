/**
 * Faults that the Kafka contract has to catch: a control on the suite itself. Each is one that the emulator could
 * have from the inside, is switched on by `BIRDWIRE_CONTRACT_DEFECT` for the emulator alone, and turns the named
 * suite red.
 */
import type { Broker } from "../../src/emulators/kafka/broker.ts";
import { batch, headerAt, writeInt64At } from "../../src/emulators/kafka/log/record-batch.ts";
import { listRecords } from "../../src/emulators/kafka/log/records.ts";
import type { Answer, Call, Interceptor } from "../../src/emulators/kafka/protocol/api.ts";
import { ErrorCode } from "../../src/emulators/kafka/protocol/error-codes.ts";
import type { Fields } from "../../src/emulators/kafka/protocol/field.ts";
import type { Chunks } from "../../src/emulators/kafka/protocol/writer.ts";
import { produce } from "../../src/emulators/kafka/requests/00-produce.ts";
import { fetch } from "../../src/emulators/kafka/requests/01-fetch.ts";
import { listOffsets } from "../../src/emulators/kafka/requests/02-list-offsets.ts";
import { offsetCommit } from "../../src/emulators/kafka/requests/08-offset-commit.ts";
import { joinGroup } from "../../src/emulators/kafka/requests/11-join-group.ts";
import { heartbeat } from "../../src/emulators/kafka/requests/12-heartbeat.ts";
import { leaveGroup } from "../../src/emulators/kafka/requests/13-leave-group.ts";
import { syncGroup } from "../../src/emulators/kafka/requests/14-sync-group.ts";
import { deleteTopics } from "../../src/emulators/kafka/requests/20-delete-topics.ts";
import { endTxn } from "../../src/emulators/kafka/requests/26-end-txn.ts";
import { txnOffsetCommit } from "../../src/emulators/kafka/requests/28-txn-offset-commit.ts";

export interface KafkaDefect {
  /** What is wrong, as a sentence on the emulator. */
  readonly describe: string;
  /** Pattern of the path of the test file that has to turn red. */
  readonly suites: string;
  readonly intercept: Interceptor;
}

const kafkaDefectPrefix = "kafka-";

/** A message as it is in memory, its types left to the one who knows which API it is of. */
type Loose = Record<string, unknown>;
type Given = Answer<Fields>;
type Maybe<T> = T | Promise<T>;

/** For one API alone. */
const at =
  (api: { readonly key: number }, intercept: Interceptor): Interceptor =>
  (call, next) =>
    call.api.key === api.key ? intercept(call, next) : next();

/** The answer, with something changed in it. */
function change(answer: Maybe<Given>, by: (answer: Loose) => Loose): Maybe<Given> {
  if (answer instanceof Promise) return answer.then((settled) => change(settled, by));
  return typeof answer === "symbol" ? answer : (by(answer as Loose) as Given);
}

/** The message with `by` of each partition of each topic. */
function inPartitions(message: Loose, by: (partition: Loose, topic: Loose) => Loose): Loose {
  const topics = (message.topics as Loose[]).map((topic) => ({
    ...topic,
    partitions: (topic.partitions as Loose[]).map((partition) => by(partition, topic)),
  }));
  return { ...message, topics };
}

const onAnswer = (api: { readonly key: number }, by: (partition: Loose) => Loose): Interceptor =>
  at(api, (_call, next) => change(next(), (answer) => inPartitions(answer, by)));

/** Requests are decoded for one handler, so they can be altered before it sees them. */
const onRequest = (api: { readonly key: number }, by: (request: Loose) => Loose): Interceptor =>
  at(api, ({ request }, next) => {
    Object.assign(request, by(request as Loose));
    return next();
  });

/** An error that is taken for none. */
const swallow = (code: ErrorCode) => (message: Loose) =>
  message.errorCode === code ? { ...message, errorCode: ErrorCode.none } : message;

/** The one batch of a Produce request, when there is one. */
function batchOf(request: Loose): Buffer | undefined {
  const [topic] = request.topics as { partitions: { records: Chunks | null }[] }[];
  return topic?.partitions[0]?.records?.buffers[0];
}

/** Where it goes. */
function partitionOf({ broker }: { broker: Broker }, request: Loose) {
  const [topic] = request.topics as { name: string; partitions: { index: number }[] }[];
  return broker.topics.byName(topic?.name ?? "")?.partitions[topic?.partitions[0]?.index ?? 0];
}

/** The error and base offset of a Produce answer's one partition. */
function producedOf(answer: Maybe<Given>): { errorCode?: number; baseOffset?: number } {
  const [topic] = (answer as { topics?: { partitions: Loose[] }[] }).topics ?? [];
  return topic?.partitions[0] ?? {};
}

/** Writes the batch as one of nobody's, for whom nothing is checked. */
function writeUnchecked({ request }: Call, next: () => Maybe<Given>): Maybe<Given> {
  const bytes = batchOf(request as Loose);
  if (bytes === undefined) return next();
  writeInt64At(bytes, headerAt.producerId, -1);
  bytes.writeInt16BE(-1, headerAt.producerEpoch);
  bytes.writeInt32BE(-1, headerAt.baseSequence);
  bytes.writeInt16BE(bytes.readInt16BE(headerAt.attributes) & ~0x10, headerAt.attributes);
  batch.seal(bytes);
  return next();
}

/** Every batch of a Fetch answer, copied, as `by` leaves it. */
const onFetchedBatches = (by: (bytes: Buffer) => void): Interceptor =>
  onAnswer(fetch, (partition) => {
    const bytes = Buffer.concat((partition.records as Chunks | null)?.buffers ?? []);
    for (let from = 0; from < bytes.length; ) {
      const end = from + batch.byteLength(bytes, from);
      by(bytes.subarray(from, end));
      from = end;
    }
    return { ...partition, records: { buffers: [bytes], byteLength: bytes.length } };
  });

/** A null value has the length -1, which is the byte 1, and an empty one the byte 0. */
function emptyNulls(bytes: Buffer): void {
  if (batch.compression(bytes, 0) !== "none" || batch.isControl(bytes, 0)) return;
  for (const { key, isDeletion } of listRecords({ buffer: bytes, position: 0 }) ?? []) {
    if (isDeletion && key !== null) bytes[key.byteOffset + key.length - bytes.byteOffset] = 0;
  }
  batch.seal(bytes);
}

const contract = (suite: string) => `integration-tests/contract/${suite}\\.test`;

export const kafkaDefects: Readonly<Record<`${typeof kafkaDefectPrefix}${string}`, KafkaDefect>> = {
  "kafka-lost-batch": {
    describe: "A batch is acknowledged and not written.",
    suites: contract("kafka-isolation"),
    intercept: at(produce, ({ request, context }, next) => {
      const partition = partitionOf(context, request as Loose);
      if (partition === undefined || partition.endOffset === 0) return next();
      const index = 0;
      const [topic] = (request as Loose).topics as Loose[];
      const told = { index, errorCode: ErrorCode.none, baseOffset: partition.endOffset };
      return { topics: [{ ...topic, partitions: [told] }] } as Given;
    }),
  },
  "kafka-base-offset": {
    describe: "A producer is told an offset one too far.",
    suites: contract("kafka-isolation"),
    intercept: onAnswer(produce, (partition) => ({
      ...partition,
      baseOffset: (partition.baseOffset as number) + 1,
    })),
  },
  "kafka-sequence": {
    describe: "A batch out of its sequence is written.",
    suites: contract("kafka-isolation"),
    intercept: at(produce, (call, next) => {
      const answer = next();
      const isRefused = producedOf(answer).errorCode === ErrorCode.outOfOrderSequence;
      return isRefused ? writeUnchecked(call, next) : answer;
    }),
  },
  "kafka-duplicate": {
    describe: "A batch that comes again is written again.",
    suites: contract("kafka-isolation"),
    intercept: at(produce, (call, next) => {
      const end = partitionOf(call.context, call.request as Loose)?.endOffset ?? 0;
      const answer = next();
      const { errorCode, baseOffset = -1 } = producedOf(answer);
      const isRepetition = errorCode === ErrorCode.none && baseOffset < end;
      return isRepetition ? writeUnchecked(call, next) : answer;
    }),
  },
  "kafka-fencing": {
    describe: "A producer that was fenced can write.",
    suites: contract("kafka-transactions"),
    intercept: at(produce, (call, next) => {
      const answer = next();
      const isFenced = producedOf(answer).errorCode === ErrorCode.invalidProducerEpoch;
      return isFenced ? writeUnchecked(call, next) : answer;
    }),
  },
  "kafka-dirty-read": {
    describe: "Readers of committed records are shown what is not decided.",
    suites: contract("kafka-isolation"),
    intercept: onRequest(fetch, () => ({ isolationLevel: 0 })),
  },
  "kafka-aborted-shown": {
    describe: "Readers are told of no aborted transaction, and so take its records for committed ones.",
    suites: contract("kafka-isolation"),
    intercept: onAnswer(fetch, (partition) => ({ ...partition, abortedTransactions: [] })),
  },
  "kafka-stable-offset": {
    describe: "The end of what is committed is given as the end of everything.",
    suites: contract("kafka-isolation"),
    intercept: onRequest(listOffsets, () => ({ isolationLevel: 0 })),
  },
  "kafka-early-offsets": {
    describe: "Offsets of a transaction count before it is committed.",
    suites: contract("kafka-offsets"),
    intercept: at(txnOffsetCommit, ({ request, context }, next) => {
      const answer = next();
      const { groupId, producerId } = request as { groupId?: string; producerId?: number };
      context.broker.groups.find(groupId ?? "")?.offsets.settle(producerId ?? -1, true);
      return answer;
    }),
  },
  "kafka-abort-commits": {
    describe: "A transaction that is aborted is committed.",
    suites: contract("kafka-transactions"),
    intercept: onRequest(endTxn, () => ({ committed: true })),
  },
  "kafka-member-stays": {
    describe: "A member that left stays in its group.",
    suites: contract("kafka-static-members"),
    intercept: at(leaveGroup, ({ request }) => {
      const members = (request as { members?: Loose[] }).members ?? [];
      return { members: members.map((member) => ({ ...member, errorCode: ErrorCode.none })) } as Given;
    }),
  },
  "kafka-heartbeat": {
    describe: "Heartbeats tell nobody of a rebalance.",
    suites: contract("kafka-wire-groups"),
    intercept: at(heartbeat, (_call, next) => change(next(), swallow(ErrorCode.rebalanceInProgress))),
  },
  "kafka-generation": {
    describe: "Any generation of a group is taken for the current one.",
    suites: contract("kafka-offsets"),
    intercept: at(offsetCommit, ({ request, context }, next) => {
      const known = context.broker.groups.find((request as { groupId?: string }).groupId ?? "");
      if (((request as Loose).generationId as number) >= 0 && known !== undefined) {
        Object.assign(request, { generationId: known.group.generationId });
      }
      return next();
    }),
  },
  "kafka-static-fencing": {
    describe: "A static member is let in beside the one that took its place.",
    suites: contract("kafka-static-members"),
    intercept: at(heartbeat, (_call, next) => change(next(), swallow(ErrorCode.fencedInstanceId))),
  },
  "kafka-shares-mixed": {
    describe: "The leader's shares go to the wrong members.",
    suites: contract("kafka-group-protocol"),
    intercept: onRequest(syncGroup, ({ assignments }) => {
      const given = assignments as { memberId: string; assignment: Buffer }[];
      return {
        assignments: given.map(({ memberId }, n) => ({
          memberId,
          assignment: given[(n + 1) % given.length]?.assignment,
        })),
      };
    }),
  },
  "kafka-protocol-vote": {
    describe: "The last of a member's protocols counts as its favourite.",
    suites: contract("kafka-group-protocol"),
    intercept: onRequest(joinGroup, ({ protocols }) => ({ protocols: (protocols as Loose[]).toReversed() })),
  },
  "kafka-committed-offset": {
    describe: "Committed offsets are one short.",
    suites: contract("kafka-offsets"),
    intercept: onRequest(offsetCommit, (request) =>
      inPartitions(request, (partition) => ({ ...partition, offset: (partition.offset as number) - 1 })),
    ),
  },
  "kafka-high-watermark": {
    describe: "The high watermark is one short.",
    suites: contract("kafka-retention"),
    intercept: onAnswer(fetch, (partition) => ({
      ...partition,
      highWatermark: (partition.highWatermark as number) - 1,
    })),
  },
  "kafka-topic-stays": {
    describe: "A topic that is deleted stays.",
    suites: contract("kafka-wire-topics"),
    intercept: at(deleteTopics, ({ request }) => {
      const names = (request as { topicNames?: string[] }).topicNames ?? [];
      return { responses: names.map((name) => ({ name, errorCode: ErrorCode.none })) } as Given;
    }),
  },
  "kafka-tombstone": {
    describe: "A tombstone is read as an empty value.",
    suites: contract("kafka-produce"),
    intercept: onFetchedBatches(emptyNulls),
  },
  "kafka-codec": {
    describe: "Batches lose the mark of their codec.",
    suites: contract("kafka-retention"),
    intercept: onFetchedBatches((bytes) => {
      batch.setCompression(bytes, 0, "none");
      batch.seal(bytes);
    }),
  },
  "kafka-time-look-up": {
    describe: "A look-up by time passes over records of that very time.",
    suites: contract("kafka-retention"),
    intercept: onRequest(listOffsets, (request) =>
      inPartitions(request, (partition) => {
        const timestampMs = partition.timestampMs as number;
        return timestampMs < 0 ? partition : { ...partition, timestampMs: timestampMs + 1 };
      }),
    ),
  },
  "kafka-unknown-topic": {
    describe: "What is done to a topic that is not there succeeds.",
    suites: contract("kafka-topic-lives"),
    intercept: onAnswer(produce, swallow(ErrorCode.unknownTopicOrPartition)),
  },
};

/** The defect of that name; null for none, and for one of another server. Throws when there is no such defect. */
export function findKafkaDefect(name: string | undefined): KafkaDefect | null {
  if (!name?.startsWith(kafkaDefectPrefix)) return null;
  const found = Object.entries(kafkaDefects).find(([known]) => known === name);
  if (found === undefined) {
    throw new Error(`${name} is no defect; there are ${Object.keys(kafkaDefects).join(", ")}`);
  }
  return found[1];
}
