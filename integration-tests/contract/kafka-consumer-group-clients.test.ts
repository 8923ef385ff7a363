// What members of KIP-848 groups see that are real clients: group.protocol=consumer with librdkafka and with Java.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { adapterOf, createTopic, freshName, rawKafkaOf } from "../support/kafka-clients.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import { openPythonDriver, type PythonDriver } from "../support/python-driver.ts";
import { describeWith } from "../support/requirements.ts";

/** Members are told to be heard of every 5 s by real Kafka, and that is how long they take to learn of something. */
const timeoutMs = 120_000;

async function fill(bootstrap: string, topic: string, valuesByPartition: readonly (readonly string[])[]) {
  const producer = rawKafkaOf(bootstrap).producer();
  await producer.connect();
  const messages = valuesByPartition.flatMap((values, partition) =>
    values.map((value) => ({ value, partition })),
  );
  await producer.send({ topic, messages });
  await producer.disconnect();
}

describeWith("python", "librdkafka", (command) => {
  describeKafka("A KIP-848 group of confluent-kafkas", ({ test, bootstrap }) => {
    let python: PythonDriver;
    const openDriver = () => openPythonDriver(command, "consumer_groups.py", [bootstrap()]);
    beforeAll(() => {
      python = openDriver();
    });
    afterAll(async () => {
      await python[Symbol.asyncDispose]();
    });

    const startMember = async (group: string, topic: string, config: object = {}, driver = python) => {
      const member = await driver.call<number>("start", { group, topics: [topic], config });
      return {
        holds: (count: number) => driver.call<string[]>("await_held", { member, count }),
        reads: (count: number) => driver.call<string[]>("await_values", { member, count }),
        events: () => driver.call<[string, string[]][]>("events", { member }),
        commit: (offsets: readonly number[]) => driver.call("commit", { member, topic, offsets }),
        close: () => driver.call("close", { member }),
      };
    };
    const topicOf = (partitions: number) => createTopic(adapterOf(bootstrap()), partitions);
    const partitionsOf = (topic: string, ...partitions: number[]) =>
      partitions.map((each) => `${topic} ${each}`);

    for (const assignor of ["uniform", "range"]) {
      test(
        `shares by ${assignor}, goes on for who leaves, and from what was committed`,
        async () => {
          const topic = await topicOf(4);
          const group = freshName("python");
          const by = { "group.remote.assignor": assignor };
          await fill(bootstrap(), topic, [["a"], ["b"], ["c"], ["d"]]);
          const first = await startMember(group, topic, by);
          expect(await first.holds(4)).toEqual(partitionsOf(topic, 0, 1, 2, 3));
          expect(await first.reads(4)).toEqual(["a", "b", "c", "d"]);
          await first.commit([1, 1, 1, 1]);
          const second = await startMember(group, topic, by);
          const shares = await Promise.all([first.holds(2), second.holds(2)]);
          expect(shares.flat().sort()).toEqual(partitionsOf(topic, 0, 1, 2, 3));
          // The first one never stopped for what it keeps.
          const revoked = (await first.events()).filter(([event]) => event === "revoked");
          expect(revoked.flatMap(([, partitions]) => partitions)).toHaveLength(2);
          await first.close();
          expect(await second.holds(4)).toEqual(partitionsOf(topic, 0, 1, 2, 3));
          await fill(bootstrap(), topic, [["e"], ["f"], ["g"], ["h"]]);
          expect(await second.reads(4)).toEqual(["e", "f", "g", "h"]);
          await second.close();
        },
        timeoutMs,
      );
    }

    test(
      "goes on for a member that was killed",
      async () => {
        const topic = await topicOf(2);
        const group = freshName("python");
        const staying = await startMember(group, topic);
        await staying.holds(2);
        {
          await using other = openDriver();
          const dying = await startMember(group, topic, {}, other);
          await Promise.all([staying.holds(1), dying.holds(1)]);
        }
        expect(await staying.holds(2)).toEqual(partitionsOf(topic, 0, 1));
        await staying.close();
      },
      timeoutMs,
    );

    test(
      "keeps the place of a static member that restarts",
      async () => {
        const topic = await topicOf(2);
        const group = freshName("python");
        const asStatic = (id: string) => ({ "group.instance.id": id });
        const staying = await startMember(group, topic, asStatic("a"));
        await staying.holds(2);
        const before = await startMember(group, topic, asStatic("b"));
        const [, had] = await Promise.all([staying.holds(1), before.holds(1)]);
        const events = await staying.events();
        await before.close();
        const after = await startMember(group, topic, asStatic("b"));
        expect(await after.holds(1)).toEqual(had);
        expect(await staying.events()).toEqual(events);
        await after.close();
        await staying.close();
      },
      timeoutMs,
    );

    test(
      "finds its topics by a regular expression",
      async () => {
        const topic = await topicOf(2);
        await fill(bootstrap(), topic, [["a"], ["b"]]);
        const member = await startMember(freshName("python"), `^${topic}$`);
        expect(await member.holds(2)).toEqual(partitionsOf(topic, 0, 1));
        expect(await member.reads(2)).toEqual(["a", "b"]);
        await member.close();
      },
      timeoutMs,
    );
  });
});

describeWith("kafka-jars", "Java", (jars) => {
  describeKafka("A KIP-848 group of console consumers", ({ test, bootstrap }) => {
    const start = (mainClass: string, args: string): ChildProcess & { text: () => string } => {
      const quick = ["-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"];
      const all = [...quick, "-cp", join(jars, "*"), `org.apache.kafka.tools.consumer.${mainClass}`];
      const child = spawn("java", [...all, "--bootstrap-server", bootstrap(), ...args.split(" ")]);
      let text = "";
      child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      return Object.assign(child, { text: () => text });
    };
    const ended = async (child: ReturnType<typeof start>) => {
      await once(child, "close");
      return child
        .text()
        .split("\n")
        .filter((line) => line.trim() !== "");
    };
    const consume = (group: string, topic: string, more: string) =>
      start(
        "ConsoleConsumer",
        `--topic ${topic} --group ${group} --consumer-property group.protocol=consumer --consumer-property auto.offset.reset=earliest ${more}`,
      );
    /** The columns of the rows that the group has in a table of kafka-consumer-groups. */
    const describeGroup = async (group: string, what: string) => {
      const lines = await ended(start("group.ConsumerGroupCommand", `--describe --group ${group} ${what}`));
      return lines.filter((line) => line.startsWith(`${group} `)).map((line) => line.trim().split(/\s+/));
    };

    test(
      "reads, commits, leaves, and goes on from there",
      async () => {
        const topic = await createTopic(adapterOf(bootstrap()), 1);
        const group = freshName("java");
        await fill(bootstrap(), topic, [["a", "b", "c"]]);
        expect(await ended(consume(group, topic, "--max-messages 2 --timeout-ms 20000"))).toEqual(["a", "b"]);
        expect(await describeGroup(group, "--state")).toEqual([
          expect.arrayContaining(["uniform", "Empty", "0"]),
        ]);
        expect((await describeGroup(group, "--offsets"))[0]?.slice(1, 6)).toEqual([
          topic,
          "0",
          "2",
          "3",
          "1",
        ]);
        expect(await ended(consume(group, topic, "--max-messages 1 --timeout-ms 20000"))).toEqual(["c"]);
      },
      timeoutMs,
    );
  });
});
