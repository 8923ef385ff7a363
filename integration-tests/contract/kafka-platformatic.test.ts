// What @platformatic/kafka may rely on: its admin, writing in every codec, and reading.
import { beforeAll, expect } from "@jest/globals";
import { eventually } from "../support/eventually.ts";
import { adapterOf, createTopic, freshName, read as readByUs } from "../support/kafka-clients.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import {
  loadPlatformatic,
  type OutgoingMessage,
  type Platformatic,
  type PlatformaticMessage,
  refusalOf,
} from "../support/platformatic-client.ts";
import { describeWith } from "../support/requirements.ts";

const topicResource = 2;
const operations = { set: 0, delete: 1, append: 2, subtract: 3 } as const;
const times = { latest: -1n, earliest: -2n, max: -3n } as const;
const configSource = { topic: 1, default: 5 } as const;

const numbered = (topic: string, count: number): OutgoingMessage[] =>
  Array.from({ length: count }, (_, n) => ({ topic, partition: 0, value: `value ${n}` }));
const values = (messages: readonly { value?: string | undefined }[]) => messages.map(({ value }) => value);

describeWith("clients", "@platformatic/kafka", (folder) => {
  describeKafka("The admin of @platformatic/kafka", ({ test, bootstrap }) => {
    let platformatic: Platformatic;
    beforeAll(async () => {
      platformatic = await loadPlatformatic(folder, bootstrap());
    });

    test("@platformatic/kafka makes, lists, extends and deletes a topic", async () => {
      await using admin = platformatic.openAdmin();
      const topic = freshName("platformatic");
      const made = await admin.createTopics({ topics: [topic], partitions: 2, replicas: 1 });
      expect(made).toMatchObject([{ name: topic, partitions: 2, replicas: 1 }]);
      await eventually(
        () => admin.listTopics(),
        (topics) => expect(topics).toContain(topic),
      );
      await admin.createPartitions({ topics: [{ name: topic, count: 3, assignments: null }] });
      const partitions = [0, 1, 2].map((partitionIndex) => ({ partitionIndex, timestamp: times.latest }));
      await using after = platformatic.openAdmin();
      const [found] = await after.listOffsets({ topics: [{ name: topic, partitions }] });
      expect(found?.partitions.map(({ offset }) => offset)).toEqual([0n, 0n, 0n]);
      await admin.deleteTopics({ topics: [topic] });
      await eventually(
        () => admin.listTopics(),
        (topics) => expect(topics).not.toContain(topic),
      );
    });

    test("@platformatic/kafka is told by name why a topic is not made, extended or deleted", async () => {
      await using admin = platformatic.openAdmin();
      const there = await createTopic(adapterOf(bootstrap()), 2);
      const topic = freshName("platformatic");
      const make = (topics: string[], more: object) => refusalOf(admin.createTopics({ topics, ...more }));
      const one = { partitions: 1, replicas: 1 };
      expect(await make([there], one)).toEqual(["TOPIC_ALREADY_EXISTS"]);
      expect(await make([`${topic} `], one)).toEqual(["INVALID_TOPIC_EXCEPTION"]);
      expect(await make([topic], { partitions: 0, replicas: 1 })).toEqual(["INVALID_PARTITIONS"]);
      expect(await make([topic], { partitions: 1, replicas: 5 })).toEqual(["INVALID_REPLICATION_FACTOR"]);
      const wrong = { ...one, configs: [{ name: "retention.ms", value: "soon" }] };
      expect(await make([topic], wrong)).toEqual(["INVALID_CONFIG"]);
      const extend = (name: string, count: number) =>
        refusalOf(admin.createPartitions({ topics: [{ name, count, assignments: null }] }));
      expect(await extend(there, 1)).toEqual(["INVALID_PARTITIONS"]);
      expect(await extend(topic, 3)).toEqual(["UNKNOWN_TOPIC_OR_PARTITION"]);
      expect(await refusalOf(admin.deleteTopics({ topics: [topic] }))).toEqual([
        "UNKNOWN_TOPIC_OR_PARTITION",
      ]);
    });

    test("@platformatic/kafka changes settings one by one and all at once", async () => {
      await using admin = platformatic.openAdmin();
      const topic = await createTopic(adapterOf(bootstrap()), 1, { "retention.ms": "1000" });
      const resource = { resourceType: topicResource, resourceName: topic };
      const change = (...configs: [string, keyof typeof operations, string | null][]) =>
        admin.incrementalAlterConfigs({
          resources: [
            {
              ...resource,
              configs: configs.map(([name, operation, value]) => ({
                name,
                configOperation: operations[operation],
                value,
              })),
            },
          ],
        });
      const describe = async () => {
        const [described] = await admin.describeConfigs({
          resources: [{ ...resource, configurationKeys: null }],
        });
        const entries = described?.configs ?? [];
        return Object.fromEntries(entries.map((entry) => [entry.name, [entry.value, entry.configSource]]));
      };
      const shown = (settings: object) =>
        eventually(describe, (entries) => expect(entries).toMatchObject(settings));
      await change(["cleanup.policy", "append", "compact"], ["segment.ms", "set", "5000"]);
      await shown({
        "retention.ms": ["1000", configSource.topic],
        "cleanup.policy": ["delete,compact", configSource.topic],
        "segment.ms": ["5000", configSource.topic],
      });
      await change(["cleanup.policy", "subtract", "delete"], ["segment.ms", "delete", null]);
      await shown({
        "cleanup.policy": ["compact", configSource.topic],
        "segment.ms": ["604800000", configSource.default],
      });
      const all = [{ name: "segment.ms", value: "7000" }];
      await admin.alterConfigs({ resources: [{ ...resource, configs: all }] });
      await shown({
        "retention.ms": ["604800000", configSource.default],
        "cleanup.policy": ["delete", configSource.default],
        "segment.ms": ["7000", configSource.topic],
      });
      expect(await refusalOf(change(["no.such", "set", "1"]))).toEqual(["INVALID_CONFIG"]);
      expect(await refusalOf(change(["retention.ms", "append", "1"]))).toEqual(["INVALID_CONFIG"]);
    });

    test("@platformatic/kafka deletes records and looks up offsets by time", async () => {
      await using admin = platformatic.openAdmin();
      await using producer = platformatic.openProducer();
      const topic = await createTopic(adapterOf(bootstrap()), 1);
      for (const ms of [1000n, 2000n, 4000n, 3000n]) {
        const timestamp = 1_600_000_000_000n + ms;
        await producer.send({ messages: [{ topic, partition: 0, value: "v", timestamp }], acks: -1 });
      }
      const remove = (offset: bigint) =>
        admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset }] }] });
      expect(await remove(1n)).toMatchObject([{ partitions: [{ partition: 0, lowWatermark: 1n }] }]);
      expect(await refusalOf(remove(99n))).toEqual(["OFFSET_OUT_OF_RANGE"]);
      const at = async (timestamp: bigint) => {
        const partitions = [{ partitionIndex: 0, timestamp }];
        const [found] = await admin.listOffsets({ topics: [{ name: topic, partitions }] });
        return found?.partitions.map((one) => [one.offset, one.timestamp])[0];
      };
      expect(await at(times.earliest)).toEqual([1n, -1n]);
      expect(await at(times.latest)).toEqual([4n, -1n]);
      expect(await at(times.max)).toEqual([2n, 1_600_000_004_000n]);
      expect(await at(1_600_000_002_001n)).toEqual([2n, 1_600_000_004_000n]);
      expect(await at(1_600_000_004_001n)).toEqual([-1n, -1n]);
    });
  });

  describeKafka("Writing and reading by @platformatic/kafka", ({ test, bootstrap }) => {
    let platformatic: Platformatic;
    beforeAll(async () => {
      platformatic = await loadPlatformatic(folder, bootstrap());
    });
    const topicOf = (config: Readonly<Record<string, string>> = {}) =>
      createTopic(adapterOf(bootstrap()), 1, config);

    /** The first records of a topic, as a group of its own is given them. */
    async function read(topic: string, count: number, options: object = {}): Promise<PlatformaticMessage[]> {
      await using consumer = platformatic.openConsumer({ groupId: freshName("platformatic") });
      const stream = await consumer.consume({ topics: [topic], mode: "earliest", ...options });
      const messages: PlatformaticMessage[] = [];
      for await (const message of stream) if (messages.push(message) === count) break;
      return messages;
    }

    for (const codec of ["none", "gzip", "snappy", "lz4", "zstd"]) {
      test(`what @platformatic/kafka writes as ${codec} it reads again`, async () => {
        const topic = await topicOf();
        await using producer = platformatic.openProducer({ compression: codec });
        const messages = numbered(topic, 300);
        const { offsets } = await producer.send({ messages, acks: -1 });
        expect(offsets).toEqual([{ topic, partition: 0, offset: 0n }]);
        const back = await read(topic, 300);
        expect(values(back)).toEqual(values(messages));
        expect(back.map(({ offset }) => Number(offset))).toEqual(messages.map((_, n) => n));
      });
    }

    for (const codec of ["gzip", "zstd"]) {
      test(`what @platformatic/kafka writes as ${codec} kafkajs reads`, async () => {
        const topic = await topicOf();
        await using producer = platformatic.openProducer({ compression: codec });
        await producer.send({ messages: numbered(topic, 100), acks: -1 });
        const back = await readByUs(adapterOf(bootstrap()), 100, { topics: [topic] });
        expect(back.map(({ value }) => value?.toString())).toEqual(values(numbered(topic, 100)));
      });
    }

    test("keys, headers, times and tombstones come back to @platformatic/kafka as they were", async () => {
      const topic = await topicOf();
      await using producer = platformatic.openProducer();
      const headers = new Map([
        ["a", "1"],
        ["empty", ""],
      ]);
      const timestamp = 1_600_000_000_123n;
      const at = { topic, partition: 0 };
      await producer.send({
        messages: [
          { ...at, key: "k", value: "é👩‍🚀", headers, timestamp },
          { ...at, key: "gone" },
          { ...at, value: "no key" },
        ],
        acks: -1,
      });
      const back = await read(topic, 3);
      expect(back.map(({ key, value }) => [key ?? null, value ?? null])).toEqual([
        ["k", "é👩‍🚀"],
        ["gone", null],
        [null, "no key"],
      ]);
      expect(back[0]?.headerEntries).toEqual([...headers]);
      expect(back[0]?.timestamp).toBe(timestamp);
    });

    for (const acks of [0, 1, -1]) {
      test(`@platformatic/kafka writes with acks=${acks}`, async () => {
        const topic = await topicOf();
        await using producer = platformatic.openProducer();
        const { offsets } = await producer.send({ messages: numbered(topic, 20), acks });
        expect(offsets?.map(({ offset }) => offset) ?? []).toEqual(acks === 0 ? [] : [0n]);
        expect(values(await read(topic, 20))).toEqual(values(numbered(topic, 20)));
      });
    }

    test("an idempotent @platformatic/kafka writes batch after batch in order", async () => {
      const topic = await topicOf();
      await using producer = platformatic.openProducer({ idempotent: true });
      const messages = numbered(topic, 50);
      for (const message of messages) await producer.send({ messages: [message], acks: -1 });
      expect(values(await read(topic, 50))).toEqual(values(messages));
    });

    test("@platformatic/kafka is told by name why a record is refused", async () => {
      const topic = await topicOf({ "max.message.bytes": "2000" });
      const compacted = await topicOf({ "cleanup.policy": "compact" });
      await using producer = platformatic.openProducer();
      const send = (message: OutgoingMessage) => refusalOf(producer.send({ messages: [message], acks: -1 }));
      const large = "x".repeat(5000);
      expect(await send({ topic, partition: 0, value: large })).toContain("MESSAGE_TOO_LARGE");
      expect(await send({ topic: compacted, partition: 0, value: "no key" })).toContain("INVALID_RECORD");
      const missing = producer.send({ messages: [{ topic: freshName("missing"), value: "v" }], acks: -1 });
      await expect(missing).rejects.toMatchObject({ message: expect.stringContaining("Unknown topic") });
    });
  });
});
