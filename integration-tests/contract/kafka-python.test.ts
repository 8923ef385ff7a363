// What confluent-kafka for Python (librdkafka) may rely on: its admin, writing in every codec, and reading.
import { afterAll, beforeAll, expect } from "@jest/globals";
import { eventually } from "../support/eventually.ts";
import { adapterOf, createTopic, freshName, rawKafkaOf, readRaw } from "../support/kafka-clients.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import { openPythonDriver, type PythonDriver } from "../support/python-driver.ts";
import { describeWith } from "../support/requirements.ts";

interface PythonRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly timestampType: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [string, string | null])[] | null;
}

const logAppendTime = 2;
const numbered = (count: number, stem = "value") =>
  Array.from({ length: count }, (_, n) => ({ value: `${stem} ${n}` }));
const values = (records: readonly { value: string | null }[]) => records.map(({ value }) => value);

describeWith("python", "confluent-kafka for Python", (command) => {
  describeKafka("The admin of confluent-kafka", ({ test, bootstrap }) => {
    let python: PythonDriver;
    beforeAll(() => {
      python = openPythonDriver(command, "kafka.py", [bootstrap()]);
    });
    afterAll(async () => {
      await python[Symbol.asyncDispose]();
    });
    const listed = (check: (topics: Record<string, unknown>) => void) =>
      eventually(() => python.call<Record<string, unknown>>("list_topics"), check);
    const shown = (topic: string, settings: object) =>
      eventually(
        () => python.call<Record<string, unknown>>("describe_configs", { kind: "topic", name: topic }),
        (entries) => expect(entries).toMatchObject(settings),
      );
    const make = (topic: string, more: object = {}) =>
      python.call("create_topics", { topics: [{ topic, num_partitions: 2, ...more }] });

    test("makes, lists, describes, extends and deletes a topic", async () => {
      const topic = freshName("python");
      expect(await make(topic)).toEqual({ [topic]: null });
      await listed((topics) =>
        expect(topics).toMatchObject({ [topic]: { partitions: [0, 1], error: null } }),
      );
      expect(await python.call("create_partitions", { topic, count: 3 })).toEqual({ [topic]: null });
      const describe = () =>
        python.call<Record<string, [number, number, number[]][]>>("describe_topics", { topics: [topic] });
      await eventually(describe, (described) => {
        const leader = described[topic]?.[0]?.[1];
        expect(described[topic]).toEqual([0, 1, 2].map((partition) => [partition, leader, [leader]]));
      });
      expect(await python.call("delete_topics", { topics: [topic] })).toEqual({ [topic]: null });
      await listed((topics) => expect(topics).not.toHaveProperty([topic]));
    });

    test("is told by name why a topic cannot be made", async () => {
      const topic = freshName("python");
      const there = freshName("python");
      await make(there);
      const wrong = [
        [there, {}, "TOPIC_ALREADY_EXISTS"],
        [`${topic} `, {}, "TOPIC_EXCEPTION"],
        [`${topic}-a`, { num_partitions: 0 }, "INVALID_PARTITIONS"],
        [`${topic}-b`, { replication_factor: 5 }, "INVALID_REPLICATION_FACTOR"],
        [`${topic}-c`, { config: { "no.such": "1" } }, "INVALID_CONFIG"],
        [`${topic}-d`, { config: { "retention.ms": "soon" } }, "INVALID_CONFIG"],
      ] as const;
      for (const [name, more, error] of wrong) expect(await make(name, more)).toEqual({ [name]: error });
    });

    test("only validates a topic where it is asked to", async () => {
      const topic = freshName("python");
      const topics = [{ topic, num_partitions: 2 }];
      const made = await python.call("create_topics", { topics, validate_only: true });
      expect(made).toEqual({ [topic]: null });
      expect(await python.call("list_topics")).not.toHaveProperty([topic]);
    });

    test("is told by name what is wrong with a topic that is not there", async () => {
      const topic = freshName("missing");
      const unknown = { [topic]: "UNKNOWN_TOPIC_OR_PART" };
      expect(await python.call("delete_topics", { topics: [topic] })).toEqual(unknown);
      expect(await python.call("create_partitions", { topic, count: 2 })).toEqual(unknown);
      expect(await python.call("describe_topics", { topics: [topic] })).toEqual(unknown);
      expect(await python.call("list_topics", { topic })).toMatchObject({
        [topic]: { error: "UNKNOWN_TOPIC_OR_PART" },
      });
      const changes = [["retention.ms", "SET", "1"]];
      expect(await python.call("alter_configs", { topic, changes })).toBe("UNKNOWN_TOPIC_OR_PART");
    });

    test("cannot take partitions away", async () => {
      const topic = freshName("python");
      await make(topic);
      for (const count of [1, 2]) {
        const answer = await python.call("create_partitions", { topic, count });
        expect(answer).toEqual({ [topic]: "INVALID_PARTITIONS" });
      }
    });

    test("changes settings one by one, and lists within them", async () => {
      const topic = freshName("python");
      await make(topic, { config: { "retention.ms": "1000" } });
      const alter = (...changes: [string, string, string | null][]) =>
        python.call("alter_configs", { topic, changes });
      await shown(topic, {
        "retention.ms": { value: "1000", isDefault: false, isReadOnly: false },
        "cleanup.policy": { value: "delete", isDefault: true },
      });
      expect(await alter(["cleanup.policy", "APPEND", "compact"], ["segment.ms", "SET", "5000"])).toBeNull();
      await shown(topic, {
        "retention.ms": { value: "1000" },
        "cleanup.policy": { value: "delete,compact", isDefault: false },
        "segment.ms": { value: "5000" },
      });
      expect(
        await alter(["cleanup.policy", "SUBTRACT", "delete"], ["segment.ms", "DELETE", null]),
      ).toBeNull();
      await shown(topic, {
        "cleanup.policy": { value: "compact" },
        "segment.ms": { value: "604800000", isDefault: true },
      });
      expect(await alter(["retention.ms", "SET", "never"])).toBe("INVALID_CONFIG");
      expect(await alter(["retention.ms", "APPEND", "1"])).toBe("INVALID_CONFIG");
      expect(await alter(["no.such", "SET", "1"])).toBe("INVALID_CONFIG");
    });

    test("replaces all settings at once", async () => {
      const topic = freshName("python");
      await make(topic, { config: { "retention.ms": "1000" } });
      expect(await python.call("replace_configs", { topic, config: { "segment.ms": "5000" } })).toBeNull();
      await shown(topic, {
        "retention.ms": { value: "604800000", isDefault: true },
        "segment.ms": { value: "5000", isDefault: false },
      });
      expect(await python.call("replace_configs", { topic, config: { "segment.ms": "x" } })).toBe(
        "INVALID_CONFIG",
      );
    });

    test("deletes records up to an offset or to the end, and not beyond", async () => {
      const topic = freshName("python");
      await make(topic);
      await python.call("produce", { topic, records: numbered(5).map((one) => ({ ...one, partition: 0 })) });
      const remove = (offset: number, partition = 0) =>
        python.call("delete_records", { offsets: [[topic, partition, offset]] });
      expect(await remove(3)).toEqual({ 0: 3 });
      expect(await remove(1)).toEqual({ 0: 3 });
      expect(await remove(99)).toEqual({ 0: "OFFSET_OUT_OF_RANGE" });
      expect(await python.call("watermarks", { topic, partition: 0 })).toEqual([3, 5]);
      expect(values(await python.call("read", { topic, offset: 3 }))).toEqual(["value 3", "value 4"]);
      expect(await remove(-1)).toEqual({ 0: 5 });
      expect(await python.call("watermarks", { topic, partition: 0 })).toEqual([5, 5]);
    });

    test("looks up the earliest, the latest, the latest in time and that of a time", async () => {
      const topic = freshName("python");
      await make(topic, { config: { "retention.ms": "-1" } });
      const times = [1_600_000_001_000, 1_600_000_003_000, 1_600_000_002_000];
      for (const timestamp of times) {
        await python.call("produce", { topic, records: [{ value: "v", partition: 0, timestamp }] });
      }
      const at = (spec: string | number, partition = 0) =>
        python.call("list_offsets", { topic, partition, spec });
      expect(await at("earliest")).toEqual({ offset: 0, timestamp: -1 });
      expect(await at("latest")).toEqual({ offset: 3, timestamp: -1 });
      expect(await at("max_timestamp")).toEqual({ offset: 1, timestamp: times[1] });
      expect(await at(1_600_000_001_500)).toEqual({ offset: 1, timestamp: times[1] });
      expect(await at(1_600_000_003_001)).toEqual({ offset: -1, timestamp: -1 });
      expect(await at("max_timestamp", 1)).toEqual({ offset: -1, timestamp: -1 });
    });

    test("is shown the broker's own settings", async () => {
      const topic = freshName("python");
      await make(topic, { num_partitions: 1 });
      const described = await python.call<Record<string, [number, number][]>>("describe_topics", {
        topics: [topic],
      });
      const name = String(described[topic]?.[0]?.[1]);
      expect(await python.call("describe_configs", { kind: "broker", name })).toMatchObject({
        "node.id": { value: name, isReadOnly: true },
        "auto.create.topics.enable": { value: "false" },
      });
    });
  });

  describeKafka("Writing and reading by confluent-kafka", ({ test, bootstrap }) => {
    let python: PythonDriver;
    beforeAll(() => {
      python = openPythonDriver(command, "kafka.py", [bootstrap()]);
    });
    afterAll(async () => {
      await python[Symbol.asyncDispose]();
    });
    const produce = (topic: string, records: readonly object[], config: object = {}) =>
      python.call<{ error?: string; offset?: number }[]>("produce", { topic, records, config });
    const read = (topic: string, config: object = {}) =>
      python.call<PythonRecord[]>("read", { topic, config });

    for (const codec of ["none", "gzip", "snappy", "lz4", "zstd"]) {
      test(`what confluent-kafka writes as ${codec} it reads again`, async () => {
        const topic = await createTopic(adapterOf(bootstrap()), 1);
        const records = numbered(300, "lorem ipsum");
        const reports = await produce(topic, records, { "compression.type": codec });
        expect(reports.map(({ offset }) => offset)).toEqual(records.map((_, n) => n));
        expect(values(await read(topic))).toEqual(values(records));
      });
    }

    for (const codec of ["gzip", "snappy", "lz4"]) {
      test(`what kafkajs writes as ${codec} confluent-kafka reads`, async () => {
        const topic = await createTopic(adapterOf(bootstrap()), 1);
        const producer = rawKafkaOf(bootstrap()).producer();
        await producer.connect();
        const compression = { gzip: 1, snappy: 2, lz4: 3 }[codec] ?? 0;
        await producer.send({ topic, compression, messages: numbered(100) });
        await producer.disconnect();
        expect(values(await read(topic))).toEqual(values(numbered(100)));
      });
    }

    test("what confluent-kafka writes as zstd kafkajs reads", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 1);
      await produce(topic, numbered(100), { "compression.type": "zstd" });
      const back = await readRaw(rawKafkaOf(bootstrap()), topic, 100);
      expect(back.map(({ message }) => message.value?.toString())).toEqual(values(numbered(100)));
    });

    test("keys, nulls and headers come back to confluent-kafka as they were", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 1);
      const headers = [
        ["a", "1"],
        ["a", "2"],
        ["empty", ""],
        ["null", null],
      ];
      await produce(topic, [
        { key: "k", value: "v", headers, timestamp: 1_600_000_000_123 },
        { key: "gone", value: null },
        { key: null, value: "" },
        { key: "", value: "é👩‍🚀" },
      ]);
      const back = await read(topic);
      expect(back.map(({ key, value }) => [key, value])).toEqual([
        ["k", "v"],
        ["gone", null],
        [null, ""],
        ["", "é👩‍🚀"],
      ]);
      expect(back.map((record) => record.headers)).toEqual([headers, null, null, null]);
      expect(back[0]?.timestamp).toBe(1_600_000_000_123);
    });

    test("a topic with the log's own times gives those to confluent-kafka", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 1, {
        "message.timestamp.type": "LogAppendTime",
      });
      await produce(topic, [{ value: "v", timestamp: 1_600_000_000_000 }]);
      const [record] = await read(topic);
      expect(record?.timestampType).toBe(logAppendTime);
      expect(record?.timestamp).toBeGreaterThan(1_600_000_000_000);
    });

    for (const acks of ["0", "1", "all"]) {
      test(`confluent-kafka is told what became of a record with acks=${acks}`, async () => {
        const topic = await createTopic(adapterOf(bootstrap()), 1);
        const [report] = await produce(topic, [{ value: "v" }], { acks });
        expect(report).toMatchObject({ partition: 0 });
        if (acks !== "0") expect(report?.offset).toBe(0);
      });
    }

    test("an idempotent confluent-kafka writes each record once, in order", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 1);
      const config = { "enable.idempotence": true, "batch.num.messages": 10, "linger.ms": 0 };
      await produce(topic, numbered(500), config);
      expect(values(await read(topic))).toEqual(values(numbered(500)));
    });

    test("confluent-kafka is told which record was refused, and why", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 1, { "max.message.bytes": "2000" });
      const compacted = await createTopic(adapterOf(bootstrap()), 1, { "cleanup.policy": "compact" });
      const one = { "batch.num.messages": 1 };
      const sizes = await produce(topic, [{ value: "a" }, { value: "x".repeat(5000) }, { value: "b" }], one);
      expect(sizes).toMatchObject([{ offset: 0 }, { error: "MSG_SIZE_TOO_LARGE" }, { offset: 1 }]);
      const keys = await produce(compacted, [{ value: "no key" }, { key: "k", value: "v" }], one);
      expect(keys).toMatchObject([{ error: "INVALID_RECORD" }, { offset: 0 }]);
      const nowhere = await produce(topic, [{ value: "a", partition: 7 }]);
      expect(nowhere).toEqual([{ error: "_UNKNOWN_PARTITION" }]);
    });

    test("confluent-kafka finds offsets by time, also inside a compressed batch", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 1);
      const records = [1000, 2000, 3000].map((ms) => ({ value: "v", timestamp: 1_600_000_000_000 + ms }));
      await produce(topic, records, { "compression.type": "gzip", "linger.ms": 500 });
      const times = [1_600_000_000_000, 1_600_000_002_000, 1_600_000_002_001, 1_600_000_003_001];
      const offsets = await python.call<number[]>("offsets_for_times", { topic, times });
      // A time after all of them is the end of the partition, which librdkafka calls -1.
      expect(offsets).toEqual([0, 1, 2, -1]);
    });

    test("confluent-kafka beyond the end is told so where it may not begin elsewhere", async () => {
      const topic = await createTopic(adapterOf(bootstrap()), 1);
      await produce(topic, numbered(3));
      const at = (reset: string) =>
        python.call<PythonRecord[]>("read", { topic, offset: 99, config: { "auto.offset.reset": reset } });
      expect(await at("earliest")).toHaveLength(3);
      expect(await at("latest")).toEqual([]);
      await expect(at("error")).rejects.toMatchObject({ details: { name: "_AUTO_OFFSET_RESET" } });
    });
  });
});
