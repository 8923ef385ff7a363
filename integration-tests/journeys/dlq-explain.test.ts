/**
 * Dead letters by cause: what is wrong, whether a redrive would do, and what would help.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parseTopicName } from "../../src/kernel/brand.ts";
import { type EmulatedServers, startServersHere } from "../support/emulated-servers.ts";
import { adapterOf, rawKafkaOf, send } from "../support/kafka-clients.ts";
import { foreignOrder, orders, writeOrderLetters } from "../support/order-letters.ts";
import { fileSchema } from "../support/registered.ts";
import { readJsonLines } from "../support/screen.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "birdwire-explain-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Cause {
  readonly reason: string;
  readonly letters: number;
  readonly [name: string]: unknown;
}

const explain = async ({ run }: EmulatedServers, ...flags: readonly string[]) => {
  const { code, stdout } = await run("dlq", "explain", "--format", "json", ...flags);
  expect(code).toBe(0);
  return readJsonLines<Cause>(stdout);
};

async function producePosts({ run }: EmulatedServers, lines: readonly string[]) {
  const file = join(folder, "posts.ndjson");
  await writeFile(file, lines.map((line) => `${line}\n`).join(""));
  await run("produce", "--replay", file);
}

const post = (id: string, more: object = {}) =>
  JSON.stringify({ data: { id, text: "fine", created_at: "2026-01-31T12:00:00.000Z", ...more } });

describe("dlq explain of records", () => {
  test("groups them by reason and writer, with the findings, an example, and what redrive would do now", async () => {
    await using servers = await startServersHere();
    const { foreignId } = await writeOrderLetters(servers);
    const named = await explain(servers, "--topic", orders, "--reader", "1");
    expect(named).toEqual([
      {
        stage: "decode",
        reason: "incompatible",
        letters: 1,
        first: expect.stringMatching(/^2\d{3}-.*Z$/),
        last: expect.stringMatching(/^2\d{3}-.*Z$/),
        example: { partition: 0, offset: 0 },
        message: expect.stringMatching(/^what schema \d+ wrote cannot be read: /),
        states: { open: 1 },
        topic: "orders",
        line: null,
        writer: { id: expect.any(Number), subject: "orders-value", version: 2 },
        reader: { name: "Order", version: 1, fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) },
        findings: [
          {
            rule: "TYPE_MISMATCH",
            path: "/fields/0/type",
            writer_path: "/fields/0/type",
            message: expect.stringMatching(/a long was written.*keep the type/),
          },
        ],
        redrive: { fails: 1 },
        would_succeed: false,
        fails: { stage: "decode", reason: "incompatible", message: expect.any(String) },
        help: expect.stringMatching(/--reader 2/),
      },
      expect.objectContaining({
        reason: "unknown-schema-id",
        writer: { id: foreignId, subject: null, version: null },
        findings: [],
        redrive: { fails: 1 },
        help: expect.stringMatching(/--registry/),
      }),
    ]);
  });

  test("says of a fix that it does, and how to send what it saves", async () => {
    await using servers = await startServersHere();
    await writeOrderLetters(servers);
    await fileSchema(servers, "elsewhere-value", foreignOrder);
    const { code, stdout } = await servers.run("dlq", "explain", "--topic", orders);
    expect(code).toBe(0);
    expect((await servers.run("dlq", "explain", "--topic", orders, "--reader", "1")).stdout).toMatch(
      /redrive now {2,}would leave 1: they fail again\n(?:.*\n)*.*redrive now {2,}would leave 1: decode incompatible: what/,
    );
    expect(stdout).toMatch(/^decode incompatible: 1 letter, 2\d{3}-.*Z\n/m);
    expect(stdout).toMatch(/written with {2,}version 2 \(schema \d+\) of orders-value\n/);
    expect(stdout).toMatch(/written with {2,}version 1 \(schema \d+\) of elsewhere-value\n/);
    expect(stdout).toMatch(/example {2,}birdwire dlq show 0:\d --topic orders\n/);
    expect(stdout).toMatch(/redrive now {2,}would send 1\n/);
    expect(stdout).toMatch(
      /what helps {2,}birdwire dlq redrive --stage decode --reason incompatible --topic orders\n/,
    );
    await servers.run("dlq", "redrive", "--topic", orders);
    expect(await explain(servers, "--topic", orders)).toEqual([]);
    expect(await explain(servers, "--topic", orders, "--all")).toMatchObject([
      { reason: "incompatible", states: { redriven: 1 }, redrive: {}, would_succeed: false },
      { reason: "unknown-schema-id", states: { redriven: 1 } },
    ]);
  });
});

describe("dlq explain of posts", () => {
  test("takes faults of one kind together, whatever they quote, the most frequent first, then the oldest", async () => {
    await using servers = await startServersHere();
    await producePosts(servers, [
      post("1"),
      '{"data":{"id":"2"',
      '{"data":{"id":"22"}}}',
      "no json",
      post("3", { created_at: null }),
      post("4", { created_at: null }),
      post("5", { created_at: "yesterday" }),
    ]);
    const groups = await explain(servers);
    expect(groups.map(({ stage, reason, letters }) => [stage, reason, letters])).toEqual([
      ["map", "missing-field", 2],
      ["parse", "invalid-json", 1],
      ["parse", "invalid-json", 1],
      ["parse", "invalid-json", 1],
      ["map", "invalid-field", 1],
    ]);
    expect(groups[0]).toMatchObject({
      writer: null,
      topic: null,
      redrive: { fails: 2 },
      help: expect.stringMatching(/dlq show 0:\d --raw.*produce --replay/),
    });
    const chosen = await explain(servers, "--stage", "map", "--last", "2");
    expect(chosen.map(({ reason, letters }) => [reason, letters])).toEqual([
      ["missing-field", 1],
      ["invalid-field", 1],
    ]);
  });

  test("knows whether the topic takes by now what was too large", async () => {
    await using servers = await startServersHere();
    await producePosts(servers, [post("1")]);
    await setMaxMessageBytes(servers, 2000);
    await producePosts(servers, [post("2", { text: "x".repeat(3000) })]);
    expect(await explain(servers)).toMatchObject([
      {
        reason: "record-too-large",
        redrive: { fails: 1 },
        help: expect.stringMatching(/max\.message\.bytes/),
      },
    ]);
    const dry = await servers.run("dlq", "redrive", "--dry-run");
    expect(dry.stdout).toMatch(/still fails: produce record-too-large: .*topic twitter takes 2000/);
    await setMaxMessageBytes(servers, 1_000_000);
    expect(await explain(servers)).toMatchObject([{ redrive: { redriven: 1 }, would_succeed: true }]);
  });

  test("lets nothing that letters quote steer the terminal, and passes over what is no letter", async () => {
    await using servers = await startServersHere();
    await producePosts(servers, [JSON.stringify({ data: { id: "9\u202e\u009b31m\u0007", text: "t" } })]);
    await send(adapterOf(servers.kafka.bootstrap), parseTopicName("twitter.dlq"), [
      { key: null, value: Buffer.from("no letter") },
    ]);
    for (const format of ["text", "json"]) {
      const { code, stdout } = await servers.run("dlq", "explain", "--format", format);
      expect(stdout).toMatch(/invalid-field/);
      expect(stdout).toMatch(/bad-magic/);
      expect(stdout).not.toMatch(/[\u202e\u009b\u0007]/);
      expect(code).toBe(0);
    }
    expect(await explain(servers, "--reason", "bad-magic")).toMatchObject([
      { stage: "read", redrive: {}, help: expect.stringMatching(/no dead letter/) },
    ]);
  });

  test("of none says so, and of no topic ends with 2", async () => {
    await using servers = await startServersHere();
    await producePosts(servers, [post("1")]);
    const none = await servers.run("dlq", "explain");
    expect(none.stderr).toMatch(/no open dead letter in twitter\.dlq/);
    expect([none.code, none.stdout]).toEqual([0, ""]);
    const { code, stderr } = await servers.run("dlq", "explain", "--topic", "nothing");
    expect(stderr).toMatch(/nothing\.dlq/);
    expect(code).toBe(2);
  });
});

/** Makes what one record may be. */
async function setMaxMessageBytes({ kafka }: EmulatedServers, bytes: number) {
  const admin = rawKafkaOf(kafka.bootstrap).admin();
  await admin.connect();
  try {
    const configEntries = [{ name: "max.message.bytes", value: String(bytes) }];
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: 2, name: "twitter", configEntries }],
    });
  } finally {
    await admin.disconnect();
  }
}
