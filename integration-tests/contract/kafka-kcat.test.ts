// What kcat (librdkafka) may rely on: metadata, writing, and reading by offset and time.
import { expect } from "@jest/globals";
import { adapterOf, createTopic, freshName, rawKafkaOf, readRaw } from "../support/kafka-clients.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import { createKcat } from "../support/kcat.ts";
import { describeWith } from "../support/requirements.ts";

const numbered = (count: number, stem = "value") => Array.from({ length: count }, (_, n) => `${stem} ${n}`);
const settings = (...values: readonly string[]) => values.flatMap((value) => ["-X", value]);
const payloads = (records: readonly { payload: string | null }[]) => records.map(({ payload }) => payload);

describeWith("kcat", "kcat", (command) => {
  describeKafka("Metadata for kcat", ({ test, bootstrap }) => {
    const kcat = () => createKcat(command, bootstrap());

    test("kcat lists the broker that leads each partition", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 3);
      const seen = JSON.parse(await kcat().expect(["-L", "-J", "-t", topic]));
      const [broker] = seen.brokers;
      expect(seen.brokers).toEqual([{ id: expect.any(Number), name: bootstrap() }]);
      expect(seen.controllerid).toBe(broker.id);
      const alone = [{ id: broker.id }];
      expect(seen.topics).toEqual([
        {
          topic,
          partitions: [0, 1, 2].map((partition) => ({
            partition,
            leader: broker.id,
            replicas: alone,
            isrs: alone,
          })),
        },
      ]);
    });

    test("kcat is told of a topic that is not there, and none is made", async () => {
      const topic = freshName("missing");
      const seen = JSON.parse(await kcat().expect(["-L", "-J", "-t", topic]));
      const error = "Broker: Unknown topic or partition";
      expect(seen.topics).toEqual([{ topic, error, partitions: [] }]);
      const read = await kcat().run(["-C", "-t", topic, "-e"]);
      expect(read).toMatchObject({ code: 1, stderr: expect.stringContaining(error) });
      const all = JSON.parse(await kcat().expect(["-L", "-J"]));
      expect(all.topics.map((one: { topic: string }) => one.topic)).not.toContain(topic);
    });

    test("kcat is told of a topic whose name cannot be", async () => {
      const listed = await kcat().expect(["-L", "-t", "no/such name"]);
      expect(listed).toContain('topic "no/such name" with 0 partitions: Broker: Invalid topic');
    });
  });

  describeKafka("Writing by kcat", ({ test, bootstrap }) => {
    const kcat = () => createKcat(command, bootstrap());
    const oneTopic = (config: Readonly<Record<string, string>> = {}) =>
      createTopic(adapterOf(bootstrap()), 1, config);

    test("keys, tombstones and headers of every kind come back to kcat", async () => {
      const topic = await oneTopic();
      const headers = ["a=1", "a=2", "empty=", "null"].flatMap((header) => ["-H", header]);
      const before = Date.now();
      await kcat().produce(topic, ["k1:v1", "gone:", ":no key", "é:👩‍🚀"], ["-K:", "-Z", ...headers]);
      const records = await kcat().consume(topic);
      expect(records.map(({ offset, key, payload }) => [offset, key, payload])).toEqual([
        [0, "k1", "v1"],
        [1, "gone", null],
        [2, null, "no key"],
        [3, "é", "👩‍🚀"],
      ]);
      for (const { headers: back, ts } of records) {
        expect(back).toEqual(["a", "1", "a", "2", "empty", "", "null", null]);
        expect(ts).toBeGreaterThanOrEqual(before);
      }
    });

    for (const codec of ["gzip", "snappy", "lz4", "zstd"]) {
      test(`kcat's ${codec} is kept as it was compressed, and undone for kcat`, async () => {
        // Uncompressed, the batch would be refused.
        const topic = await oneTopic({ "max.message.bytes": "5000" });
        const values = numbered(200, "lorem ipsum ".repeat(10));
        const oneBatch = settings("linger.ms=2000", "batch.num.messages=200");
        const refused = await kcat().run(["-P", "-t", topic, ...oneBatch], `${values.join("\n")}\n`);
        expect(refused.stderr).toContain("Broker: Message size too large");
        await kcat().produce(topic, values, ["-z", codec, ...oneBatch]);
        const records = await kcat().consume(topic);
        expect(payloads(records)).toEqual(values);
        expect(records.map(({ offset }) => offset)).toEqual(values.map((_, n) => n));
      });
    }

    for (const codec of ["gzip", "zstd"]) {
      test(`kcat's ${codec} is read by kafkajs`, async () => {
        const topic = await oneTopic();
        await kcat().produce(topic, numbered(100), ["-z", codec]);
        const back = await readRaw(rawKafkaOf(bootstrap()), topic, 100);
        expect(back.map(({ message }) => message.value?.toString())).toEqual(numbered(100));
      });
    }

    for (const acks of ["0", "1", "all"]) {
      test(`kcat writes with acks=${acks}`, async () => {
        const topic = await oneTopic();
        await kcat().produce(topic, numbered(50), settings(`acks=${acks}`));
        // Without an acknowledgement nobody knows when they are there: the reader waits for them.
        const stdout = await kcat().expect(["-C", "-t", topic, "-o", "beginning", "-c", "50", "-q"]);
        expect(stdout.trimEnd().split("\n")).toEqual(numbered(50));
      });
    }

    test("an idempotent kcat writes each record once, in order, over many batches", async () => {
      const topic = await oneTopic();
      const small = settings("enable.idempotence=true", "batch.num.messages=20", "linger.ms=0");
      await kcat().produce(topic, numbered(1000), small);
      const records = await kcat().consume(topic);
      expect(payloads(records)).toEqual(numbered(1000));
      expect(records.at(-1)?.offset).toBe(999);
    });

    test("kcat writes a record of 900,000 bytes, and is refused a larger one", async () => {
      const topic = await oneTopic();
      const large = "x".repeat(900_000);
      await kcat().produce(topic, [large]);
      const more = settings("message.max.bytes=3000000");
      const refused = await kcat().run(["-P", "-t", topic, ...more], `${"x".repeat(1_100_000)}\n`);
      expect(refused.stderr).toContain("Delivery failed for message: Broker: Message size too large");
      expect(refused.code).toBe(1);
      expect(payloads(await kcat().consume(topic))).toEqual([large]);
    });

    test("kcat cannot write to a partition or a topic that is not there", async () => {
      const topic = await oneTopic();
      const impatient = settings("topic.message.timeout.ms=2000");
      const [noPartition, noTopic] = await Promise.all([
        kcat().run(["-P", "-t", topic, "-p", "7", ...impatient], "a\n"),
        kcat().run(["-P", "-t", freshName("missing"), ...impatient], "a\n"),
      ]);
      expect(noPartition.stderr).toContain("Local: Unknown partition");
      expect(noTopic.stderr).toMatch(/Message timed out|Unknown topic/);
      expect([noPartition.code, noTopic.code]).toEqual([1, 1]);
      expect(await kcat().consume(topic)).toEqual([]);
    });
  });

  describeKafka("Reading by kcat", ({ test, bootstrap }) => {
    const kcat = () => createKcat(command, bootstrap());

    test("kcat reads from the beginning, the end, an offset and so many before the end", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 1);
      await kcat().produce(topic, numbered(5));
      const from = async (offset: string) =>
        (await kcat().consume(topic, ["-p", "0", "-o", offset])).map((record) => record.offset);
      expect(await Promise.all(["beginning", "3", "-2", "-9", "end"].map(from))).toEqual([
        [0, 1, 2, 3, 4],
        [3, 4],
        [3, 4],
        [0, 1, 2, 3, 4],
        [],
      ]);
    });

    test("kcat that waits at the end is given what is written meanwhile", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 1);
      await kcat().produce(topic, ["before"]);
      await using waiting = kcat().start(["-C", "-t", topic, "-o", "end", "-c", "2", "-u"]);
      await waiting.waitFor("stderr", /Reached end of topic/);
      await kcat().produce(topic, ["one", "two"]);
      expect((await waiting.done).stdout).toBe("one\ntwo\n");
    });

    for (const [reset, offsets] of [
      ["earliest", [0, 1, 2]],
      ["latest", []],
      ["error", null],
    ] as const) {
      test(`kcat beyond the end of a partition goes where auto.offset.reset=${reset} says`, async () => {
        const topic = await createTopic(adapterOf(bootstrap()), 1);
        await kcat().produce(topic, numbered(3));
        const args = ["-p", "0", "-o", "1000", ...settings(`topic.auto.offset.reset=${reset}`)];
        if (offsets !== null) {
          expect((await kcat().consume(topic, args)).map(({ offset }) => offset)).toEqual(offsets);
          return;
        }
        const refused = await kcat().run(["-C", "-t", topic, "-e", ...args]);
        expect(refused.stderr).toContain("Broker: Offset out of range");
        expect(refused.code).toBe(1);
      });
    }

    test("kcat before the first record that was kept goes to that one", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 1);
      await kcat().produce(topic, numbered(5));
      const admin = rawKafkaOf(bootstrap()).admin();
      await admin.connect();
      try {
        // Which makes kafkajs learn who leads it.
        await admin.fetchTopicOffsets(topic);
        await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "3" }] });
      } finally {
        await admin.disconnect();
      }
      const args = ["-p", "0", "-o", "0", ...settings("topic.auto.offset.reset=earliest")];
      expect((await kcat().consume(topic, args)).map(({ offset }) => offset)).toEqual([3, 4]);
      const queried = await kcat().expect(["-Q", "-t", `${topic}:0:-2`]);
      expect(queried).toContain(`${topic} [0] offset 3`);
    });

    test("kcat finds offsets by time, and reads between two times", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 1);
      const producer = rawKafkaOf(bootstrap()).producer();
      await producer.connect();
      for (const timestamp of ["1600000000100", "1600000000200", "1600000000300"]) {
        await producer.send({ topic, messages: [{ value: timestamp, timestamp }] });
      }
      await producer.disconnect();
      const at = async (time: string) =>
        /offset (-?\d+)/.exec(await kcat().expect(["-Q", "-t", `${topic}:0:${time}`]))?.[1];
      const times = ["1600000000000", "1600000000200", "1600000000201", "1600000000301", "-1", "-2"];
      expect(await Promise.all(times.map(at))).toEqual(["0", "1", "2", "-1", "3", "0"]);
      const between = ["-p", "0", "-o", "s@1600000000150", "-o", "e@1600000000300"];
      expect(payloads(await kcat().consume(topic, between))).toEqual(["1600000000200"]);
    });

    test("kcat cannot ask for the time of a partition that is not there", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 1);
      const refused = await kcat().run(["-Q", "-t", `${topic}:7:-1`]);
      expect(refused).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/Unknown (topic or )?partition/),
      });
    });

    test("kcat reads on through a topic larger than one answer holds", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 3);
      await kcat().produce(topic, numbered(3000, "x".repeat(500)));
      const small = settings("fetch.message.max.bytes=10000", "fetch.max.bytes=1000000");
      const records = await kcat().consume(topic, small);
      expect(new Set(payloads(records)).size).toBe(3000);
      for (const partition of [0, 1, 2]) {
        const offsets = records.filter((one) => one.partition === partition).map(({ offset }) => offset);
        expect(offsets).toEqual(offsets.map((_, n) => n));
      }
    });
  });
});
