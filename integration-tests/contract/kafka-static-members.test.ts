// What a group's static members may rely on: their place is theirs while their session lasts (KIP-345).
import { expect } from "@jest/globals";
import { ErrorCode } from "../../src/emulators/kafka/protocol/error-codes.ts";
import { offsetCommit } from "../../src/emulators/kafka/requests/08-offset-commit.ts";
import { leaveGroup } from "../../src/emulators/kafka/requests/13-leave-group.ts";
import { adapterOf, createTopic, freshName } from "../support/kafka-clients.ts";
import {
  describeGroup,
  listUserData,
  openMember,
  settleGroup,
  untilMembers,
} from "../support/kafka-members.ts";
import { openClient } from "../support/kafka-requests.ts";
import { describeKafka } from "../support/kafka-targets.ts";

const { none, fencedInstanceId, unknownMemberId } = ErrorCode;

describeKafka("A static member of a Kafka group", ({ test, bootstrap, shortSession }) => {
  const member = (groupId: string, options = {}) => openMember(bootstrap(), groupId, options);

  test("comes back to its place, and nobody has to join again", async () => {
    const groupId = freshName("g");
    await using first = await member(groupId, { instanceId: "one" });
    await using second = await member(groupId, { instanceId: "two" });
    await settleGroup([first, second]);
    await using again = await member(groupId, { instanceId: "two" });
    const joined = await again.join();
    const { generationId } = first;
    expect(joined).toMatchObject({ errorCode: none, generationId, leader: first.memberId, members: [] });
    expect(again.memberId).not.toBe(second.memberId);
    expect(again.memberId).toMatch(/^two-/);
    expect(await again.sync()).toBe("1's share");
    expect(await first.heartbeat()).toBe(none);
    expect(
      (await describeGroup(first.client, groupId)).members.map((each) => each.groupInstanceId).sort(),
    ).toEqual(["one", "two"]);
  });

  test("that leads is told to leave the shares as they are", async () => {
    const groupId = freshName("g");
    await using first = await member(groupId, { instanceId: "one" });
    await using second = await member(groupId, { instanceId: "two" });
    await settleGroup([first, second]);
    const { generationId } = first;
    await using again = await member(groupId, { instanceId: "one" });
    const joined = await again.join();
    expect(joined).toMatchObject({ generationId, leader: again.memberId, skipAssignment: true });
    expect(joined.members).toHaveLength(2);
    expect(await again.sync()).toBe("0's share");
    // Before version 9 it cannot be told so, and learns of a leader that is no more instead.
    await using older = await member(groupId, { instanceId: "one" });
    const asFollower = { generationId, leader: again.memberId, members: [] };
    expect(await older.join({ version: 8 })).toMatchObject(asFollower);
    expect(await older.sync()).toBe("0's share");
    expect(await second.heartbeat()).toBe(none);
  });

  test("fences whoever held its place before", async () => {
    const topic = await createTopic(adapterOf(bootstrap()), 1);
    const groupId = freshName("g");
    await using older = await member(groupId, { instanceId: "one" });
    await settleGroup([older]);
    await using newer = await member(groupId, { instanceId: "one" });
    await newer.join();
    const { memberId, generationId } = older;
    expect(await older.heartbeat()).toBe(fencedInstanceId);
    expect(await older.sync()).toBe(fencedInstanceId);
    expect(await older.join()).toMatchObject({ errorCode: fencedInstanceId });
    expect(await older.leave()).toBe(fencedInstanceId);
    const topics = [{ name: topic, partitions: [{ index: 0, offset: 1, metadata: null }] }];
    const who = { groupId, memberId, generationId, groupInstanceId: "one" };
    const answer = await older.client.call(offsetCommit, 7, { ...who, topics });
    expect(answer.topics).toEqual([{ name: topic, partitions: [{ index: 0, errorCode: fencedInstanceId }] }]);
    expect(await newer.heartbeat()).toBe(none);
  });

  test("fences one that still waits to join", async () => {
    const groupId = freshName("g");
    await using first = await member(groupId);
    await settleGroup([first]);
    await using waiting = await member(groupId, { instanceId: "one" });
    const joining = waiting.join();
    await first.isToldToRejoin();
    await untilMembers(first.client, groupId, 2);
    await using newer = await member(groupId, { instanceId: "one" });
    const taking = newer.join();
    expect(await joining).toMatchObject({ errorCode: fencedInstanceId });
    await Promise.all([first.join(), taking]);
    expect(await newer.heartbeat()).toBe(none);
  });

  test("is unknown under an instance id that nobody holds", async () => {
    const groupId = freshName("g");
    await using first = await member(groupId);
    await settleGroup([first]);
    await using other = await member(groupId, { instanceId: "none", memberId: first.memberId });
    expect(await other.heartbeat()).toBe(unknownMemberId);
    expect(await other.leave()).toBe(unknownMemberId);
  });

  test("may come back with another subscription; a rebalance starts only if it changes the protocol", async () => {
    const groupId = freshName("g");
    const both = { protocols: { range: "", sticky: "" } };
    await using first = await member(groupId, { instanceId: "one", ...both });
    await using second = await member(groupId, { instanceId: "two", ...both });
    await settleGroup([first, second]);
    const { generationId } = second;
    const changed = { instanceId: "two", protocols: { range: "changed", sticky: "" } };
    await using again = await member(groupId, changed);
    expect(await again.join()).toMatchObject({ errorCode: none, generationId, protocolName: "range" });
    expect(await first.heartbeat()).toBe(none);
    await using other = await member(groupId, { instanceId: "two", protocols: { sticky: "other" } });
    const joining = other.join();
    await first.isToldToRejoin();
    const joined = await first.join();
    expect(joined).toMatchObject({ generationId: generationId + 1, protocolName: "sticky" });
    expect(listUserData(joined)).toEqual(["", "other"]);
    await joining;
  });

  test("is taken out by its instance id, by whoever asks; each of several is answered", async () => {
    const groupId = freshName("g");
    await using first = await member(groupId, { instanceId: "one" });
    await using second = await member(groupId, { instanceId: "two" });
    await using third = await member(groupId);
    await settleGroup([first, second, third]);
    await using admin = await openClient(bootstrap());
    const members = [
      { memberId: "", groupInstanceId: "one" },
      { memberId: "", groupInstanceId: "none" },
      { memberId: first.memberId, groupInstanceId: "two" },
      { memberId: third.memberId, groupInstanceId: null },
    ];
    const answer = await admin.call(leaveGroup, 3, { groupId, members });
    expect(answer.errorCode).toBe(none);
    expect(answer.members.map(({ errorCode }) => errorCode)).toEqual([
      none,
      unknownMemberId,
      fencedInstanceId,
      none,
    ]);
    await second.isToldToRejoin();
    expect((await second.join()).members).toMatchObject([{ groupInstanceId: "two" }]);
    expect(await first.heartbeat()).toBe(unknownMemberId);
  });

  test("keeps its place while it is away, and loses it with its session", async () => {
    const groupId = freshName("g");
    await using away = await member(groupId, { instanceId: "one", sessionTimeoutMs: shortSession.timeoutMs });
    await using staying = await member(groupId, { instanceId: "two" });
    await settleGroup([staying, away]);
    await away[Symbol.asyncDispose]();
    // A connection that is gone is no reason to rebalance; a session that is over is.
    const goneMs = Date.now();
    await staying.isToldToRejoin();
    expect(Date.now() - goneMs).toBeGreaterThan(shortSession.lastsMs / 2);
    expect((await staying.join()).members).toMatchObject([{ groupInstanceId: "two" }]);
  });
});
