// The Kafka contract, request by request: members of groups.
import { expect } from "@jest/globals";
import { ErrorCode } from "../../src/emulators/kafka/protocol/error-codes.ts";
import { findCoordinator } from "../../src/emulators/kafka/requests/10-find-coordinator.ts";
import { joinGroup } from "../../src/emulators/kafka/requests/11-join-group.ts";
import { heartbeat } from "../../src/emulators/kafka/requests/12-heartbeat.ts";
import { leaveGroup } from "../../src/emulators/kafka/requests/13-leave-group.ts";
import { syncGroup } from "../../src/emulators/kafka/requests/14-sync-group.ts";
import { describeGroups } from "../../src/emulators/kafka/requests/15-describe-groups.ts";
import { listGroups } from "../../src/emulators/kafka/requests/16-list-groups.ts";
import { freshName } from "../support/kafka-clients.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import { declareWireCases, only, openWire, type Wire, whenSettled } from "../support/kafka-wire.ts";
import { join, joinBody, openMember, subscriptionTo } from "../support/kafka-wire-groups.ts";

const staticSince = { heartbeat: 3, sync: 3, leave: 3 } as const;
const notAsked = -2147483648;

describeKafka("Groups, request by request", (kafka) => {
  const { test, bootstrap } = kafka;
  declareWireCases(kafka, [
    {
      api: findCoordinator,
      does: "tells the broker that coordinates a group",
      async run(wire, version) {
        const [host, port] = wire.bootstrap.split(":");
        const keys = version < 4 ? [freshName("g")] : [freshName("g"), freshName("g")];
        const answer = await whenSettled(() =>
          wire.call(findCoordinator, version, { key: keys[0] ?? "", keyType: 0, coordinatorKeys: keys }),
        );
        const where = { nodeId: 1, host, port: Number(port) };
        expect(answer.throttleTimeMs).toBe(0);
        if (version < 4) {
          expect(answer).toMatchObject({
            errorCode: 0,
            errorMessage: version < 1 ? "" : "NONE",
            ...where,
          });
        } else {
          expect(answer.coordinators).toEqual(
            keys.map((key) => ({ key, ...where, errorCode: 0, errorMessage: "" })),
          );
        }
      },
    },
    {
      api: findCoordinator,
      does: "tells the broker that coordinates a transaction, and knows no other kind",
      since: 1,
      async run(wire, version) {
        const find = async (keyType: number) => {
          const answer = await whenSettled(() =>
            wire.call(findCoordinator, version, { key: "k", keyType, coordinatorKeys: ["k"] }),
          );
          return version < 4 ? answer : only(answer.coordinators);
        };
        expect(await find(1)).toMatchObject({ errorCode: 0, nodeId: 1 });
        expect(await find(9)).toMatchObject({
          errorCode: ErrorCode.invalidRequest,
          nodeId: -1,
          host: "",
          port: -1,
        });
      },
    },
    {
      api: joinGroup,
      does: "makes the first member the leader, which learns of the members",
      async run(wire, version) {
        const groupId = freshName("g");
        const metadata = subscriptionTo("t");
        const answer = await join(wire.call, version, groupId);
        expect(answer).toEqual({
          throttleTimeMs: 0,
          errorCode: 0,
          generationId: 1,
          protocolType: version < 7 ? null : "consumer",
          protocolName: "range",
          leader: answer.memberId,
          skipAssignment: false,
          memberId: expect.stringMatching(/^raw-/),
          members: [{ memberId: answer.memberId, groupInstanceId: null, metadata }],
        });
      },
    },
    {
      api: joinGroup,
      does: "refuses sessions, groups, members and protocols that cannot be",
      async run(wire, version) {
        const groupId = freshName("g");
        await openMember(wire, groupId);
        const code = async (group: string, more: Parameters<typeof joinBody>[1]) => {
          const { errorCode, generationId, members } = await wire.call(
            joinGroup,
            version,
            joinBody(group, more),
          );
          expect([generationId, members]).toEqual([-1, []]);
          return errorCode;
        };
        expect(await code(groupId, { sessionTimeoutMs: 5_999 })).toBe(ErrorCode.invalidSessionTimeout);
        expect(await code(groupId, { sessionTimeoutMs: 1_800_001 })).toBe(ErrorCode.invalidSessionTimeout);
        expect(await code("", {})).toBe(ErrorCode.invalidGroupId);
        expect(await code(groupId, { memberId: "stranger" })).toBe(ErrorCode.unknownMemberId);
        expect(await code(freshName("g"), { memberId: "stranger" })).toBe(ErrorCode.unknownMemberId);
        const inconsistent = ErrorCode.inconsistentGroupProtocol;
        expect(await code(groupId, { protocolType: "connect" })).toBe(inconsistent);
        const other = [{ name: "other", metadata: Buffer.alloc(0) }];
        expect(await code(groupId, { protocols: other })).toBe(inconsistent);
        expect(await code(groupId, { protocols: [] })).toBe(inconsistent);
        expect(await code(freshName("g"), { protocolType: "" })).toBe(inconsistent);
      },
    },
    {
      api: joinGroup,
      does: "gives a new member its id before it may come in",
      since: 4,
      async run(wire, version) {
        const answer = await wire.call(joinGroup, version, joinBody(freshName("g")));
        expect(answer).toMatchObject({
          errorCode: ErrorCode.memberIdRequired,
          memberId: expect.stringMatching(/^raw-/),
          generationId: -1,
          members: [],
        });
      },
    },
    {
      api: joinGroup,
      does: "fences a static member that was replaced",
      since: 5,
      async run(wire, version) {
        const groupId = freshName("g");
        const groupInstanceId = "one";
        const first = await openMember(wire, groupId, groupInstanceId);
        const again = await wire.call(joinGroup, version, joinBody(groupId, { groupInstanceId }));
        expect(again).toMatchObject({ errorCode: 0, memberId: expect.stringMatching(/^one-/) });
        expect(again.memberId).not.toBe(first.memberId);
        const late = joinBody(groupId, { groupInstanceId, memberId: first.memberId });
        expect(await wire.call(joinGroup, version, late)).toMatchObject({
          errorCode: ErrorCode.fencedInstanceId,
        });
      },
    },
    {
      api: syncGroup,
      does: "gives each member what the leader has for it",
      async run(wire, version) {
        const groupId = freshName("g");
        const { memberId, generationId } = await join(wire.prepare, 7, groupId);
        const answer = await wire.call(syncGroup, version, {
          groupId,
          memberId,
          generationId,
          protocolType: "consumer",
          protocolName: "range",
          assignments: [{ memberId, assignment: Buffer.from("mine") }],
        });
        expect(answer).toEqual({
          throttleTimeMs: 0,
          errorCode: 0,
          protocolType: version < 5 ? null : "consumer",
          protocolName: version < 5 ? null : "range",
          assignment: Buffer.from("mine"),
        });
      },
    },
    {
      api: syncGroup,
      does: "refuses strangers and other generations",
      async run(wire, version) {
        const { groupId, memberId, generationId } = await openMember(wire, freshName("g"));
        const protocol = { protocolType: "consumer", protocolName: "range" };
        const code = async (body: object) =>
          (await wire.call(syncGroup, version, { groupId, memberId, generationId, ...protocol, ...body }))
            .errorCode;
        expect(await code({})).toBe(0);
        expect(await code({ memberId: "stranger" })).toBe(ErrorCode.unknownMemberId);
        expect(await code({ groupId: freshName("none") })).toBe(ErrorCode.unknownMemberId);
        expect(await code({ generationId: generationId + 1 })).toBe(ErrorCode.illegalGeneration);
        expect(await code({ groupId: "" })).toBe(ErrorCode.invalidGroupId);
        if (version >= 5) {
          expect(await code({ protocolName: "other" })).toBe(ErrorCode.inconsistentGroupProtocol);
          expect(await code({ protocolType: "connect" })).toBe(ErrorCode.inconsistentGroupProtocol);
        }
        if (version >= staticSince.sync) {
          expect(await code({ groupInstanceId: "none" })).toBe(ErrorCode.unknownMemberId);
        }
      },
    },
    {
      api: heartbeat,
      does: "keeps a member in its group",
      async run(wire, version) {
        const member = await openMember(wire, freshName("g"));
        expect(await wire.call(heartbeat, version, member)).toEqual({ throttleTimeMs: 0, errorCode: 0 });
      },
    },
    {
      api: heartbeat,
      does: "refuses strangers and other generations",
      async run(wire, version) {
        const member = await openMember(wire, freshName("g"), version >= staticSince.heartbeat ? "i" : null);
        const code = async (body: object) =>
          (await wire.call(heartbeat, version, { ...member, ...body })).errorCode;
        expect(await code({ generationId: 9 })).toBe(ErrorCode.illegalGeneration);
        expect(await code({ groupId: "" })).toBe(ErrorCode.invalidGroupId);
        expect(await code({ groupId: freshName("none") })).toBe(ErrorCode.unknownMemberId);
        expect(await code({ memberId: "stranger", groupInstanceId: null })).toBe(ErrorCode.unknownMemberId);
        if (version >= staticSince.heartbeat) {
          expect(await code({ memberId: "stranger" })).toBe(ErrorCode.fencedInstanceId);
          expect(await code({ groupInstanceId: "other" })).toBe(ErrorCode.unknownMemberId);
        }
      },
    },
    {
      api: leaveGroup,
      does: "takes members out of their group",
      async run(wire, version) {
        const member = await openMember(wire, freshName("g"), version < staticSince.leave ? null : "i");
        const { groupId, memberId, groupInstanceId } = member;
        const members = [{ memberId, groupInstanceId, reason: "done" }];
        expect(await wire.call(leaveGroup, version, { groupId, memberId, members })).toEqual({
          throttleTimeMs: 0,
          errorCode: 0,
          members: version < 3 ? [] : [{ memberId, groupInstanceId, errorCode: 0 }],
        });
        expect(await wire.prepare(heartbeat, 3, member)).toMatchObject({
          errorCode: ErrorCode.unknownMemberId,
        });
      },
    },
    {
      api: leaveGroup,
      does: "refuses strangers",
      async run(wire, version) {
        const { groupId } = await openMember(wire, freshName("g"), version < 3 ? null : "i");
        const code = async (group: string, memberId: string, groupInstanceId: string | null = null) => {
          const members = [{ memberId, groupInstanceId }];
          const answer = await wire.call(leaveGroup, version, { groupId: group, memberId, members });
          return [answer.errorCode, ...answer.members.map(({ errorCode }) => errorCode)];
        };
        const unknown = ErrorCode.unknownMemberId;
        expect(await code(groupId, "stranger")).toEqual(version < 3 ? [unknown] : [0, unknown]);
        expect(await code(freshName("none"), "stranger")).toEqual(version < 3 ? [unknown] : [0, unknown]);
        expect((await code("", "stranger"))[0]).toBe(ErrorCode.invalidGroupId);
        if (version < 3) return;
        expect(await code(groupId, "stranger", "i")).toEqual([0, ErrorCode.fencedInstanceId]);
        expect(await code(groupId, "", "other")).toEqual([0, unknown]);
        expect(await code(groupId, "", "i")).toEqual([0, 0]);
      },
    },
    {
      api: describeGroups,
      does: "tells a group's members and what they were given",
      async run(wire, version) {
        const { groupId, memberId } = await openMember(wire, freshName("g"), "i");
        const answer = await wire.call(describeGroups, version, { groups: [groupId] });
        expect(answer).toEqual({
          throttleTimeMs: 0,
          groups: [
            {
              errorCode: 0,
              errorMessage: null,
              groupId,
              groupState: "Stable",
              protocolType: "consumer",
              protocolData: "range",
              members: [
                {
                  memberId,
                  groupInstanceId: version < 4 ? null : "i",
                  clientId: "set-up",
                  clientHost: expect.stringMatching(/^\/[\d.]+$/),
                  memberMetadata: subscriptionTo("t"),
                  memberAssignment: Buffer.from("share"),
                },
              ],
              authorizedOperations: notAsked,
            },
          ],
        });
      },
    },
    {
      api: describeGroups,
      does: "tells of groups that are not there",
      async run(wire, version) {
        const names = [freshName("none"), ""];
        const { groups } = await wire.call(describeGroups, version, { groups: names });
        const missing = (groupId: string) =>
          expect.objectContaining({
            groupId,
            errorCode: version < 6 ? 0 : ErrorCode.groupIdNotFound,
            errorMessage: version < 6 ? null : expect.any(String),
            groupState: "Dead",
            protocolType: "",
            protocolData: "",
            members: [],
          });
        expect(groups).toHaveLength(2);
        expect(groups).toEqual(expect.arrayContaining(names.map(missing)));
      },
    },
    {
      api: listGroups,
      does: "lists groups, by state and type where the version has them",
      async run(wire, version) {
        const { groupId } = await openMember(wire, freshName("g"));
        const list = async (filters: object) => {
          const { groups, errorCode } = await wire.call(listGroups, version, filters);
          expect(errorCode).toBe(0);
          return groups.filter((group) => group.groupId === groupId);
        };
        expect(await list({})).toEqual([
          {
            groupId,
            protocolType: "consumer",
            groupState: version < 4 ? "" : "Stable",
            groupType: version < 5 ? "" : "classic",
          },
        ]);
        if (version >= 4) {
          expect(await list({ statesFilter: ["Empty"] })).toEqual([]);
          expect(await list({ statesFilter: ["stable", "Dead"] })).toHaveLength(1);
        }
        if (version >= 5) {
          expect(await list({ typesFilter: ["Classic"] })).toHaveLength(1);
          expect(await list({ typesFilter: ["consumer"] })).toEqual([]);
        }
      },
    },
  ]);

  test("a member that joins again with other topics leads to a new generation", async () => {
    await using wire = await openWire(bootstrap());
    const { groupId, memberId, generationId } = await openMember(wire, freshName("g"));
    const protocols = [{ name: "range", metadata: subscriptionTo("u") }];
    const again = await wire.call(joinGroup, 9, joinBody(groupId, { memberId, protocols }));
    expect(again).toMatchObject({ errorCode: 0, memberId, generationId: generationId + 1 });
  });

  test("members that have yet to join are waited for, and told by their heartbeat", async () => {
    await using wire = await openWire(bootstrap());
    await using second = await openWire(bootstrap());
    const first = await openMember(wire, freshName("g"));
    const joining = join(second.call, 9, first.groupId);
    const beat = async () => (await wire.call(heartbeat, 4, first)).errorCode;
    let told = await beat();
    while (told === 0) told = await beat();
    expect(told).toBe(ErrorCode.rebalanceInProgress);
    const body = joinBody(first.groupId, { memberId: first.memberId });
    const rejoined = await wire.call(joinGroup, 9, body);
    const joined = await joining;
    expect(rejoined).toMatchObject({ errorCode: 0, generationId: 2, leader: first.memberId });
    expect(joined).toMatchObject({ errorCode: 0, generationId: 2, leader: first.memberId, members: [] });
    expect(rejoined.members.map(({ memberId }) => memberId).sort()).toEqual(
      [first.memberId, joined.memberId].sort(),
    );
    const wait = (who: Wire, memberId: string, assignments: { memberId: string; assignment: Buffer }[]) =>
      who.call(syncGroup, 5, {
        groupId: first.groupId,
        generationId: 2,
        memberId,
        protocolType: "consumer",
        protocolName: "range",
        assignments,
      });
    const follower = wait(second, joined.memberId, []);
    const leader = await wait(wire, first.memberId, [
      { memberId: first.memberId, assignment: Buffer.from("a") },
      { memberId: joined.memberId, assignment: Buffer.from("b") },
    ]);
    expect(leader.assignment).toEqual(Buffer.from("a"));
    expect((await follower).assignment).toEqual(Buffer.from("b"));
  });
});
