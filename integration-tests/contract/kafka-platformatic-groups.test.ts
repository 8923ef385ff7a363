// What @platformatic/kafka may rely on about groups and transactions.
import { beforeAll, expect } from "@jest/globals";
import { adapterOf, createTopic, freshName } from "../support/kafka-clients.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import {
  loadPlatformatic,
  type Platformatic,
  type PlatformaticMessage,
  refusalOf,
} from "../support/platformatic-client.ts";
import { describeWith } from "../support/requirements.ts";

const readCommitted = 1;
const readUncommitted = 0;
const values = (messages: readonly { value?: string | undefined }[]) => messages.map(({ value }) => value);
const at = (topic: string, ...own: string[]) => own.map((value) => ({ topic, partition: 0, value }));

describeWith("clients", "@platformatic/kafka", (folder) => {
  describeKafka("A group of @platformatic/kafka", ({ test, bootstrap, shortSession }) => {
    let platformatic: Platformatic;
    beforeAll(async () => {
      platformatic = await loadPlatformatic(folder, bootstrap());
    });

    /** A member that reads in the background, and says what it holds. */
    async function startMember(groupId: string, topic: string, options: object = {}) {
      const consumer = platformatic.openConsumer({ groupId, ...options });
      const messages: PlatformaticMessage[] = [];
      const joins: number[][] = [];
      const waiting = new Set<() => void>();
      const look = () => {
        for (const one of waiting) one();
      };
      consumer.on("consumer:group:join", () => {
        joins.push(consumer.assignments?.flatMap(({ partitions }) => partitions).sort() ?? []);
        look();
      });
      const until = (fits: () => boolean) =>
        new Promise<void>((resolve) => {
          const check = () => {
            if (!fits()) return;
            waiting.delete(check);
            resolve();
          };
          waiting.add(check);
          check();
        });
      const stream = await consumer.consume({ topics: [topic], mode: "committed", fallbackMode: "earliest" });
      stream.on("data", (message) => {
        messages.push(message);
        look();
      });
      stream.on("error", () => {});
      return {
        consumer,
        messages,
        joins,
        holds: async (count: number) => {
          await until(() => joins.at(-1)?.length === count);
          return joins.at(-1) ?? [];
        },
        reads: (count: number) => until(() => messages.length >= count),
        [Symbol.asyncDispose]: () => consumer[Symbol.asyncDispose](),
      };
    }

    for (const [assignor, isCooperative] of [
      ["roundrobin", false],
      ["cooperative-sticky", true],
    ] as const) {
      test(`two @platformatic/kafkas share by ${assignor}, and the one that stays gets all`, async () => {
        const topic = await createTopic(adapterOf(bootstrap()), 4);
        const groupId = freshName("platformatic");
        const by = isCooperative
          ? {
              protocols: [{ name: assignor, version: 1 }],
              partitionAssigner: platformatic.cooperativeStickyAssigner,
            }
          : {};
        await using first = await startMember(groupId, topic, by);
        expect(await first.holds(4)).toEqual([0, 1, 2, 3]);
        const second = await startMember(groupId, topic, by);
        const held = await Promise.all([first.holds(2), second.holds(2)]);
        expect(held.flat().sort()).toEqual([0, 1, 2, 3]);
        await second[Symbol.asyncDispose]();
        expect(await first.holds(4)).toEqual([0, 1, 2, 3]);
        await using producer = platformatic.openProducer();
        const messages = [0, 1, 2, 3].map((partition) => ({ topic, partition, value: `of ${partition}` }));
        await producer.send({ messages, acks: -1 });
        await first.reads(4);
        expect(values(first.messages).sort()).toEqual(values(messages));
      });
    }

    test("two @platformatic/kafkas of one instance id are one member to their group", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 2);
      const groupId = freshName("platformatic");
      await using first = await startMember(groupId, topic, { groupInstanceId: "a" });
      await first.holds(2);
      await using second = await startMember(groupId, topic, { groupInstanceId: "a" });
      expect(await second.holds(2)).toEqual([0, 1]);
      await using admin = platformatic.openAdmin();
      const group = (await admin.describeGroups({ groups: [groupId] })).get(groupId);
      // Which of them, nobody can say: the one that was fenced joins again.
      const members = [...(group?.members.values() ?? [])];
      expect(members).toMatchObject([{ groupInstanceId: "a" }]);
    });

    test("what @platformatic/kafka committed is where the next of its group begins", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 1);
      const groupId = freshName("platformatic");
      await using producer = platformatic.openProducer();
      await producer.send({ messages: at(topic, "a", "b", "c"), acks: -1 });
      {
        await using first = await startMember(groupId, topic, { sessionTimeout: shortSession.timeoutMs });
        await first.reads(3);
        await first.messages[1]?.commit();
        const topics = [{ topic, partitions: [0] }];
        const committed = await first.consumer.listCommittedOffsets({ topics });
        expect(committed.get(topic)).toEqual([2n]);
      }
      await using next = await startMember(groupId, topic);
      await next.reads(1);
      expect(values(next.messages)).toEqual(["c"]);
    });

    test("@platformatic/kafka describes, moves and deletes a group by its admin", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 1);
      const groupId = freshName("platformatic");
      await using admin = platformatic.openAdmin();
      {
        await using member = await startMember(groupId, topic);
        await member.holds(1);
        const described = await admin.describeGroups({ groups: [groupId] });
        expect(described.get(groupId)).toMatchObject({ state: "Stable" });
        expect(described.get(groupId)?.members.size).toBe(1);
        expect(await refusalOf(admin.deleteGroups({ groups: [groupId] }))).toEqual(["NON_EMPTY_GROUP"]);
      }
      expect((await admin.listGroups()).get(groupId)).toMatchObject({ state: "Empty" });
      const partitionOffsets = [{ partition: 0, offset: 7n }];
      await admin.alterConsumerGroupOffsets({ groupId, topics: [{ name: topic, partitionOffsets }] });
      const [listed] = await admin.listConsumerGroupOffsets({ groups: [groupId] });
      expect(listed?.topics).toMatchObject([{ partitions: [{ partitionIndex: 0, committedOffset: 7n }] }]);
      await admin.deleteConsumerGroupOffsets({ groupId, topics: [{ name: topic, partitionIndexes: [0] }] });
      const [left] = await admin.listConsumerGroupOffsets({ groups: [groupId] });
      expect(left?.topics ?? []).toEqual([]);
      await admin.deleteGroups({ groups: [groupId] });
      expect(await refusalOf(admin.deleteGroups({ groups: [groupId] }))).toEqual(["GROUP_ID_NOT_FOUND"]);
    });
  });

  describeKafka("Transactions of @platformatic/kafka", ({ test, bootstrap }) => {
    let platformatic: Platformatic;
    beforeAll(async () => {
      platformatic = await loadPlatformatic(folder, bootstrap());
    });

    async function read(
      topic: string,
      count: number,
      isolationLevel: number,
    ): Promise<PlatformaticMessage[]> {
      await using consumer = platformatic.openConsumer({ groupId: freshName("platformatic") });
      const stream = await consumer.consume({ topics: [topic], mode: "earliest", isolationLevel });
      const messages: PlatformaticMessage[] = [];
      for await (const message of stream) if (messages.push(message) === count) break;
      return messages;
    }

    test("what @platformatic/kafka commits is read, and what it aborts only by who asks for it", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 1);
      await using producer = platformatic.openProducer({
        idempotent: true,
        transactionalId: freshName("tx"),
      });
      for (const [value, end] of [
        ["a", "commit"],
        ["aborted", "abort"],
        ["b", "commit"],
      ] as const) {
        const transaction = await producer.beginTransaction();
        await transaction.send({ messages: at(topic, value) });
        await transaction[end]();
      }
      expect(values(await read(topic, 2, readCommitted))).toEqual(["a", "b"]);
      expect(values(await read(topic, 3, readUncommitted))).toEqual(["a", "aborted", "b"]);
    });

    test("a second @platformatic/kafka is refused a transactional id that has a producer", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 1);
      const transactionalId = freshName("tx");
      await using first = platformatic.openProducer({ idempotent: true, transactionalId });
      await using second = platformatic.openProducer({ idempotent: true, transactionalId, retries: 0 });
      const transaction = await first.beginTransaction();
      await transaction.send({ messages: at(topic, "of the first") });
      // It asks for producer 0 of epoch 0, where others ask for any.
      expect(await refusalOf(second.beginTransaction())).toEqual(["PRODUCER_FENCED"]);
      await transaction.commit();
      expect(values(await read(topic, 1, readCommitted))).toEqual(["of the first"]);
    });

    test("offsets that @platformatic/kafka adds to a transaction count once it is committed", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 1);
      const out = await createTopic(adapterOf(bootstrap()), 1);
      const groupId = freshName("platformatic");
      await using producer = platformatic.openProducer({
        idempotent: true,
        transactionalId: freshName("tx"),
      });
      await using plain = platformatic.openProducer();
      await plain.send({ messages: at(topic, "a", "b", "c"), acks: -1 });
      await using consumer = platformatic.openConsumer({ groupId });
      const stream = await consumer.consume({ topics: [topic], mode: "earliest" });
      const messages: PlatformaticMessage[] = [];
      for await (const message of stream) {
        messages.push(message);
        if (messages.length < 2) continue;
        const transaction = await producer.beginTransaction();
        await transaction.addConsumer(consumer);
        await transaction.send({ messages: at(out, "up to b") });
        await transaction.addOffset(message);
        await transaction.commit();
        break;
      }
      expect(values(await read(out, 1, readCommitted))).toEqual(["up to b"]);
      await using admin = platformatic.openAdmin();
      const [listed] = await admin.listConsumerGroupOffsets({ groups: [groupId], requireStable: true });
      expect(listed?.topics).toMatchObject([{ partitions: [{ partitionIndex: 0, committedOffset: 2n }] }]);
    });
  });
});
