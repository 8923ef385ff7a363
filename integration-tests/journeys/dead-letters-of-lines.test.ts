/**
 * Dead letters of `produce --from-json`: a refused line keeps what makes a record of it, so that a redrive encodes it
 * again as typed JSON of its record type, to its topic.
 */
import { Readable } from "node:stream";
import { describe, expect, test } from "@jest/globals";
import { parseTopicName } from "../../src/kernel/brand.ts";
import { runBirdwireHere } from "../support/birdwire-here.ts";
import { type EmulatedServers, startServersHere } from "../support/emulated-servers.ts";
import { adapterOf } from "../support/kafka-clients.ts";
import { fileSchema, frameOf, sendRaw } from "../support/registered.ts";
import { readJsonLines, readSummary } from "../support/screen.ts";

const order = {
  type: "record",
  name: "Order",
  namespace: "shop",
  fields: [
    { name: "id", type: "string" },
    { name: "number", type: "int" },
  ],
};
/** What the refused lines need. */
const mendedOrder = {
  ...order,
  fields: [...order.fields, { name: "note", type: ["null", "string"], default: null }],
};
const payment = {
  type: "record",
  name: "Payment",
  namespace: "shop",
  fields: [
    { name: "id", type: "string" },
    { name: "number", type: "int" },
    { name: "note", type: ["null", "string"], default: null },
  ],
};

const feed = (servers: EmulatedServers, lines: readonly string[], ...args: readonly string[]) =>
  runBirdwireHere(["produce", "--from-json", "-", ...args], {
    env: servers.env,
    stdin: Readable.from([Buffer.from(lines.map((text) => `${text}\n`).join(""))]),
  });
const dlq = (servers: EmulatedServers, what: string, ...args: readonly string[]) =>
  servers.run("dlq", what, "--topic", "orders", ...args);
const line = (id: string, more: object = {}) => JSON.stringify({ id, number: 1, ...more });

async function recordsIn({ kafka }: EmulatedServers, topic: string) {
  await using reader = await adapterOf(kafka.bootstrap).openReader();
  const found = [];
  const whole = { maxRecords: Number.POSITIVE_INFINITY };
  for await (const { records } of reader.tail(parseTopicName(topic), whole)) found.push(...records);
  return found;
}
const consumed = async (servers: EmulatedServers, topic = "orders") => {
  const flags = [
    "--topic",
    topic,
    "--reader",
    "latest",
    "--from-beginning",
    "--until-end",
    "--format",
    "json",
  ];
  return readJsonLines((await servers.run("consume", ...flags)).stdout);
};

/** Two lines that version 1 of Order refuses and version 2 takes, and one that is no JSON. */
async function writeLineLetters(servers: EmulatedServers, ...flags: readonly string[]) {
  await fileSchema(servers, "orders-value", order);
  const lines = [line("1"), line("2", { note: "b" }), "{", line("3", { note: "c" })];
  const { stderr } = await feed(servers, lines, "--topic", "orders", ...flags);
  expect(readSummary(stderr)).toMatchObject({ produced: 1, "dead-lettered": 3 });
}

describe("a line that produce --from-json refused", () => {
  test("is shown with its record type, its topic and its key, and as it was", async () => {
    await using servers = await startServersHere();
    await writeLineLetters(servers, "--header", "from=test");
    const shown = await dlq(servers, "show", "0:0");
    expect(shown.stdout).toMatch(/came from {2,}stdin line 2\n/);
    expect(shown.stdout).toMatch(
      /to be {2,}a shop\.Order \(subject orders-value\) in topic orders, from plain JSON\n/,
    );
    expect(shown.stdout).toMatch(/its key {2,}field id\n/);
    expect(shown.stdout).toMatch(/header from {2,}test\n/);
    expect(shown.stdout).toContain(line("2", { note: "b" }));
    expect((await dlq(servers, "show", "0:0", "--raw")).stdout).toBe(line("2", { note: "b" }));
    const asJson = JSON.parse((await dlq(servers, "show", "0:0", "--format", "json")).stdout);
    expect(asJson).toMatchObject({
      state: "open",
      letter: {
        source: { kind: "line", file: "stdin", line: 2 },
        json_line: { topic: "orders", subject: "orders-value", record: "shop.Order", key_field: "id" },
      },
    });
  });

  test("is explained as a line of its record type, with the command that sends it once it is mended", async () => {
    await using servers = await startServersHere();
    await writeLineLetters(servers);
    const { stdout } = await dlq(servers, "explain");
    expect(stdout).toMatch(/^encode invalid-value: 2 letters/m);
    expect(stdout).toMatch(
      /line for {2,}a shop\.Order \(subject orders-value\) in topic orders, from plain JSON\n/,
    );
    expect(stdout).toMatch(/redrive now {2,}would leave 2: they fail again\n/);
    expect(stdout).toMatch(/produce --from-json FILE --topic orders --key id/);
    expect(stdout).not.toMatch(/--replay/);
    const causes = readJsonLines((await dlq(servers, "explain", "--format", "json")).stdout);
    expect(causes).toMatchObject([
      { reason: "invalid-value", letters: 2, topic: "orders", line: { record: "shop.Order" }, writer: null },
      { reason: "invalid-json", letters: 1, topic: "orders", line: { record: "shop.Order" }, writer: null },
    ]);
    await fileSchema(servers, "orders-value", mendedOrder);
    expect((await dlq(servers, "explain")).stdout).toMatch(
      /what helps {2,}birdwire dlq redrive --stage encode --reason invalid-value --topic orders\n/,
    );
  });

  test("is redriven as typed JSON once its record type takes it, with its key and headers, once", async () => {
    await using servers = await startServersHere();
    await writeLineLetters(servers, "--header", "from=test");
    const before = await dlq(servers, "redrive", "--dry-run", "--format", "json");
    expect(readJsonLines(before.stdout)).toMatchObject([
      {
        outcome: "fails",
        reason: "invalid-value",
        message: expect.stringMatching(/\/note: shop\.Order has no such/),
      },
      { outcome: "fails", reason: "invalid-json" },
      { outcome: "fails", reason: "invalid-value" },
    ]);
    expect(before.code).toBe(7);
    await fileSchema(servers, "orders-value", mendedOrder);
    const dry = await dlq(servers, "redrive", "--dry-run");
    expect(readSummary(dry.stderr)).toMatchObject({ "would be redriven": 2, "still fail": 1 });
    expect(await recordsIn(servers, "orders")).toHaveLength(1);
    const real = await dlq(servers, "redrive");
    expect(readSummary(real.stderr)).toMatchObject({ redriven: 2, "still fail": 1 });
    expect(real.code).toBe(7);
    const again = await dlq(servers, "redrive");
    expect(readSummary(again.stderr)).toMatchObject({ redriven: 0, "already there": 0, "still fail": 1 });
    const found = (await recordsIn(servers, "orders")).map(({ key, headers }) => [
      String(key),
      String(headers.from),
      headers["birdwire.redriven-from"]?.toString(),
    ]);
    expect(found.sort()).toEqual([
      ["1", "test", undefined],
      ["2", "test", "orders.dlq:0:0"],
      ["3", "test", "orders.dlq:0:2"],
    ]);
    expect((await consumed(servers)).sort((a, b) => Number(a.id) - Number(b.id))).toEqual([
      { id: "1", number: 1, note: null },
      { id: "2", number: 1, note: "b" },
      { id: "3", number: 1, note: "c" },
    ]);
    expect(await (await fetch(`${servers.registryUrl}/subjects`)).json()).toEqual([
      "orders-value",
      "orders.dlq-value",
    ]);
  });

  test("of a key that the topic has already is a record of its own, as it would have been", async () => {
    await using servers = await startServersHere();
    await fileSchema(servers, "orders-value", order);
    await feed(servers, [line("1"), line("1", { note: "x" }), line("1", { note: "y" })], "--topic", "orders");
    await fileSchema(servers, "orders-value", mendedOrder);
    expect(readSummary((await dlq(servers, "redrive")).stderr)).toMatchObject({ redriven: 2 });
    expect((await consumed(servers)).map(({ note }) => note).sort()).toEqual([null, "x", "y"]);
  });

  test.each<[string, readonly string[], (value: string) => string, string]>([
    ["another field", ["--key", "number"], (value) => value, "1"],
    ["none", ["--key", ""], (value) => value, "null"],
    ["before the value", ["--key-separator", "|"], (value) => `k 7|${value}`, "k 7"],
  ])("has its key as it was asked for: %s", async (_what, flags, write, key) => {
    await using servers = await startServersHere();
    await fileSchema(servers, "orders-value", order);
    await feed(servers, [write(line("2", { note: "b" }))], "--topic", "orders", ...flags);
    await fileSchema(servers, "orders-value", mendedOrder);
    expect((await dlq(servers, "redrive")).code).toBe(0);
    expect((await recordsIn(servers, "orders")).map((record) => String(record.key))).toEqual([key]);
  });

  test("is read in the encoding it was written in, under the subject that was named", async () => {
    await using servers = await startServersHere();
    await fileSchema(servers, "shop.orders", order);
    const flags = ["--topic", "orders", "--subject", "shop.orders", "--json-encoding", "avro"];
    await feed(servers, [line("2", { note: { string: "b" } })], ...flags);
    await fileSchema(servers, "shop.orders", mendedOrder);
    const { code, stdout } = await dlq(servers, "redrive");
    expect([code, stdout]).toEqual([0, expect.stringMatching(/redriven {2}\(stdin line 1\)/)]);
    const [record] = await recordsIn(servers, "orders");
    expect(record?.value?.subarray(5).toString("latin1")).toBe("\u00022\u0002\u0002\u0002b");
  });

  test("is encoded with the newest version of its own record type, whatever the subject has last", async () => {
    await using servers = await startServersHere();
    await writeLineLetters(servers);
    await fileSchema(servers, "orders-value", mendedOrder);
    const [, mended] = (await (
      await fetch(`${servers.registryUrl}/subjects/orders-value/versions`)
    ).json()) as number[];
    await fileSchema(servers, "orders-value", payment);
    expect(readSummary((await dlq(servers, "redrive")).stderr)).toMatchObject({ redriven: 2 });
    const { id } = (await (
      await fetch(`${servers.registryUrl}/subjects/orders-value/versions/${mended}`)
    ).json()) as { id: number };
    const written = (await recordsIn(servers, "orders")).map(({ value }) => value?.readInt32BE(1));
    expect(written.filter((one) => one === id)).toHaveLength(2);
  });

  test("whose record type is nowhere any more stays, and says so", async () => {
    await using servers = await startServersHere();
    await fileSchema(servers, "orders-value", order);
    await feed(servers, ["{}"], "--topic", "orders");
    for (const query of ["", "?permanent=true"]) {
      await fetch(`${servers.registryUrl}/subjects/orders-value${query}`, { method: "DELETE" });
    }
    const none = await dlq(servers, "redrive");
    expect(none.stdout).toMatch(
      /still fails: encode no-schema: .*subject orders-value.*the registry has none/,
    );
    expect(none.code).toBe(7);
    await fileSchema(servers, "orders-value", payment);
    const other = await dlq(servers, "redrive");
    expect(other.stdout).toMatch(
      /still fails: encode no-schema: subject orders-value has no version of shop\.Order; its latest is shop\.Payment/,
    );
    expect((await dlq(servers, "explain")).stdout).toMatch(
      /what helps {2,}register shop\.Order under subject orders-value/,
    );
  });

  test("by a Birdwire that did not keep that yet is taken for a post, as then", async () => {
    await using servers = await startServersHere();
    const { DeadLetterSchema: first } = await import("../../src/generated/dead-letter/v1.ts");
    const id = await fileSchema(servers, "twitter.dlq-value", JSON.parse(first.json));
    const post = { data: { id: "8", text: "t", created_at: "2026-01-31T12:00:00.000Z" } };
    const letterOf = (raw: string) =>
      frameOf(id, JSON.parse(first.json), {
        failed_at: 1_700_000_000_000,
        stage: "encode",
        reason: "invalid-value",
        message: "m",
        raw: Buffer.from(raw),
        key: null,
        source: { "birdwire.ReplaySource": { file: "stdin", line: 1 } },
        writer_id: null,
        reader_fingerprint: null,
      });
    await sendRaw(servers, "twitter", []);
    await sendRaw(servers, "twitter.dlq", [JSON.stringify(post), line("1")].map(letterOf));
    const { stdout } = await servers.run("dlq", "redrive");
    expect(stdout).toMatch(/^0:0 +redriven {2}\(stdin line 1\)\n0:1 +still fails: map not-a-post/);
    expect(await servers.keysIn()).toEqual(["8"]);
    expect((await servers.run("dlq", "explain")).stdout).toMatch(/produce --replay FILE/);
  });

  test("is kept with a schema that a registry numbers as the folder does", async () => {
    await using servers = await startServersHere();
    await feed(servers, ["{"]);
    expect(await (await fetch(`${servers.registryUrl}/subjects/twitter.dlq-value/versions`)).json()).toEqual([
      1, 2,
    ]);
    expect((await servers.run("schemas", "register")).code).toBe(0);
  });

  test("is kept without that where only an earlier schema of letters may be written, which is told", async () => {
    await using servers = await startServersHere();
    const { DeadLetterSchema: first } = await import("../../src/generated/dead-letter/v1.ts");
    await fileSchema(servers, "orders-value", order);
    await fileSchema(servers, "orders.dlq-value", JSON.parse(first.json));
    const { code, stderr } = await feed(servers, ["{"], "--topic", "orders", "--use-latest");
    expect(stderr).toMatch(/a redrive cannot encode refused lines again: .* earlier one.*orders\.dlq-value/);
    expect([code, readSummary(stderr)["dead-lettered"]]).toEqual([0, 1]);
    expect((await dlq(servers, "show", "0:0")).stdout).not.toMatch(/to be/);
  });

  test("of a tweet that was deleted is dealt with, and no redrive brings it back", async () => {
    await using servers = await startServersHere();
    const tweet = (more: object) =>
      JSON.stringify({ id: "17", text: "hello", created_at: "2026-01-31T12:00:00.000Z", ...more });
    await feed(servers, [tweet({ lang: "en" })], "--schema-version", "1");
    await feed(servers, [`17|${tweet({ lang: "de" })}`], "--schema-version", "1", "--key-separator", "|");
    expect((await servers.run("forget", "17")).code).toBe(0);
    const listed = readJsonLines((await servers.run("dlq", "list", "--all", "--format", "json")).stdout);
    expect(listed).toMatchObject([{ state: "forgotten" }, { state: "forgotten" }]);
    expect(readSummary((await servers.run("dlq", "redrive")).stderr)).toMatchObject({ redriven: 0 });
  });

  test("of tweets goes to twitter as a tweet, unless the topic has it by now", async () => {
    await using servers = await startServersHere();
    const tweet = (id: string, more: object = {}) =>
      JSON.stringify({ id, text: "hello", created_at: "2026-01-31T12:00:00.000Z", ...more });
    // A version that has no lang yet.
    await feed(servers, [tweet("1", { lang: "en" }), tweet("2", { lang: "de" })], "--schema-version", "1");
    await feed(servers, [tweet("2", { lang: "de" })]);
    const { code, stderr } = await servers.run("dlq", "redrive");
    expect(readSummary(stderr)).toMatchObject({ redriven: 1, "already there": 1, "still fail": 0 });
    expect(code).toBe(0);
    expect(await servers.keysIn()).toEqual(["1", "2"]);
    expect((await consumed(servers, "twitter")).map(({ lang }) => lang).sort()).toEqual(["de", "en"]);
  });
});
