// What Kafka's own command-line tools may rely on: topics and their settings, writing, and reading.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "@jest/globals";
import { adapterOf, createTopic, freshName, rawKafkaOf } from "../support/kafka-clients.ts";
import { createJavaTools } from "../support/kafka-java-tools.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import { openTransactional } from "../support/kafka-transactions.ts";
import { describeWith } from "../support/requirements.ts";

/** Each tool is a JVM that starts cold. */
const timeoutMs = 60_000;
const numbered = (count: number, stem = "value") => Array.from({ length: count }, (_, n) => `${stem} ${n}`);

describeWith("java", "Java", (jars) => {
  describeKafka("Topics of Kafka's own tools", ({ test, bootstrap }) => {
    const java = () => createJavaTools(jars, bootstrap());

    test(
      "kafka-topics makes, describes, extends and deletes a topic",
      async () => {
        const topic = freshName("java");
        const made = await java().expect(
          "kafka-topics",
          `--create --topic ${topic} --partitions 2 --config retention.ms=-1 --config cleanup.policy=compact`,
        );
        expect(made).toContain(`Created topic ${topic}.`);
        const [head = "", ...rows] = await java().expect("kafka-topics", `--describe --topic ${topic}`);
        expect(head).toMatch(
          new RegExp(`^Topic: ${topic}\\s+TopicId: \\S{22}\\s+PartitionCount: 2\\s+ReplicationFactor: 1`),
        );
        expect(head).toMatch(/Configs: .*cleanup\.policy=compact/);
        expect(head).toMatch(/Configs: .*retention\.ms=-1/);
        const broker = /Leader: (\d+)/.exec(rows[0] ?? "")?.[1];
        expect(rows).toEqual(
          [0, 1].map((partition) =>
            expect.stringMatching(
              new RegExp(
                `Partition: ${partition}\\s+Leader: ${broker}\\s+Replicas: ${broker}\\s+Isr: ${broker}\\b`,
              ),
            ),
          ),
        );
        await java().expect("kafka-topics", `--alter --topic ${topic} --partitions 5`);
        const [extended, listed] = await Promise.all([
          java().expect("kafka-topics", `--describe --topic ${topic}`),
          java().expect("kafka-topics", "--list"),
        ]);
        expect(extended).toHaveLength(6);
        expect(listed).toContain(topic);
        await java().expect("kafka-topics", `--delete --topic ${topic}`);
        expect(await java().expect("kafka-topics", "--list")).not.toContain(topic);
      },
      timeoutMs,
    );

    test(
      "kafka-topics is told why a topic cannot be made, extended or found",
      async () => {
        const topic = await createTopic(adapterOf(bootstrap()), 2);
        const fresh = freshName("java");
        const refused = [
          [`--create --topic ${topic}`, /TopicExistsException: Topic '.*' already exists/],
          [`--create --topic ${fresh} --replication-factor 5`, /InvalidReplicationFactorException/],
          [`--create --topic ${fresh}/x`, /InvalidTopicException/],
          [
            `--alter --topic ${topic} --partitions 1`,
            /InvalidPartitionsException: .* would not be an increase/,
          ],
          [`--describe --topic ${fresh}`, /does not exist as expected/],
        ] as const;
        const told = await Promise.all(refused.map(([args]) => java().run("kafka-topics", args)));
        for (const [at, { code, stdout, stderr }] of told.entries()) {
          expect(`${stdout}${stderr}`).toMatch(refused[at]?.[1] ?? /^$/);
          expect(code).toBe(1);
        }
      },
      timeoutMs,
    );

    test(
      "kafka-configs sets, shows and takes back settings of a topic",
      async () => {
        const topic = await createTopic(adapterOf(bootstrap()), 1);
        const of = `--entity-type topics --entity-name ${topic}`;
        const added = "--add-config cleanup.policy=[compact,delete],max.message.bytes=2000";
        await java().expect("kafka-configs", `${of} --alter ${added}`);
        const shown = (await java().expect("kafka-configs", `${of} --describe`)).join("\n");
        expect(shown).toMatch(
          /cleanup\.policy=compact,delete .*synonyms=\{DYNAMIC_TOPIC_CONFIG:cleanup\.policy=compact,delete, DEFAULT_CONFIG:log\.cleanup\.policy=delete\}/,
        );
        expect(shown).toMatch(/max\.message\.bytes=2000 sensitive=false/);
        await java().expect("kafka-configs", `${of} --alter --delete-config max.message.bytes`);
        const [left, all] = await Promise.all([
          java().expect("kafka-configs", `${of} --describe`),
          java().expect("kafka-configs", `${of} --describe --all`),
        ]);
        expect(left.join("\n")).not.toContain("max.message.bytes");
        expect(all.join("\n")).toMatch(/ {2}max\.message\.bytes=1048588 /);
      },
      timeoutMs,
    );

    test(
      "kafka-configs is told which setting or topic is wrong",
      async () => {
        const topic = await createTopic(adapterOf(bootstrap()), 1);
        const of = (name: string) => `--entity-type topics --entity-name ${name} --alter`;
        const told = await Promise.all(
          [
            `${of(topic)} --add-config no.such=1`,
            `${of(topic)} --add-config retention.ms=x`,
            `${of(freshName("missing"))} --add-config retention.ms=1`,
            `${of(topic)} --delete-config segment.ms`,
          ].map((args) => java().run("kafka-configs", args)),
        );
        const why = told.map(({ stdout, stderr }) => `${stdout}${stderr}`);
        expect(why).toEqual([
          expect.stringContaining("InvalidConfigurationException: Unknown topic config name: no.such"),
          expect.stringContaining(
            "InvalidConfigurationException: Invalid value x for configuration retention.ms",
          ),
          expect.stringContaining("UnknownTopicOrPartitionException"),
          expect.stringContaining("Invalid config(s): segment.ms"),
        ]);
        expect(told.map(({ code }) => code)).toEqual([1, 1, 1, 1]);
      },
      timeoutMs,
    );

    test(
      "kafka-get-offsets knows the first, the last, the latest in time and those of a time, also after deletions",
      async () => {
        const topic = await createTopic(adapterOf(bootstrap()), 2);
        const producer = rawKafkaOf(bootstrap()).producer();
        await producer.connect();
        for (const at of [1000, 2000, 4000, 3000]) {
          const timestamp = String(1_600_000_000_000 + at);
          await producer.send({ topic, messages: [{ value: "v", partition: 0, timestamp }] });
        }
        await producer.disconnect();
        await using folder = await openFolder();
        const path = join(folder.path, "offsets.json");
        const partitions = [{ topic, partition: 0, offset: 1 }];
        await writeFile(path, JSON.stringify({ version: 1, partitions }));
        const deleted = await java().expect("kafka-delete-records", `--offset-json-file ${path}`);
        expect(deleted.join("\n")).toMatch(/partition: .*-0\s+low_watermark: 1/);
        const times = ["-1", "-2", "-3", "1600000001500", "1600000002001", "1600000004001"];
        const found = await Promise.all(
          times.map((time) => java().expect("kafka-get-offsets", `--topic ${topic} --time ${time}`)),
        );
        // A partition is left out where it has no such record.
        expect(found.map((lines) => lines.map((line) => line.replace(`${topic}:`, "")))).toEqual([
          ["0:4", "1:0"],
          ["0:1", "1:0"],
          ["0:2"],
          ["0:1"],
          ["0:2"],
          [],
        ]);
        const missing = await java().run("kafka-get-offsets", `--topic ${freshName("missing")}`);
        expect(missing.code).toBe(1);
        expect(missing.stdout + missing.stderr).toContain("Could not match any topic-partitions");
      },
      timeoutMs,
    );
  });

  describeKafka("Writing and reading by Kafka's own tools", ({ test, bootstrap }) => {
    const java = () => createJavaTools(jars, bootstrap());

    test(
      "the console tools pass on keys, headers and tombstones",
      async () => {
        const topic = await createTopic(adapterOf(bootstrap()), 1);
        const parse = ["parse.key=true", "parse.headers=true", "null.marker=NULL"];
        await java().expect(
          "kafka-console-producer",
          `--topic ${topic} ${parse.map((one) => `--property ${one}`).join(" ")}`,
          "h1:v1,h2:v2,h1:\tk1\tvalue é👩‍🚀\nNULL\tk2\tNULL\nNULL\tNULL\tno key\n",
        );
        const print = ["offset", "partition", "headers", "key"].map((one) => `--property print.${one}=true`);
        const read = await java().expect(
          "kafka-console-consumer",
          `--topic ${topic} --from-beginning --max-messages 3 ${print.join(" ")}`,
        );
        expect(read).toEqual([
          "Partition:0\tOffset:0\th1:v1,h2:v2,h1:\tk1\tvalue é👩‍🚀",
          "Partition:0\tOffset:1\tNO_HEADERS\tk2\tnull",
          "Partition:0\tOffset:2\tNO_HEADERS\tnull\tno key",
        ]);
      },
      timeoutMs,
    );

    test(
      "the console producer's codecs are kept as they were compressed, and undone for the console consumer",
      async () => {
        const codecs = ["gzip", "snappy", "lz4", "zstd"];
        // Uncompressed, these would be refused.
        const config = { "max.message.bytes": "5000" };
        const values = numbered(100, "lorem ipsum ".repeat(10));
        const topics = await Promise.all(codecs.map(() => createTopic(adapterOf(bootstrap()), 1, config)));
        await Promise.all(
          codecs.map((codec, at) =>
            java().expect(
              "kafka-console-producer",
              `--topic ${topics[at]} --compression-codec ${codec} --batch-size 100000`,
              `${values.join("\n")}\n`,
            ),
          ),
        );
        const read = await Promise.all(
          topics.map((topic) =>
            java().expect("kafka-console-consumer", `--topic ${topic} --from-beginning --max-messages 100`),
          ),
        );
        for (const lines of read) expect(lines).toEqual(values);
      },
      timeoutMs,
    );

    test(
      "the console producer is told of a record that is too large and of a topic that is not there",
      async () => {
        const topic = await createTopic(adapterOf(bootstrap()), 1, { "max.message.bytes": "2000" });
        const [large, missing] = await Promise.all([
          java().run("kafka-console-producer", `--topic ${topic}`, `${"x".repeat(5000)}\n`),
          java().run("kafka-console-producer", `--topic ${freshName("missing")} --max-block-ms 1500`, "a\n"),
        ]);
        expect(large.stdout + large.stderr).toContain("RecordTooLargeException");
        expect(missing.stdout + missing.stderr).toMatch(/TimeoutException: Topic .* not present in metadata/);
        expect(await java().expect("kafka-get-offsets", `--topic ${topic}`)).toEqual([`${topic}:0:0`]);
      },
      timeoutMs,
    );

    test(
      "the perf tools write with each acknowledgement and idempotently, and read as much",
      async () => {
        const runs = [
          "acks=0 enable.idempotence=false",
          "acks=1 enable.idempotence=false compression.type=snappy",
          "acks=all enable.idempotence=true compression.type=zstd batch.size=1000",
        ];
        const topics = await Promise.all(runs.map(() => createTopic(adapterOf(bootstrap()), 2)));
        const wrote = await Promise.all(
          runs.map((props, at) =>
            java().expect(
              "kafka-producer-perf-test",
              `--topic ${topics[at]} --num-records 3000 --record-size 100 --throughput -1 --producer-props ${props}`,
            ),
          ),
        );
        for (const lines of wrote) expect(lines.at(-1)).toMatch(/^3000 records sent/);
        const read = await Promise.all(
          topics.map((topic) =>
            java().expect("kafka-consumer-perf-test", `--topic ${topic} --messages 3000 --timeout 8000`),
          ),
        );
        for (const lines of read) expect(Number(lines.at(-1)?.split(", ")[4])).toBe(3000);
      },
      timeoutMs,
    );

    test(
      "the perf producer writes in transactions, whose markers take offsets too",
      async () => {
        const topic = await createTopic(adapterOf(bootstrap()), 1);
        const wrote = await java().expect(
          "kafka-producer-perf-test",
          `--topic ${topic} --num-records 3000 --record-size 100 --throughput -1 --transactional-id ${freshName("tx")} --transaction-duration-ms 50`,
        );
        expect(wrote.at(-1)).toMatch(/^3000 records sent/);
        const committed = "--property print.value=false --property print.offset=true";
        const [read, [end]] = await Promise.all([
          java().expect(
            "kafka-console-consumer",
            `--topic ${topic} --from-beginning --max-messages 3000 --isolation-level read_committed ${committed}`,
          ),
          java().expect("kafka-get-offsets", `--topic ${topic}`),
        ]);
        expect(read).toHaveLength(3000);
        expect(Number(end?.split(":")[2])).toBeGreaterThan(3000);
      },
      timeoutMs,
    );

    test(
      "the console consumer sees what was aborted or is open only where it asks for what is not committed",
      async () => {
        const topic = await createTopic(adapterOf(bootstrap()), 1);
        await using producer = await openTransactional(bootstrap());
        const write = async (sequence: number, value: string, end: "commit" | "abort" | null) => {
          await producer.add(topic);
          await producer.write(topic, sequence, [value]);
          if (end !== null) await producer.end(end);
        };
        await write(0, "committed", "commit");
        await write(1, "aborted", "abort");
        await write(2, "open", null);
        const read = (level: string, more: string) =>
          java().run(
            "kafka-console-consumer",
            `--topic ${topic} --from-beginning --isolation-level ${level} --property print.offset=true ${more}`,
          );
        const [committed, all] = await Promise.all([
          read("read_committed", "--timeout-ms 3000"),
          read("read_uncommitted", "--max-messages 3"),
        ]);
        // Among them the tool logs that nothing more came.
        const lines = (text: string) => text.split("\n").filter((line) => line.startsWith("Offset:"));
        expect(lines(committed.stdout)).toEqual(["Offset:0\tcommitted"]);
        expect(lines(all.stdout)).toEqual(["Offset:0\tcommitted", "Offset:2\taborted", "Offset:4\topen"]);
        await producer.end("abort");
      },
      timeoutMs,
    );
  });
});

async function openFolder() {
  const path = await mkdtemp(join(tmpdir(), "birdwire-java-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
