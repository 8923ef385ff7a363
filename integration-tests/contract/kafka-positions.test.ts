// What our client may rely on about records by their time, and about groups moved from outside.
import { randomUUID } from "node:crypto";
import { expect } from "@jest/globals";
import { adapterOf, createTopic, freshName, record, send } from "../support/kafka-clients.ts";
import { consumerGroupMember } from "../support/kafka-consumer-members.ts";
import { openClient } from "../support/kafka-requests.ts";
import { describeKafka } from "../support/kafka-targets.ts";

describeKafka("Kafka positions", ({ test, bootstrap }) => {
  test("of a time are the first record of each partition that is not older, or the end", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 2);
    const timed = [1000, 2000, 2000, 3000].map((timestampMs) => ({
      ...record("a"),
      timestampMs,
      partition: 0,
    }));
    await send(client, topic, timed);
    await using admin = await client.openAdmin();
    for (const [timeMs, nextOffset] of [
      [500, 0],
      [1500, 1],
      [2000, 1],
      [2001, 3],
      [3001, 4],
    ] as const) {
      expect(await admin.offsetsAt(topic, timeMs)).toEqual([
        { topic, partition: 0, nextOffset },
        { topic, partition: 1, nextOffset: 0 },
      ]);
    }
  });

  test("stored for a group that nobody knew are where its first member starts", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    await send(client, topic, [record("a"), record("b"), record("c")]);
    await using admin = await client.openAdmin();
    const groupId = freshName("g");
    await admin.storePositions(groupId, [{ topic, partition: 0, nextOffset: 2 }]);
    expect(await admin.committed(groupId, topic)).toEqual([{ topic, partition: 0, nextOffset: 2 }]);
    await using consumer = await client.openConsumer({ topics: [topic], groupId, startAt: "earliest" });
    const values: string[] = [];
    await consumer.run(async ({ records }) => {
      values.push(...records.map(({ value }) => String(value)));
      await consumer.stop();
    });
    expect(values).toEqual(["c"]);
  });

  test("of a group that is read are moved by nobody else, until its last member has left", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    await using admin = await client.openAdmin();
    const groupId = freshName("g");
    expect(await admin.members(groupId)).toEqual([]);
    const positions = [{ topic, partition: 0, nextOffset: 0 }];
    {
      await using consumer = await client.openConsumer({ topics: [topic], groupId, startAt: "earliest" });
      const running = consumer.run(async () => {});
      await consumer.joined();
      expect(await admin.members(groupId)).toEqual([{ clientId: "contract", host: expect.any(String) }]);
      await expect(admin.storePositions(groupId, positions)).rejects.toMatchObject({
        code: "group-active",
        retriable: false,
        details: { groupId },
      });
      expect(await admin.committed(groupId, topic)).toEqual([]);
      await consumer.stop();
      await running;
    }
    expect(await admin.members(groupId)).toEqual([]);
    await admin.storePositions(groupId, positions);
    expect(await admin.committed(groupId, topic)).toEqual(positions);
  });

  test("of a group of the newer protocol are moved by nobody else while it is read", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    const groupId = freshName("g");
    await using requests = await openClient(bootstrap());
    const member = consumerGroupMember(requests, groupId, randomUUID());
    await member.join({ subscribedTopicNames: [topic] });
    await using admin = await client.openAdmin();
    const positions = [{ topic, partition: 0, nextOffset: 0 }];
    await expect(admin.storePositions(groupId, positions)).rejects.toMatchObject({ code: "group-active" });
    await member.leave();
    await admin.storePositions(groupId, positions);
    expect(await admin.committed(groupId, topic)).toEqual(positions);
  });

  test("of partitions that a member is told to leave alone are not read", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 3);
    await send(
      client,
      topic,
      [0, 1, 2].map((partition) => ({ ...record(`p${partition}`), partition })),
    );
    await using consumer = await client.openConsumer({
      topics: [topic],
      groupId: freshName("g"),
      startAt: "earliest",
      partitions: [0, 2],
    });
    const seen: string[] = [];
    await consumer.run(async ({ records }) => {
      seen.push(...records.map(({ value }) => String(value)));
      // The one that is left alone would long be there: it is fetched with the others.
      if (seen.includes("p0") && seen.includes("p2")) await consumer.stop();
    });
    expect(seen.sort()).toEqual(["p0", "p2"]);
  });
});
