// What clients may rely on about old records: compaction and retention.
import { expect } from "@jest/globals";
import type { OutgoingRecord } from "../../src/kafka/port.ts";
import { adapterOf, createTopic, rawKafkaOf, readRaw, send } from "../support/kafka-clients.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import { fetchFrom, openTransactional } from "../support/kafka-transactions.ts";

/** A topic that is compacted as soon as there is something to compact; a second of records is a segment. */
const compacting = {
  "cleanup.policy": "compact",
  "segment.ms": "1000",
  "min.cleanable.dirty.ratio": "0.01",
  "delete.retention.ms": "0",
};
const startMs = 1_600_000_000_000;

const at = (timestampMs: number, key: string, value: string | null): OutgoingRecord => ({
  key: Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
  timestampMs,
});

describeKafka("Old records on Kafka", ({ test, bootstrap }) => {
  test("a compacted topic keeps the latest record of each key, with its offset", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1, compacting);
    await send(client, topic, [at(startMs, "a", "1"), at(startMs, "b", "1"), at(startMs, "c", "1")]);
    await send(client, topic, [at(startMs + 1, "a", "2")]);
    await send(client, topic, [at(startMs + 2, "a", "3"), at(startMs + 2, "b", "2")]);
    // Later by more than a segment: this one stays open, and closes what was written before it.
    await send(client, topic, [at(startMs + 10_000, "z", "open")]);
    const kafka = rawKafkaOf(bootstrap());
    await using requests = await openTransactional(bootstrap());
    const offsetsIn = async () => {
      const { messages } = await fetchFrom(requests.connection, topic, 0, "read_uncommitted");
      return messages.map(({ offset }) => Number(offset));
    };
    while ((await offsetsIn())[0] === 0) await fetchFrom(requests.connection, topic, 7, "read_committed", 50);
    // An answer may end with the segment.
    expect((await offsetsIn()).slice(0, 3)).toEqual([2, 4, 5]);
    const back = await readRaw(kafka, topic, 4);
    expect(back.map(({ message }) => `${message.offset} ${message.key} ${message.value}`)).toEqual([
      "2 c 1",
      "4 a 3",
      "5 b 2",
      "6 z open",
    ]);
    await using admin = await client.openAdmin();
    expect(await admin.offsets(topic)).toEqual([{ partition: 0, earliest: 0, latest: 7 }]);
  });

  test("a reader that starts where records were compacted away gets the next one", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1, compacting);
    for (const value of ["1", "2", "3", "4"]) await send(client, topic, [at(startMs, "a", value)]);
    await send(client, topic, [at(startMs + 10_000, "z", "open")]);
    await using requests = await openTransactional(bootstrap());
    const firstFrom = async (offset: number) => {
      const { messages } = await fetchFrom(requests.connection, topic, offset, "read_uncommitted");
      return messages[0]?.offset;
    };
    while ((await firstFrom(0)) !== "3") await fetchFrom(requests.connection, topic, 5, "read_committed", 50);
    expect([await firstFrom(1), await firstFrom(2), await firstFrom(4)]).toEqual(["3", "3", "4"]);
  });

  test("a compacted topic takes no record without a key", async () => {
    const topic = await createTopic(adapterOf(bootstrap()), 1, compacting);
    const producer = rawKafkaOf(bootstrap()).producer({ retry: { retries: 0 } });
    await producer.connect();
    const sent = producer.send({ topic, messages: [{ value: "no key" }] });
    await expect(sent).rejects.toMatchObject({ message: expect.stringMatching(/record|code 87/i) });
    await producer.disconnect();
  });

  test("records that are older than a topic keeps them go", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1, { "retention.ms": "3600000" });
    await send(client, topic, [at(startMs, "a", "old"), at(startMs, "b", "old")]);
    await using admin = await client.openAdmin();
    await using requests = await openTransactional(bootstrap());
    let [offsets] = await admin.offsets(topic);
    while (offsets?.earliest === 0) {
      await fetchFrom(requests.connection, topic, 2, "read_committed", 50);
      [offsets] = await admin.offsets(topic);
    }
    expect(offsets).toEqual({ partition: 0, earliest: 2, latest: 2 });
  });
});
