/**
 * Records that cannot be read: each kind with an outcome of its own, met by the policy, and nothing ever guessed.
 */
import { describe, expect, test } from "@jest/globals";
import { Refusal } from "../../src/emulators/registry/refusal.ts";
import { json } from "../../src/emulators/registry/request.ts";
import { TweetVersions } from "../../src/generated/tweet.ts";
import { parseTopicName } from "../../src/kernel/brand.ts";
import { type EmulatedServers, startServersHere } from "../support/emulated-servers.ts";
import { eventually } from "../support/eventually.ts";
import { adapterOf } from "../support/kafka-clients.ts";
import { fileSchema, frameOf, sendRaw } from "../support/registered.ts";
import { readJsonLines, readSummary } from "../support/screen.ts";

const tweetV1 = JSON.parse(TweetVersions[0]?.json ?? "");
const tweetV3 = JSON.parse(TweetVersions[2]?.json ?? "");
const tweet = (id: string) => ({ id, text: "fine", created_at: "2026-01-31T12:00:00.000Z" });
const topic = parseTopicName("twitter");

const consume = ({ run }: EmulatedServers, ...flags: readonly string[]) =>
  run("consume", "--from-beginning", "--until-end", "--format", "json", ...flags);
const idsIn = (stdout: string) => readJsonLines(stdout).map(({ id }) => id);
const lettersOf = async ({ run }: EmulatedServers) =>
  readJsonLines(
    (await run("consume", "--topic", "twitter.dlq", "--from-beginning", "--until-end", "--format", "json"))
      .stdout,
  );

const hex = (digits: string) => Buffer.from(digits.replaceAll(" ", ""), "hex");

const otherTypes: Readonly<Record<string, { readonly schemaType: string; readonly schema: string }>> = {
  801: { schemaType: "JSON", schema: '{"type":"object"}' },
  802: { schemaType: "PROTOBUF", schema: 'syntax = "proto3"; message Call { int32 id = 1; }' },
};

/** A registry that has schemas of other types, too, which the emulated one does not take. */
const startServers = () =>
  startServersHere({
    intercept({ route, request }, next) {
      const other = route === "getSchemaById" ? otherTypes[request.params.id ?? ""] : undefined;
      return other === undefined ? next() : json(other);
    },
  });

/** Good records stand around what is not, and one carries its id in a header. */
async function writeEveryKind(servers: EmulatedServers) {
  const id = await fileSchema(servers, "twitter-value", tweetV1);
  const string = await fileSchema(servers, "words-value", "string");
  const good = frameOf(id, tweetV1, tweet("1"));
  const idOf = (schema: number) => hex(schema.toString(16).padStart(8, "0"));
  const framed = (schema: number, payload = good.subarray(5)) =>
    Buffer.concat([hex("00"), idOf(schema), payload]);
  const bad: readonly (readonly [reason: string, value: Buffer, writerId: number | null])[] = [
    ["bad-magic", Buffer.from('{"id":"9"}'), null],
    ["short-frame", hex("00 00 00"), null],
    ["short-frame", Buffer.alloc(0), null],
    ["unknown-schema-id", framed(4711), 4711],
    ["unknown-schema-id", framed(0), null],
    ["not-avro", framed(801), 801],
    ["not-avro", framed(802), 802],
    ["incompatible", framed(string), string],
    ["truncated", good.subarray(0, -1), id],
    ["trailing-bytes", Buffer.concat([good, hex("00")]), id],
    ["corrupt", framed(id, hex("01 02 03")), id],
  ];
  await sendRaw(servers, topic, [good, ...bad.map(([, value]) => value), null]);
  await sendRaw(servers, topic, [frameOf(id, tweetV1, tweet("2")).subarray(5)], {
    __value_schema_id: Buffer.concat([hex("00"), idOf(id)]),
  });
  await sendRaw(servers, topic, [good.subarray(5)], {
    __value_schema_id: hex("07"),
    trace: Buffer.from("t"),
  });
  await sendRaw(servers, topic, [frameOf(id, tweetV1, tweet("3"))]);
  return { bad: [...bad, ["bad-magic", good.subarray(5), null] as const], good };
}

describe("every kind of frame that cannot be read", () => {
  test("is a dead letter with its bytes, its place, its writer and its reader, and the others are printed", async () => {
    await using servers = await startServers();
    const { bad } = await writeEveryKind(servers);
    const { code, stdout, stderr } = await consume(servers, "--group", "g");
    expect(idsIn(stdout)).toEqual(["1", "2", "3"]);
    expect(readSummary(stderr)).toMatchObject({ printed: 3, "dead-lettered": bad.length, tombstones: 1 });
    expect(code).toBe(0);
    const letters = await lettersOf(servers);
    expect(
      letters.map(({ reason, raw, writer_id }) => [reason, Buffer.from(String(raw), "base64"), writer_id]),
    ).toEqual(bad);
    expect(letters.at(-1)).toMatchObject({
      stage: "decode",
      key: Buffer.from("k").toString("base64"),
      reader_fingerprint: TweetVersions[2]?.fingerprint,
      source: {
        topic: "twitter",
        partition: 0,
        offset: 14,
        timestamp: expect.any(String),
        headers: expect.arrayContaining([{ key: "trace", value: Buffer.from("t").toString("base64") }]),
      },
    });
    // A later run goes on behind them.
    expect((await consume(servers, "--group", "g")).stdout).toBe("");
  });

  test("is skipped on demand, and each is told with its offset and id", async () => {
    await using servers = await startServers();
    const { bad } = await writeEveryKind(servers);
    const { code, stdout, stderr } = await consume(servers, "--group", "g", "--on-error", "skip");
    expect(idsIn(stdout)).toEqual(["1", "2", "3"]);
    expect(readSummary(stderr)).toMatchObject({ undecodable: bad.length, "dead-lettered": 0 });
    expect(stderr.match(/skipped: /g)).toHaveLength(bad.length);
    expect(stderr).toMatch(/skipped: unknown-schema-id: .*offset=4 .*writerId=4711/);
    expect(code).toBe(0);
  });

  test("ends the run with 7 on demand, and the next one meets it again", async () => {
    await using servers = await startServers();
    await writeEveryKind(servers);
    for (const printed of [["1"], []]) {
      const { code, stdout, stderr } = await consume(servers, "--group", "g", "--on-error", "fail");
      expect(idsIn(stdout)).toEqual(printed);
      expect(stderr).toMatch(/twitter, partition 0, offset 1: bad-magic: the first byte is 0x7b/);
      expect(stderr).toMatch(/--on-error skip/);
      expect(code).toBe(7);
    }
  });
});

describe("a version that is registered while the consumer runs", () => {
  const numbered = {
    ...tweetV1,
    fields: tweetV1.fields.map((field: { name: string }) =>
      field.name === "id" ? { ...field, type: "long" } : field,
    ),
  };

  /** The run, once it is a member of its group and so past the check. */
  async function startConsumer(servers: EmulatedServers, maxRecords: number) {
    const first = await fileSchema(servers, "twitter-value", tweetV1);
    await sendRaw(servers, topic, []);
    const flags = [
      "--from-beginning",
      "--format",
      "json",
      "--group",
      "g",
      "--max-records",
      String(maxRecords),
    ];
    const running = servers.run("consume", ...flags);
    await using admin = await adapterOf(servers.kafka.bootstrap).openAdmin();
    await eventually(
      () => admin.committed("g", topic),
      (positions) => expect(positions).toHaveLength(1),
    );
    return { first, running };
  }

  test("is read without a restart, and announced once", async () => {
    await using servers = await startServersHere();
    const { first, running } = await startConsumer(servers, 4);
    await sendRaw(servers, topic, [frameOf(first, tweetV1, tweet("1"))]);
    const newer = { ...tweetV3, fields: [...tweetV3.fields, { name: "mood", type: "string", default: "" }] };
    const next = await fileSchema(servers, "twitter-value", newer);
    const full = (id: string) => ({ ...tweet(id), mood: "m" });
    const withDefaults = { ...defaultsOf(newer), ...full("2") };
    await sendRaw(servers, topic, [
      frameOf(next, newer, withDefaults),
      frameOf(next, newer, { ...withDefaults, id: "3" }),
      frameOf(first, tweetV1, tweet("4")),
    ]);
    const { code, stdout, stderr } = await running;
    expect(idsIn(stdout)).toEqual(["1", "2", "3", "4"]);
    expect(stderr.match(/turned up/g)).toHaveLength(1);
    expect(stderr).toMatch(
      new RegExp(
        `new version 2 \\(schema ${next}\\) of twitter-value turned up and is read as birdwire\\.Tweet version 3`,
      ),
    );
    expect(code).toBe(0);
  });

  test("is waited for while the registry is away, and what is known is read meanwhile", async () => {
    const asked: string[] = [];
    let refusals = 0;
    await using servers = await startServersHere({
      intercept({ route, request }, next) {
        if (route === "getSchemaById") asked.push(String(request.params.id));
        if (refusals === 0 || route !== "getSchemaById") return next();
        refusals--;
        throw new Refusal(50001, "away");
      },
    });
    const { first, running } = await startConsumer(servers, 4);
    const next = await fileSchema(servers, "twitter-value", tweetV3);
    const newer = frameOf(next, tweetV3, { ...defaultsOf(tweetV3), ...tweet("2") });
    asked.length = 0;
    refusals = 2;
    await sendRaw(servers, topic, [frameOf(first, tweetV1, tweet("1")), newer, newer, newer]);
    const { code, stdout } = await running;
    expect(idsIn(stdout)).toEqual(["1", "2", "2", "2"]);
    // Twice refused, once answered; what was known at the start is not asked for.
    expect(asked).toEqual([next, next, next].map(String));
    expect(code).toBe(0);
  });

  test("that cannot be read is met by the policy, and announced once with its findings", async () => {
    await using servers = await startServersHere();
    const { first, running } = await startConsumer(servers, 1);
    const next = await fileSchema(servers, "twitter-value", numbered);
    const bad = frameOf(next, numbered, { ...tweet("1"), id: 1 });
    await sendRaw(servers, topic, [bad, bad, frameOf(first, tweetV1, tweet("2"))]);
    const { code, stdout, stderr } = await running;
    expect(idsIn(stdout)).toEqual(["2"]);
    expect(stderr.match(/turned up/g)).toHaveLength(1);
    expect(stderr).toMatch(/new version 2 .*cannot be read: a long was written.*keep the type/);
    expect(stderr).toMatch(/new version 2 .*turned up: its records become dead letters/);
    expect((await lettersOf(servers)).map(({ reason }) => reason)).toEqual(["incompatible", "incompatible"]);
    expect(code).toBe(0);
    // Nobody said that it may start with such a version.
    expect((await consume(servers, "--group", "g")).code).toBe(3);
  });
});

function defaultsOf(schema: {
  readonly fields: readonly { readonly name: string; readonly default?: unknown }[];
}) {
  return Object.fromEntries(schema.fields.map(({ name, default: value }) => [name, value]));
}
