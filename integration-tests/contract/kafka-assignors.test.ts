// What kafkajs's members may rely on about who shares out the partitions, and how.
import { expect } from "@jest/globals";
import kafkajs, { type Consumer, type GroupMember, type PartitionAssigner } from "kafkajs";
import { adapterOf, createTopic, freshName, rawKafkaOf } from "../support/kafka-clients.ts";
import { describeKafka } from "../support/kafka-targets.ts";

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;
const { roundRobin } = kafkajs.PartitionAssigners;

/** What a member was given when it last joined. */
interface Joined {
  readonly memberId: string;
  readonly isLeader: boolean;
  readonly groupProtocol: string;
  readonly memberAssignment: Readonly<Record<string, readonly number[]>>;
}

interface Member extends AsyncDisposable {
  readonly consumer: Consumer;
  /** Resolves once a joining fits. */
  joins(fits: (joined: Joined) => boolean): Promise<Joined>;
}

interface MemberOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly partitionAssigners?: PartitionAssigner[];
}

/** "topic partition" for each partition, in order. */
const listed = ({ memberAssignment }: Pick<Joined, "memberAssignment">) =>
  Object.entries(memberAssignment)
    .flatMap(([topic, partitions]) => partitions.map((partition) => `${topic} ${partition}`))
    .sort();

/** Gives every partition to the member whose user data sorts first; each share says whose idea it was. */
const firstTakesAll =
  (name: string, mine: string, partitionsOf: Readonly<Record<string, number>>): PartitionAssigner =>
  () => ({
    name,
    version: 0,
    protocol: ({ topics }) => ({
      name,
      metadata: MemberMetadata.encode({ version: 0, topics, userData: Buffer.from(mine) }),
    }),
    async assign({ members }) {
      const toldBy = ({ memberMetadata }: GroupMember) =>
        MemberMetadata.decode(memberMetadata)?.userData.toString() ?? "";
      const told = members.map(toldBy).sort();
      const everything = Object.fromEntries(
        Object.entries(partitionsOf).map(([topic, count]) => [
          topic,
          Array.from({ length: count }, (_, n) => n),
        ]),
      );
      return members.map((member) => ({
        memberId: member.memberId,
        memberAssignment: MemberAssignment.encode({
          version: 0,
          assignment: toldBy(member) === told[0] ? everything : {},
          userData: Buffer.from(`${mine} knows ${told.join(" and ")}`),
        }),
      }));
    },
  });

describeKafka("Members of a Kafka group by kafkajs", ({ test, bootstrap }) => {
  const newTopic = (partitions: number) => createTopic(adapterOf(bootstrap()), partitions);

  const startMember = async ({ groupId, topics, ...more }: MemberOptions): Promise<Member> => {
    const consumer = rawKafkaOf(bootstrap()).consumer({
      groupId,
      maxWaitTimeInMs: 100,
      heartbeatInterval: 100,
      ...more,
    });
    let last: Joined | undefined;
    let look = () => {};
    consumer.on("consumer.group_join", ({ payload }) => {
      last = payload;
      look();
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({ eachMessage: async () => {} });
    return {
      consumer,
      joins: (fits) =>
        new Promise((resolve) => {
          look = () => {
            if (last !== undefined && fits(last)) resolve(last);
          };
          look();
        }),
      [Symbol.asyncDispose]: () => consumer.disconnect(),
    };
  };

  /** As an administrator sees it: what each member was given, by its id. */
  const describedShares = async (groupId: string) => {
    const admin = rawKafkaOf(bootstrap()).admin();
    await admin.connect();
    const [group] = (await admin.describeGroups([groupId])).groups;
    await admin.disconnect();
    return new Map(
      group?.members.map(({ memberId, memberAssignment }) => [
        memberId,
        MemberAssignment.decode(memberAssignment),
      ]),
    );
  };

  test("share the partitions of all their topics out in turn", async () => {
    const [one, two] = [await newTopic(3), await newTopic(2)];
    const groupId = freshName("g");
    const options = { groupId, topics: [one, two], partitionAssigners: [roundRobin] };
    await using first = await startMember(options);
    const all = [0, 1, 2]
      .map((n) => `${one} ${n}`)
      .concat([0, 1].map((n) => `${two} ${n}`))
      .sort();
    expect(listed(await first.joins(() => true))).toEqual(all);
    await using second = await startMember(options);
    const isShared = (joined: Joined) => listed(joined).length < 5 && listed(joined).length > 0;
    const shares = await Promise.all([first.joins(isShared), second.joins(isShared)]);
    expect(shares.flatMap(listed).sort()).toEqual(all);
    expect(shares.map((share) => listed(share).length).sort()).toEqual([2, 3]);
    expect(shares.map(({ groupProtocol }) => groupProtocol)).toEqual([
      "RoundRobinAssigner",
      "RoundRobinAssigner",
    ]);
    expect(shares.map(({ isLeader }) => isLeader).sort()).toEqual([false, true]);
    const described = await describedShares(groupId);
    for (const share of shares) {
      const shown = described.get(share.memberId)?.assignment ?? {};
      expect(listed({ memberAssignment: shown })).toEqual(listed(share));
    }
  });

  test("of other topics are given partitions of their own topics only", async () => {
    const [one, two] = [await newTopic(2), await newTopic(2)];
    const groupId = freshName("g");
    const ofTopics =
      (name: string): PartitionAssigner =>
      (config) => ({
        ...roundRobin(config),
        name,
        protocol: ({ topics }) => ({
          name,
          metadata: MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) }),
        }),
        async assign({ members }) {
          return members.map(({ memberId, memberMetadata }) => {
            const wanted = MemberMetadata.decode(memberMetadata)?.topics ?? [];
            const assignment = Object.fromEntries(wanted.map((topic) => [topic, [0, 1]]));
            const share = { version: 0, assignment, userData: Buffer.alloc(0) };
            return { memberId, memberAssignment: MemberAssignment.encode(share) };
          });
        },
      });
    const partitionAssigners = [ofTopics("by-topic")];
    await using first = await startMember({ groupId, topics: [one], partitionAssigners });
    await using second = await startMember({ groupId, topics: [two], partitionAssigners });
    expect(listed(await second.joins(() => true))).toEqual([`${two} 0`, `${two} 1`]);
    expect(listed(await first.joins(() => true))).toEqual([`${one} 0`, `${one} 1`]);
  });

  test("may bring an assignor of their own, whose user data goes to the leader and to the members", async () => {
    const topic = await newTopic(2);
    const groupId = freshName("g");
    const by = (mine: string) => ({
      groupId,
      topics: [topic],
      partitionAssigners: [firstTakesAll("first-takes-all", mine, { [topic]: 2 })],
    });
    await using late = await startMember(by("b"));
    const whole = [`${topic} 0`, `${topic} 1`];
    expect(listed(await late.joins(() => true))).toEqual(whole);
    await using early = await startMember(by("a"));
    const taken = await early.joins((joined) => listed(joined).length > 0);
    expect(listed(taken)).toEqual(whole);
    const left = await late.joins((joined) => listed(joined).length === 0);
    const described = await describedShares(groupId);
    const idea = described.get(left.memberId)?.userData.toString();
    expect(idea).toBe(`${left.isLeader ? "b" : "a"} knows a and b`);
    expect(described.get(taken.memberId)?.userData.toString()).toBe(idea);
  });

  test("settle on the assignor that all of them have", async () => {
    const topic = await newTopic(2);
    const groupId = freshName("g");
    const mine = firstTakesAll("mine", "a", { [topic]: 2 });
    await using first = await startMember({
      groupId,
      topics: [topic],
      partitionAssigners: [mine, roundRobin],
    });
    expect(await first.joins(() => true)).toMatchObject({ groupProtocol: "mine" });
    await using second = await startMember({ groupId, topics: [topic], partitionAssigners: [roundRobin] });
    const joined = await first.joins(({ groupProtocol }) => groupProtocol === "RoundRobinAssigner");
    expect(listed(joined)).toHaveLength(1);
    expect(listed(await second.joins(() => true))).toHaveLength(1);
  });

  test("share anew when one of them leaves", async () => {
    const topic = await newTopic(2);
    const options = { groupId: freshName("g"), topics: [topic] };
    await using staying = await startMember(options);
    {
      await using _leaving = await startMember(options);
      await staying.joins((joined) => listed(joined).length === 1);
    }
    const joined = await staying.joins((again) => listed(again).length === 2);
    expect(joined).toMatchObject({ isLeader: true });
  });
});
