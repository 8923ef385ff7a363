// What a KIP-848 group makes of topics, subscriptions and assignors: who is given what.
import { expect } from "@jest/globals";
import { createTopics } from "../../src/emulators/kafka/requests/19-create-topics.ts";
import { deleteTopics } from "../../src/emulators/kafka/requests/20-delete-topics.ts";
import { createPartitions } from "../../src/emulators/kafka/requests/37-create-partitions.ts";
import { freshName } from "../support/kafka-clients.ts";
import {
  consumerGroupMember,
  openConsumerGroup,
  openTopic,
  untilConsumerGroupIs,
} from "../support/kafka-consumer-members.ts";
import { openClient } from "../support/kafka-requests.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import { only } from "../support/kafka-wire.ts";

const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);

describeKafka("What a KIP-848 group shares out", ({ test, bootstrap }) => {
  const openGroup = (partitionCount: number) => openConsumerGroup(bootstrap(), partitionCount);

  test("is shared out anew when topics come, grow and go", async () => {
    await using group = await openGroup(1);
    const { client, topic } = group;
    const later = freshName("later");
    const a = group.member("A");
    await a.join({ subscribedTopicNames: [topic.name, later] });
    expect(a.partitions).toEqual([0]);
    await client.call(createTopics, 7, {
      timeoutMs: 20_000,
      topics: [{ name: later, partitionCount: 2, replicationFactor: 1 }],
    });
    await a.untilItHas(3);
    await client.call(createPartitions, 3, { timeoutMs: 20_000, topics: [{ name: topic.name, count: 4 }] });
    await a.untilItHas(6);
    await client.call(deleteTopics, 5, { timeoutMs: 20_000, topicNames: [later] });
    await a.untilItHas(4);
    expect(only(a.assigned)).toMatchObject({ topicId: topic.id });
    const { epoch } = a;
    // Its own change of mind counts as much.
    await a.beat({ subscribedTopicNames: [] });
    await a.untilItHas(0);
    expect(a.epoch).toBe(epoch + 1);
  });

  test("is found by a regular expression, also what comes later", async () => {
    await using client = await openClient(bootstrap());
    const stem = freshName("r");
    await openTopic(client, 2, `${stem}.1`);
    await openTopic(client, 2, `not-${stem}.1`);
    const groupId = freshName("g");
    const subscribedTopicRegex = `${stem}\\.\\d`;
    const [a, b] = ["A", "B"].map((name) =>
      consumerGroupMember(client, groupId, name, { subscribedTopicRegex }),
    );
    if (a === undefined || b === undefined) throw new Error("two members were to be");
    await a.join();
    await a.untilItHas(2);
    expect(await untilConsumerGroupIs(client, groupId, "Stable")).toMatchObject({
      members: [{ memberId: "A", subscribedTopicNames: [], subscribedTopicRegex }],
    });
    await b.join();
    await a.untilItHas(1);
    await b.untilItHas(1);
    await openTopic(client, 2, `${stem}.2`);
    await Promise.all([a.untilItHas(2), b.untilItHas(2)]);
    // Without it a member keeps what it has, until something else makes the epoch go up.
    expect(await b.beat({ subscribedTopicRegex: "" })).toMatchObject({ errorCode: 0, assignment: null });
    expect(await b.beat()).toMatchObject({ assignment: null });
    const { name, id } = await openTopic(client, 1, `not-${stem}.2`);
    await b.beat({ subscribedTopicNames: [name] });
    await Promise.all([a.untilItHas(4), b.untilItHas(1)]);
    expect(b.assigned).toEqual([{ topicId: id, partitions: [0] }]);
  }, 60_000);

  test("follows the assignor that most members ask for", async () => {
    await using group = await openGroup(5);
    const other = await openTopic(group.client, 5);
    const subscribedTopicNames = [group.topic.name, other.name];
    const members = ["A", "B", "C"].map((name) => group.member(name, { subscribedTopicNames }));
    const [a, b, c] = members;
    if (a === undefined || b === undefined || c === undefined) throw new Error("three members were to be");
    await a.join({ serverAssignor: "range" });
    await b.join();
    await c.join({ serverAssignor: "range" });
    const described = await group.untilItIs("Reconciling");
    expect(described.assignorName).toBe("range");
    // The same run of both topics for each.
    const targets = described.members.map(({ memberId, targetAssignment }) => [
      memberId,
      targetAssignment.topicPartitions.map(({ partitions }) => sorted(partitions)),
    ]);
    expect(Object.fromEntries(targets)).toEqual({
      A: [
        [0, 1],
        [0, 1],
      ],
      B: [
        [2, 3],
        [2, 3],
      ],
      C: [[4], [4]],
    });
    // One vote less for each, and uniform is what is left.
    await a.leave();
    await c.leave();
    await b.untilItHas(10);
    expect(await group.untilItIs("Stable")).toMatchObject({ assignorName: "uniform" });
  });

  test("is as fair as subscriptions allow", async () => {
    await using group = await openGroup(4);
    const other = await openTopic(group.client, 3);
    const a = group.member("A", { subscribedTopicNames: [group.topic.name, other.name] });
    const b = group.member("B", { subscribedTopicNames: [other.name] });
    await a.join();
    await b.join();
    await a.untilItHas(4);
    await b.untilItHas(3);
    expect(a.assigned).toEqual([{ topicId: group.topic.id, partitions: [0, 1, 2, 3] }]);
    expect(b.assigned).toEqual([{ topicId: other.id, partitions: [0, 1, 2] }]);
  });
});
