// What clients may rely on about topics and the cluster.
import { expect } from "@jest/globals";
import type { TopicName } from "../../src/kernel/brand.ts";
import { parseTopicName } from "../../src/kernel/brand.ts";
import { adapterOf, createTopic, freshName, rawKafkaOf, record, send } from "../support/kafka-clients.ts";
import { describeKafka } from "../support/kafka-targets.ts";

describeKafka("Kafka topics", ({ test, bootstrap }) => {
  test("a topic is made once; after that it is there already", async () => {
    await using admin = await adapterOf(bootstrap()).openAdmin();
    const spec = { topic: parseTopicName(freshName("contract")), partitions: 2 };
    expect(await admin.createTopic(spec)).toBe(true);
    expect(await admin.createTopic(spec)).toBe(false);
    expect(await admin.topics()).toContain(spec.topic);
  });

  test("a new topic has its partitions, all empty", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 3);
    await using admin = await client.openAdmin();
    expect(await admin.offsets(topic)).toEqual(
      [0, 1, 2].map((partition) => ({ partition, earliest: 0, latest: 0 })),
    );
  });

  test("the brokers' own topics are not listed", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    await using consumer = await client.openConsumer({
      topics: [topic],
      groupId: freshName("g"),
      startAt: "earliest",
    });
    const running = consumer.run(async () => {});
    await consumer.joined();
    await using admin = await client.openAdmin();
    expect((await admin.topics()).filter((name) => name.startsWith("__"))).toEqual([]);
    await consumer.stop();
    await running;
  });

  test("offsets of a topic that is not there fail with unknown-topic, and make none", async () => {
    await using admin = await adapterOf(bootstrap()).openAdmin();
    const topic = parseTopicName(freshName("missing"));
    await expect(admin.offsets(topic)).rejects.toMatchObject({ code: "unknown-topic", details: { topic } });
    expect(await admin.topics()).not.toContain(topic);
  });

  test("a topic tells its partitions, and the settings it was made with among those of the brokers", async () => {
    const client = adapterOf(bootstrap());
    const config = { "cleanup.policy": "compact,delete", "max.compaction.lag.ms": "86400000" };
    const topic = await createTopic(client, 2, config);
    await using admin = await client.openAdmin();
    expect(await admin.partitions(topic)).toEqual(
      [0, 1].map((partition) => ({ partition, hasLeader: true, replicas: 1, inSyncReplicas: 1 })),
    );
    expect(await admin.topicSettings(topic)).toMatchObject({
      ...config,
      "retention.ms": "-1",
      "min.insync.replicas": expect.stringMatching(/^\d+$/),
      "max.message.bytes": expect.stringMatching(/^\d+$/),
    });
  });

  test("neither is told of a topic that is not there", async () => {
    await using admin = await adapterOf(bootstrap()).openAdmin();
    const topic = parseTopicName(freshName("missing"));
    const unknown = { code: "unknown-topic", details: { topic } };
    await expect(admin.partitions(topic)).rejects.toMatchObject(unknown);
    await expect(admin.topicSettings(topic)).rejects.toMatchObject(unknown);
    expect(await admin.topics()).not.toContain(topic);
  });

  for (const [what, spec] of [
    ["a name with a slash", { topic: "a/b" as TopicName, partitions: 1 }],
    ["no partitions", { partitions: 0 }],
    ["more replicas than brokers", { partitions: 1, replicationFactor: 7 }],
    ["a setting Kafka does not know", { partitions: 1, config: { "no.such.setting": "1" } }],
    ["a setting with a wrong value", { partitions: 1, config: { "retention.bytes": "many" } }],
  ] as const) {
    test(`a topic with ${what} is refused as invalid-topic`, async () => {
      await using admin = await adapterOf(bootstrap()).openAdmin();
      const topic = parseTopicName(freshName("contract"));
      await expect(admin.createTopic({ topic, ...spec })).rejects.toMatchObject({
        code: "invalid-topic",
        retriable: false,
      });
    });
  }

  test("what a topic was configured with can be read back", async () => {
    const topic = await createTopic(adapterOf(bootstrap()), 1, { "retention.bytes": "2097152" });
    const admin = rawKafkaOf(bootstrap()).admin();
    await admin.connect();
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 2, name: topic, configNames: ["retention.bytes"] }],
    });
    await admin.disconnect();
    expect(resources[0]?.configEntries).toEqual([
      expect.objectContaining({ configName: "retention.bytes", configValue: "2097152" }),
    ]);
  });

  test("a deleted topic is gone", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    await send(client, topic, [record("a")]);
    const raw = rawKafkaOf(bootstrap()).admin();
    await raw.connect();
    await raw.deleteTopics({ topics: [topic] });
    await raw.disconnect();
    await using admin = await client.openAdmin();
    expect(await admin.topics()).not.toContain(topic);
  });
});

describeKafka("A Kafka cluster", ({ test, bootstrap }) => {
  test("names a broker at an address that clients reach", async () => {
    const admin = rawKafkaOf(bootstrap()).admin();
    await admin.connect();
    const { brokers, controller, clusterId } = await admin.describeCluster();
    await admin.disconnect();
    expect(brokers.map(({ host, port }) => `${host}:${port}`)).toContain(bootstrap());
    expect(brokers.map(({ nodeId }) => nodeId)).toContain(controller);
    expect(clusterId).not.toBe("");
  });
});
