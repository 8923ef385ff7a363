// The Kafka contract, request by request: what groups commit, and their end.
import { expect } from "@jest/globals";
import { ErrorCode } from "../../src/emulators/kafka/protocol/error-codes.ts";
import { offsetCommit } from "../../src/emulators/kafka/requests/08-offset-commit.ts";
import { offsetFetch } from "../../src/emulators/kafka/requests/09-offset-fetch.ts";
import { leaveGroup } from "../../src/emulators/kafka/requests/13-leave-group.ts";
import { deleteTopics } from "../../src/emulators/kafka/requests/20-delete-topics.ts";
import { deleteGroups } from "../../src/emulators/kafka/requests/42-delete-groups.ts";
import { offsetDelete } from "../../src/emulators/kafka/requests/47-offset-delete.ts";
import { freshName } from "../support/kafka-clients.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import { type AnswerOf, declareWireCases, only, openWire, type Wire } from "../support/kafka-wire.ts";
import { openMember } from "../support/kafka-wire-groups.ts";

const severalSince = 8;
const nobody = { generationId: -1, memberId: "", groupInstanceId: null };

interface Committed {
  readonly index?: number;
  readonly offset?: number;
  readonly leaderEpoch?: number;
  readonly metadata?: string | null;
}

/** The code for the one partition. */
async function commit(
  ask: Wire["call"],
  version: number,
  groupId: string,
  topic: string,
  { index = 0, offset = 5, leaderEpoch = -1, metadata = "note" }: Committed = {},
  who: object = nobody,
): Promise<number> {
  const topics = [{ name: topic, partitions: [{ index, offset, leaderEpoch, metadata }] }];
  const answer = await ask(offsetCommit, version, { ...nobody, ...who, groupId, topics });
  expect(answer).toMatchObject({ throttleTimeMs: 0, topics: [{ name: topic, partitions: [{ index }] }] });
  return only(only(answer.topics).partitions).errorCode;
}

interface FetchedGroup {
  readonly errorCode: number;
  readonly topics: AnswerOf<typeof offsetFetch>["topics"];
}

/** What one group committed for partitions of a topic, or for all of them. */
async function fetchOffsets(
  ask: Wire["call"],
  version: number,
  groupId: string,
  topic: string | null,
  partitions: readonly number[] = [0],
  more: object = {},
): Promise<FetchedGroup> {
  const topics = topic === null ? null : [{ name: topic, partitions }];
  const body =
    version < severalSince
      ? { groupId, topics, ...more }
      : { groups: [{ groupId, topics, ...more }], ...more };
  const answer = await ask(offsetFetch, version, body);
  expect(answer.throttleTimeMs).toBe(0);
  return version < severalSince ? answer : only(answer.groups);
}

const committedIn = ({ topics }: FetchedGroup) =>
  topics.flatMap(({ partitions }) => partitions.map(({ index, offset }) => [index, offset]));

describeKafka("Commits, request by request", (kafka) => {
  const { test, bootstrap } = kafka;
  declareWireCases(kafka, [
    {
      api: offsetCommit,
      does: "keeps an offset of a group without members, and of a member",
      async run(wire, version) {
        const topic = await wire.createTopic();
        const groupId = freshName("g");
        expect(await commit(wire.call, version, groupId, topic.name, { leaderEpoch: 0 })).toBe(0);
        const { topics } = await fetchOffsets(wire.prepare, 7, groupId, topic.name);
        expect(only(only(topics).partitions)).toEqual({
          index: 0,
          offset: 5,
          leaderEpoch: version < 6 ? -1 : 0,
          metadata: "note",
          errorCode: 0,
        });
        const member = await openMember(wire, freshName("g"), version < 7 ? null : "i");
        const other = { offset: 9, metadata: null };
        expect(await commit(wire.call, version, member.groupId, topic.name, other, member)).toBe(0);
        const again = await fetchOffsets(wire.prepare, 7, member.groupId, topic.name);
        expect(only(only(again.topics).partitions)).toMatchObject({ offset: 9, metadata: "" });
      },
    },
    {
      api: offsetCommit,
      does: "refuses strangers, other generations, and what is not there",
      async run(wire, version) {
        const { name } = await wire.createTopic();
        const member = await openMember(wire, freshName("g"), version < 7 ? null : "i");
        const { groupId } = member;
        const code = (who: object, offset: Committed = {}, topic = name, group = groupId) =>
          commit(wire.call, version, group, topic, offset, who);
        expect(await code(member, {}, "missing")).toBe(ErrorCode.unknownTopicOrPartition);
        expect(await code(member, { index: 8 })).toBe(ErrorCode.unknownTopicOrPartition);
        expect(await code(member, { metadata: "x".repeat(4097) })).toBe(ErrorCode.offsetMetadataTooLarge);
        expect(await code({ ...member, generationId: 8 })).toBe(ErrorCode.illegalGeneration);
        expect(await code({ ...member, memberId: "stranger", groupInstanceId: null })).toBe(
          ErrorCode.unknownMemberId,
        );
        expect(await code(nobody)).toBe(ErrorCode.unknownMemberId);
        expect(await code(member, {}, name, freshName("none"))).toBe(
          version < 9 ? ErrorCode.illegalGeneration : ErrorCode.groupIdNotFound,
        );
        if (version < 7) return;
        expect(await code({ ...member, memberId: "stranger" })).toBe(ErrorCode.fencedInstanceId);
        expect(await code({ ...member, groupInstanceId: "other" })).toBe(ErrorCode.unknownMemberId);
      },
    },
    {
      api: offsetFetch,
      does: "tells what was committed, and -1 where nothing was",
      async run(wire, version) {
        const { name } = await wire.createTopic(2);
        const groupId = freshName("g");
        expect(await commit(wire.prepare, 6, groupId, name, { leaderEpoch: 0 })).toBe(0);
        const found = await fetchOffsets(wire.call, version, groupId, name, [0, 1]);
        expect(found.errorCode).toBe(0);
        const { partitions, ...rest } = only(found.topics);
        expect(rest).toEqual({ name });
        const leaderEpoch = version < 5 ? -1 : 0;
        expect(partitions.sort((a, b) => a.index - b.index)).toEqual([
          { index: 0, offset: 5, leaderEpoch, metadata: "note", errorCode: 0 },
          { index: 1, offset: -1, leaderEpoch: -1, metadata: "", errorCode: 0 },
        ]);
        const none = await fetchOffsets(wire.call, version, freshName("none"), name);
        expect(committedIn(none)).toEqual([[0, -1]]);
      },
    },
    {
      api: offsetFetch,
      does: "tells everything a group committed",
      since: 2,
      async run(wire, version) {
        const { name } = await wire.createTopic(2);
        const groupId = freshName("g");
        for (const index of [0, 1]) expect(await commit(wire.prepare, 6, groupId, name, { index })).toBe(0);
        const all = await fetchOffsets(wire.call, version, groupId, null);
        expect(committedIn(all).sort()).toEqual([
          [0, 5],
          [1, 5],
        ]);
        expect((await fetchOffsets(wire.call, version, freshName("none"), null)).topics).toEqual([]);
      },
    },
    {
      api: offsetFetch,
      does: "tells of several groups",
      since: 8,
      async run(wire, version) {
        const { name } = await wire.createTopic();
        const ids = [freshName("g"), freshName("g")];
        for (const [i, groupId] of ids.entries())
          await commit(wire.prepare, 6, groupId, name, { offset: i + 1 });
        const topics = [{ name, partitions: [0] }];
        const { groups } = await wire.call(offsetFetch, version, {
          groups: ids.map((groupId) => ({ groupId, topics })),
          requireStable: true,
        });
        const offsets = groups.map(({ groupId, topics: told }) => [
          groupId,
          only(only(told).partitions).offset,
        ]);
        expect(Object.fromEntries(offsets)).toEqual({ [ids[0] ?? ""]: 1, [ids[1] ?? ""]: 2 });
      },
    },
    {
      api: deleteGroups,
      does: "deletes a group with what it committed",
      async run(wire, version) {
        const { name } = await wire.createTopic();
        const groupId = freshName("g");
        await commit(wire.prepare, 6, groupId, name);
        expect(await wire.call(deleteGroups, version, { groupIds: [groupId] })).toEqual({
          throttleTimeMs: 0,
          results: [{ groupId, errorCode: 0 }],
        });
        expect(committedIn(await fetchOffsets(wire.prepare, 7, groupId, name))).toEqual([[0, -1]]);
      },
    },
    {
      api: deleteGroups,
      does: "refuses a group with members, and one that is not there",
      async run(wire, version) {
        const { groupId } = await openMember(wire, freshName("g"));
        const none = freshName("none");
        const { results } = await wire.call(deleteGroups, version, { groupIds: [groupId, none, ""] });
        expect(Object.fromEntries(results.map((each) => [each.groupId, each.errorCode]))).toEqual({
          [groupId]: ErrorCode.nonEmptyGroup,
          [none]: ErrorCode.groupIdNotFound,
          "": ErrorCode.groupIdNotFound,
        });
      },
    },
    {
      api: offsetDelete,
      does: "forgets what a group committed for a partition",
      async run(wire, version) {
        const { name } = await wire.createTopic(2);
        const groupId = freshName("g");
        for (const index of [0, 1]) await commit(wire.prepare, 6, groupId, name, { index });
        const topics = [{ name, partitions: [{ index: 0 }] }];
        expect(await wire.call(offsetDelete, version, { groupId, topics })).toEqual({
          errorCode: 0,
          throttleTimeMs: 0,
          topics: [{ name, partitions: [{ index: 0, errorCode: 0 }] }],
        });
        const left = await fetchOffsets(wire.prepare, 7, groupId, name, [0, 1]);
        expect(committedIn(left).sort()).toEqual([
          [0, -1],
          [1, 5],
        ]);
      },
    },
    {
      api: offsetDelete,
      does: "refuses groups and partitions that are not there, and topics that are read",
      async run(wire, version) {
        const { name } = await wire.createTopic();
        const ask = (groupId: string, topic: string, index = 0) =>
          wire.call(offsetDelete, version, { groupId, topics: [{ name: topic, partitions: [{ index }] }] });
        const none = { errorCode: ErrorCode.groupIdNotFound, topics: [] };
        expect(await ask(freshName("none"), name)).toMatchObject(none);
        expect(await ask("", name)).toMatchObject({ errorCode: ErrorCode.invalidGroupId, topics: [] });
        const { groupId } = await openMember(wire, freshName("g"), null, [name]);
        const codeOf = async (topic: string, index = 0) => {
          const answer = await ask(groupId, topic, index);
          expect(answer.errorCode).toBe(0);
          return only(only(answer.topics).partitions).errorCode;
        };
        expect(await codeOf(name)).toBe(ErrorCode.groupSubscribedToTopic);
        expect(await codeOf("missing")).toBe(ErrorCode.unknownTopicOrPartition);
        expect(await codeOf(name, 7)).toBe(ErrorCode.unknownTopicOrPartition);
        const other = await openMember(wire, freshName("g"), null, ["elsewhere"]);
        await commit(wire.prepare, 6, other.groupId, name, {}, other);
        const allowed = await ask(other.groupId, name);
        expect(only(only(allowed.topics).partitions).errorCode).toBe(0);
      },
    },
  ]);

  test("a group that its last member left keeps its offsets, and can be deleted", async () => {
    await using wire = await openWire(bootstrap());
    const { name } = await wire.createTopic();
    const member = await openMember(wire, freshName("g"));
    const { groupId, memberId } = member;
    await commit(wire.prepare, 6, groupId, name, { offset: 3 }, member);
    await wire.prepare(leaveGroup, 2, { groupId, memberId });
    expect(committedIn(await fetchOffsets(wire.prepare, 7, groupId, name))).toEqual([[0, 3]]);
    const deleted = await wire.prepare(deleteGroups, 2, { groupIds: [groupId] });
    expect(only(deleted.results).errorCode).toBe(0);
  });

  test("what a group committed for a topic is gone with the topic", async () => {
    await using wire = await openWire(bootstrap());
    const groupId = freshName("g");
    const { name } = await wire.createTopic();
    await commit(wire.prepare, 6, groupId, name);
    await wire.prepare(deleteTopics, 5, { topicNames: [name], timeoutMs: 10_000 });
    const left = async () => committedIn(await fetchOffsets(wire.prepare, 7, groupId, name));
    let found = await left();
    while (found[0]?.[1] === 5) found = await left();
    expect(found).toEqual([[0, -1]]);
  });
});
