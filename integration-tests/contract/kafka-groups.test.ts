// What clients may rely on about groups: who reads which partition, and where a group goes on.
import { expect } from "@jest/globals";
import type { ConsumedRecord, KafkaClient, Position, RecordConsumer } from "../../src/kafka/port.ts";
import type { TopicName } from "../../src/kernel/brand.ts";
import {
  adapterOf,
  createTopic,
  freshName,
  openRequests,
  rawKafkaOf,
  read,
  record,
  send,
} from "../support/kafka-clients.ts";
import { describeKafka } from "../support/kafka-targets.ts";

const partitions = [0, 1, 2, 3];
const text = (bytes: Buffer | null) => (bytes === null ? null : bytes.toString());
const numbered = (count: number) => Array.from({ length: count }, (_, n) => record(String(n)));

interface MemberOptions {
  readonly commits?: boolean;
  /** Commits nothing until the group shares out its partitions anew, or the member leaves. Default false. */
  readonly commitsLate?: boolean;
}

/** A member of a group that reads and commits in the background, and tells what it got. */
interface RunningMember extends AsyncDisposable {
  readonly consumer: RecordConsumer;
  readonly records: ConsumedRecord[];
  /** Resolves once the member was handed a record that fits. */
  gets(fits: (record: ConsumedRecord) => boolean): Promise<void>;
}

async function startMember(
  client: KafkaClient,
  topic: TopicName,
  groupId: string,
  { commitsLate = false, ...options }: MemberOptions = {},
): Promise<RunningMember> {
  const consumer = await client.openConsumer({ topics: [topic], groupId, startAt: "earliest", ...options });
  const records: ConsumedRecord[] = [];
  const waiting = new Set<() => void>();
  const reached = new Map<number, Position>();
  const commitReached = async () => {
    const positions = [...reached.values()];
    reached.clear();
    if (positions.length > 0) await consumer.commit(positions);
  };
  const running = consumer.run(
    async (batch) => {
      records.push(...batch.records);
      reached.set(batch.partition, batch);
      if (!commitsLate) await commitReached();
      for (const look of waiting) look();
    },
    { onRevoke: commitReached },
  );
  await consumer.joined();
  return {
    consumer,
    records,
    gets: (fits) =>
      new Promise((resolve) => {
        const look = () => {
          if (!records.some(fits)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      await consumer.stop();
      await running;
      await commitReached();
      await consumer[Symbol.asyncDispose]();
    },
  };
}

/** Sends rounds of one record to each partition until, for one round, every partition's record has been given. */
async function sendUntilAll(
  client: KafkaClient,
  topic: TopicName,
  isGiven: (value: string, partition: number) => boolean,
) {
  await using producer = await client.openProducer();
  for (let round = 0; ; round++) {
    const value = `round ${round}`;
    const records = partitions.map(() => record(value));
    await producer.send(topic, records);
    await read(client, 4 * (round + 1), { topics: [topic] });
    if (partitions.every((partition) => isGiven(value, partition))) return;
  }
}

const has = (member: RunningMember, value: string, partition: number) =>
  member.records.some((one) => one.partition === partition && text(one.value) === value);

describeKafka("A Kafka group", ({ test, bootstrap, shortSession }) => {
  test("of one member gives it every partition", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 4);
    await send(client, topic, numbered(40));
    const back = await read(client, 40, { topics: [topic] });
    expect(new Set(back.map(({ partition }) => partition))).toEqual(new Set(partitions));
    expect(new Set(back.map(({ value }) => text(value))).size).toBe(40);
  });

  for (const count of [2, 3]) {
    test(`of ${count} members shares out the partitions: each record is read once`, async () => {
      const client = adapterOf(bootstrap());
      const topic = await createTopic(client, 4);
      const groupId = freshName("g");
      const members: RunningMember[] = [];
      for (let n = 0; n < count; n++) members.push(await startMember(client, topic, groupId));
      await sendUntilAll(client, topic, (value, partition) =>
        members.some((one) => has(one, value, partition)),
      );
      const before = members.map(({ records }) => records.length);
      const marked = Array.from({ length: 40 }, (_, n) => record(`marked ${n}`));
      await send(client, topic, marked);
      await Promise.all(
        marked.map(({ value }) =>
          Promise.race(members.map((one) => one.gets((got) => text(got.value) === text(value)))),
        ),
      );
      for (const member of members) await member[Symbol.asyncDispose]();
      const got = members.map(({ records }, n) =>
        records.slice(before[n]).filter(({ value }) => text(value)?.startsWith("m")),
      );
      expect(
        got
          .flat()
          .map(({ value }) => text(value))
          .sort(),
      ).toEqual(marked.map(({ value }) => text(value)).sort());
      for (const records of got) expect(records.length).toBeGreaterThan(0);
    });
  }

  test("gives the partitions of a member that leaves to the others", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 4);
    const groupId = freshName("g");
    await using staying = await startMember(client, topic, groupId);
    const leaving = await startMember(client, topic, groupId);
    await leaving[Symbol.asyncDispose]();
    await sendUntilAll(client, topic, (value, partition) => has(staying, value, partition));
  });

  test("lets a member that commits nothing go on where it was after each rebalance", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 4);
    const groupId = freshName("g");
    await send(client, topic, numbered(40));
    await using staying = await startMember(client, topic, groupId, { commits: false });
    await Promise.all(
      numbered(40).map(({ value }) => staying.gets((one) => text(one.value) === text(value))),
    );
    const passing = await startMember(client, topic, groupId, { commits: false });
    await sendUntilAll(client, topic, (value, partition) =>
      [staying, passing].some((one) => has(one, value, partition)),
    );
    const taken = new Set(passing.records.map(({ partition }) => partition));
    expect(taken.size).toBeGreaterThan(0);
    // It has read nothing of them, and nobody has committed.
    for (const partition of taken) {
      expect(passing.records.find((one) => one.partition === partition)?.offset).toBe(0);
    }
    await passing[Symbol.asyncDispose]();
    await sendUntilAll(client, topic, (value, partition) => has(staying, value, partition));
    for (const partition of partitions) {
      const offsets = staying.records
        .filter((one) => one.partition === partition)
        .map(({ offset }) => offset);
      expect(offsets).toEqual(offsets.map((_, index) => index));
    }
    await using admin = await client.openAdmin();
    expect(await admin.committed(groupId, topic)).toEqual([]);
  });

  test("takes what a member commits when the partitions are to be shared out anew: nothing is read twice", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 4);
    const groupId = freshName("g");
    await send(client, topic, numbered(40));
    await using first = await startMember(client, topic, groupId, { commitsLate: true });
    await Promise.all(numbered(40).map(({ value }) => first.gets((one) => text(one.value) === text(value))));
    await using admin = await client.openAdmin();
    expect(await admin.committed(groupId, topic)).toEqual([]);
    const second = await startMember(client, topic, groupId, { commitsLate: true });
    await sendUntilAll(client, topic, (value, partition) =>
      [first, second].some((one) => has(one, value, partition)),
    );
    await second[Symbol.asyncDispose]();
    await sendUntilAll(client, topic, (value, partition) => has(first, value, partition));
    const places = [first, second].flatMap(({ records }) =>
      records.map(({ partition, offset }) => `${partition}:${offset}`),
    );
    expect(second.records.length).toBeGreaterThan(0);
    expect(new Set(places).size).toBe(places.length);
  });

  test("gives the partitions of a member that died to the others", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 4);
    const groupId = freshName("g");
    await using dead = await openRequests(bootstrap());
    // It joins, and is never heard of again.
    const { memberId, generationId } = await dead.joinGroup({
      groupId,
      sessionTimeout: shortSession.timeoutMs,
      rebalanceTimeout: 1000,
      groupProtocols: [{ name: "RoundRobinAssigner", metadata: Buffer.from("0001000000000000", "hex") }],
    });
    await dead.syncGroup({ groupId, memberId, generationId, groupAssignment: [] });
    await using survivor = await startMember(client, topic, groupId);
    await sendUntilAll(client, topic, (value, partition) => has(survivor, value, partition));
    await expect(
      dead.heartbeat({ groupId, memberId, groupGenerationId: generationId }),
    ).rejects.toMatchObject({
      type: "UNKNOWN_MEMBER_ID",
    });
  });

  test("goes on where it committed", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    const groupId = freshName("g");
    await send(client, topic, numbered(10));
    {
      await using first = await client.openConsumer({ topics: [topic], groupId, startAt: "earliest" });
      await first.run(async () => {
        await first.commit([{ topic, partition: 0, nextOffset: 4 }]);
        await first.stop();
      });
    }
    const back = await read(client, 6, { topics: [topic], groupId });
    expect(back.map(({ offset }) => offset)).toEqual([4, 5, 6, 7, 8, 9]);
  });

  test("reads again what was read and not committed", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    const groupId = freshName("g");
    await send(client, topic, numbered(5));
    {
      await using first = await client.openConsumer({ topics: [topic], groupId, startAt: "earliest" });
      await first.run(() => first.stop());
    }
    expect(await read(client, 5, { topics: [topic], groupId })).toHaveLength(5);
  });

  test("takes a commit that comes after the stop, until the consumer is closed", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    const groupId = freshName("g");
    await send(client, topic, numbered(5));
    const consumer = await client.openConsumer({ topics: [topic], groupId, startAt: "earliest" });
    await consumer.run(() => consumer.stop());
    await consumer.commit([{ topic, partition: 0, nextOffset: 3 }]);
    await consumer[Symbol.asyncDispose]();
    await expect(consumer.commit([{ topic, partition: 0, nextOffset: 5 }])).rejects.toMatchObject({
      code: "closed",
    });
    const back = await read(client, 2, { topics: [topic], groupId });
    expect(back.map(({ offset }) => offset)).toEqual([3, 4]);
  });

  test("shows its committed offsets to an admin, and none where none were committed", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 2);
    const groupId = freshName("g");
    await using consumer = await client.openConsumer({ topics: [topic], groupId, startAt: "earliest" });
    const running = consumer.run(async () => {});
    await consumer.joined();
    await consumer.commit([{ topic, partition: 1, nextOffset: 12_345_678_901 }]);
    const admin = rawKafkaOf(bootstrap()).admin();
    await admin.connect();
    const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
    await admin.disconnect();
    await consumer.stop();
    await running;
    const found = offsets?.partitions.map(({ partition, offset }) => [partition, offset]).sort();
    expect(found).toEqual([
      [0, "-1"],
      [1, "12345678901"],
    ]);
  });

  test("does not take commits for partitions of another member", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    const groupId = freshName("g");
    await using consumer = await client.openConsumer({ topics: [topic], groupId, startAt: "earliest" });
    const running = consumer.run(async () => {});
    await consumer.joined();
    await consumer.commit([{ topic, partition: 7, nextOffset: 3 }]);
    const admin = rawKafkaOf(bootstrap()).admin();
    await admin.connect();
    const offsets = await admin.fetchOffsets({ groupId });
    await admin.disconnect();
    await consumer.stop();
    await running;
    expect(offsets.flatMap((one) => one.partitions)).toEqual([]);
  });

  test("is not disturbed by other groups: each reads everything", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 2);
    await send(client, topic, numbered(20));
    const groups = [freshName("g"), freshName("g"), freshName("g")];
    const reads = await Promise.all(groups.map((groupId) => read(client, 20, { topics: [topic], groupId })));
    for (const records of reads) {
      expect(records.map(({ value }) => Number(text(value))).sort((one, other) => one - other)).toEqual(
        numbered(20).map((_, n) => n),
      );
    }
  });
});

describeKafka("A consumer of ours", ({ test, bootstrap, shortSession }) => {
  test("rejects its run with what the handler threw, and has committed nothing", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    const groupId = freshName("g");
    await send(client, topic, numbered(5));
    let calls = 0;
    {
      await using consumer = await client.openConsumer({ topics: [topic], groupId, startAt: "earliest" });
      const running = consumer.run(async () => {
        calls++;
        throw new RangeError("the handler's own");
      });
      await expect(running).rejects.toThrow(new RangeError("the handler's own"));
    }
    expect(calls).toBe(1);
    expect(await read(client, 5, { topics: [topic], groupId })).toHaveLength(5);
  });

  test("never handles two batches at once", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 4);
    await send(client, topic, numbered(40));
    let underWay = 0;
    let most = 0;
    let records = 0;
    await using consumer = await client.openConsumer({
      topics: [topic],
      groupId: freshName("g"),
      startAt: "earliest",
    });
    await consumer.run(async (batch) => {
      most = Math.max(most, ++underWay);
      await batch.heartbeat();
      await consumer.commit([batch]);
      underWay--;
      records += batch.records.length;
      if (records === 40) await consumer.stop();
    });
    expect(most).toBe(1);
  });

  test("keeps its place in the group while a batch takes longer than the session time-out", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    const groupId = freshName("g");
    await send(client, topic, numbered(1));
    await using consumer = await client.openConsumer({
      topics: [topic],
      groupId,
      startAt: "earliest",
      sessionTimeoutMs: shortSession.timeoutMs,
    });
    await consumer.run(async (batch) => {
      // The one wait in this suite: that nothing happens for longer than the time-out is what it is about.
      await new Promise((resolve) => setTimeout(resolve, shortSession.lastsMs * 1.5));
      await consumer.commit([batch]);
      await consumer.stop();
    });
  });

  test("can be closed without ever having run, and runs once only", async () => {
    const client = adapterOf(bootstrap());
    const topic = await createTopic(client, 1);
    const options = { topics: [topic], groupId: freshName("g"), startAt: "earliest" } as const;
    const unused = await client.openConsumer(options);
    await unused[Symbol.asyncDispose]();
    await expect(unused.run(async () => {})).rejects.toMatchObject({ code: "closed" });
    await expect(unused.joined()).rejects.toMatchObject({ code: "closed" });
    await using used = await client.openConsumer(options);
    const running = used.run(async () => {});
    await expect(used.run(async () => {})).rejects.toMatchObject({ code: "closed" });
    await used.stop();
    await running;
  });
});
