// What kcat (librdkafka) may rely on about groups and transactions, with members and producers that die.
import { expect } from "@jest/globals";
import { parseTopicName } from "../../src/kernel/brand.ts";
import { adapterOf, createTopic, freshName, rawKafkaOf } from "../support/kafka-clients.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import { createKcat, readRecords } from "../support/kcat.ts";
import { describeWith } from "../support/requirements.ts";

const numbered = (count: number, stem = "value") => Array.from({ length: count }, (_, n) => `${stem} ${n}`);
const settings = (...values: readonly string[]) => values.flatMap((value) => ["-X", value]);
const payloads = (records: readonly { payload: string | null }[]) => records.map(({ payload }) => payload);
const has = (count: number) => (partitions: readonly string[]) => partitions.length === count;
const each = (topic: string, count: number) => Array.from({ length: count }, (_, n) => `${topic} [${n}]`);

describeWith("kcat", "kcat", (command) => {
  describeKafka("A group of kcats", ({ test, bootstrap, shortSession }) => {
    const kcat = () => createKcat(command, bootstrap());
    const shortlived = `session.timeout.ms=${shortSession.timeoutMs}`;

    test("a kcat alone in its group reads all, and the next goes on where it ended", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 3);
      const group = freshName("g");
      const first = numbered(30, "first");
      await kcat().produce(topic, first);
      const args = ["-G", group, "-q", "-J", "-e", ...settings("auto.offset.reset=earliest"), topic];
      expect(payloads(readRecords(await kcat().expect(args))).sort()).toEqual([...first].sort());
      await kcat().produce(topic, ["second"]);
      expect(payloads(readRecords(await kcat().expect(args)))).toEqual(["second"]);
    });

    test("a kcat of a group without offsets begins at the end, or fails, as it is told", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 1);
      await kcat().produce(topic, numbered(3));
      const read = (reset: string) =>
        kcat().run(["-G", freshName("g"), "-e", ...settings(`auto.offset.reset=${reset}`), topic]);
      const [latest, error] = await Promise.all([read("latest"), read("error")]);
      expect(latest).toMatchObject({ code: 0, stdout: "" });
      expect(error.stderr).toMatch(/ERROR.*: .*(no previously committed offset|No offset stored)/i);
      expect(error.code).toBe(1);
    });

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
      test(`two kcats share four partitions by ${assignor}, and the one that stays gets all`, async () => {
        const topic = await createTopic(adapterOf(bootstrap()), 4);
        const group = freshName("g");
        const by = [`partition.assignment.strategy=${assignor}`];
        await using first = kcat().startMember(group, [topic], by);
        expect(await first.holds(has(4))).toEqual(each(topic, 4));
        await using second = kcat().startMember(group, [topic], by);
        const held = await Promise.all([first.holds(has(2)), second.holds(has(2))]);
        expect([...held].sort()).toEqual(shares.map((share) => share.map((n) => `${topic} [${n}]`)));
        await kcat().produce(topic, numbered(40));
        second.process.kill("SIGTERM");
        expect((await second.done).signal).toBeNull();
        expect(await first.holds(has(4))).toEqual(each(topic, 4));
      });
    }

    test("two kcats share by cooperative-sticky, and no partition that stays is taken away", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 4);
      const group = freshName("g");
      const by = ["partition.assignment.strategy=cooperative-sticky"];
      await using first = kcat().startMember(group, [topic], by);
      await first.holds(has(4));
      await using second = kcat().startMember(group, [topic], by);
      const held = await Promise.all([first.holds(has(2)), second.holds(has(2))]);
      expect(held.flat().sort()).toEqual(each(topic, 4));
      const revoked = first.rebalances().filter((line) => line.includes("incremental revoke"));
      expect(revoked).toEqual([expect.stringContaining("incremental revoke of 2 partition(s)")]);
      second.process.kill("SIGTERM");
      await first.holds(has(4));
      expect(first.rebalances().filter((line) => line.includes("incremental revoke"))).toEqual(revoked);
    });

    test("records of a group of three kcats are each read by one of them", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 3);
      const group = freshName("g");
      await using first = kcat().startMember(group, [topic]);
      await using second = kcat().startMember(group, [topic]);
      await using third = kcat().startMember(group, [topic]);
      const members = [first, second, third];
      await Promise.all(members.map((member) => member.holds(has(1))));
      for (const partition of ["0", "1", "2"]) {
        await kcat().produce(topic, numbered(20, `p${partition}`), ["-p", partition]);
      }
      for (const member of members) {
        await member.waitUntil("stdout", (text) => (text.includes(" 19") ? text : null));
        const records = readRecords(member.output("stdout"));
        expect(records).toHaveLength(20);
        expect(new Set(records.map(({ partition }) => partition)).size).toBe(1);
      }
    });

    test("a kcat that is killed loses its partitions to the other one once its session is over", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 2);
      const group = freshName("g");
      await using staying = kcat().startMember(group, [topic], [shortlived]);
      await staying.holds(has(2));
      await using dying = kcat().startMember(group, [topic], [shortlived]);
      await Promise.all([staying.holds(has(1)), dying.holds(has(1))]);
      dying.process.kill("SIGKILL");
      expect(await staying.holds(has(2))).toEqual(each(topic, 2));
    });

    test("a static kcat that comes back has its partitions again, and the others notice nothing", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 2);
      const group = freshName("g");
      await using staying = kcat().startMember(group, [topic], ["group.instance.id=a"]);
      const before = kcat().startMember(group, [topic], ["group.instance.id=b"]);
      const [, held] = await Promise.all([staying.holds(has(1)), before.holds(has(1))]);
      const rebalances = staying.rebalances();
      before.process.kill("SIGTERM");
      await before.done;
      await using after = kcat().startMember(group, [topic], ["group.instance.id=b"]);
      expect(await after.holds(has(1))).toEqual(held);
      // A heartbeat of the other's has come and gone by the time that a record has.
      await kcat().produce(topic, ["to both"], ["-p", "0"]);
      await kcat().produce(topic, ["to both"], ["-p", "1"]);
      await Promise.all([staying, after].map((one) => one.waitFor("stdout", /to both/)));
      expect(staying.rebalances()).toEqual(rebalances);
    });

    test("a second kcat of the same instance id fences the first", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 2);
      const group = freshName("g");
      await using first = kcat().startMember(group, [topic], ["group.instance.id=a"]);
      await first.holds(has(2));
      await using second = kcat().startMember(group, [topic], ["group.instance.id=a"]);
      expect(await second.holds(has(2))).toEqual(each(topic, 2));
      const fenced = await first.done;
      expect(fenced.stderr).toContain("Static consumer fenced by other consumer with same group.instance.id");
      expect(fenced.code).toBe(1);
    });

    test("a kcat that knows none of the group's assignors stays outside", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 2);
      const group = freshName("g");
      await using inside = kcat().startMember(group, [topic], ["partition.assignment.strategy=range"]);
      await inside.holds(has(2));
      await using outside = kcat().startMember(
        group,
        [topic],
        ["partition.assignment.strategy=cooperative-sticky", "debug=cgrp"],
      );
      await outside.waitFor("stderr", /JoinGroup.*Inconsistent group protocol/);
      expect(outside.rebalances()).toEqual([]);
      expect(await inside.holds(has(2))).toEqual(each(topic, 2));
    });

    test("a kcat is given a partition that is added", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 1);
      await using member = kcat().startMember(
        freshName("g"),
        [topic],
        ["topic.metadata.refresh.interval.ms=300"],
      );
      await member.holds(has(1));
      const admin = rawKafkaOf(bootstrap()).admin();
      await admin.connect();
      await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
      await admin.disconnect();
      expect(await member.holds(has(3))).toEqual(each(topic, 3));
      await kcat().produce(topic, ["new"], ["-p", "2"]);
      const [, partition] = await member.waitFor("stdout", /"partition":(\d).*"new"/);
      expect(partition).toBe("2");
    });

    test("a kcat that subscribed to a pattern is given the topics that fit, also one made later", async () => {
      const stem = freshName("pattern");
      await using admin = await adapterOf(bootstrap()).openAdmin();
      const make = (name: string, partitions: number) =>
        admin.createTopic({ topic: parseTopicName(name), partitions });
      await make(`${stem}-one`, 2);
      await make(`not-${stem}`, 2);
      const refresh = ["topic.metadata.refresh.interval.ms=300"];
      await using member = kcat().startMember(freshName("g"), [`^${stem}-.*`], refresh);
      expect(await member.holds(has(2))).toEqual(each(`${stem}-one`, 2));
      await make(`${stem}-two`, 1);
      expect(await member.holds(has(3))).toEqual([...each(`${stem}-one`, 2), `${stem}-two [0]`]);
    });
  });

  describeKafka("Transactions of kcat", ({ test, bootstrap }) => {
    const kcat = () => createKcat(command, bootstrap());
    const uncommitted = settings("isolation.level=read_uncommitted");
    const many = numbered(500, "x".repeat(100));

    /** A kcat in the midst of a transaction: some of its records are written, and its stdin is open. */
    async function startTransaction(topic: string, transactionalId: string) {
      const running = kcat().start(["-P", "-t", topic, ...settings(`transactional.id=${transactionalId}`)]);
      running.process.stdin?.write(many.map((line) => `${line}\n`).join(""));
      await kcat().expect(["-C", "-t", topic, "-o", "beginning", "-c", "1", "-q", ...uncommitted]);
      return running;
    }

    test("what kcat commits is read, with a marker's offset after it", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 1);
      await kcat().produce(topic, ["a", "b"], settings(`transactional.id=${freshName("tx")}`));
      expect(payloads(await kcat().await(topic, 2))).toEqual(["a", "b"]);
      expect(await kcat().expect(["-Q", "-t", `${topic}:0:-1`])).toContain("[0] offset 3");
    });

    test("a kcat that is killed leaves its transaction open until the next of its id aborts it", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 1);
      const transactionalId = freshName("tx");
      await using dying = await startTransaction(topic, transactionalId);
      dying.process.kill("SIGKILL");
      await dying.done;
      await kcat().produce(topic, ["beside"]);
      // Its records lie before the one beside, which nobody is shown until it is known what becomes of them.
      expect(await kcat().consume(topic)).toEqual([]);
      await kcat().produce(topic, ["next"], settings(`transactional.id=${transactionalId}`));
      expect(payloads(await kcat().await(topic, 2))).toEqual(["beside", "next"]);
    });

    test("a second kcat of the same transactional id fences the first", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 1);
      const transactionalId = freshName("tx");
      await using first = await startTransaction(topic, transactionalId);
      await kcat().produce(topic, ["second"], settings(`transactional.id=${transactionalId}`));
      first.process.stdin?.end();
      const { code, stderr } = await first.done;
      expect(stderr).toMatch(/fenced|Invalid producer epoch/i);
      expect(code).toBe(1);
      expect(payloads(await kcat().await(topic, 1))).toEqual(["second"]);
    });
  });
});
