// What the coordinator of a KIP-848 group answers to its members, heartbeat by heartbeat.
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { ErrorCode } from "../../src/emulators/kafka/protocol/error-codes.ts";
import { freshName } from "../support/kafka-clients.ts";
import { joining, openConsumerGroup, type Said, sayHeartbeat } from "../support/kafka-consumer-members.ts";
import { openClient } from "../support/kafka-requests.ts";
import { describeKafka } from "../support/kafka-targets.ts";

const {
  fencedInstanceId,
  fencedMemberEpoch,
  groupIdNotFound,
  invalidRegularExpression,
  invalidRequest,
  unknownMemberId,
  unreleasedInstanceId,
  unsupportedAssignor,
} = ErrorCode;

const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);

describeKafka("A KIP-848 group", ({ test, bootstrap, consumerSessionLastsMs }) => {
  const openGroup = (partitionCount: number, always: Said = {}) =>
    openConsumerGroup(bootstrap(), partitionCount, always);

  /** The first of two members, which has everything, and the second, which waits for half of it. */
  const openUneven = async (always: Said = {}) => {
    const group = await openGroup(4, always);
    const [a, b] = [group.member("A"), group.member("B")];
    await a.join();
    await b.join();
    return { ...group, a, b };
  };

  for (const version of [0, 1]) {
    test(`gives its only member everything, and says so once (version ${version})`, async () => {
      await using group = await openGroup(3);
      const a = group.member("A", { version });
      const told = { errorCode: 0, errorMessage: null, memberId: "A", memberEpoch: 1 };
      const everything = { topicPartitions: [{ topicId: group.topic.id, partitions: [0, 1, 2] }] };
      expect(await a.join()).toEqual({
        ...told,
        throttleTimeMs: 0,
        heartbeatIntervalMs: expect.any(Number),
        assignment: everything,
      });
      expect(await a.acknowledge()).toMatchObject({ ...told, assignment: null });
      expect(await a.beat()).toMatchObject({ ...told, assignment: null });
      // A member that says everything again is told everything again.
      const full = { ...joining, memberEpoch: 1, subscribedTopicNames: [group.topic.name] };
      expect(await a.beat({ ...full, topicPartitions: a.assigned })).toMatchObject({
        assignment: everything,
      });
      expect(await a.beat({ memberEpoch: 2 })).toMatchObject({ errorCode: fencedMemberEpoch });
    });
  }

  test("makes an id for who has none in version 0, and wants one in version 1", async () => {
    await using client = await openClient(bootstrap());
    const said = { ...joining, subscribedTopicNames: [] };
    const { memberId } = await sayHeartbeat(client, freshName("g"), "", said, 0);
    expect(memberId).toMatch(/^[\w-]{22}$/);
    const refused = { errorCode: invalidRequest, errorMessage: "MemberId can't be empty.", memberId: null };
    expect(await sayHeartbeat(client, freshName("g"), "", said, 1)).toMatchObject(refused);
    expect(await sayHeartbeat(client, freshName("g"), "", { memberEpoch: 1 }, 0)).toMatchObject(refused);
  });

  const names = { subscribedTopicNames: ["t"] };
  const invalid: readonly [what: string, groupId: string, said: Said, message: string][] = [
    ["no group", "", { ...joining, ...names }, "GroupId can't be empty."],
    ["an empty instance id", "g", { ...joining, ...names, instanceId: "" }, "InstanceId can't be empty."],
    ["an empty rack", "g", { ...joining, ...names, rackId: "" }, "RackId can't be empty."],
    ["an epoch below all", "g", { memberEpoch: -3 }, "MemberEpoch is invalid."],
    ["a static member without its instance id", "g", { memberEpoch: -2 }, "InstanceId can't be null."],
    [
      "no rebalance time-out",
      "g",
      { ...joining, ...names, rebalanceTimeoutMs: -1 },
      "RebalanceTimeoutMs must be provided in first request.",
    ],
    [
      "no word of what it has",
      "g",
      { ...joining, ...names, topicPartitions: null },
      "TopicPartitions must be empty when (re-)joining.",
    ],
    [
      "partitions before it has joined",
      "g",
      { ...joining, ...names, topicPartitions: [{ topicId: "0".repeat(31) + 1, partitions: [0] }] },
      "TopicPartitions must be empty when (re-)joining.",
    ],
    [
      "no subscription",
      "g",
      joining,
      "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.",
    ],
  ];
  for (const [what, groupId, said, errorMessage] of invalid) {
    test(`is not joined with ${what}`, async () => {
      await using client = await openClient(bootstrap());
      for (const version of [0, 1]) {
        expect(await sayHeartbeat(client, groupId, "m", said, version)).toMatchObject({
          errorCode: invalidRequest,
          errorMessage,
          memberId: null,
          memberEpoch: 0,
          heartbeatIntervalMs: 0,
          assignment: null,
        });
      }
    });
  }

  test("is not joined with an assignor or a regular expression that nobody knows", async () => {
    await using client = await openClient(bootstrap());
    expect(
      await sayHeartbeat(client, "g", "m", { ...joining, ...names, serverAssignor: "mine" }),
    ).toMatchObject({
      errorCode: unsupportedAssignor,
      errorMessage: "ServerAssignor mine is not supported. Supported assignors: uniform, range.",
    });
    for (const [subscribedTopicRegex, reason] of [
      ["[", "missing closing ]"],
      ["(?!a)", "invalid or unsupported Perl syntax"],
      ["(a)\\1", "invalid escape sequence"],
    ] as const) {
      expect(await sayHeartbeat(client, "g", "m", { ...joining, subscribedTopicRegex })).toMatchObject({
        errorCode: invalidRegularExpression,
        errorMessage: `SubscribedTopicRegex \`${subscribedTopicRegex}\` is not a valid regular expression: ${reason}.`,
      });
    }
  });

  test("knows nobody when it is not there", async () => {
    await using client = await openClient(bootstrap());
    const groupId = freshName("missing");
    for (const version of [0, 1]) {
      expect(await sayHeartbeat(client, groupId, "m", { memberEpoch: 5 }, version)).toMatchObject({
        errorCode: groupIdNotFound,
        errorMessage: `Consumer group ${groupId} not found.`,
      });
      for (const said of [{ memberEpoch: -1 }, { memberEpoch: -2, instanceId: "i" }]) {
        expect(await sayHeartbeat(client, groupId, "m", said, version)).toMatchObject({
          errorCode: groupIdNotFound,
          errorMessage: `Group ${groupId} not found.`,
        });
      }
    }
  });

  test("gives a member what the other has given up, and not before", async () => {
    await using group = await openUneven();
    const { a, b } = group;
    expect([b.epoch, b.partitions]).toEqual([2, []]);
    await group.untilItIs("Reconciling");
    // Half is taken from the first, which stays in its epoch until it says that it gave it up.
    const before = a.assigned;
    expect(await a.beat()).toMatchObject({ memberEpoch: 1 });
    const kept = a.partitions;
    expect(kept).toHaveLength(2);
    expect(await a.beat()).toMatchObject({ memberEpoch: 1, assignment: null });
    expect(await a.beat({ topicPartitions: before })).toMatchObject({ memberEpoch: 1, assignment: null });
    expect(await b.beat()).toMatchObject({ memberEpoch: 2, assignment: null });
    expect(await a.acknowledge()).toMatchObject({ memberEpoch: 2, assignment: null });
    expect(await b.beat()).toMatchObject({ memberEpoch: 2 });
    expect(sorted([...a.partitions, ...b.partitions])).toEqual([0, 1, 2, 3]);
    await group.untilItIs("Stable");
  });

  test("takes a member one epoch late when its answer may have got lost, and fences all others", async () => {
    await using group = await openUneven();
    const { a } = group;
    const everything = a.assigned;
    await a.beat();
    const half = a.assigned;
    await a.acknowledge();
    expect(await a.beat({ memberEpoch: 1, topicPartitions: half })).toMatchObject({
      errorCode: 0,
      memberEpoch: 2,
    });
    const fenced = (said: Said) =>
      a.beat(said).then(({ errorCode, errorMessage }) => [errorCode, errorMessage]);
    const known = (how: string, given: number) => [
      fencedMemberEpoch,
      `The consumer group member has a ${how} member epoch (${given}) than the one known by the group coordinator (2). The member must abandon all its partitions and rejoin.`,
    ];
    expect(await fenced({ memberEpoch: 1, topicPartitions: everything })).toEqual(known("smaller", 1));
    expect(await fenced({ memberEpoch: 1 })).toEqual(known("smaller", 1));
    expect(await fenced({ ...joining, subscribedTopicNames: [group.topic.name] })).toEqual(
      known("smaller", 0),
    );
    expect(await fenced({ memberEpoch: 3 })).toEqual(known("greater", 3));
  });

  test("shares the work of a member that left", async () => {
    await using group = await openUneven();
    const { a, b } = group;
    await a.untilItHas(2);
    await b.untilItHas(2);
    expect(await b.leave()).toMatchObject({
      errorCode: 0,
      memberId: "B",
      memberEpoch: -1,
      heartbeatIntervalMs: 0,
    });
    await group.untilItIs("Assigning");
    const unknown = `Member B is not a member of group ${group.groupId}.`;
    for (const said of [{}, { memberEpoch: -1 }]) {
      expect(await b.beat(said)).toMatchObject({ errorCode: unknownMemberId, errorMessage: unknown });
    }
    await a.untilItHas(4);
    expect(a.epoch).toBe(3);
    await a.leave();
    expect(await group.untilItIs("Empty")).toMatchObject({ groupEpoch: 4, assignmentEpoch: 3, members: [] });
  });

  test("drops a member that does not give up in time, however alive it is", async () => {
    await using group = await openUneven({ rebalanceTimeoutMs: 1_500 });
    const { a, b } = group;
    await a.beat();
    let errorCode = 0;
    while (errorCode === 0) {
      await b.beat();
      ({ errorCode } = await a.beat());
    }
    expect(errorCode).toBe(unknownMemberId);
    await b.untilItHas(4);
  });

  test("drops a member that is not heard of, and not one that is", async () => {
    await using group = await openUneven();
    const { a, b } = group;
    await a.untilItHas(2);
    await b.untilItHas(2);
    const heardAtMs = Date.now();
    while (b.partitions.length === 2) {
      await b.acknowledge();
      await sleep(consumerSessionLastsMs / 30);
    }
    expect(Date.now() - heardAtMs).toBeGreaterThan(0.8 * consumerSessionLastsMs);
    expect(b.partitions).toHaveLength(4);
    expect(await a.beat()).toMatchObject({ errorCode: unknownMemberId });
  }, 90_000);

  test("keeps the place of a static member that said it will be back", async () => {
    await using group = await openGroup(4);
    const first = group.member("first", { instanceId: "i" });
    const other = group.member("other");
    await first.join();
    const second = group.member("second", { instanceId: "i" });
    expect(await second.join()).toMatchObject({
      errorCode: unreleasedInstanceId,
      errorMessage:
        "Static member second with instance id i cannot join the group because the instance id is owned by first member.",
    });
    await other.join();
    await first.untilItHas(2);
    await other.untilItHas(2);
    const had = first.assigned;
    expect(await first.leave(-2)).toMatchObject({ errorCode: 0, memberId: "first", memberEpoch: -2 });
    expect(await first.beat()).toMatchObject({ errorCode: fencedMemberEpoch });
    expect(await other.beat()).toMatchObject({ assignment: null });
    expect(await second.join()).toMatchObject({ errorCode: 0, memberId: "second", memberEpoch: 2 });
    expect(second.assigned).toEqual(had);
    expect(await first.beat()).toMatchObject({
      errorCode: fencedInstanceId,
      errorMessage: "Static member first with instance id i was fenced by member second.",
    });
    expect(await first.leave(-2)).toMatchObject({ errorCode: fencedInstanceId });
    expect(await first.beat({ instanceId: "none" })).toMatchObject({
      errorCode: unknownMemberId,
      errorMessage: "Instance id none is unknown.",
    });
    expect(await second.leave(-1)).toMatchObject({ errorCode: 0, memberEpoch: -1 });
    await other.untilItHas(4);
  });
});
