// What groups may rely on about the offsets they commit: who may, what is kept, and when it goes.
import { expect } from "@jest/globals";
import { ErrorCode } from "../../src/emulators/kafka/protocol/error-codes.ts";
import { offsetCommit } from "../../src/emulators/kafka/requests/08-offset-commit.ts";
import { offsetFetch } from "../../src/emulators/kafka/requests/09-offset-fetch.ts";
import { deleteTopics } from "../../src/emulators/kafka/requests/20-delete-topics.ts";
import { deleteGroups } from "../../src/emulators/kafka/requests/42-delete-groups.ts";
import { offsetDelete } from "../../src/emulators/kafka/requests/47-offset-delete.ts";
import type { RawClient } from "../../src/emulators/kafka/testing/raw-client.ts";
import { adapterOf, createTopic, freshName } from "../support/kafka-clients.ts";
import { type GroupMember, openMember, settleGroup, untilState } from "../support/kafka-members.ts";
import { openClient } from "../support/kafka-requests.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import { openTransactional } from "../support/kafka-transactions.ts";
import { only } from "../support/kafka-wire.ts";

const {
  none,
  groupIdNotFound,
  groupSubscribedToTopic,
  illegalGeneration,
  invalidGroupId,
  nonEmptyGroup,
  offsetMetadataTooLarge,
  rebalanceInProgress,
  unknownMemberId,
  unknownTopicOrPartition,
  unstableOffsetCommit,
} = ErrorCode;

interface Commit {
  readonly offset: number;
  readonly metadata?: string | null;
  readonly partition?: number;
}

/** Commits as a member, or as a stranger: no generation, no member. Answers with the error's code. */
async function commit(
  client: RawClient,
  groupId: string,
  topic: string,
  { offset, metadata = "", partition = 0 }: Commit,
  who: { generationId?: number; memberId?: string } = {},
): Promise<number> {
  const partitions = [{ index: partition, offset, metadata }];
  const topics = [{ name: topic, partitions }];
  const answer = await client.call(offsetCommit, 8, {
    groupId,
    generationId: -1,
    memberId: "",
    ...who,
    topics,
  });
  return only(only(answer.topics).partitions).errorCode;
}

const as = ({ generationId, memberId }: GroupMember) => ({ generationId, memberId });

/** What a group has committed, by topic and partition; -1 where nothing was. */
async function committed(client: RawClient, groupId: string, topic: string, partitions = [0]) {
  const answer = await client.call(offsetFetch, 7, { groupId, topics: [{ name: topic, partitions }] });
  return only(answer.topics).partitions.map(({ offset }) => offset);
}

describeKafka("Committed offsets on Kafka", ({ test, bootstrap }) => {
  const newTopic = (partitions = 1) => createTopic(adapterOf(bootstrap()), partitions);

  test("may come from anybody while the group has no members, with a note", async () => {
    const topic = await newTopic(2);
    const groupId = freshName("g");
    await using client = await openClient(bootstrap());
    expect(await commit(client, groupId, topic, { offset: 3, metadata: "by hand" })).toBe(none);
    expect(await commit(client, groupId, topic, { offset: 4, partition: 1, metadata: null })).toBe(none);
    const { topics } = await client.call(offsetFetch, 7, { groupId, topics: null });
    expect(topics).toMatchObject([{ name: topic }]);
    expect(only(topics).partitions.toSorted((one, other) => one.index - other.index)).toMatchObject([
      { index: 0, offset: 3, metadata: "by hand", errorCode: none },
      { index: 1, offset: 4, metadata: "", errorCode: none },
    ]);
    await untilState(client, groupId, "Empty");
  });

  test("are the members' alone to commit once there are any", async () => {
    const topic = await newTopic();
    const groupId = freshName("g");
    await using member = await openMember(bootstrap(), groupId);
    await settleGroup([member]);
    await using stranger = await openClient(bootstrap());
    const { memberId, generationId } = member;
    const one = { offset: 1 };
    expect(await commit(stranger, groupId, topic, one)).toBe(unknownMemberId);
    expect(await commit(stranger, groupId, topic, one, { memberId: "m", generationId })).toBe(
      unknownMemberId,
    );
    const earlier = { memberId, generationId: generationId - 1 };
    expect(await commit(stranger, groupId, topic, one, earlier)).toBe(illegalGeneration);
    const later = { memberId, generationId: generationId + 1 };
    expect(await commit(stranger, groupId, topic, one, later)).toBe(illegalGeneration);
    expect(await committed(stranger, groupId, topic)).toEqual([-1]);
    expect(await commit(member.client, groupId, topic, one, as(member))).toBe(none);
    expect(await committed(stranger, groupId, topic)).toEqual([1]);
    const elsewhere = freshName("missing");
    expect(await commit(stranger, elsewhere, topic, one, as(member))).toBe(illegalGeneration);
  });

  test("can be committed while members are called together, not while shares are awaited", async () => {
    const topic = await newTopic();
    const groupId = freshName("g");
    await using first = await openMember(bootstrap(), groupId);
    await using second = await openMember(bootstrap(), groupId);
    await settleGroup([first]);
    const joining = second.join();
    await first.isToldToRejoin();
    expect(await commit(first.client, groupId, topic, { offset: 1 }, as(first))).toBe(none);
    await Promise.all([first.join(), joining]);
    expect(await commit(first.client, groupId, topic, { offset: 2 }, as(first))).toBe(rebalanceInProgress);
    expect(await first.sync()).toBe("");
    expect(await committed(first.client, groupId, topic)).toEqual([1]);
  });

  test("of a partition that is not there are refused, and those beside it are kept", async () => {
    const topic = await newTopic();
    const groupId = freshName("g");
    await using client = await openClient(bootstrap());
    const partition = (index: number, metadata = "") => ({ index, offset: 5, metadata });
    const missing = freshName("missing");
    const { topics } = await client.call(offsetCommit, 8, {
      groupId,
      generationId: -1,
      memberId: "",
      topics: [
        { name: topic, partitions: [partition(0), partition(9)] },
        { name: missing, partitions: [partition(0)] },
      ],
    });
    const codes = topics.flatMap(({ name, partitions }) =>
      partitions.map(({ index, errorCode }) => `${name} ${index}: ${errorCode}`),
    );
    expect(codes.sort()).toEqual(
      [
        `${topic} 0: ${none}`,
        `${topic} 9: ${unknownTopicOrPartition}`,
        `${missing} 0: ${unknownTopicOrPartition}`,
      ].sort(),
    );
    expect(await committed(client, groupId, topic, [0, 9])).toEqual([5, -1]);
  });

  test("take a note of 4096 characters and none longer", async () => {
    const topic = await newTopic();
    const groupId = freshName("g");
    await using client = await openClient(bootstrap());
    const longest = "n".repeat(4096);
    expect(await commit(client, groupId, topic, { offset: 1, metadata: longest })).toBe(none);
    const longer = { offset: 2, metadata: `${longest}n` };
    expect(await commit(client, groupId, topic, longer)).toBe(offsetMetadataTooLarge);
    expect(await committed(client, groupId, topic)).toEqual([1]);
  });

  test("stay when the members have left, and for those who come after", async () => {
    const topic = await newTopic();
    const groupId = freshName("g");
    await using first = await openMember(bootstrap(), groupId);
    await settleGroup([first]);
    expect(await commit(first.client, groupId, topic, { offset: 7 }, as(first))).toBe(none);
    await first.leave();
    expect(await commit(first.client, groupId, topic, { offset: 8 }, as(first))).toBe(unknownMemberId);
    await using next = await openMember(bootstrap(), groupId);
    await settleGroup([next]);
    expect(await committed(next.client, groupId, topic)).toEqual([7]);
  });

  test("are told for several groups at once, and of none that is not there", async () => {
    const topic = await newTopic();
    const [one, other, missing] = [freshName("g"), freshName("g"), freshName("missing")];
    await using client = await openClient(bootstrap());
    await commit(client, one, topic, { offset: 1 });
    await commit(client, other, topic, { offset: 2 });
    const topics = [{ name: topic, partitions: [0] }];
    const asked = [
      { groupId: one, topics },
      { groupId: other, topics: null },
      { groupId: missing, topics },
      { groupId: missing, topics: null },
    ];
    const { groups } = await client.call(offsetFetch, 8, { groups: asked.slice(0, 3) });
    const found = groups.map((group) => [
      group.groupId,
      group.errorCode,
      group.topics.flatMap(({ partitions }) => partitions.map(({ offset }) => offset)),
    ]);
    expect(found).toEqual([
      [one, none, [1]],
      [other, none, [2]],
      [missing, none, [-1]],
    ]);
    const all = await client.call(offsetFetch, 8, { groups: asked.slice(3) });
    expect(only(all.groups)).toMatchObject({ errorCode: none, topics: [] });
  });

  test("can be deleted, but not of a topic that a member reads", async () => {
    const [read, unread] = [await newTopic(2), await newTopic()];
    const groupId = freshName("g");
    await using member = await openMember(bootstrap(), groupId, { topics: [read] });
    await settleGroup([member]);
    const { client } = member;
    for (const topic of [read, unread]) await commit(client, groupId, topic, { offset: 1 }, as(member));
    const remove = async (group: string, name: string, index = 0) => {
      const topics = [{ name, partitions: [{ index }] }];
      const answer = await client.call(offsetDelete, 0, { groupId: group, topics });
      return answer.errorCode === none ? only(only(answer.topics).partitions).errorCode : answer.errorCode;
    };
    expect(await remove(groupId, read)).toBe(groupSubscribedToTopic);
    expect(await remove(groupId, unread)).toBe(none);
    expect(await remove(groupId, unread, 5)).toBe(unknownTopicOrPartition);
    expect(await remove(freshName("missing"), read)).toBe(groupIdNotFound);
    expect(await remove("", read)).toBe(invalidGroupId);
    expect([await committed(client, groupId, read), await committed(client, groupId, unread)]).toEqual([
      [1],
      [-1],
    ]);
    await member.leave();
    expect(await remove(groupId, read, 1)).toBe(none);
    expect(await remove(groupId, read)).toBe(none);
    expect(await committed(client, groupId, read)).toEqual([-1]);
  });

  test("go with their group, which can be deleted once it is empty", async () => {
    const topic = await newTopic();
    const groupId = freshName("g");
    await using member = await openMember(bootstrap(), groupId);
    await settleGroup([member]);
    const { client } = member;
    await commit(client, groupId, topic, { offset: 1 }, as(member));
    const remove = async (...groupIds: string[]) =>
      (await client.call(deleteGroups, 2, { groupIds })).results.map(({ errorCode }) => errorCode);
    expect(await remove(groupId)).toEqual([nonEmptyGroup]);
    await member.leave();
    expect(await remove("")).toEqual([groupIdNotFound]);
    expect(await remove(groupId)).toEqual([none]);
    expect(await remove(groupId)).toEqual([groupIdNotFound]);
    expect(await committed(client, groupId, topic)).toEqual([-1]);
    await untilState(client, groupId, "Dead");
    await using next = await openMember(bootstrap(), groupId);
    await next.join();
    expect(next.generationId).toBe(1);
  });

  test("go with their topic", async () => {
    const [gone, staying] = [await newTopic(), await newTopic()];
    const groupId = freshName("g");
    await using client = await openClient(bootstrap());
    for (const topic of [gone, staying]) await commit(client, groupId, topic, { offset: 3 });
    await client.call(deleteTopics, 5, { topicNames: [gone], timeoutMs: 10_000 });
    while ((await committed(client, groupId, gone))[0] !== -1);
    expect(await committed(client, groupId, staying)).toEqual([3]);
  });

  test("of a transaction are not stable until it ends, and replace the older ones then", async () => {
    const topic = await newTopic(2);
    const groupId = freshName("g");
    await using client = await openClient(bootstrap());
    await commit(client, groupId, topic, { offset: 1 });
    await commit(client, groupId, topic, { offset: 1, partition: 1 });
    await using producer = await openTransactional(bootstrap());
    await producer.addOffsets(groupId);
    await producer.commitOffset(groupId, topic, 5);
    const stable = async (requireStable: boolean) => {
      const topics = [{ name: topic, partitions: [0, 1] }];
      const answer = await client.call(offsetFetch, 7, { groupId, topics, requireStable });
      return only(answer.topics).partitions.map(({ offset, errorCode }) => [offset, errorCode]);
    };
    expect(await stable(true)).toEqual([
      [-1, unstableOffsetCommit],
      [1, none],
    ]);
    expect(await stable(false)).toEqual([
      [1, none],
      [1, none],
    ]);
    await producer.end("commit");
    // The marker may come a moment after the answer.
    while ((await stable(true))[0]?.[1] === unstableOffsetCommit);
    expect(await stable(true)).toEqual([
      [5, none],
      [1, none],
    ]);
  });
});
