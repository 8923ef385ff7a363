/**
 * What a producer does while brokers and the registry are away, change, or lose a topic; nothing is lost or written
 * twice by any of it.
 */
import { describe, expect, test } from "@jest/globals";
import type { Interceptor } from "../../src/emulators/kafka/protocol/api.ts";
import { closeConnection } from "../../src/emulators/kafka/protocol/api.ts";
import { produce as produceApi } from "../../src/emulators/kafka/requests/00-produce.ts";
import { startKafkaEmulator } from "../../src/emulators/kafka/start.ts";
import { startRegistryEmulator } from "../../src/emulators/registry/start.ts";
import { parseTopicName } from "../../src/kernel/brand.ts";
import { createSystemClock } from "../../src/kernel/clock.ts";
import { readSample } from "../../src/telemetry/testing/exposition.ts";
import { readDelivered, repositoryRoot } from "../support/birdwire.ts";
import { runBirdwireHere, startEmulatorsHere } from "../support/birdwire-here.ts";
import { eventually } from "../support/eventually.ts";
import { adapterOf, rawKafkaOf, readRaw } from "../support/kafka-clients.ts";
import { readSummary } from "../support/screen.ts";
import { type Families, watchHealth } from "../support/watched-health.ts";

/** NOT_LEADER_OR_FOLLOWER, which the emulator itself never says. */
const notLeaderOrFollower = 6;
const topic = parseTopicName("twitter");
const sample = `${repositoryRoot}docs/samples/posts.ndjson`;
const rule = "a=python OR BTS OR typescript OR kafka OR avro";

async function settingsOf(bootstrap: string) {
  await using admin = await adapterOf(bootstrap).openAdmin();
  const { length } = await admin.partitions(topic);
  return { partitions: length, ...(await admin.topicSettings(topic)) };
}

async function idsOn(bootstrap: string): Promise<string[]> {
  await using admin = await adapterOf(bootstrap).openAdmin();
  const offsets = await admin.offsets(topic);
  const count = offsets.reduce((sum, { latest }) => sum + latest, 0);
  const messages = count === 0 ? [] : await readRaw(rawKafkaOf(bootstrap), topic, count);
  return messages.map(({ message }) => String(message.key)).sort();
}

describe("the topic", () => {
  test("is made for tweets that can be deleted, with what the flags say", async () => {
    await using up = await startEmulatorsHere();
    const line = ["produce", "--replay", sample, "--partitions", "2", "--retention", "30d"];
    const { code, stderr } = await runBirdwireHere(line, { env: up.env });
    expect(code).toBe(0);
    expect(stderr).toMatch(/created topic twitter partitions=2/);
    expect(stderr).not.toMatch(/warning/);
    expect(await settingsOf(up.addresses.brokers)).toMatchObject({
      partitions: 2,
      "cleanup.policy": "compact,delete",
      "max.compaction.lag.ms": "86400000",
      "retention.ms": String(30 * 86_400_000),
    });
    // The second time it is there, and as it should be.
    const again = await runBirdwireHere(["produce", "--replay", sample, "--retention", "1d"], {
      env: up.env,
    });
    expect(again.stderr).not.toMatch(/created topic|warning/);
    expect(await settingsOf(up.addresses.brokers)).toMatchObject({
      partitions: 2,
      "retention.ms": String(30 * 86_400_000),
    });
  });

  test.each([
    [
      "delete",
      undefined,
      /warning: topic twitter is not compacted \(cleanup\.policy=delete\).*kafka-configs/,
    ],
    ["compact", undefined, /warning: topic twitter may be compacted as late/],
    ["compact", "3600000", null],
  ])("that is there with %s and a lag of %s is left as it is", async (policy, lag, warning) => {
    await using up = await startEmulatorsHere();
    const config = { "cleanup.policy": policy, ...(lag !== undefined && { "max.compaction.lag.ms": lag }) };
    {
      await using admin = await adapterOf(up.addresses.brokers).openAdmin();
      await admin.createTopic({ topic, partitions: 1, config });
    }
    const before = await settingsOf(up.addresses.brokers);
    const { code, stderr } = await runBirdwireHere(["produce", "--replay", sample], { env: up.env });
    expect(code).toBe(0);
    expect(stderr.match(/warning:.*/g) ?? []).toEqual(
      warning === null ? [] : [expect.stringMatching(warning)],
    );
    expect(await settingsOf(up.addresses.brokers)).toEqual(before);
  });

  test.each([
    ["0s", /--retention 0 would keep nothing/],
    ["long", /--retention "long" is not a duration/],
  ])("is not made with a retention of %s", async (retention, message) => {
    const line = ["produce", "--replay", sample, "--retention", retention];
    const { code, stderr } = await runBirdwireHere(line);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  test("that is deleted while it is written to is made again, as it was", async () => {
    const clock = createSystemClock(20);
    await using up = await startEmulatorsHere(["--x-rate", "20", "--x-seed", "5"], { clock });
    const { brokers } = up.addresses;
    await using producer = watchHealth(["produce", "--rule", rule, "--partitions", "2"], up.env, { clock });
    const produced = (families: Families) => readSample(families, "birdwire_records_produced_total") ?? 0;
    const before = produced(await producer.metricsWhen((families) => produced(families) > 20));
    const admin = rawKafkaOf(brokers).admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [topic] });
    await admin.disconnect();
    await producer.metricsWhen((families) => produced(families) > before + 200);
    const { code, stderr } = await producer.stop();
    expect(code).toBe(0);
    expect(stderr.match(/topic twitter was deleted while it was written to/g)).toHaveLength(1);
    expect(await settingsOf(brokers)).toMatchObject({ partitions: 2, "cleanup.policy": "compact,delete" });
    expect(stderr).not.toMatch(/dead-lettered +[1-9]/);
    const ids = await idsOn(brokers);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(100);
  }, 30_000);
});

/** What a broker does wrong, and how often it has. */
interface Fault {
  readonly intercept: Interceptor;
  readonly played: () => number;
}

function playWhile(isDue: (played: number) => boolean, answer: Interceptor): Fault {
  let played = 0;
  return {
    played: () => played,
    intercept(call, next) {
      if (call.api.key !== produceApi.key || !isDue(played)) return next();
      played++;
      return answer(call, next);
    },
  };
}

/** Refuses records as a broker does that no longer leads the partition. */
function createMovedLeader(): Fault {
  return playWhile(
    (played) => played < 4,
    ({ request }) => {
      const { topics } = request as { topics: readonly { partitions: readonly { index: number }[] }[] };
      const refused = { baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1, errorMessage: null };
      return {
        topics: topics.map((each) => ({
          ...each,
          partitions: each.partitions.map(({ index }) => ({
            index,
            errorCode: notLeaderOrFollower,
            ...refused,
          })),
        })),
      };
    },
  );
}

/** Writes the records, and dies before it says so. */
function createForgetful(): Fault {
  return playWhile(
    (played) => played < 2,
    (_call, next) => {
      next();
      return closeConnection;
    },
  );
}

/** Hangs up on everybody for a while, whatever they ask. */
function createAbsent(): Fault {
  let played = 0;
  let sinceMs: number | null = null;
  return {
    played: () => played,
    intercept({ api }, next) {
      if (api.key === produceApi.key) sinceMs ??= performance.now();
      if (sinceMs === null || performance.now() - sinceMs > 1000) return next();
      played++;
      return closeConnection;
    },
  };
}

describe("brokers that fail", () => {
  test.each([
    ["a leader that moves", createMovedLeader],
    ["answers that are lost after the records were written", createForgetful],
    ["a broker that is away for a while", createAbsent],
  ])(
    "%s: every delivered post is there once",
    async (_what, create) => {
      const clock = createSystemClock(20);
      const { intercept, played } = create();
      await using kafka = await startKafkaEmulator({ intercept });
      const generator = ["--x-posts", "400", "--x-rate", "max", "--x-seed", "9"];
      await using up = await startEmulatorsHere(generator, { clock });
      const env = { ...up.env, BIRDWIRE_BROKERS: kafka.bootstrap };
      const line = ["produce", "--rule", rule, "--until-idle", "20s"];
      const { code, stderr } = await runBirdwireHere(line, { env, clock });
      expect(played()).toBeGreaterThan(1);
      expect(readSummary(stderr)).toMatchObject({ received: 400, produced: 400 });
      expect(code).toBe(0);
      const delivered = await readDelivered(up.addresses.xControlUrl);
      expect(await idsOn(kafka.bootstrap)).toEqual([...delivered].sort());
    },
    30_000,
  );

  test("/readyz says so while they are away, and that they are back", async () => {
    let isAway = false;
    const clock = createSystemClock(20);
    await using kafka = await startKafkaEmulator({
      intercept: (_call, next) => (isAway ? closeConnection : next()),
    });
    await using up = await startEmulatorsHere(["--x-rate", "20"], { clock });
    const env = { ...up.env, BIRDWIRE_BROKERS: kafka.bootstrap };
    await using producer = watchHealth(["produce", "--rule", rule], env, { clock });
    const asked = () => producer.get("/readyz");
    await eventually(asked, ({ status }) => expect(status).toBe(200));
    isAway = true;
    await eventually(asked, ({ status, text }) => {
      expect(status).toBe(503);
      expect(text).toMatch(/^broker: cannot send to topic twitter/m);
    });
    isAway = false;
    await eventually(asked, ({ status }) => expect(status).toBe(200));
    expect((await producer.stop()).code).toBe(0);
  }, 30_000);

  test("a consumer's /readyz says so as well, and its metrics are there all the while", async () => {
    let isAway = false;
    const clock = createSystemClock(20);
    await using kafka = await startKafkaEmulator({
      intercept: (_call, next) => (isAway ? closeConnection : next()),
    });
    await using up = await startEmulatorsHere([], { clock });
    const env = { ...up.env, BIRDWIRE_BROKERS: kafka.bootstrap };
    await runBirdwireHere(["produce", "--replay", sample], { env });
    await using consumer = watchHealth(["consume", "--from-beginning", "--format", "json"], env, { clock });
    const printed = (families: Families) => readSample(families, "birdwire_records_printed_total") ?? 0;
    const before = printed(await consumer.metricsWhen((families) => printed(families) > 10));
    const asked = () => consumer.get("/readyz");
    isAway = true;
    await eventually(asked, ({ status, text }) => {
      expect(status).toBe(503);
      expect(text).toMatch(/^broker: cannot read twitter as group/m);
    });
    const families = await consumer.metrics();
    expect(printed(families)).toBe(before);
    expect(readSample(families, "birdwire_consumer_lag_records")).toBe(0);
    isAway = false;
    await eventually(asked, ({ status }) => expect(status).toBe(200));
    expect((await consumer.stop()).code).toBe(0);
  }, 30_000);
});

describe("the registry", () => {
  test("is waited for when it is down at the start, and not missed once schemas are known", async () => {
    const clock = createSystemClock(10);
    await using up = await startEmulatorsHere(["--x-rate", "20"], { clock });
    const { port } = await startRegistryEmulator().then(async (registry) => {
      await registry[Symbol.asyncDispose]();
      return { port: Number(new URL(registry.url).port) };
    });
    const env = {
      ...up.env,
      BIRDWIRE_REGISTRY_URL: `http://127.0.0.1:${port}`,
      BIRDWIRE_WAIT_FOR_SERVERS: "10m",
    };
    await using producer = watchHealth(["produce", "--rule", rule], env, { clock });
    await eventually(
      () => producer.get("/readyz"),
      ({ text }) => expect(text).toMatch(/^registry: .*cannot be reached|^registry: .*refused/m),
    );
    const produced = (families: Families) => readSample(families, "birdwire_records_produced_total") ?? 0;
    let atStop = 0;
    {
      await using _registry = await startRegistryEmulator({ port });
      atStop = produced(await producer.metricsWhen((families) => produced(families) > 5));
    }
    await producer.metricsWhen((families) => produced(families) > atStop + 20);
    const { code, stderr } = await producer.stop();
    expect(code).toBe(0);
    expect(stderr).toMatch(/waiting for it/);
    expect(stderr).toMatch(/the server answers now/);
  }, 30_000);

  test("that stays away ends the run with 4 once the time is over", async () => {
    const clock = createSystemClock(20);
    await using up = await startEmulatorsHere();
    const env = { ...up.env, BIRDWIRE_REGISTRY_URL: "http://127.0.0.1:1" };
    const line = ["produce", "--replay", sample, "--wait-for-servers", "20s"];
    const { code, stderr } = await runBirdwireHere(line, { env, clock });
    expect(stderr.match(/waiting for it/g)?.length).toBeGreaterThan(1);
    expect(code).toBe(4);
  });
});
