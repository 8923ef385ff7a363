/**
 * A client of the Kafka contract that sends single requests, in the version it is told, and sees every field of the
 * answers; and cases in the manner of a table: one for each API and version.
 */
import { isDeepStrictEqual } from "node:util";
import { expect } from "@jest/globals";
import type { Api, TypedApi } from "../../src/emulators/kafka/protocol/api.ts";
import { ErrorCode } from "../../src/emulators/kafka/protocol/error-codes.ts";
import type { Draft, Fields, Message } from "../../src/emulators/kafka/protocol/field.ts";
import { produce } from "../../src/emulators/kafka/requests/00-produce.ts";
import { listOffsets } from "../../src/emulators/kafka/requests/02-list-offsets.ts";
import { createTopics } from "../../src/emulators/kafka/requests/19-create-topics.ts";
import { deleteTopics } from "../../src/emulators/kafka/requests/20-delete-topics.ts";
import { openRawClient, type RawClient } from "../../src/emulators/kafka/testing/raw-client.ts";
import { setUpClientId } from "../contract/kafka-observed.ts";
import { freshName } from "./kafka-clients.ts";
import type { KafkaUnderTest } from "./kafka-targets.ts";

export const noId = "0".repeat(32);
/** The id of no topic. */
export const strangeId = "0123456789abcdef0123456789abcdef";

export interface WireTopic {
  readonly name: string;
  readonly id: string;
}

export interface Wire extends AsyncDisposable {
  readonly client: RawClient;
  readonly bootstrap: string;
  readonly call: RawClient["call"];
  /** The same for what prepares a case, asked again while the broker has yet to get there. */
  readonly prepare: RawClient["call"];
  /** A fresh topic that keeps records of any age; it is deleted with the wire. */
  createTopic(partitionCount?: number, config?: Readonly<Record<string, string>>): Promise<WireTopic>;
  /** Appends a batch; its base offset. */
  append(topic: WireTopic, batch: Buffer, index?: number): Promise<number>;
}

/** What a broker answers while it works on what was asked before, or has yet to load its coordinators. */
const passing: ReadonlySet<number> = new Set([
  14,
  ErrorCode.coordinatorNotAvailable,
  16,
  ErrorCode.concurrentTransactions,
]);

/** Asks again while the answer says that the broker has yet to get there: so clients do. */
export async function whenSettled<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (!hasPassingCode(answer)) return answer;
  }
}

function hasPassingCode(answer: unknown): boolean {
  if (typeof answer !== "object" || answer === null || Buffer.isBuffer(answer)) return false;
  return Object.entries(answer).some(([name, value]) =>
    name === "errorCode" ? passing.has(value as number) : hasPassingCode(value),
  );
}

export async function openWire(bootstrap: string): Promise<Wire> {
  const client = await openRawClient(bootstrap);
  const setUp = await openRawClient(bootstrap, setUpClientId);
  const created: WireTopic[] = [];
  const prepare: RawClient["call"] = (api, version, body) =>
    whenSettled(() => setUp.call(api, version, body));
  return {
    client,
    bootstrap,
    call: client.call,
    prepare,
    async createTopic(partitionCount = 1, config = {}) {
      const name = freshName("wire");
      const configs = Object.entries({ "retention.ms": "-1", ...config }).map(([key, value]) => ({
        name: key,
        value,
      }));
      const topics = [{ name, partitionCount, replicationFactor: 1, configs }];
      const answer = await prepare(createTopics, 7, { topics, timeoutMs: 10_000 });
      const topic = { name, id: only(answer.topics).topicId };
      created.push(topic);
      // The topic is there once it was created; that its partitions have a leader may take longer.
      const partitions = Array.from({ length: partitionCount }, (_, index) => ({ index, timestampMs: -1 }));
      for (;;) {
        const { topics: asked } = await prepare(listOffsets, 7, {
          replicaId: -1,
          topics: [{ name, partitions }],
        });
        if (only(asked).partitions.every(({ errorCode }) => errorCode === 0)) return topic;
      }
    },
    async append({ name }, batch, index = 0) {
      const records = { buffers: [batch], byteLength: batch.length };
      const topics = [{ name, partitions: [{ index, records }] }];
      const answer = await prepare(produce, 9, { acks: -1, timeoutMs: 10_000, topics });
      const { errorCode, errorMessage, baseOffset } = only(only(answer.topics).partitions);
      if (errorCode !== 0) throw new Error(`the batch was refused with ${errorCode}: ${errorMessage}`);
      return baseOffset;
    },
    async [Symbol.asyncDispose]() {
      const topicNames = created.map(({ name }) => name);
      if (topicNames.length > 0) await setUp.call(deleteTopics, 5, { topicNames, timeoutMs: 10_000 });
      await client[Symbol.asyncDispose]();
      await setUp[Symbol.asyncDispose]();
    },
  };
}

const learnsWithinMs = 10_000;

/** Asks until the answer is the expected one: a broker may learn of a change later than the change is answered. */
export async function expectSoon<T>(ask: () => Promise<T>, expected: T): Promise<void> {
  const until = performance.now() + learnsWithinMs;
  let answer = await ask();
  while (!isDeepStrictEqual(answer, expected) && performance.now() < until) answer = await ask();
  expect(answer).toEqual(expected);
}

/** The one item there is. */
export function only<T>(items: readonly T[] | null | undefined): T {
  const [item] = items ?? [];
  if (item === undefined || items?.length !== 1) {
    throw new Error(`one item was to come, not ${items?.length ?? 0}`);
  }
  return item;
}

export interface WireCase {
  readonly api: Api;
  /** Completes the title after the API's name and the version. */
  readonly does: string;
  /** Default: all that are advertised. */
  readonly since?: number;
  readonly until?: number;
  readonly run: (wire: Wire, version: number) => Promise<void>;
}

/** Declares a case for each version of each row. */
export function declareWireCases({ test, bootstrap }: KafkaUnderTest, cases: readonly WireCase[]): void {
  for (const { api, does, since = 0, until = Number.POSITIVE_INFINITY, run } of cases) {
    const [min, max] = api.versions;
    for (let version = Math.max(min, since); version <= Math.min(max, until); version++) {
      test(`${api.name} ${version} ${does}`, async () => {
        await using wire = await openWire(bootstrap());
        await run(wire, version);
      });
    }
  }
}

/** The body of a request, checked against the API that it is for. */
export type Body<A> = A extends TypedApi<infer Q, Fields> ? Draft<Q> : never;
export type AnswerOf<A> = A extends TypedApi<Fields, infer R> ? Message<R> : never;
