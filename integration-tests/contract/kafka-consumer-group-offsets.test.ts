// What KIP-848 groups are to requests that know nothing of their members, or only their epochs: offsets, what
// administrators see and do, and members of the classic protocol.
import { expect } from "@jest/globals";
import { apiVersions } from "../../src/emulators/kafka/apis.ts";
import { ErrorCode } from "../../src/emulators/kafka/protocol/error-codes.ts";
import { offsetCommit } from "../../src/emulators/kafka/requests/08-offset-commit.ts";
import { offsetFetch } from "../../src/emulators/kafka/requests/09-offset-fetch.ts";
import { joinGroup } from "../../src/emulators/kafka/requests/11-join-group.ts";
import { heartbeat } from "../../src/emulators/kafka/requests/12-heartbeat.ts";
import { leaveGroup } from "../../src/emulators/kafka/requests/13-leave-group.ts";
import { syncGroup } from "../../src/emulators/kafka/requests/14-sync-group.ts";
import { describeGroups } from "../../src/emulators/kafka/requests/15-describe-groups.ts";
import { listGroups } from "../../src/emulators/kafka/requests/16-list-groups.ts";
import { initProducerId } from "../../src/emulators/kafka/requests/22-init-producer-id.ts";
import { addOffsetsToTxn } from "../../src/emulators/kafka/requests/25-add-offsets-to-txn.ts";
import { txnOffsetCommit } from "../../src/emulators/kafka/requests/28-txn-offset-commit.ts";
import { deleteGroups } from "../../src/emulators/kafka/requests/42-delete-groups.ts";
import { offsetDelete } from "../../src/emulators/kafka/requests/47-offset-delete.ts";
import { consumerGroupDescribe } from "../../src/emulators/kafka/requests/69-consumer-group-describe.ts";
import { freshName } from "../support/kafka-clients.ts";
import {
  consumerGroupMember,
  describeConsumerGroup,
  openTopic,
  untilConsumerGroupIs,
} from "../support/kafka-consumer-members.ts";
import { encodeSubscription, openMember, settleGroup, untilState } from "../support/kafka-members.ts";
import { openClient } from "../support/kafka-requests.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import { only } from "../support/kafka-wire.ts";

const {
  none,
  groupIdNotFound,
  groupSubscribedToTopic,
  illegalGeneration,
  inconsistentGroupProtocol,
  invalidGroupId,
  nonEmptyGroup,
  staleMemberEpoch,
  unknownMemberId,
  unsupportedVersion,
} = ErrorCode;

describeKafka("Around a KIP-848 group", ({ test, bootstrap }) => {
  /** A group of one member, "A" in epoch 1, that has the two partitions of a topic. */
  const openGroup = async () => {
    const client = await openClient(bootstrap());
    const topic = await openTopic(client, 2);
    const groupId = freshName("g");
    const a = consumerGroupMember(client, groupId, "A", { subscribedTopicNames: [topic.name] });
    await a.join();
    await a.acknowledge();
    await untilConsumerGroupIs(client, groupId, "Stable");
    const partition = { index: 0, offset: 5, leaderEpoch: -1, metadata: "so far" };
    const commit = async (version: number, memberId: string, generationId: number, group = groupId) => {
      const topics = [{ name: topic.name, partitions: [partition] }];
      const answer = await client.call(offsetCommit, version, {
        groupId: group,
        memberId,
        generationId,
        topics,
      });
      return only(only(answer.topics).partitions).errorCode;
    };
    /** What was committed for the first partition, or the error's code with a minus. */
    const committed = async (memberId: string | null, memberEpoch: number) => {
      const topics = [{ name: topic.name, partitions: [0] }];
      const groups = [{ groupId, memberId, memberEpoch, topics }];
      const answer = only((await client.call(offsetFetch, 9, { groups })).groups);
      return answer.errorCode === none ? only(only(answer.topics).partitions).offset : -answer.errorCode;
    };
    return {
      client,
      topic,
      groupId,
      a,
      commit,
      committed,
      [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
    };
  };

  test("members commit and read offsets in their epoch", async () => {
    await using group = await openGroup();
    const { commit, committed } = group;
    expect(await commit(9, "A", 1)).toBe(none);
    expect([await commit(9, "A", 0), await commit(9, "A", 2)]).toEqual([staleMemberEpoch, staleMemberEpoch]);
    expect([await commit(9, "B", 1), await commit(9, "", -1)]).toEqual([unknownMemberId, unknownMemberId]);
    expect(await committed("A", 1)).toBe(5);
    expect(await committed(null, -1)).toBe(5);
    expect([await committed("A", 0), await committed("A", 2)]).toEqual([
      -staleMemberEpoch,
      -staleMemberEpoch,
    ]);
    expect([await committed("B", 1), await committed("", -1)]).toEqual([-unknownMemberId, -unknownMemberId]);
  });

  test("members commit in no version from before epochs", async () => {
    await using group = await openGroup();
    for (const version of [2, 3, 4, 5, 6, 7, 8]) {
      expect(await group.commit(version, "A", 1)).toBe(unsupportedVersion);
      expect(await group.commit(version, "B", 1)).toBe(unknownMemberId);
      expect(await group.commit(version, "A", 1, freshName("missing"))).toBe(illegalGeneration);
    }
    expect(await group.commit(9, "A", 1, freshName("missing"))).toBe(groupIdNotFound);
  });

  test("anybody commits once it is empty, and offsets outlive members", async () => {
    await using group = await openGroup();
    expect(await group.commit(9, "A", 1)).toBe(none);
    await group.a.leave();
    expect([await group.commit(8, "", -1), await group.commit(9, "", -1)]).toEqual([none, none]);
    expect(await group.commit(9, "A", 1)).toBe(unknownMemberId);
    await group.a.join();
    expect(await group.committed("A", group.a.epoch)).toBe(5);
  });

  test("transactions commit offsets for its members", async () => {
    await using group = await openGroup();
    const { client, groupId, topic } = group;
    const transactionalId = freshName("tx");
    const begun = { transactionalId, transactionTimeoutMs: 60_000, producerId: -1, producerEpoch: -1 };
    const { producerId, producerEpoch, errorCode } = await client.call(initProducerId, 4, begun);
    expect(errorCode).toBe(none);
    const who = { transactionalId, producerId, producerEpoch, groupId };
    expect(await client.call(addOffsetsToTxn, 3, who)).toMatchObject({ errorCode: none });
    const commit = async (memberId: string, generationId: number) => {
      const topics = [{ name: topic.name, partitions: [{ index: 0, offset: 7 }] }];
      const answer = await client.call(txnOffsetCommit, 3, { ...who, memberId, generationId, topics });
      return only(only(answer.topics).partitions).errorCode;
    };
    expect([await commit("A", 1), await commit("", -1)]).toEqual([none, none]);
    expect([await commit("A", 9), await commit("A", -1)]).toEqual([illegalGeneration, illegalGeneration]);
    expect(await commit("B", 1)).toBe(unknownMemberId);
  });

  for (const version of [0, 1]) {
    test(`it is described with its members (version ${version})`, async () => {
      await using group = await openGroup();
      const { client, groupId, topic } = group;
      await group.a.beat({ rackId: "r" });
      const assignment = {
        topicPartitions: [{ topicId: topic.id, topicName: topic.name, partitions: [0, 1] }],
      };
      let described = await describeConsumerGroup(client, groupId, version);
      while (only(described.members).rackId === null) {
        described = await describeConsumerGroup(client, groupId, version);
      }
      expect(described).toEqual({
        errorCode: none,
        errorMessage: null,
        groupId,
        groupState: "Stable",
        groupEpoch: 1,
        assignmentEpoch: 1,
        assignorName: "uniform",
        members: [
          {
            memberId: "A",
            instanceId: null,
            rackId: "r",
            memberEpoch: 1,
            clientId: "raw",
            clientHost: expect.stringMatching(/^\/[\d.]+$/),
            subscribedTopicNames: [topic.name],
            subscribedTopicRegex: "",
            assignment,
            targetAssignment: assignment,
            memberType: version === 0 ? -1 : 1,
          },
        ],
        authorizedOperations: -2147483648,
      });
      const asked = { groupIds: [groupId], includeAuthorizedOperations: true };
      const { groups } = await client.call(consumerGroupDescribe, version, asked);
      expect(only(groups).authorizedOperations).toBe(3400);
    });

    test(`only such a group is described (version ${version})`, async () => {
      await using client = await openClient(bootstrap());
      await using classic = await openMember(bootstrap(), freshName("classic"));
      await settleGroup([classic]);
      await untilState(client, classic.groupId, "Stable");
      expect(await describeConsumerGroup(client, "", version)).toMatchObject({
        errorCode: invalidGroupId,
        groupId: "",
      });
      expect(await describeConsumerGroup(client, "missing", version)).toMatchObject({
        errorCode: groupIdNotFound,
        errorMessage: "Group missing not found.",
        groupState: "",
        members: [],
      });
      expect(await describeConsumerGroup(client, classic.groupId, version)).toMatchObject({
        errorCode: groupIdNotFound,
        errorMessage: `Group ${classic.groupId} is not a consumer group.`,
      });
    });
  }

  test("DescribeGroups takes it for dead", async () => {
    await using group = await openGroup();
    const dead = { groupState: "Dead", protocolType: "", members: [] };
    for (const version of [0, 1, 2, 3, 4, 5]) {
      const answer = await group.client.call(describeGroups, version, { groups: [group.groupId] });
      expect(only(answer.groups)).toMatchObject({ ...dead, errorCode: none });
    }
    const answer = await group.client.call(describeGroups, 6, { groups: [group.groupId] });
    const errorMessage = `Group ${group.groupId} is not a classic group.`;
    expect(only(answer.groups)).toMatchObject({ ...dead, errorCode: groupIdNotFound, errorMessage });
  });

  test("it is listed by its state and type", async () => {
    await using group = await openGroup();
    await using classic = await openMember(bootstrap(), freshName("classic"));
    await settleGroup([classic]);
    await untilState(group.client, classic.groupId, "Stable");
    const listed = async (version: number, filter: { statesFilter?: string[]; typesFilter?: string[] }) => {
      const { groups } = await group.client.call(listGroups, version, filter);
      return groups
        .filter(({ groupId }) => groupId === group.groupId || groupId === classic.groupId)
        .map(({ groupId, ...rest }) =>
          [groupId === group.groupId ? "new" : "old", ...Object.values(rest)].join(" "),
        )
        .sort();
    };
    const [ofNew, ofOld] = ["new consumer Stable consumer", "old consumer Stable classic"];
    expect(await listed(5, {})).toEqual([ofNew, ofOld]);
    expect(await listed(5, { typesFilter: ["Consumer"] })).toEqual([ofNew]);
    expect(await listed(5, { typesFilter: ["classic"], statesFilter: ["stable"] })).toEqual([ofOld]);
    expect(await listed(5, { typesFilter: ["none"] })).toEqual([]);
    expect(await listed(5, { typesFilter: ["consumer"], statesFilter: ["Empty"] })).toEqual([]);
    expect(await listed(4, { statesFilter: ["STABLE"] })).toEqual([
      "new consumer Stable ",
      "old consumer Stable ",
    ]);
    expect(await listed(3, {})).toEqual(["new consumer  ", "old consumer  "]);
  });

  test("it is deleted when it is empty, and offsets of topics that nobody reads", async () => {
    await using group = await openGroup();
    const { client, groupId, topic } = group;
    await group.commit(9, "A", 1);
    const forget = async () => {
      const topics = [{ name: topic.name, partitions: [{ index: 0 }] }];
      const answer = await client.call(offsetDelete, 0, { groupId, topics });
      return only(only(answer.topics).partitions).errorCode;
    };
    const remove = async () =>
      only((await client.call(deleteGroups, 2, { groupIds: [groupId] })).results).errorCode;
    expect([await forget(), await remove()]).toEqual([groupSubscribedToTopic, nonEmptyGroup]);
    await group.a.beat({ subscribedTopicNames: [] });
    expect([await forget(), await group.committed(null, -1)]).toEqual([none, -1]);
    await group.a.leave();
    expect([await remove(), await remove()]).toEqual([none, groupIdNotFound]);
    expect(await group.a.leave()).toMatchObject({ errorCode: groupIdNotFound });
  });

  const classicJoin = (protocolType: string) => ({
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: 5_000,
    protocolType,
    protocols: [{ name: "range", metadata: encodeSubscription("") }],
  });

  test("requests of the classic protocol know none of its members but to remove them", async () => {
    await using group = await openGroup();
    const { client, groupId } = group;
    const who = { groupId, memberId: "A", generationId: 1 };
    expect(await client.call(joinGroup, 9, { groupId, ...classicJoin("connect") })).toMatchObject({
      errorCode: inconsistentGroupProtocol,
    });
    expect(await client.call(syncGroup, 4, who)).toMatchObject({ errorCode: unknownMemberId });
    expect(await client.call(heartbeat, 4, who)).toMatchObject({ errorCode: unknownMemberId });
    const s = consumerGroupMember(client, groupId, "S", { subscribedTopicNames: [], instanceId: "i" });
    await s.join();
    const leave = async (memberId: string, groupInstanceId: string | null = null) => {
      const left = await client.call(leaveGroup, 5, { groupId, members: [{ memberId, groupInstanceId }] });
      return only(left.members).errorCode;
    };
    expect([await leave("A"), await leave("A"), await leave("", "i")]).toEqual([none, unknownMemberId, none]);
    await untilConsumerGroupIs(client, groupId, "Empty");
  });

  test("an empty group changes its type, and keeps its offsets", async () => {
    await using group = await openGroup();
    const { groupId, a } = group;
    await group.commit(9, "A", 1);
    await a.leave();
    await using old = await openMember(bootstrap(), groupId, { protocolType: "connect" });
    expect(await old.join()).toMatchObject({ errorCode: none, generationId: 1 });
    await old.sync();
    expect(await group.committed(null, -1)).toBe(5);
    for (const said of [{}, { memberEpoch: -1 }]) {
      expect(await a.beat(said)).toMatchObject({
        errorCode: groupIdNotFound,
        errorMessage: `Group ${groupId} is not a consumer group.`,
      });
    }
    // Somebody is in it, and of a kind that cannot be taken along.
    expect(await a.join()).toMatchObject({ errorCode: groupIdNotFound });
    await old.leave();
    expect(await a.join()).toMatchObject({ errorCode: none, memberEpoch: 1 });
    expect(await group.committed("A", 1)).toBe(5);
  });

  test("members of both protocols share a group", async () => {
    await using group = await openGroup();
    const join = await group.client.call(joinGroup, 3, {
      groupId: group.groupId,
      ...classicJoin("consumer"),
    });
    expect(join).toMatchObject({ errorCode: none, protocolName: "range" });
  });

  test("clients are told that there are such groups", async () => {
    await using client = await openClient(bootstrap());
    const software = { clientSoftwareName: "raw", clientSoftwareVersion: "1" };
    for (const version of [3, 4]) {
      const answer = await client.call(apiVersions, version, software);
      const served = new Map(
        answer.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, [minVersion, maxVersion]]),
      );
      expect([served.get(68), served.get(69)]).toEqual([
        [0, 1],
        [0, 1],
      ]);
      const finalized = answer.finalizedFeatures.find(({ name }) => name === "group.version");
      expect(finalized).toEqual({ name: "group.version", maxVersionLevel: 1, minVersionLevel: 1 });
      expect(answer.finalizedFeaturesEpoch).toBeGreaterThanOrEqual(0);
      // A feature that can be off is shown to whoever knows such ones.
      const supported = answer.supportedFeatures.find(({ name }) => name === "group.version");
      expect(supported).toEqual(
        version === 3 ? undefined : { name: "group.version", minVersion: 0, maxVersion: 1 },
      );
    }
  });
});
