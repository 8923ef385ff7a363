// What confluent-kafka for Python (librdkafka) may rely on about groups and transactions.
import { afterAll, beforeAll, expect } from "@jest/globals";
import { adapterOf, createTopic, freshName } from "../support/kafka-clients.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import { openPythonDriver, type PythonDriver } from "../support/python-driver.ts";
import { describeWith } from "../support/requirements.ts";

interface PythonRecord {
  readonly partition: number;
  readonly offset: number;
  readonly value: string | null;
}

const numbered = (count: number, stem = "value") =>
  Array.from({ length: count }, (_, n) => ({ value: `${stem} ${n}` }));
const values = (records: readonly { value: string | null }[]) => records.map(({ value }) => value);

describeWith("python", "confluent-kafka for Python", (command) => {
  describeKafka("A group of confluent-kafkas", ({ test, bootstrap, shortSession }) => {
    let python: PythonDriver;
    beforeAll(() => {
      python = openPythonDriver(command, "kafka.py", [bootstrap()]);
    });
    afterAll(async () => {
      await python[Symbol.asyncDispose]();
    });

    /** A member that reads until it is closed, of a driver's own process or of the suite's. */
    async function startMember(group: string, topic: string, more: object = {}, driver = python) {
      const config = { "group.id": group, ...more };
      const member = await driver.call<number>("start_member", { config, topics: [topic] });
      return {
        member,
        holds: (count: number) => driver.call<number[]>("await_held", { member, count }),
        reads: (count: number) => driver.call<PythonRecord[]>("await_rows", { member, count }),
        events: () => driver.call<[string, number[]][]>("events", { member }),
        [Symbol.asyncDispose]: async () => {
          await driver.call("close_member", { member });
        },
      };
    }
    const topicOf = (partitions: number) => createTopic(adapterOf(bootstrap()), partitions);
    const offsets = (rows: readonly { partition: number; offset: number; error: string | null }[]) =>
      rows.map(({ partition, offset, error }) => [partition, offset, error]);

    for (const [assignor, shares] of [
      [
        "range",
        [
          [0, 1],
          [2, 3],
        ],
      ],
      [
        "roundrobin",
        [
          [0, 2],
          [1, 3],
        ],
      ],
    ] as const) {
      test(`two confluent-kafkas share by ${assignor}; the others' partitions go to the one that stays`, async () => {
        const topic = await topicOf(4);
        const group = freshName("python");
        const by = { "partition.assignment.strategy": assignor };
        await using first = await startMember(group, topic, by);
        expect(await first.holds(4)).toEqual([0, 1, 2, 3]);
        {
          await using second = await startMember(group, topic, by);
          const held = await Promise.all([first.holds(2), second.holds(2)]);
          expect([...held].sort()).toEqual(shares);
          const described = await python.call("describe_group", { group });
          expect(described).toMatchObject({ state: "STABLE", assignor });
        }
        expect(await first.holds(4)).toEqual([0, 1, 2, 3]);
      });
    }

    test("three confluent-kafkas share by cooperative-sticky, and keep what they need not give away", async () => {
      const topic = await topicOf(6);
      const group = freshName("python");
      const by = { "partition.assignment.strategy": "cooperative-sticky" };
      await using first = await startMember(group, topic, by);
      await first.holds(6);
      await using second = await startMember(group, topic, by);
      await Promise.all([first.holds(3), second.holds(3)]);
      await using third = await startMember(group, topic, by);
      const held = await Promise.all([first, second, third].map((one) => one.holds(2)));
      expect(held.flat().sort()).toEqual([0, 1, 2, 3, 4, 5]);
      const revoked = (await first.events()).filter(([kind]) => kind === "revoked");
      expect(revoked.map(([, partitions]) => partitions.length)).toEqual([3, 1]);
    });

    test("a confluent-kafka whose process is killed is replaced once its session is over", async () => {
      const topic = await topicOf(2);
      const group = freshName("python");
      const shortlived = { "session.timeout.ms": shortSession.timeoutMs };
      await using staying = await startMember(group, topic, shortlived);
      await staying.holds(2);
      const other = openPythonDriver(command, "kafka.py", [bootstrap()]);
      const dying = await startMember(group, topic, shortlived, other);
      await Promise.all([staying.holds(1), dying.holds(1)]);
      await other[Symbol.asyncDispose]();
      expect(await staying.holds(2)).toEqual([0, 1]);
    });

    test("a static confluent-kafka comes back without a rebalance, and a second of its name fences it", async () => {
      const topic = await topicOf(2);
      const group = freshName("python");
      await using other = await startMember(group, topic, { "group.instance.id": "a" });
      await other.holds(2);
      let held: number[];
      {
        await using before = await startMember(group, topic, { "group.instance.id": "b" });
        [held] = await Promise.all([before.holds(1), other.holds(1)]);
      }
      const events = await other.events();
      const back = await startMember(group, topic, { "group.instance.id": "b" });
      expect(await back.holds(1)).toEqual(held);
      const described = await python.call<{ members: { instance: string }[] }>("describe_group", { group });
      expect(described.members.map(({ instance }) => instance).sort()).toEqual(["a", "b"]);
      await using second = await startMember(group, topic, { "group.instance.id": "b" });
      expect(await second.holds(1)).toEqual(held);
      expect(await python.call("await_error", { member: back.member })).toBe("_FATAL");
      expect(await other.events()).toEqual(events);
      await back[Symbol.asyncDispose]();
    });

    test("records are read once by the members together, and by the next from what was committed", async () => {
      const topic = await topicOf(2);
      const group = freshName("python");
      const records = numbered(40).map((one, n) => ({ ...one, partition: n % 2 }));
      await python.call("produce", { topic, records });
      {
        await using first = await startMember(group, topic);
        await using second = await startMember(group, topic);
        await Promise.all([first.holds(1), second.holds(1)]);
        const rows = [
          [topic, 0, 15],
          [topic, 1, 20],
        ];
        const [partition] = await first.holds(1);
        const mine = rows.filter(([, own]) => own === partition);
        const theirs = rows.filter(([, own]) => own !== partition);
        await python.call("member_commit", { member: first.member, rows: mine });
        await python.call("member_commit", { member: second.member, rows: theirs });
      }
      await using next = await startMember(group, topic);
      const read = await next.reads(5);
      expect(read.map(({ partition, offset }) => [partition, offset])).toEqual(
        [15, 16, 17, 18, 19].map((offset) => [0, offset]),
      );
    });

    test("offsets are shown, moved and deleted with their group by the admin", async () => {
      const topic = await topicOf(2);
      const group = freshName("python");
      {
        await using member = await startMember(group, topic);
        await member.holds(2);
        const rows = [[topic, 1, 5]];
        const committed = await python.call("member_commit", { member: member.member, rows });
        expect(committed).toMatchObject([{ partition: 1, offset: 5, error: null }]);
        const both = [
          [topic, 0],
          [topic, 1],
        ];
        const found = await python.call("member_committed", { member: member.member, rows: both });
        expect(found).toMatchObject([{ offset: -1001 }, { offset: 5 }]);
        // A group with members is neither moved nor deleted.
        const moved = await python.call("alter_group_offsets", { group, rows: [[topic, 0, 1]] });
        expect(moved).toMatchObject([{ error: "UNKNOWN_MEMBER_ID" }]);
        expect(await python.call("delete_group", { group })).toEqual({ [group]: "NON_EMPTY_GROUP" });
      }
      expect(await python.call("list_groups")).toMatchObject({ [group]: "EMPTY" });
      await python.call("alter_group_offsets", { group, rows: [[topic, 0, 3]] });
      const shown = await python.call<{ partition: number; offset: number; error: null }[]>("group_offsets", {
        group,
      });
      expect(offsets(shown)).toEqual([
        [0, 3, null],
        [1, 5, null],
      ]);
      expect(await python.call("delete_group", { group })).toEqual({ [group]: null });
      expect(await python.call("list_groups")).not.toHaveProperty([group]);
      expect(await python.call("delete_group", { group })).toEqual({ [group]: "GROUP_ID_NOT_FOUND" });
    });

    test("a confluent-kafka with no offset and no place to begin is told so", async () => {
      const topic = await topicOf(1);
      const more = { "auto.offset.reset": "error" };
      await using member = await startMember(freshName("python"), topic, more);
      expect(await python.call("await_error", { member: member.member })).toBe("_AUTO_OFFSET_RESET");
    });

    test("a confluent-kafka that subscribed to what is not there is told so, and given it once it is", async () => {
      const topic = freshName("python");
      const more = { "topic.metadata.refresh.interval.ms": 300 };
      await using member = await startMember(freshName("python"), topic, more);
      expect(await python.call("await_error", { member: member.member })).toBe("UNKNOWN_TOPIC_OR_PART");
      await python.call("create_topics", { topics: [{ topic, num_partitions: 2 }] });
      expect(await member.holds(2)).toEqual([0, 1]);
    });

    test("a confluent-kafka with group.protocol=consumer is given its partitions", async () => {
      const topic = await topicOf(2);
      const config = { "group.id": freshName("python"), "group.protocol": "consumer" };
      const records = numbered(2).map((one, partition) => ({ ...one, partition }));
      await python.call("produce", { topic, records });
      const read = await python.call<PythonRecord[]>("read_group", { config, topic, count: 2, seconds: 5 });
      expect(values(read).sort()).toEqual(["value 0", "value 1"]);
    });
  });

  describeKafka("Transactions of confluent-kafka", ({ test, bootstrap }) => {
    let python: PythonDriver;
    beforeAll(() => {
      python = openPythonDriver(command, "kafka.py", [bootstrap()]);
    });
    afterAll(async () => {
      await python[Symbol.asyncDispose]();
    });
    const topicOf = () => createTopic(adapterOf(bootstrap()), 1);
    /** Values up to the end. What a commit makes visible is there a moment after it: `count` are waited for. */
    const read = async (topic: string, count: number, level = "read_committed") =>
      values(
        await python.call<PythonRecord[]>("read", { topic, count, config: { "isolation.level": level } }),
      );

    async function openProducer(transactionalId = freshName("tx"), more: object = {}) {
      const config = { "transactional.id": transactionalId, ...more };
      const producer = await python.call<number>("open_producer", { config });
      await python.call("init_transactions", { producer });
      const call = (op: string) => python.call(op, { producer });
      return {
        producer,
        begin: () => call("begin"),
        commit: () => call("commit"),
        abort: () => call("abort"),
        send: (topic: string, ...sent: string[]) =>
          python.call<{ error?: string }[]>("send", {
            producer,
            topic,
            records: sent.map((value) => ({ value })),
          }),
      };
    }

    test("confluent-kafka's reader is shown what was committed, and neither what was aborted nor what is open", async () => {
      const topic = await topicOf();
      const producer = await openProducer();
      await producer.begin();
      await producer.send(topic, "a", "b");
      expect(await read(topic, 0)).toEqual([]);
      expect(await read(topic, 0, "read_uncommitted")).toEqual(["a", "b"]);
      await producer.commit();
      await producer.begin();
      await producer.send(topic, "aborted");
      await producer.abort();
      await producer.begin();
      await producer.send(topic, "c");
      await producer.commit();
      expect(await read(topic, 3)).toEqual(["a", "b", "c"]);
      expect(await read(topic, 4, "read_uncommitted")).toEqual(["a", "b", "aborted", "c"]);
      expect(await python.call("watermarks", { topic, partition: 0 })).toEqual([0, 7]);
    });

    test("the last stable offset is where confluent-kafka's open transaction begins", async () => {
      const topic = await topicOf();
      await python.call("produce", { topic, records: numbered(3) });
      const producer = await openProducer();
      await producer.begin();
      await producer.send(topic, "open");
      const latest = async (committed: boolean) => {
        const args = { topic, partition: 0, spec: "latest", committed };
        return (await python.call<{ offset: number }>("list_offsets", args)).offset;
      };
      expect(await Promise.all([latest(true), latest(false)])).toEqual([3, 4]);
      await producer.commit();
      await read(topic, 4);
      expect(await Promise.all([latest(true), latest(false)])).toEqual([5, 5]);
    });

    test("a second confluent-kafka of a transactional id fences the first and aborts what it left", async () => {
      const topic = await topicOf();
      const transactionalId = freshName("tx");
      const first = await openProducer(transactionalId);
      await first.begin();
      await first.send(topic, "of the first");
      const second = await openProducer(transactionalId);
      await expect(first.commit()).rejects.toMatchObject({ details: { name: "_FENCED", fatal: true } });
      await second.begin();
      await second.send(topic, "of the second");
      await second.commit();
      expect(await read(topic, 1)).toEqual(["of the second"]);
    });

    test("a record that is refused makes confluent-kafka's transaction one to abort", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 1, { "max.message.bytes": "2000" });
      const transactionalId = freshName("tx");
      const producer = await openProducer(transactionalId, { "batch.num.messages": 1 });
      await producer.begin();
      const reports = await producer.send(topic, "small", "x".repeat(5000));
      expect(reports).toMatchObject([{ partition: 0 }, { error: "MSG_SIZE_TOO_LARGE" }]);
      await expect(producer.commit()).rejects.toMatchObject({ details: { abortable: true } });
      await producer.abort();
      // librdkafka's sequence has a gap now, so it is the next of its id that goes on.
      const next = await openProducer(transactionalId);
      await next.begin();
      await next.send(topic, "after");
      await next.commit();
      expect(await read(topic, 1)).toEqual(["after"]);
    });

    test("offsets sent by confluent-kafka count once their transaction is committed", async () => {
      const topic = await topicOf();
      const out = await topicOf();
      const group = freshName("python");
      await python.call("produce", { topic, records: numbered(10) });
      const config = { "group.id": group };
      const member = await python.call<number>("start_member", { config, topics: [topic] });
      await python.call("await_rows", { member, count: 10 });
      const producer = await openProducer();
      const committed = () => python.call("group_offsets", { group, rows: [[topic, 0]] });
      for (const [offset, end, seen] of [
        [4, "abort", -1001],
        [7, "commit", 7],
      ] as const) {
        await producer.begin();
        await producer.send(out, `up to ${offset}`);
        const rows = [[topic, 0, offset]];
        await python.call("member_offsets_to_transaction", { producer: producer.producer, member, rows });
        await producer[end]();
        await read(out, end === "commit" ? 1 : 0);
        expect(await committed()).toMatchObject([{ partition: 0, offset: seen }]);
      }
      await python.call("close_member", { member });
      expect(await read(out, 1)).toEqual(["up to 7"]);
    });
  });
});
