/**
 * Dead letters from the day they are written to the day they are sent on: listed, shown, redriven once, or kept.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createCodec } from "../../src/avro/codec.ts";
import { TweetVersions } from "../../src/generated/tweet.ts";
import type { OutgoingRecord } from "../../src/kafka/port.ts";
import { parseSchemaId, parseTopicName } from "../../src/kernel/brand.ts";
import { encodeFrame } from "../../src/wire/frame.ts";
import { type EmulatedServers, startServersHere } from "../support/emulated-servers.ts";
import { adapterOf, rawKafkaOf, send } from "../support/kafka-clients.ts";
import { readJsonLines, readSummary } from "../support/screen.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "birdwire-dlq-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const topic = parseTopicName("twitter");
const post = (id: string, text = "fine", time: string | null = "2026-01-31T12:00:00.000Z") =>
  JSON.stringify({ data: { id, text, created_at: time } });

async function produce({ run }: EmulatedServers, name: string, lines: readonly string[]) {
  const file = join(folder, name);
  await writeFile(file, lines.map((line) => `${line}\n`).join(""));
  return await run("produce", "--replay", file);
}

const consume = ({ run }: EmulatedServers, ...flags: readonly string[]) =>
  run("consume", "--from-beginning", "--until-end", "--format", "json", ...flags);
const idsIn = (stdout: string) => readJsonLines(stdout).map(({ id }) => id);
const list = async ({ run }: EmulatedServers, ...flags: readonly string[]) =>
  readJsonLines((await run("dlq", "list", "--format", "json", ...flags)).stdout);

/** Makes what one record may be. */
async function setMaxMessageBytes({ kafka }: EmulatedServers, bytes: number) {
  const admin = rawKafkaOf(kafka.bootstrap).admin();
  await admin.connect();
  try {
    const configEntries = [{ name: "max.message.bytes", value: String(bytes) }];
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: topic, configEntries }] });
  } finally {
    await admin.disconnect();
  }
}

/** Two letters of posts that will always fail, one of a post that was too large and no longer is. */
async function fillWithPosts(servers: EmulatedServers) {
  await produce(servers, "first.ndjson", [post("1")]);
  await setMaxMessageBytes(servers, 2000);
  const large = post("3", `large ${"x".repeat(3000)} \u001b[31m`);
  const { stderr } = await produce(servers, "posts.ndjson", [
    '{"data":{"id":"2"',
    large,
    post("4", "t", null),
  ]);
  expect(readSummary(stderr)).toMatchObject({ "dead-lettered": 3 });
  return { large };
}

/** The first that is free once the versions of the Tweet and the dead letter are registered. */
const foreignId = 6;

/** A record of a schema that nobody has registered: a Tweet with another doc. */
async function writeForeign({ kafka }: EmulatedServers, id: string, more: Partial<OutgoingRecord> = {}) {
  const [schema] = TweetVersions;
  const codec = createCodec(schema?.json ?? "");
  const target = Buffer.alloc(500);
  const value = { id, text: "foreign", created_at: "2026-01-31T12:00:00.000Z" };
  const payload = target.subarray(0, codec.encodeInto(target, 0, value));
  const framed = encodeFrame(parseSchemaId(foreignId), payload);
  await send(adapterOf(kafka.bootstrap), topic, [{ key: Buffer.from(id), value: framed, ...more }]);
}

/** It then has the id that the foreign records name. */
async function registerForeign({ registryUrl }: EmulatedServers) {
  const schema = { ...JSON.parse(TweetVersions[0]?.json ?? ""), doc: "Of another team." };
  const response = await fetch(`${registryUrl}/subjects/foreign-value/versions`, {
    method: "POST",
    headers: { "content-type": "application/vnd.schemaregistry.v1+json" },
    body: JSON.stringify({ schema: JSON.stringify(schema) }),
  });
  expect(await response.json()).toMatchObject({ id: foreignId });
}

describe("dlq list", () => {
  test("groups letters by stage and reason, with place, time, size and origin", async () => {
    await using servers = await startServersHere();
    await fillWithPosts(servers);
    const { code, stdout } = await servers.run("dlq", "list");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^map missing-field: 1\n {2}0:\d +2\d{3}-.*Z +\d+ B {2}.*posts\.ndjson line 3 {2}/m,
    );
    expect(stdout).toMatch(/^parse invalid-json: 1\n/m);
    expect(stdout).toMatch(/^produce record-too-large: 1\n/m);
  });

  test("filters, and says nothing of the others", async () => {
    await using servers = await startServersHere();
    await fillWithPosts(servers);
    const reasons = async (...flags: string[]) => (await list(servers, ...flags)).map(({ reason }) => reason);
    expect((await reasons()).sort()).toEqual(["invalid-json", "missing-field", "record-too-large"]);
    expect(await reasons("--stage", "parse")).toEqual(["invalid-json"]);
    expect(await reasons("--reason", "missing-field", "--reason", "invalid-json")).toHaveLength(2);
    expect(await reasons("--last", "1")).toHaveLength(1);
    expect(await reasons("--from-time", "1h")).toHaveLength(3);
    expect(await reasons("--from-time", "2999-01-01")).toEqual([]);
    expect(await list(servers, "--stage", "parse")).toEqual([
      {
        partition: 0,
        offset: expect.any(Number),
        failed_at: expect.stringMatching(/^2\d{3}-.*Z$/),
        stage: "parse",
        reason: "invalid-json",
        message: expect.stringMatching(/not JSON/),
        source: expect.stringMatching(/posts\.ndjson line 1$/),
        size: 17,
        state: "open",
      },
    ]);
  });

  test("lets no content reach the terminal as it is, in JSON neither", async () => {
    await using servers = await startServersHere();
    // An id that its reason quotes.
    const hostile = "9\u202e\u009b31m\u0007";
    await produce(servers, "hostile.ndjson", [JSON.stringify({ data: { id: hostile, text: "t" } })]);
    const outputs = [
      await servers.run("dlq", "list"),
      await servers.run("dlq", "list", "--format", "json"),
      await servers.run("dlq", "show", "0:0"),
      await servers.run("dlq", "show", "0:0", "--format", "json"),
      await servers.run("dlq", "redrive", "--dry-run", "--format", "json"),
    ];
    for (const { stdout } of outputs) {
      expect(stdout).not.toBe("");
      expect(stdout).not.toMatch(/[\u202e\u009b\u0007]/);
    }
    expect(readJsonLines(outputs[1]?.stdout ?? "")).toHaveLength(1);
  });

  test("names the topic that is not there", async () => {
    await using servers = await startServersHere();
    const { code, stderr } = await servers.run("dlq", "list", "--topic", "nothing");
    expect(stderr).toMatch(/nothing\.dlq/);
    expect(code).toBe(2);
  });
});

describe("dlq show", () => {
  test("prints the letter whole, its text harmless to the terminal", async () => {
    await using servers = await startServersHere();
    await fillWithPosts(servers);
    const [letter] = await list(servers, "--stage", "produce");
    const { code, stdout } = await servers.run("dlq", "show", `${letter?.partition}:${letter?.offset}`);
    expect(code).toBe(0);
    expect(stdout).toMatch(/reason +record-too-large/);
    expect(stdout).toMatch(/came from +.*posts\.ndjson line 2/);
    expect(stdout).toMatch(/state +open/);
    expect(stdout).toContain("x".repeat(3000));
    expect(stdout).not.toMatch(/\u001b/);
  });

  test("--raw writes the bytes and nothing else; others are dumped", async () => {
    await using servers = await startServersHere();
    const { large } = await fillWithPosts(servers);
    await writeForeign(servers, "77");
    await consume(servers, "--group", "g");
    const [posted] = await list(servers, "--stage", "produce");
    expect((await servers.run("dlq", "show", `0:${posted?.offset}`, "--raw")).stdout).toBe(large);
    const [foreign] = await list(servers, "--stage", "decode");
    const { stdout } = await servers.run("dlq", "show", `0:${foreign?.offset}`);
    expect(stdout).toMatch(/^00000000 {2}00 00 00 00 06 30 .* {2}\.\.\.\.\.02026-01-31/m);
    const json = await servers.run("dlq", "show", `0:${foreign?.offset}`, "--format", "json");
    expect(JSON.parse(json.stdout)).toMatchObject({
      topic: "twitter.dlq",
      state: "open",
      letter: {
        stage: "decode",
        writer_id: foreignId,
        key: Buffer.from("77").toString("base64"),
        source: { kind: "topic", topic },
      },
    });
  });

  test.each([
    [["0:999"], /no dead letter at 0:999/],
    [["17"], /PARTITION:OFFSET/],
  ])("of %s ends with 2", async (places, message) => {
    await using servers = await startServersHere();
    await produce(servers, "one.ndjson", [post("1")]);
    const { code, stderr } = await servers.run("dlq", "show", ...places);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});

describe("dlq redrive of posts", () => {
  test("sends what goes now, once, keeps what still fails, and ends with 7", async () => {
    await using servers = await startServersHere();
    await fillWithPosts(servers);
    await setMaxMessageBytes(servers, 1_000_000);

    const dry = await servers.run("dlq", "redrive", "--dry-run");
    expect(dry.code).toBe(7);
    expect(dry.stdout).toMatch(/would be redriven {2}\(.*posts\.ndjson line 2\)/);
    expect(readSummary(dry.stderr)).toMatchObject({ "would be redriven": 1, "still fail": 2 });
    expect(await servers.keysIn()).toEqual(["1"]);
    expect(await list(servers)).toHaveLength(3);

    const real = await servers.run("dlq", "redrive");
    expect(real.code).toBe(7);
    expect(real.stdout).toMatch(/redriven {2}\(.*posts\.ndjson line 2\)/);
    expect(real.stdout).toMatch(/still fails: parse invalid-json: .*posts\.ndjson line 1/);
    expect(readSummary(real.stderr)).toMatchObject({ redriven: 1, "still fail": 2 });
    expect(await servers.keysIn()).toEqual(["1", "3"]);
    expect((await list(servers)).map(({ reason }) => reason).sort()).toEqual([
      "invalid-json",
      "missing-field",
    ]);
    expect((await list(servers, "--all")).map(({ state }) => state).sort()).toEqual([
      "open",
      "open",
      "redriven",
    ]);

    const again = await servers.run("dlq", "redrive", "--reason", "record-too-large");
    expect(again.code).toBe(0);
    expect(readSummary(again.stderr)).toMatchObject({ redriven: 0, "already there": 0 });
    expect(await servers.keysIn()).toHaveLength(2);
  });

  test("keeps a letter that is still too large, and sends those around it", async () => {
    await using servers = await startServersHere();
    await fillWithPosts(servers);
    const { code, stderr, stdout } = await servers.run("dlq", "redrive", "--stage", "produce");
    expect(stdout).toMatch(/still fails: produce record-too-large/);
    expect(readSummary(stderr)).toMatchObject({ redriven: 0, "still fail": 1 });
    expect(code).toBe(7);
    expect(await list(servers, "--stage", "produce")).toHaveLength(1);
  });

  test("sends no post that came by another way meanwhile, nor one that was deleted", async () => {
    await using servers = await startServersHere();
    await produce(servers, "first.ndjson", [post("1")]);
    await setMaxMessageBytes(servers, 2000);
    const large = (id: string) => post(id, "x".repeat(3000));
    await produce(servers, "posts.ndjson", [large("5"), large("6"), large("7"), large("7")]);
    await setMaxMessageBytes(servers, 1_000_000);
    await produce(servers, "later.ndjson", [large("5")]);
    await send(adapterOf(servers.kafka.bootstrap), topic, [{ key: Buffer.from("6"), value: null }]);
    const { code, stderr } = await servers.run("dlq", "redrive");
    expect(code).toBe(0);
    expect(readSummary(stderr)).toMatchObject({ redriven: 1, "already there": 1, forgotten: 1 });
    expect(await servers.keysIn()).toEqual(["1", "5", "7"]);
    expect(await list(servers)).toEqual([]);
  });

  test("tries no more than it may, the oldest first, and those that are named", async () => {
    await using servers = await startServersHere();
    await fillWithPosts(servers);
    await setMaxMessageBytes(servers, 1_000_000);
    const one = await servers.run("dlq", "redrive", "--dry-run", "--max", "1", "--format", "json");
    expect(readJsonLines(one.stdout)).toHaveLength(1);
    const [letter] = await list(servers, "--stage", "produce");
    const named = await servers.run("dlq", "redrive", "--letter", `0:${letter?.offset}`, "--format", "json");
    expect(readJsonLines(named.stdout)).toMatchObject([{ offset: letter?.offset, outcome: "redriven" }]);
    expect(named.code).toBe(0);
  });
});

describe("dlq redrive of records", () => {
  test("puts them back as they were once they can be read", async () => {
    await using servers = await startServersHere();
    await produce(servers, "first.ndjson", [post("1")]);
    await writeForeign(servers, "77", { headers: { origin: "elsewhere" }, timestampMs: 1_700_000_000_000 });
    await writeForeign(servers, "78");
    const first = await consume(servers, "--group", "g");
    expect(readSummary(first.stderr)).toMatchObject({ "dead-lettered": 2 });

    expect((await servers.run("dlq", "redrive")).code).toBe(7);
    await registerForeign(servers);
    await send(adapterOf(servers.kafka.bootstrap), topic, [{ key: Buffer.from("78"), value: null }]);
    const { code, stderr } = await servers.run("dlq", "redrive");
    expect(code).toBe(0);
    expect(readSummary(stderr)).toMatchObject({ redriven: 1, forgotten: 1 });

    const { stdout } = await consume(servers, "--group", "g", "--meta");
    expect(readJsonLines(stdout)).toMatchObject([
      { key: "77", timestamp: "2023-11-14T22:13:20.000Z", value: { id: "77", text: "foreign" } },
    ]);
    await using reader = await adapterOf(servers.kafka.bootstrap).openReader();
    const headers: unknown[] = [];
    for await (const { records } of reader.tail(topic, { maxRecords: Number.POSITIVE_INFINITY })) {
      headers.push(...records.filter(({ key }) => String(key) === "77").map((record) => record.headers));
    }
    expect(headers.at(-1)).toEqual({
      origin: Buffer.from("elsewhere"),
      "birdwire.redriven-from": expect.any(Buffer),
    });
  });
});

describe("consume", () => {
  test("without a group tells of what it cannot read, and writes no dead letter, however often it looks", async () => {
    await using servers = await startServersHere();
    await produce(servers, "first.ndjson", [post("1")]);
    await writeForeign(servers, "77");
    for (let times = 0; times < 2; times++) {
      const { code, stdout, stderr } = await consume(servers);
      expect(code).toBe(0);
      expect(idsIn(stdout)).toEqual(["1"]);
      expect(stderr).toMatch(/undecodable: unknown-schema-id/);
      expect(readSummary(stderr)).toMatchObject({ undecodable: 1, "dead-lettered": 0 });
    }
    expect(await list(servers)).toEqual([]);
  });

  test("of dead letters shows them as what they are, and makes none of them a dead letter", async () => {
    await using servers = await startServersHere();
    await fillWithPosts(servers);
    await send(adapterOf(servers.kafka.bootstrap), parseTopicName("twitter.dlq"), [
      { key: null, value: Buffer.from("no letter") },
    ]);
    const { code, stdout, stderr } = await consume(servers, "--topic", "twitter.dlq", "--group", "g");
    expect(code).toBe(0);
    expect(
      readJsonLines(stdout)
        .map(({ stage }) => stage)
        .sort(),
    ).toEqual(["map", "parse", "produce"]);
    expect(readSummary(stderr)).toMatchObject({ printed: 3, undecodable: 1, "dead-lettered": 0 });
    await using admin = await adapterOf(servers.kafka.bootstrap).openAdmin();
    expect((await admin.topics()).sort()).toEqual(["twitter", "twitter.dlq"]);
  });
});
