/**
 * A post that X wants deleted: gone from the topic, and everything named that still holds it.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { partitionOfKey } from "../../src/kafka/kafkajs-partitioner.ts";
import { parseTopicName } from "../../src/kernel/brand.ts";
import { type EmulatedServers, startServersHere } from "../support/emulated-servers.ts";
import { eventually } from "../support/eventually.ts";
import { adapterOf, send } from "../support/kafka-clients.ts";
import { readSummary } from "../support/screen.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "birdwire-forget-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const topic = parseTopicName("twitter");
const ids = ["1700000000000000001", "1700000000000000002", "1700000000000000003"] as const;
const post = (id: string, more: object = {}) =>
  JSON.stringify({ data: { id, text: "t", created_at: "2026-01-31T12:00:00.000Z", ...more } });

async function produce({ run }: EmulatedServers, lines: readonly string[], name = "posts.ndjson") {
  const file = join(folder, name);
  await writeFile(file, lines.map((line) => `${line}\n`).join(""));
  await run("produce", "--replay", file);
  return file;
}

async function createTopic({ kafka }: EmulatedServers, config: Readonly<Record<string, string>>) {
  await using admin = await adapterOf(kafka.bootstrap).openAdmin();
  await admin.createTopic({ topic, partitions: 3, config });
}

describe("forget", () => {
  test("writes a tombstone that compaction acts on: the post's own partition", async () => {
    await using servers = await startServersHere();
    await createTopic(servers, { "cleanup.policy": "compact,delete", "max.compaction.lag.ms": "86400000" });
    await produce(
      servers,
      ids.map((id) => post(id)),
    );
    const { code, stdout, stderr } = await servers.run("forget", ids[0], ids[2]);
    expect(stdout).toMatch(
      new RegExp(
        `^${ids[0]}: tombstone written to partition \\d of twitter\n${ids[2]}: tombstone written to partition \\d of twitter\n$`,
      ),
    );
    expect(stderr).toBe("");
    expect(code).toBe(0);
    servers.kafka.rollTopic(topic);
    expect(await servers.keysIn()).toEqual([ids[1]]);
  });

  test("--wait returns once a full read no longer finds it", async () => {
    await using servers = await startServersHere();
    await createTopic(servers, { "cleanup.policy": "compact,delete" });
    await produce(
      servers,
      ids.map((id) => post(id)),
    );
    const waiting = servers.run("forget", ids[1], "--wait");
    // Only once the tombstone is there can a roll take the post away.
    const countRecords = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return servers.kafka.inspectTopic(topic)?.reduce((sum, { endOffset }) => sum + endOffset, 0);
    };
    await eventually(countRecords, (count) => expect(count).toBe(ids.length + 1));
    servers.kafka.rollTopic(topic);
    const { code, stdout } = await waiting;
    expect(stdout).toMatch(new RegExp(`${ids[1]}: gone from twitter\n$`));
    expect(code).toBe(0);
    expect(await servers.keysIn()).toEqual([ids[0], ids[2]]);
  });

  test("--wait finds a record that was written when the topic had fewer partitions", async () => {
    await using servers = await startServersHere();
    await createTopic(servers, { "cleanup.policy": "compact" });
    const partition = (partitionOfKey(Buffer.from(ids[0]), 3) + 1) % 3;
    const old = { key: Buffer.from(ids[0]), value: Buffer.from("v"), partition };
    await send(adapterOf(servers.kafka.bootstrap), topic, [old]);
    const { code, stdout } = await servers.run("forget", ids[0], "--wait", "--timeout", "0");
    expect(stdout).toMatch(new RegExp(`tombstone written to partition ${partition} of twitter, too`));
    expect(code).toBe(4);
    servers.kafka.rollTopic(topic);
    expect((await servers.run("forget", ids[0], "--wait", "--timeout", "0")).code).toBe(0);
  });

  test("--wait ends with 4 when the time is up, and says where the post still is", async () => {
    await using servers = await startServersHere();
    await produce(servers, [post(ids[0])]);
    const { code, stderr } = await servers.run("forget", ids[0], "--wait", "--timeout", "0");
    expect(stderr).toMatch(new RegExp(`topic twitter still holds ${ids[0]} at \\d:0`));
    expect(code).toBe(4);
  });

  test("warns where tombstones take nothing away, and where no time is promised", async () => {
    await using servers = await startServersHere();
    await createTopic(servers, { "cleanup.policy": "delete" });
    await produce(servers, [post(ids[0])]);
    const { code, stderr } = await servers.run("forget", ids[0]);
    expect(stderr).toMatch(/not compacted.*168 h.*cleanup\.policy=compact,delete/);
    expect(code).toBe(0);
  });

  test("names the dead letters and recordings that hold it, or refer to it", async () => {
    await using servers = await startServersHere();
    const file = await produce(servers, [
      post(ids[0]),
      post(ids[1], { created_at: null }),
      post(ids[2], { created_at: null, referenced_tweets: [{ type: "quoted", id: ids[1] }] }),
    ]);
    const packed = join(folder, "old.ndjson.gz");
    await writeFile(packed, gzipSync(`${post("17")}\n${post(`9${ids[1]}`.slice(0, 19))}\n${post(ids[1])}\n`));
    const { code, stdout, stderr } = await servers.run("forget", ids[1], "--recordings", file, packed);
    expect(code).toBe(0);
    expect(stdout).toMatch(/is still in dead letter 0:0 of twitter\.dlq \(.*posts\.ndjson line 2\)/);
    expect(stdout).toMatch(/is referred to by dead letter 0:1 of twitter\.dlq/);
    expect(stdout.split("\n").filter((line) => line.includes("recording"))).toEqual([
      `${ids[1]}: is still in recording ${file}, line 2`,
      `${ids[1]}: is still in recording ${file}, line 3`,
      `${ids[1]}: is still in recording ${packed}, line 3`,
    ]);
    expect(stderr).toMatch(/keeps its letters until its retention/);
    // The letter of the post itself is dealt with, the other is not.
    const { stderr: redriven } = await servers.run("dlq", "redrive");
    expect(readSummary(redriven)).toMatchObject({ "still fail": 1 });
  });

  test.each([
    [["12a"], /not a post id/],
    [[], /forget takes <ids\.\.>/],
    [["1", "--timeout", "3s"], /--timeout bounds --wait/],
    [["1", "--recordings", "nowhere.ndjson"], /nowhere\.ndjson/],
  ])("%j is refused before anything is written", async (args, message) => {
    await using servers = await startServersHere();
    const { code, stderr } = await servers.run("forget", ...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(servers.kafka.inspectTopic(topic)).toBeNull();
  });

  test("does not make a topic that is not there", async () => {
    await using servers = await startServersHere();
    const { code, stderr } = await servers.run("forget", "1");
    expect(stderr).toMatch(/twitter/);
    expect(code).toBe(2);
    expect(servers.kafka.inspectTopic(topic)).toBeNull();
  });
});

test("up rolls a topic's segments when its control port is asked", async () => {
  const { startKafkaEmulator } = await import("../../src/emulators/kafka/start.ts");
  await using kafka = await startKafkaEmulator({ controlPort: 0 });
  await using admin = await adapterOf(kafka.bootstrap).openAdmin();
  await admin.createTopic({ topic, partitions: 1 });
  const ask = async (path: string, method = "POST") =>
    (await fetch(`http://127.0.0.1:${kafka.controlPort}${path}`, { method })).status;
  expect(await ask(`/topics/${topic}/roll`)).toBe(200);
  expect(await ask(`/topics/${topic}/roll`, "GET")).toBe(405);
  expect(await ask("/topics/none/roll")).toBe(404);
  expect(await ask("/")).toBe(404);
});
