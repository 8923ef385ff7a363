// What Java's consumers and kafka-consumer-groups may rely on: members that come, go and die, and offsets moved by hand.
import { expect } from "@jest/globals";
import { adapterOf, createTopic, freshName, rawKafkaOf } from "../support/kafka-clients.ts";
import { createJavaTools, type JavaTools } from "../support/kafka-java-tools.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import { describeWith } from "../support/requirements.ts";

/** Each tool is a JVM that starts cold. */
const timeoutMs = 60_000;
const assignors = "org.apache.kafka.clients.consumer";
const numbered = (count: number) => Array.from({ length: count }, (_, n) => `value ${n}`);

/** The columns of the rows that a group has in a table of kafka-consumer-groups, which come in any order. */
const rowsOf = (lines: readonly string[], group: string) =>
  lines
    .filter((line) => line.startsWith(`${group} `))
    .map((line) => line.trim().split(/\s+/))
    .sort((one, other) => one.slice(1, 3).join(" ").localeCompare(other.slice(1, 3).join(" ")));

async function fill(bootstrap: string, topic: string, values: readonly string[], partition = 0) {
  const producer = rawKafkaOf(bootstrap).producer();
  await producer.connect();
  await producer.send({ topic, messages: values.map((value) => ({ value, partition })) });
  await producer.disconnect();
}

/** A console consumer that stays in its group, and prints partition and value of what it reads. */
function startMember(java: JavaTools, group: string, topic: string, settings: readonly string[] = []) {
  const quick = ["heartbeat.interval.ms=200", "metadata.max.age.ms=500", ...settings];
  const properties = quick.map((one) => `--consumer-property ${one}`).join(" ");
  return java.start(
    "kafka-console-consumer",
    `--topic ${topic} --group ${group} --from-beginning --property print.partition=true ${properties}`,
  );
}

describeWith("java", "Java", (jars) => {
  describeKafka("A group of Java consumers", ({ test, bootstrap, shortSession }) => {
    const java = () => createJavaTools(jars, bootstrap());

    for (const assignor of ["RangeAssignor", "RoundRobinAssignor", "CooperativeStickyAssignor"]) {
      test(
        `two console consumers share by ${assignor}; when one is stopped the other reads on for both`,
        async () => {
          const topic = await createTopic(adapterOf(bootstrap()), 2);
          const group = freshName("java");
          const by = [`partition.assignment.strategy=${assignors}.${assignor}`];
          await using first = startMember(java(), group, topic, by);
          await using second = startMember(java(), group, topic, by);
          const shared = await untilMembers(java(), group, (rows) => {
            const counts = rows.map((row) => row[4]);
            return counts.length === 2 && counts.every((count) => count === "1");
          });
          expect(shared).toHaveLength(2);
          for (const partition of [0, 1]) await fill(bootstrap(), topic, [`of ${partition}`], partition);
          await Promise.race([first, second].map((one) => one.waitFor("stdout", /Partition:0\tof 0/)));
          await Promise.race([first, second].map((one) => one.waitFor("stdout", /Partition:1\tof 1/)));
          expect(`${first.output("stdout")}${second.output("stdout")}`.match(/of \d/g)).toHaveLength(2);
          expect(first.output("stdout")).toMatch(/^Partition:(\d)\tof \1$/m);
          second.process.kill("SIGTERM");
          await second.done;
          for (const partition of [0, 1]) await fill(bootstrap(), topic, [`left ${partition}`], partition);
          await Promise.all(
            [0, 1].map((n) => first.waitFor("stdout", new RegExp(`Partition:${n}\\tleft ${n}`))),
          );
        },
        timeoutMs,
      );
    }

    test(
      "a console consumer that is killed is replaced once its session is over, and a static one is not rebalanced",
      async () => {
        const topic = await createTopic(adapterOf(bootstrap()), 2);
        const group = freshName("java");
        const settings = (instance: string) => [
          `session.timeout.ms=${shortSession.timeoutMs}`,
          `group.instance.id=${instance}`,
        ];
        await using staying = startMember(java(), group, topic, settings("a"));
        await using dying = startMember(java(), group, topic, settings("b"));
        const before = await untilMembers(java(), group, (rows) => rows.length === 2);
        expect(before.map((row) => row[2]).sort()).toEqual(["a", "b"]);
        dying.process.kill("SIGKILL");
        await fill(bootstrap(), topic, ["zero"], 0);
        await fill(bootstrap(), topic, ["one"], 1);
        await Promise.all([/zero/, /one/].map((value) => staying.waitFor("stdout", value)));
        const left = await untilMembers(java(), group, (rows) => rows.length === 1);
        expect(left[0]?.[2]).toBe("a");
      },
      timeoutMs,
    );

    test(
      "a consumer with group.protocol=consumer reads, commits and leaves",
      async () => {
        const topic = await createTopic(adapterOf(bootstrap()), 2);
        const group = freshName("java");
        await fill(bootstrap(), topic, numbered(5));
        const read = await java().expect(
          "kafka-console-consumer",
          `--topic ${topic} --group ${group} --from-beginning --max-messages 5 --timeout-ms 8000 --consumer-property group.protocol=consumer`,
        );
        expect(read).toEqual(numbered(5));
        const described = await java().expect("kafka-consumer-groups", `--describe --group ${group} --state`);
        expect(rowsOf(described, group)).toEqual([expect.arrayContaining(["uniform", "Empty", "0"])]);
      },
      timeoutMs,
    );
  });

  describeKafka("kafka-consumer-groups", ({ test, bootstrap }) => {
    const java = () => createJavaTools(jars, bootstrap());

    /** A group that has read five records of partition 0 of a topic with two, and left. */
    async function leaveGroup() {
      const topic = await createTopic(adapterOf(bootstrap()), 2);
      const group = freshName("java");
      await fill(bootstrap(), topic, numbered(5));
      await java().expect(
        "kafka-console-consumer",
        `--topic ${topic} --group ${group} --from-beginning --max-messages 5`,
      );
      return { topic, group, groups: (args: string) => java().expect("kafka-consumer-groups", args) };
    }

    test(
      "shows the lag, the members and the state of a group, and lists it",
      async () => {
        const { topic, group, groups } = await leaveGroup();
        await fill(bootstrap(), topic, ["more", "still more"]);
        const [offsets, state, listed] = await Promise.all([
          groups(`--describe --group ${group}`),
          groups(`--describe --group ${group} --state`),
          groups("--list --state"),
        ]);
        expect(rowsOf(offsets, group).map((row) => row.slice(1, 6))).toEqual([
          [topic, "0", "5", "7", "2"],
          [topic, "1", "0", "0", "0"],
        ]);
        expect(rowsOf(state, group)).toEqual([expect.arrayContaining(["Empty", "0"])]);
        expect(rowsOf(listed, group)).toEqual([[group, "Empty"]]);
        await using member = startMember(java(), group, topic, ["client.id=seen"]);
        await member.waitFor("stdout", /still more/);
        const [members, living] = await Promise.all([
          groups(`--describe --group ${group} --members --verbose`),
          groups(`--describe --group ${group} --state`),
        ]);
        const [row = []] = rowsOf(members, group);
        expect(row).toEqual(expect.arrayContaining(["seen", "2", `${topic}:0,1`]));
        expect(rowsOf(living, group)).toEqual([expect.arrayContaining(["range", "Stable", "1"])]);
      },
      timeoutMs,
    );

    test(
      "moves the offsets of a group that is empty, or only says how",
      async () => {
        const { topic, group, groups } = await leaveGroup();
        const reset = (args: string) => groups(`--reset-offsets --group ${group} --topic ${args}`);
        const moved = (lines: readonly string[]) => rowsOf(lines, group).map((row) => row.slice(2, 4));
        const dry = await Promise.all([
          reset(`${topic} --to-earliest --dry-run`),
          reset(`${topic}:0 --shift-by -2 --dry-run`),
          reset(`${topic}:0 --to-offset 99 --dry-run`),
          reset(`${topic}:0 --to-datetime 2020-01-01T00:00:00.000 --dry-run`),
          reset(`${topic}:0 --to-latest --dry-run`),
        ]);
        expect(dry.map((lines) => moved(lines))).toEqual([
          [
            ["0", "0"],
            ["1", "0"],
          ],
          [["0", "3"]],
          [["0", "5"]],
          [["0", "0"]],
          [["0", "5"]],
        ]);
        await reset(`${topic}:0 --to-offset 2 --execute`);
        const read = `--topic ${topic} --group ${group} --max-messages 3`;
        expect(await java().expect("kafka-console-consumer", read)).toEqual(numbered(5).slice(2));
      },
      timeoutMs,
    );

    test(
      "deletes offsets and a group, but not those that are in use or not there",
      async () => {
        const { topic, group, groups } = await leaveGroup();
        const run = (args: string) => java().run("kafka-consumer-groups", args);
        const deletion = `--delete-offsets --group ${group} --topic ${topic}`;
        {
          await using member = startMember(java(), group, topic);
          await untilMembers(java(), group, (rows) => rows.length === 1);
          const [offsets, whole, reset] = await Promise.all([
            run(deletion),
            run(`--delete --group ${group}`),
            run(`--reset-offsets --group ${group} --topic ${topic} --to-earliest --execute`),
          ]);
          expect(offsets.stdout).toMatch(
            /Error.*GroupSubscribedToTopic|Not successful|actively subscribed/is,
          );
          expect(whole.stdout).toContain("GroupNotEmptyException");
          expect(reset.stdout + reset.stderr).toMatch(/current state is|is not inactive/i);
          member.process.kill("SIGTERM");
          await member.done;
        }
        expect((await groups(deletion)).join("\n")).toMatch(/Successful/);
        expect((await groups(`--delete --group ${group}`)).join("\n")).toContain("was successful");
        const [gone, unknown] = await Promise.all([
          run(`--delete --group ${group}`),
          run(`--describe --group ${group}`),
        ]);
        expect(gone.stdout).toContain("GroupIdNotFoundException");
        expect(unknown.stdout).toContain("GroupIdNotFoundException");
      },
      timeoutMs,
    );

    test(
      "a consumer without offsets ends where auto.offset.reset is none, and begins where it is told",
      async () => {
        const topic = await createTopic(adapterOf(bootstrap()), 1);
        await fill(bootstrap(), topic, numbered(5));
        const read = (args: string) => java().run("kafka-console-consumer", `--topic ${topic} ${args}`);
        const [none, outOfRange, fromThree] = await Promise.all([
          read(`--group ${freshName("java")} --timeout-ms 8000 --consumer-property auto.offset.reset=none`),
          read("--partition 0 --offset 99 --timeout-ms 8000 --consumer-property auto.offset.reset=none"),
          read("--partition 0 --offset 3 --max-messages 2"),
        ]);
        expect(none.stdout).toContain("NoOffsetForPartitionException");
        expect(outOfRange.stdout).toContain("OffsetOutOfRangeException");
        expect(fromThree.stdout.trim().split("\n")).toEqual(["value 3", "value 4"]);
      },
      timeoutMs,
    );
  });
});

/** The rows of `--members`, asked for until they fit. */
async function untilMembers(
  java: JavaTools,
  group: string,
  isIt: (rows: readonly string[][]) => boolean,
): Promise<string[][]> {
  for (;;) {
    const { stdout } = await java.run("kafka-consumer-groups", `--describe --group ${group} --members`);
    const rows = rowsOf(stdout.split("\n"), group);
    if (isIt(rows)) return rows;
  }
}
