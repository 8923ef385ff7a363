// What a group's coordinator answers to its members, request by request (the classic protocol).
import { expect } from "@jest/globals";
import { ErrorCode } from "../../src/emulators/kafka/protocol/error-codes.ts";
import { joinGroup } from "../../src/emulators/kafka/requests/11-join-group.ts";
import { syncGroup } from "../../src/emulators/kafka/requests/14-sync-group.ts";
import { listGroups } from "../../src/emulators/kafka/requests/16-list-groups.ts";
import { freshName } from "../support/kafka-clients.ts";
import {
  describeGroup,
  encodeSubscription,
  type GroupMember,
  listUserData,
  openMember,
  settleGroup,
  untilMembers,
  untilState,
} from "../support/kafka-members.ts";
import { openClient } from "../support/kafka-requests.ts";
import { describeKafka } from "../support/kafka-targets.ts";

const {
  none,
  illegalGeneration,
  inconsistentGroupProtocol,
  invalidGroupId,
  invalidSessionTimeout,
  memberIdRequired,
  rebalanceInProgress,
  unknownMemberId,
} = ErrorCode;

describeKafka("The coordinator of a Kafka group", ({ test, bootstrap, shortSession }) => {
  const member = (groupId: string, options = {}) => openMember(bootstrap(), groupId, options);

  /** Brings new members into a group whose leader is settled; answers what each join said, the leader's first. */
  const joinBeside = async (leader: GroupMember, others: readonly GroupMember[]) => {
    const joining = others.map((other) => other.join());
    await untilMembers(leader.client, leader.groupId, 1 + others.length);
    return Promise.all([leader.join(), ...joining] as const);
  };

  test("takes the protocol that all members share", async () => {
    const groupId = freshName("g");
    await using first = await member(groupId, { protocols: { mine: "m", shared: "s1" } });
    await using second = await member(groupId, { protocols: { yours: "y", shared: "s2" } });
    expect(await first.join()).toMatchObject({ errorCode: none, protocolName: "mine" });
    const joined = await joinBeside(first, [second]);
    expect(joined.map(({ protocolName }) => protocolName)).toEqual(["shared", "shared"]);
    expect(listUserData(joined[0])).toEqual(["s1", "s2"]);
  });

  test("lets the members vote on which of the protocols they share", async () => {
    const groupId = freshName("g");
    await using first = await member(groupId, { protocols: { range: "", sticky: "" } });
    await using second = await member(groupId, { protocols: { sticky: "", range: "" } });
    await using third = await member(groupId, { protocols: { sticky: "", range: "" } });
    expect(await first.join()).toMatchObject({ protocolName: "range" });
    const joined = await joinBeside(first, [second, third]);
    expect(joined.map(({ protocolName }) => protocolName)).toEqual(["sticky", "sticky", "sticky"]);
  });

  test("turns away whoever shares no protocol with the members, or is of another type", async () => {
    const groupId = freshName("g");
    await using first = await member(groupId, { protocols: { range: "" } });
    await first.join();
    for (const options of [
      { protocols: { sticky: "" } },
      { protocols: {} },
      { protocols: { range: "" }, protocolType: "connect" },
      { protocols: { range: "" }, protocolType: "" },
    ]) {
      await using stranger = await member(groupId, options);
      expect(await stranger.join()).toMatchObject({ errorCode: inconsistentGroupProtocol });
    }
    expect(await first.heartbeat()).toBe(none);
  });

  test("tells the leader alone who the members are", async () => {
    const groupId = freshName("g");
    await using first = await member(groupId, { protocols: { range: "of the first" } });
    await using second = await member(groupId, { protocols: { range: "of the second" } });
    await first.join();
    const [leader, follower] = await joinBeside(first, [second]);
    expect(leader).toMatchObject({ leader: first.memberId, generationId: 2 });
    expect(follower).toMatchObject({ leader: first.memberId, generationId: 2, members: [] });
    const known = new Map(leader.members.map((each) => [each.memberId, each.metadata]));
    expect(known).toEqual(
      new Map([
        [first.memberId, encodeSubscription("of the first")],
        [second.memberId, encodeSubscription("of the second")],
      ]),
    );
  });

  test("gives each member its share once the leader has handed them in", async () => {
    const groupId = freshName("g");
    await using first = await member(groupId);
    await using second = await member(groupId);
    await using third = await member(groupId);
    await first.join();
    await joinBeside(first, [second, third]);
    const order: string[] = [];
    const waiting = second.sync().then((share) => {
      order.push("follower");
      return share;
    });
    // While the follower waits, it and everybody else is well.
    expect(await third.heartbeat()).toBe(none);
    await untilState(third.client, groupId, "CompletingRebalance");
    expect(order).toEqual([]);
    expect(await first.sync({ [first.memberId]: "one", [second.memberId]: "two" })).toBe("one");
    expect(await waiting).toBe("two");
    // The third one was given nothing, and comes late.
    expect(await third.sync()).toBe("");
    expect(await second.sync()).toBe("two");
  });

  test("tells members of a rebalance in their heartbeats, and starts the next generation", async () => {
    const groupId = freshName("g");
    await using first = await member(groupId);
    await using second = await member(groupId);
    await using third = await member(groupId);
    await settleGroup([first, second]);
    expect([await first.heartbeat(), await second.heartbeat()]).toEqual([none, none]);
    const before = first.generationId;
    const joining = third.join();
    await first.isToldToRejoin();
    expect(await second.heartbeat()).toBe(rebalanceInProgress);
    const joined = await Promise.all([first.join(), second.join(), joining]);
    expect(joined.map(({ generationId }) => generationId)).toEqual([before + 1, before + 1, before + 1]);
    expect(await first.heartbeat()).toBe(none);
    expect(await first.heartbeat(before)).toBe(illegalGeneration);
    expect(await first.heartbeat(before + 2)).toBe(illegalGeneration);
  });

  test("ends a wait for shares when a rebalance comes in between", async () => {
    const groupId = freshName("g");
    await using first = await member(groupId);
    await using second = await member(groupId);
    await using third = await member(groupId);
    await first.join();
    await joinBeside(first, [second]);
    const waiting = second.sync();
    const joining = third.join();
    expect(await waiting).toBe(rebalanceInProgress);
    expect(await first.sync({})).toBe(rebalanceInProgress);
    await Promise.all([first.join(), second.join(), joining]);
  });

  test("gives a new member an id to come back with, and knows no other", async () => {
    const groupId = freshName("g");
    await using client = await openClient(bootstrap());
    const request = {
      groupId,
      sessionTimeoutMs: 30_000,
      rebalanceTimeoutMs: 30_000,
      protocolType: "consumer",
      protocols: [{ name: "range", metadata: encodeSubscription("") }],
    };
    const given = await client.call(joinGroup, 4, { ...request, memberId: "" });
    expect(given).toMatchObject({ errorCode: memberIdRequired, memberId: expect.stringMatching(/^raw-/) });
    const made = await client.call(joinGroup, 4, { ...request, memberId: "made up" });
    expect(made).toMatchObject({ errorCode: unknownMemberId, memberId: "made up" });
    const joined = await client.call(joinGroup, 4, { ...request, memberId: given.memberId });
    expect(joined).toMatchObject({ errorCode: none, generationId: 1, leader: given.memberId });
    // Before version 4 nobody has to come back.
    const groupOfOlder = { ...request, groupId: freshName("g"), memberId: "" };
    expect(await client.call(joinGroup, 3, groupOfOlder)).toMatchObject({ errorCode: none, generationId: 1 });
  });

  test("answers a follower that joins again as before; the leader's joining again starts a rebalance", async () => {
    const groupId = freshName("g");
    await using first = await member(groupId);
    await using second = await member(groupId);
    await settleGroup([first, second]);
    const { generationId } = second;
    expect(await second.join()).toMatchObject({ errorCode: none, generationId, members: [] });
    expect(await first.heartbeat()).toBe(none);
    const leading = first.join();
    await second.isToldToRejoin();
    await Promise.all([leading, second.join()]);
    expect(second.generationId).toBe(generationId + 1);
  });

  test("starts a rebalance when a follower comes with another subscription", async () => {
    const groupId = freshName("g");
    await using first = await member(groupId);
    await using second = await member(groupId);
    await settleGroup([first, second]);
    const joining = second.join({ protocols: { range: "changed" } });
    await first.isToldToRejoin();
    const joined = await first.join();
    await joining;
    expect(listUserData(joined)).toEqual(["", "changed"]);
  });

  test("leaves behind who does not come back before the rebalance time-out", async () => {
    const groupId = freshName("g");
    await using first = await member(groupId, { rebalanceTimeoutMs: 1_000 });
    await using slow = await member(groupId, { rebalanceTimeoutMs: 1_000 });
    await settleGroup([first, slow]);
    const { members } = await first.join();
    expect(members.map(({ memberId }) => memberId)).toEqual([first.memberId]);
    expect(await slow.heartbeat()).toBe(unknownMemberId);
    expect(await slow.sync()).toBe(unknownMemberId);
  });

  test("goes on without a leader that hands in no shares", async () => {
    const groupId = freshName("g");
    await using silent = await member(groupId, { rebalanceTimeoutMs: 1_000 });
    await using other = await member(groupId, { rebalanceTimeoutMs: 1_000 });
    await silent.join();
    await joinBeside(silent, [other]);
    expect(await other.sync()).toBe(rebalanceInProgress);
    expect(await other.join()).toMatchObject({ errorCode: none, leader: other.memberId });
    expect(await silent.heartbeat()).toBe(unknownMemberId);
  });

  test("lets the others share the work of one that leaves, and knows it no more", async () => {
    const groupId = freshName("g");
    await using first = await member(groupId);
    await using second = await member(groupId);
    await settleGroup([first, second]);
    expect(await first.leave()).toBe(none);
    expect(await first.leave()).toBe(unknownMemberId);
    expect(await first.heartbeat()).toBe(unknownMemberId);
    await second.isToldToRejoin();
    const joined = await second.join();
    expect(joined).toMatchObject({ leader: second.memberId, generationId: 3 });
    expect(joined.members).toHaveLength(1);
  });

  test("counts its generations on when everybody has left", async () => {
    const groupId = freshName("g");
    await using first = await member(groupId);
    await settleGroup([first]);
    await first.leave();
    await untilState(first.client, groupId, "Empty");
    await using next = await member(groupId);
    await next.join();
    expect(next.generationId).toBe(3);
  });

  test("drops a member that is silent for its session", async () => {
    const groupId = freshName("g");
    await using silent = await member(groupId, { sessionTimeoutMs: shortSession.timeoutMs });
    await settleGroup([silent]);
    await untilState(silent.client, groupId, "Empty");
    expect(await silent.heartbeat()).toBe(unknownMemberId);
  });

  test("is described in each of its states", async () => {
    const groupId = freshName("g");
    await using client = await openClient(bootstrap());
    const described = () => describeGroup(client, groupId);
    const dead = { groupState: "Dead", protocolType: "", protocolData: "", members: [] };
    expect(await described()).toMatchObject(dead);
    await using first = await member(groupId, { protocols: { range: "mine" } });
    await first.join();
    const shown = { protocolType: "consumer", protocolData: "" };
    // What is described may lag behind what members were told.
    await untilState(client, groupId, "CompletingRebalance");
    const nothing = { memberMetadata: Buffer.alloc(0), memberAssignment: Buffer.alloc(0) };
    expect(await described()).toMatchObject({
      ...shown,
      groupState: "CompletingRebalance",
      members: [{ memberId: first.memberId, groupInstanceId: null, clientId: "raw", ...nothing }],
    });
    await first.sync({ [first.memberId]: "everything" });
    await untilState(client, groupId, "Stable");
    expect(await described()).toMatchObject({
      groupState: "Stable",
      protocolType: "consumer",
      protocolData: "range",
      members: [
        {
          clientHost: expect.stringMatching(/^\/[\d.]+$/),
          memberMetadata: encodeSubscription("mine"),
          memberAssignment: Buffer.from("everything"),
        },
      ],
    });
    await using second = await member(groupId);
    const joining = second.join();
    await first.isToldToRejoin();
    await untilState(client, groupId, "PreparingRebalance");
    expect(await described()).toMatchObject({ ...shown, groupState: "PreparingRebalance" });
    await Promise.all([first.join(), joining]);
    await first.leave();
    await second.leave();
    await untilState(client, groupId, "Empty");
    expect(await described()).toMatchObject({ ...shown, groupState: "Empty", members: [] });
  });

  test("is listed by its state", async () => {
    const groupId = freshName("g");
    await using first = await member(groupId);
    /** What is listed may lag behind what members were told. */
    const untilListedAs = async (state: string) => {
      while ((await listed([]))?.groupState !== state);
    };
    const listed = async (statesFilter: string[]) => {
      const { groups } = await first.client.call(listGroups, 4, { statesFilter });
      return groups.find((group) => group.groupId === groupId);
    };
    expect(await listed([])).toBeUndefined();
    await settleGroup([first]);
    await untilListedAs("Stable");
    const stable = { groupId, protocolType: "consumer", groupState: "Stable" };
    expect(await listed([])).toMatchObject(stable);
    expect(await listed(["Empty", "Stable"])).toMatchObject(stable);
    expect(await listed(["stable"])).toMatchObject(stable);
    expect(await listed(["Empty", "PreparingRebalance"])).toBeUndefined();
    await first.leave();
    await untilListedAs("Empty");
    expect(await listed(["Empty"])).toMatchObject({ groupState: "Empty" });
  });

  test("moves a partition between cooperative members in two rebalances, and nobody stops for the rest", async () => {
    const groupId = freshName("g");
    const owning = (owned: string) => ({ protocols: { "cooperative-sticky": owned } });
    await using first = await member(groupId, owning(""));
    await using second = await member(groupId, owning(""));
    await first.join();
    expect(await first.sync({ [first.memberId]: "0 1" })).toBe("0 1");
    // First rebalance: what the new member is to have is taken from the old one, and given to nobody.
    const joining = second.join();
    await first.isToldToRejoin();
    const leading = await first.join(owning("0 1"));
    await joining;
    expect(listUserData(leading)).toEqual(["", "0 1"]);
    const waiting = second.sync();
    expect(await first.sync({ [first.memberId]: "0", [second.memberId]: "" })).toBe("0");
    expect(await waiting).toBe("");
    // Second rebalance: the old one, having let go, asks for it.
    const again = first.join(owning("0"));
    await second.isToldToRejoin();
    await second.join();
    expect((await again).generationId).toBe(3);
    const share = second.sync();
    expect(await first.sync({ [first.memberId]: "0", [second.memberId]: "1" })).toBe("0");
    expect(await share).toBe("1");
    expect([await first.heartbeat(), await second.heartbeat()]).toEqual([none, none]);
  });

  for (const [what, sessionTimeoutMs] of [
    ["shorter", 5_999],
    ["longer", 1_800_001],
  ] as const) {
    test(`takes no session ${what} than it allows`, async () => {
      await using first = await member(freshName("g"), { sessionTimeoutMs });
      expect(await first.join()).toMatchObject({ errorCode: invalidSessionTimeout });
    });
  }

  test("serves no group without a name, and no member of a group that is not there", async () => {
    await using nameless = await member("", { memberId: "m" });
    expect(await nameless.join()).toMatchObject({ errorCode: invalidGroupId });
    expect(await nameless.sync()).toBe(invalidGroupId);
    expect(await nameless.heartbeat()).toBe(invalidGroupId);
    expect(await nameless.leave()).toBe(invalidGroupId);
    await using missing = await member(freshName("missing"), { memberId: "m" });
    expect(await missing.join()).toMatchObject({ errorCode: unknownMemberId });
    expect(await missing.sync()).toBe(unknownMemberId);
    expect(await missing.heartbeat()).toBe(unknownMemberId);
    expect(await missing.leave()).toBe(unknownMemberId);
  });

  test("takes shares under the group's own protocol only", async () => {
    const groupId = freshName("g");
    await using first = await member(groupId);
    const { memberId, generationId } = await first.join();
    const who = { groupId, memberId, generationId };
    const sync = async (protocolType: string | null, protocolName: string | null) => {
      const assignments = [{ memberId, assignment: Buffer.from("all") }];
      return first.client.call(syncGroup, 5, { ...who, protocolType, protocolName, assignments });
    };
    expect(await sync("connect", "range")).toMatchObject({ errorCode: inconsistentGroupProtocol });
    expect(await sync("consumer", "sticky")).toMatchObject({ errorCode: inconsistentGroupProtocol });
    expect(await sync("consumer", "range")).toMatchObject({
      errorCode: none,
      protocolType: "consumer",
      protocolName: "range",
      assignment: Buffer.from("all"),
    });
    expect(await sync(null, null)).toMatchObject({ errorCode: inconsistentGroupProtocol });
  });
});
