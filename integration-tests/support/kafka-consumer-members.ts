/**
 * Members of KIP-848 groups as single requests: they do nothing that a case does not tell them.
 */
import { createTopics } from "../../src/emulators/kafka/requests/19-create-topics.ts";
import { consumerGroupHeartbeat } from "../../src/emulators/kafka/requests/68-consumer-group-heartbeat.ts";
import { consumerGroupDescribe } from "../../src/emulators/kafka/requests/69-consumer-group-describe.ts";
import type { RawClient } from "../../src/emulators/kafka/testing/raw-client.ts";
import { freshName } from "./kafka-clients.ts";
import { openClient } from "./kafka-requests.ts";
import { only } from "./kafka-wire.ts";

interface TopicPartitions {
  readonly topicId: string;
  readonly partitions: readonly number[];
}

/** What a heartbeat says; what is left out has not changed. */
export interface Said {
  readonly memberEpoch?: number;
  readonly instanceId?: string | null;
  readonly rackId?: string | null;
  readonly rebalanceTimeoutMs?: number;
  readonly subscribedTopicNames?: readonly string[] | null;
  readonly subscribedTopicRegex?: string | null;
  readonly serverAssignor?: string | null;
  readonly topicPartitions?: readonly TopicPartitions[] | null;
}

/** Sends one heartbeat as it is told, in version 1 unless said otherwise. */
export function sayHeartbeat(client: RawClient, groupId: string, memberId: string, said: Said, version = 1) {
  return client.call(consumerGroupHeartbeat, version, { groupId, memberId, ...said });
}

export const rebalanceTimeoutMs = 60_000;

/** What every member has to say when it joins. */
export const joining = { memberEpoch: 0, rebalanceTimeoutMs, topicPartitions: [] } as const;

export interface ConsumerGroupMember {
  readonly memberId: string;
  /** As the last heartbeat was answered. */
  readonly epoch: number;
  /** By topic id, what it was last told that it has. */
  readonly assigned: readonly TopicPartitions[];
  /** The partitions of that, when they are all of one topic. */
  readonly partitions: readonly number[];
  join(said?: Said): ReturnType<typeof sayHeartbeat>;
  /** With the epoch it has, and nothing else unless told so. */
  beat(said?: Said): ReturnType<typeof sayHeartbeat>;
  /** Says that it has no more than it was told to have. */
  acknowledge(): ReturnType<typeof sayHeartbeat>;
  /** Heartbeats, and gives up what it is told to, until it has so many partitions. */
  untilItHas(count: number): Promise<void>;
  leave(epoch?: number): ReturnType<typeof sayHeartbeat>;
}

/** A member that has not joined. What it always says is its instance id, and what it joins with. */
export function consumerGroupMember(
  client: RawClient,
  groupId: string,
  memberId: string,
  { version = 1, ...always }: Said & { version?: number } = {},
): ConsumerGroupMember {
  const { instanceId = null } = always;
  let epoch = 0;
  let assigned: readonly TopicPartitions[] = [];
  const say = async (said: Said) => {
    const answer = await sayHeartbeat(
      client,
      groupId,
      memberId,
      { memberEpoch: epoch, instanceId, ...said },
      version,
    );
    if (answer.errorCode === 0 && answer.memberEpoch >= 0) epoch = answer.memberEpoch;
    if (answer.assignment !== null) assigned = answer.assignment.topicPartitions;
    return answer;
  };
  const member: ConsumerGroupMember = {
    memberId,
    get epoch() {
      return epoch;
    },
    get assigned() {
      return assigned;
    },
    get partitions() {
      return assigned.length === 0 ? [] : only(assigned).partitions;
    },
    join: (said = {}) => say({ ...joining, ...always, ...said }),
    beat: (said = {}) => say(said),
    acknowledge: () => say({ topicPartitions: assigned }),
    async untilItHas(count) {
      const size = () => assigned.reduce((sum, { partitions }) => sum + partitions.length, 0);
      while (size() !== count) {
        const { errorCode, errorMessage } = await member.acknowledge();
        if (errorCode !== 0) throw new Error(`${memberId} was answered ${errorCode}: ${errorMessage}`);
      }
      await member.acknowledge();
    },
    leave: (memberEpoch = -1) => say({ memberEpoch }),
  };
  return member;
}

/** As ConsumerGroupDescribe shows it. */
export async function describeConsumerGroup(client: RawClient, groupId: string, version = 1) {
  return only((await client.call(consumerGroupDescribe, version, { groupIds: [groupId] })).groups);
}

/** Resolves, with what is described, once the group is in that state: that may lag behind what members were told. */
export async function untilConsumerGroupIs(client: RawClient, groupId: string, state: string) {
  for (;;) {
    const described = await describeConsumerGroup(client, groupId);
    if (described.groupState === state) return described;
  }
}

/** A fresh topic that the coordinator of groups knows; it may hear of topics later than its broker. */
export async function openTopic(
  client: RawClient,
  partitionCount: number,
  name: string = freshName("t"),
): Promise<{ name: string; id: string }> {
  const topics = [{ name, partitionCount, replicationFactor: 1 }];
  const answer = only((await client.call(createTopics, 7, { timeoutMs: 20_000, topics })).topics);
  if (answer.errorCode !== 0) throw new Error(`${name} was not made: ${answer.errorMessage}`);
  const scout = consumerGroupMember(client, freshName("scouts"), "scout");
  await scout.join({ subscribedTopicNames: [name] });
  await scout.untilItHas(partitionCount);
  await scout.leave();
  return { name, id: answer.topicId };
}

/** A group of members whose names are given, on one connection, and a topic that they read. */
export async function openConsumerGroup(bootstrap: string, partitionCount: number, always: Said = {}) {
  const client = await openClient(bootstrap);
  const topic = await openTopic(client, partitionCount);
  const groupId = freshName("g");
  return {
    client,
    topic,
    groupId,
    member: (memberId: string, more: Said & { version?: number } = {}) =>
      consumerGroupMember(client, groupId, memberId, {
        subscribedTopicNames: [topic.name],
        ...always,
        ...more,
      }),
    untilItIs: (state: string) => untilConsumerGroupIs(client, groupId, state),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}
