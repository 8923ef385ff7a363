/**
 * The group requests over the wire: what each version carries. How groups behave is tested beside the coordinator.
 */
import { describe, expect, test } from "@jest/globals";
import { ErrorCode } from "../protocol/error-codes.ts";
import { openRawClient } from "../testing/raw-client.ts";
import { openSession, type Session } from "../testing/session.ts";
import { offsetCommit } from "./08-offset-commit.ts";
import { offsetFetch } from "./09-offset-fetch.ts";
import { findCoordinator } from "./10-find-coordinator.ts";
import { joinGroup } from "./11-join-group.ts";
import { heartbeat } from "./12-heartbeat.ts";
import { leaveGroup } from "./13-leave-group.ts";
import { syncGroup } from "./14-sync-group.ts";
import { describeGroups } from "./15-describe-groups.ts";
import { listGroups } from "./16-list-groups.ts";
import { deleteTopics } from "./20-delete-topics.ts";
import { deleteGroups } from "./42-delete-groups.ts";
import { offsetDelete } from "./47-offset-delete.ts";

const range = ([min, max]: readonly [number, number]) =>
  Array.from({ length: max - min + 1 }, (_, i) => min + i);

/** What a consumer writes as its subscription: version, topics, user data. */
const subscription = Buffer.from("0001 00000001 0001 74 00000000".replaceAll(" ", ""), "hex");

async function join({ client }: Session, version = 5) {
  const request = {
    groupId: "g",
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    protocolType: "consumer",
    protocols: [{ name: "range", metadata: subscription }],
  };
  const first = await client.call(joinGroup, version, { ...request, memberId: "" });
  if (first.errorCode !== ErrorCode.memberIdRequired) return first;
  return client.call(joinGroup, version, { ...request, memberId: first.memberId });
}

async function joinAndSync(session: Session) {
  const member = await join(session);
  const assignments = [{ memberId: member.memberId, assignment: Buffer.from("mine") }];
  await session.client.call(syncGroup, 3, { ...member, groupId: "g", assignments });
  return member;
}

describe("JoinGroup", () => {
  test.each(range([0, 9]))("version %d brings a member in", async (version) => {
    await using session = await openSession();
    const joined = await join(session, version);
    expect(joined).toMatchObject({
      errorCode: 0,
      generationId: 1,
      protocolName: "range",
      leader: joined.memberId,
      members: [{ memberId: joined.memberId, metadata: subscription }],
    });
    if (version >= 7) expect(joined.protocolType).toBe("consumer");
  });

  test("of a second member waits, and the first hears of it by its heartbeat", async () => {
    await using session = await openSession();
    const first = await joinAndSync(session);
    await using other = await openRawClient(session.emulator.port);
    const request = {
      groupId: "g",
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      memberId: "",
      protocolType: "consumer",
      protocols: [{ name: "range", metadata: subscription }],
    };
    const waiting = other.call(joinGroup, 2, request);
    let code: number = ErrorCode.none;
    while (code === ErrorCode.none) {
      code = (await session.client.call(heartbeat, 3, { ...first, groupId: "g" })).errorCode;
    }
    expect(code).toBe(ErrorCode.rebalanceInProgress);
    await session.client.call(joinGroup, 5, { ...request, memberId: first.memberId });
    expect(await waiting).toMatchObject({
      errorCode: 0,
      generationId: 2,
      leader: first.memberId,
      members: [],
    });
  });
});

describe("SyncGroup", () => {
  test.each(range([0, 5]))("version %d gives the share", async (version) => {
    await using session = await openSession();
    const member = await join(session);
    const assignments = [{ memberId: member.memberId, assignment: Buffer.from("mine") }];
    const named = { protocolType: "consumer", protocolName: "range" };
    const synced = await session.client.call(syncGroup, version, {
      ...member,
      ...named,
      groupId: "g",
      assignments,
    });
    expect(synced).toMatchObject({ errorCode: 0, assignment: Buffer.from("mine") });
    if (version >= 5) expect(synced).toMatchObject(named);
  });

  test.each([
    ["another protocol than the group's", "roundrobin"],
    ["no protocol", null],
  ])("refuses %s", async (_what, protocolName) => {
    await using session = await openSession();
    const member = await join(session);
    const named = { protocolType: "consumer", protocolName };
    expect(await session.client.call(syncGroup, 5, { ...member, ...named, groupId: "g" })).toMatchObject({
      errorCode: ErrorCode.inconsistentGroupProtocol,
    });
  });
});

describe("Heartbeat", () => {
  test.each(range([0, 4]))("version %d keeps a member, and does not know a stranger", async (version) => {
    await using session = await openSession();
    const member = await joinAndSync(session);
    const beat = async (memberId: string) =>
      (await session.client.call(heartbeat, version, { ...member, groupId: "g", memberId })).errorCode;
    expect(await beat(member.memberId)).toBe(0);
    expect(await beat("stranger")).toBe(ErrorCode.unknownMemberId);
  });
});

describe("LeaveGroup", () => {
  test.each(range([0, 5]))("version %d lets a member go", async (version) => {
    await using session = await openSession();
    const { memberId } = await joinAndSync(session);
    const wanted = version < 3 ? { memberId } : { members: [{ memberId }, { memberId: "stranger" }] };
    const left = await session.client.call(leaveGroup, version, { groupId: "g", ...wanted });
    expect(left.errorCode).toBe(0);
    if (version >= 3) {
      expect(left.members.map(({ errorCode }) => errorCode)).toEqual([0, ErrorCode.unknownMemberId]);
    }
    const { groups } = await session.client.call(describeGroups, 0, { groups: ["g"] });
    expect(groups).toMatchObject([{ groupState: "Empty", members: [] }]);
  });
});

describe("OffsetCommit and OffsetFetch", () => {
  const commit = (session: Session, version: number, more: object = {}) =>
    session.client.call(offsetCommit, version, {
      groupId: "g",
      generationId: -1,
      topics: [
        {
          name: "t",
          partitions: [
            { index: 0, offset: 42, leaderEpoch: 0, metadata: "note" },
            { index: 9, offset: 1 },
          ],
        },
        { name: "other", partitions: [{ index: 0, offset: 1 }] },
      ],
      ...more,
    });

  test.each(range([2, 9]))("commit version %d keeps offsets of partitions that exist", async (version) => {
    await using session = await openSession();
    await session.createTopic("t", 2);
    const answer = await commit(session, version);
    expect(answer.topics.map(({ partitions }) => partitions.map(({ errorCode }) => errorCode))).toEqual([
      [0, ErrorCode.unknownTopicOrPartition],
      [ErrorCode.unknownTopicOrPartition],
    ]);
  });

  test.each(range([1, 9]))(
    "fetch version %d tells what was committed, and -1 for the rest",
    async (version) => {
      await using session = await openSession();
      await session.createTopic("t", 2);
      await commit(session, 9);
      const topics = [{ name: "t", partitions: [0, 1] }];
      const answer = await session.client.call(
        offsetFetch,
        version,
        version < 8 ? { groupId: "g", topics } : { groups: [{ groupId: "g", topics }] },
      );
      const answered = version < 8 ? answer.topics : answer.groups[0]?.topics;
      expect(answered).toMatchObject([
        {
          name: "t",
          partitions: [
            { index: 0, offset: 42, metadata: "note", errorCode: 0 },
            { index: 1, offset: -1, metadata: "", errorCode: 0 },
          ],
        },
      ]);
    },
  );

  test.each([2, 8])("fetch version %d tells all that was committed, also of no group", async (version) => {
    await using session = await openSession();
    await session.createTopic("t", 2);
    await commit(session, 9);
    const fetchAll = async (groupId: string) => {
      const wanted = version < 8 ? { groupId, topics: null } : { groups: [{ groupId, topics: null }] };
      const answer = await session.client.call(offsetFetch, version, wanted);
      return version < 8 ? answer.topics : answer.groups[0]?.topics;
    };
    expect(await fetchAll("g")).toMatchObject([{ name: "t", partitions: [{ index: 0, offset: 42 }] }]);
    expect(await fetchAll("nobody")).toEqual([]);
  });

  test("refuse metadata that is too long, and a generation that is over", async () => {
    await using session = await openSession();
    await session.createTopic("t", 1);
    const partitions = [{ index: 0, offset: 1, metadata: "x".repeat(4097) }];
    const long = await commit(session, 9, { topics: [{ name: "t", partitions }] });
    expect(long.topics[0]?.partitions[0]?.errorCode).toBe(ErrorCode.offsetMetadataTooLarge);
    const member = await joinAndSync(session);
    const old = await commit(session, 9, { memberId: member.memberId, generationId: 0 });
    expect(old.topics[0]?.partitions[0]?.errorCode).toBe(ErrorCode.illegalGeneration);
  });

  test("forget a topic that is deleted, and what OffsetDelete names", async () => {
    await using session = await openSession();
    await session.createTopic("t", 2);
    const offsets = async () => {
      const answer = await session.client.call(offsetFetch, 2, { groupId: "g", topics: null });
      return answer.topics;
    };
    await commit(session, 9);
    const topics = [{ name: "t", partitions: [{ index: 0 }] }];
    const deleted = await session.client.call(offsetDelete, 0, { groupId: "g", topics });
    expect(deleted.topics[0]?.partitions).toEqual([{ index: 0, errorCode: 0 }]);
    expect(await offsets()).toEqual([]);
    await commit(session, 9);
    await session.client.call(deleteTopics, 5, { topicNames: ["t"] });
    await session.createTopic("t", 2);
    expect(await offsets()).toEqual([]);
  });

  test("keep the offset of a topic that a member reads", async () => {
    await using session = await openSession();
    await session.createTopic("t", 2);
    await joinAndSync(session);
    const topics = [{ name: "t", partitions: [{ index: 0 }] }];
    const answer = await session.client.call(offsetDelete, 0, { groupId: "g", topics });
    expect(answer.topics[0]?.partitions[0]?.errorCode).toBe(ErrorCode.groupSubscribedToTopic);
    const other = await session.client.call(offsetDelete, 0, { groupId: "nobody", topics });
    expect(other.errorCode).toBe(ErrorCode.groupIdNotFound);
  });
});

describe("FindCoordinator", () => {
  test.each(range([0, 6]))("version %d names the broker", async (version) => {
    await using session = await openSession();
    const answer = await session.client.call(
      findCoordinator,
      version,
      version < 4 ? { key: "g" } : { coordinatorKeys: ["g", "h"] },
    );
    const where = { nodeId: 1, host: "127.0.0.1", port: session.emulator.port, errorCode: 0 };
    if (version < 4) expect(answer).toMatchObject(where);
    else
      expect(answer.coordinators).toMatchObject([
        { key: "g", ...where },
        { key: "h", ...where },
      ]);
  });

  test("knows the coordinator of a transaction, and none for anything else", async () => {
    await using session = await openSession();
    const ask = (keyType: number) => session.client.call(findCoordinator, 2, { key: "x", keyType });
    expect(await ask(1)).toMatchObject({ errorCode: 0, nodeId: 1, port: session.emulator.port });
    expect(await ask(7)).toMatchObject({ errorCode: ErrorCode.invalidRequest, nodeId: -1 });
  });
});

describe("DescribeGroups, ListGroups and DeleteGroups", () => {
  test.each(range([0, 5]))("describe version %d shows members and their shares", async (version) => {
    await using session = await openSession();
    const { memberId } = await joinAndSync(session);
    const { groups } = await session.client.call(describeGroups, version, { groups: ["g", "nobody", ""] });
    expect(groups).toMatchObject([
      {
        errorCode: 0,
        groupState: "Stable",
        protocolType: "consumer",
        protocolData: "range",
        members: [
          {
            memberId,
            clientId: "raw",
            clientHost: "/127.0.0.1",
            memberMetadata: subscription,
            memberAssignment: Buffer.from("mine"),
          },
        ],
      },
      { errorCode: 0, groupId: "nobody", groupState: "Dead" },
      { errorCode: 0, groupId: "", groupState: "Dead" },
    ]);
  });

  test.each(range([0, 4]))("list version %d names the groups", async (version) => {
    await using session = await openSession();
    await joinAndSync(session);
    const { groups } = await session.client.call(listGroups, version, {});
    expect(groups).toMatchObject([{ groupId: "g", protocolType: "consumer" }]);
    if (version < 4) return;
    expect(groups[0]?.groupState).toBe("Stable");
    const filtered = await session.client.call(listGroups, version, { statesFilter: ["Empty"] });
    expect(filtered.groups).toEqual([]);
  });

  test.each(range([0, 2]))("delete version %d deletes groups without members", async (version) => {
    await using session = await openSession();
    const { memberId } = await joinAndSync(session);
    const remove = async () => {
      const { results } = await session.client.call(deleteGroups, version, { groupIds: ["g", "nobody"] });
      return results.map(({ errorCode }) => errorCode);
    };
    expect(await remove()).toEqual([ErrorCode.nonEmptyGroup, ErrorCode.groupIdNotFound]);
    await session.client.call(leaveGroup, 0, { groupId: "g", memberId });
    expect(await remove()).toEqual([0, ErrorCode.groupIdNotFound]);
  });
});
