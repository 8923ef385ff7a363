/**
 * Coordinators of groups under a clock that tests move, with topics and without a broker around them.
 */
import { createManualClock } from "../../../kernel/clock.ts";
import type { HeartbeatRequest } from "../groups/check-heartbeat.ts";
import { createConsumerGroupCoordinator, type HeartbeatSuccess } from "../groups/consumer-coordinator.ts";
import { stateOf } from "../groups/consumer-group.ts";
import { createGroupCoordinator } from "../groups/coordinator.ts";
import { createTopics } from "../topics.ts";

export const sessionTimeoutMs = 45_000;
export const rebalanceTimeoutMs = 60_000;

/** What a member tells; the rest is as it was. */
type Said = Partial<HeartbeatRequest>;

/** A group "g" of whoever is made to join it, and topics by name with their numbers of partitions. */
export function openConsumerGroup(topicSizes: Readonly<Record<string, number>> = { t: 4 }) {
  const clock = createManualClock();
  const groups = createGroupCoordinator({ clock, minSessionTimeoutMs: 6_000 });
  const topics = createTopics({ defaultPartitions: 1, retentionBytes: 1e6, onDelete: () => {} });
  for (const [name, size] of Object.entries(topicSizes)) topics.create(name, size);
  const coordinator = createConsumerGroupCoordinator({
    clock,
    topics,
    groups,
    heartbeatIntervalMs: 5_000,
    sessionTimeoutMs,
  });
  const heartbeat = (memberId: string, memberEpoch: number, said: Said = {}) =>
    coordinator.heartbeat({
      groupId: "g",
      memberId,
      memberEpoch,
      instanceId: null,
      rackId: null,
      rebalanceTimeoutMs: -1,
      subscribedTopicNames: null,
      subscribedTopicRegex: null,
      serverAssignor: null,
      topicPartitions: null,
      clientId: "client",
      clientHost: "127.0.0.1",
      isIdRequired: true,
      ...said,
    });

  const open = (memberId: string, alwaysSaid: Said = {}) => {
    let epoch = 0;
    let owned: { topicId: string; partitions: number[] }[] = [];
    const member = {
      id: memberId,
      get epoch() {
        return epoch;
      },
      /** As "topic partition", sorted. */
      owned: () =>
        owned
          .flatMap(({ topicId, partitions }) =>
            partitions.map((partition) => `${topics.byId(topicId)?.name} ${partition}`),
          )
          .sort(),
      /** The answer as it is. */
      say: (said: Said = {}, at = epoch) => heartbeat(memberId, at, { ...alwaysSaid, ...said }),
      /** Heartbeats and does as it is told; throws when it is refused. */
      beat(said: Said = {}): HeartbeatSuccess {
        const answer = member.say(said);
        if ("errorCode" in answer) throw new Error(`${memberId} was answered ${answer.errorMessage}`);
        epoch = answer.memberEpoch;
        if (answer.assignment !== null) owned = answer.assignment.topicPartitions;
        return answer;
      },
      join(said: Said = {}) {
        epoch = 0;
        owned = [];
        const all = { rebalanceTimeoutMs, subscribedTopicNames: ["t"], topicPartitions: [] };
        return member.beat({ ...all, ...said });
      },
      /** Says what it has, so that what it was told to give up counts as given up. */
      acknowledge: () => member.beat({ topicPartitions: owned }),
      leave: (at = -1) => member.say({}, at),
    };
    return member;
  };
  const entry = () => groups.find("g");
  const group = () => {
    const found = entry()?.consumer;
    if (!found) throw new Error("there is no consumer group g");
    return found;
  };
  const state = () => stateOf(group());
  return { clock, groups, topics, coordinator, heartbeat, open, entry, group, state };
}

export type TestMember = ReturnType<ReturnType<typeof openConsumerGroup>["open"]>;
