/**
 * What a consumer makes of each schema that a topic was written with: every row of the evolution checks, on the target of
 * the run. How often a registry is asked is in integration-tests/journeys/unreadable.test.ts.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { TweetVersions } from "../../src/generated/tweet.ts";
import { parseTopicName } from "../../src/kernel/brand.ts";
import { repositoryRoot } from "../support/birdwire.ts";
import { eventually } from "../support/eventually.ts";
import { adapterOf } from "../support/kafka-clients.ts";
import { describePipeline } from "../support/pipeline-targets.ts";
import { fileSchema, frameOf, sendRaw } from "../support/registered.ts";
import { startRelay } from "../support/relay.ts";
import { describeWith } from "../support/requirements.ts";
import { readJsonLines, readSummary } from "../support/screen.ts";

const execute = promisify(execFile);
const tweetV1 = JSON.parse(TweetVersions[0]?.json ?? "");
const tweet = (id: string) => ({ id, text: "fine – 🐦", created_at: "2026-01-31T12:00:00.000Z" });
/** No Tweet reads it. */
const numbered = {
  ...tweetV1,
  fields: tweetV1.fields.map((field: { name: string }) =>
    field.name === "id" ? { ...field, type: "long" } : field,
  ),
};
const numberedTweet = { ...tweet("0"), id: 7 };
const idsIn = (stdout: string) => readJsonLines(stdout).map(({ id }) => id);

const nested = (...fields: readonly unknown[]) => ({ type: "record", name: "Part", fields });
/** What resolution has to do at once: promote, default, drop, rename, and go through unions, maps, arrays and records. */
const older = {
  type: "record",
  name: "Event",
  namespace: "contract",
  fields: [
    { name: "old_name", type: "string" },
    { name: "count", type: "int" },
    { name: "ratio", type: "float" },
    { name: "gone", type: { type: "map", values: "long" } },
    { name: "at", type: { type: "long", logicalType: "timestamp-millis" } },
    {
      name: "level",
      type: { type: "enum", name: "Level", symbols: ["LOW", "HIGH", "NEVER"], default: "LOW" },
    },
    { name: "raw", type: "bytes" },
    { name: "hash", type: { type: "fixed", name: "Hash", size: 4 } },
    {
      name: "parts",
      type: { type: "map", values: { type: "array", items: nested({ name: "size", type: "int" }) } },
    },
    { name: "maybe", type: ["null", "int", "string"] },
  ],
};
const newer = {
  ...older,
  fields: [
    { name: "name", aliases: ["old_name"], type: "string" },
    { name: "count", type: "long" },
    { name: "ratio", type: "double" },
    { name: "at", type: { type: "long", logicalType: "timestamp-millis" } },
    { name: "level", type: { type: "enum", name: "Level", symbols: ["LOW", "HIGH"], default: "LOW" } },
    { name: "raw", type: "bytes" },
    { name: "hash", type: { type: "fixed", name: "Hash", size: 4 } },
    {
      name: "parts",
      type: {
        type: "map",
        values: {
          type: "array",
          items: nested({ name: "size", type: "double" }, { name: "unit", type: "string", default: "cm" }),
        },
      },
    },
    { name: "maybe", type: ["null", "string", "long"] },
    { name: "tags", type: { type: "array", items: "string" }, default: ["none"] },
  ],
};
const event = (level: string, maybe: unknown) => ({
  old_name: "Zoë\u0000 🐦",
  count: -7,
  ratio: 0.5,
  gone: { a: 1 },
  at: 1_769_860_800_123,
  level,
  raw: Buffer.from([0, 255, 128]),
  hash: Buffer.from("abcd"),
  parts: { "": [{ size: 1 }, { size: -2 }], b: [] },
  maybe,
});
const { old_name: name, gone: _gone, ...rest } = event("HIGH", null);
const newEvent = { ...rest, name, parts: { c: [{ size: 0.25, unit: "m" }] }, tags: [] };

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "birdwire-evolution-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describePipeline("schemas that a topic was written with", (pipeline) => {
  const { test, bootstrap, registryUrl, freshTopic, run, succeed, start } = pipeline;
  const file = (topic: string, schema: unknown) =>
    fileSchema({ registryUrl: registryUrl() }, `${topic}-value`, schema);
  const write = (
    topic: string,
    values: readonly (Buffer | null)[],
    headers?: Readonly<Record<string, Buffer>>,
  ) => sendRaw({ kafka: { bootstrap: bootstrap() } }, topic, values, headers);
  const consume = (topic: string, ...flags: readonly string[]) => [
    ...["consume", "--from-beginning", "--until-end", "--format", "json", "--topic", topic],
    ...flags,
  ];

  /** Id of a JSON schema; null where the registry takes Avro alone, as the emulated one. */
  async function fileOtherType(subject: string): Promise<number | null> {
    const response = await fetch(`${registryUrl()}/subjects/${subject}/versions`, {
      method: "POST",
      headers: { "content-type": "application/vnd.schemaregistry.v1+json" },
      body: JSON.stringify({ schemaType: "JSON", schema: '{"type":"object"}' }),
    });
    if (response.status === 422) return null;
    expect(response.status).toBe(200);
    return ((await response.json()) as { readonly id: number }).id;
  }

  /** Good records around one that no Tweet reads. */
  async function writeNumbered(topic: string) {
    const good = await file(topic, tweetV1);
    const bad = await file(topic, numbered);
    await write(topic, [
      frameOf(good, tweetV1, tweet("1")),
      frameOf(bad, numbered, numberedTweet),
      frameOf(good, tweetV1, tweet("2")),
    ]);
    return bad;
  }

  test("a registered version that cannot be read ends the consumer before it prints, with each finding", async () => {
    const topic = freshTopic();
    const bad = await writeNumbered(topic);
    const { code, stdout, stderr } = await run(consume(topic));
    expect(stderr).toMatch(
      new RegExp(
        `version 2 \\(schema ${bad}\\) of ${topic}-value cannot be read: .*a long was written.*keep the type`,
      ),
    );
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
  });

  test("a policy that is named meets what a registered version makes unreadable", async () => {
    const topic = freshTopic();
    await writeNumbered(topic);
    const { stdout, stderr } = await succeed(consume(topic, "--on-error", "skip"));
    expect(idsIn(stdout)).toEqual(["1", "2"]);
    expect(readSummary(stderr)).toMatchObject({ undecodable: 1 });
    const failed = await run(consume(topic, "--on-error", "fail"));
    expect([failed.code, failed.stdout]).toEqual([3, ""]);
  });

  test("each kind of frame that is none is a dead letter with its bytes, writer and reader", async () => {
    const topic = freshTopic();
    const id = await file(topic, tweetV1);
    const good = frameOf(id, tweetV1, tweet("1"));
    const word = await file(`${topic}-words`, "string");
    const headOf = (schema: number) => {
      const head = Buffer.alloc(5);
      head.writeInt32BE(schema, 1);
      return head;
    };
    const unknownId = 2_000_000_000;
    const other = await fileOtherType(`${topic}-json`);
    const bad: readonly (readonly [reason: string, value: Buffer, writerId: number | null])[] = [
      ["bad-magic", Buffer.from("{}"), null],
      ["short-frame", Buffer.alloc(3), null],
      ["unknown-schema-id", Buffer.concat([headOf(unknownId), good.subarray(5)]), unknownId],
      ["incompatible", Buffer.concat([headOf(word), good.subarray(5)]), word],
      ["truncated", good.subarray(0, -1), id],
      ["trailing-bytes", Buffer.concat([good, Buffer.alloc(1)]), id],
      ...(other === null
        ? []
        : ([["not-avro", Buffer.concat([headOf(other), good.subarray(5)]), other]] as const)),
    ];
    await write(topic, [good, ...bad.map(([, value]) => value), null]);
    await write(topic, [frameOf(id, tweetV1, tweet("2")).subarray(5)], { __value_schema_id: headOf(id) });
    const { stdout, stderr } = await succeed(consume(topic, "--group", topic));
    expect(idsIn(stdout)).toEqual(["1", "2"]);
    expect(readSummary(stderr)).toMatchObject({ "dead-lettered": bad.length, tombstones: 1 });
    const failed = await run(consume(topic, "--on-error", "fail"));
    expect([failed.code, idsIn(failed.stdout)]).toEqual([7, ["1"]]);
    const letters = readJsonLines((await succeed(consume(`${topic}.dlq`))).stdout);
    expect(
      letters.map(({ reason, raw, writer_id }) => [reason, Buffer.from(String(raw), "base64"), writer_id]),
    ).toEqual(bad);
    expect(letters[0]).toMatchObject({
      source: { topic, partition: 0, offset: 1 },
      reader_fingerprint: TweetVersions.at(-1)?.fingerprint,
    });
  });

  test("a version that turns up while the consumer runs is read, or met by the policy, and announced", async () => {
    const topic = freshTopic();
    const first = await file(topic, tweetV1);
    await write(topic, [frameOf(first, tweetV1, tweet("1"))]);
    const follow = consume(topic, "--group", topic, "--max-records", "3").filter(
      (word) => word !== "--until-end",
    );
    await using running = start(follow);
    await running.waitFor("stdout", /"id":"1"/);
    const mood = { ...tweetV1, fields: [...tweetV1.fields, { name: "mood", type: "string", default: "" }] };
    const next = await file(topic, mood);
    const bad = await file(topic, numbered);
    await write(topic, [
      frameOf(next, mood, { ...tweet("2"), mood: "m" }),
      frameOf(bad, numbered, numberedTweet),
      frameOf(first, tweetV1, tweet("3")),
    ]);
    const { code, stdout, stderr } = await running.done;
    expect({ code, ids: idsIn(stdout) }).toEqual({ code: 0, ids: ["1", "2", "3"] });
    expect(stderr).toMatch(new RegExp(`\\(schema ${next}\\) of ${topic}-value turned up and is read as`));
    expect(stderr).toMatch(new RegExp(`\\(schema ${bad}\\).*turned up: its records become dead letters`));
    await using admin = await adapterOf(bootstrap()).openAdmin();
    await eventually(
      () => admin.offsets(parseTopicName(`${topic}.dlq`)),
      (offsets) => expect(offsets).toMatchObject([{ latest: 1 }]),
    );
  });

  test("while the registry is away, what is known is printed, and what is new is waited for", async () => {
    const topic = freshTopic();
    await using relay = await startRelay(registryUrl());
    const first = await file(topic, tweetV1);
    await write(topic, [frameOf(first, tweetV1, tweet("1"))]);
    const follow = consume(topic, "--group", topic, "--max-records", "5").filter(
      (word) => word !== "--until-end",
    );
    await using running = start(follow, { BIRDWIRE_REGISTRY_URL: relay.url });
    await running.waitFor("stdout", /"id":"1"/);
    relay.cut();
    const mood = { ...tweetV1, fields: [...tweetV1.fields, { name: "mood", type: "string", default: "" }] };
    const next = await file(topic, mood);
    const moody = (id: string) => frameOf(next, mood, { ...tweet(id), mood: "m" });
    await write(topic, [frameOf(first, tweetV1, tweet("2")), moody("3"), moody("4")]);
    await running.waitFor("stderr", /trying again in/);
    await running.waitFor("stdout", /"id":"2"/);
    relay.mend();
    await write(topic, [frameOf(first, tweetV1, tweet("5"))]);
    const { code, stdout, stderr } = await running.done;
    expect({ code, ids: idsIn(stdout) }).toEqual({ code: 0, ids: ["1", "2", "3", "4", "5"] });
    expect(stderr.match(/turned up/g)).toHaveLength(1);
  });

  test("the reader's version, and what became of each field, are as --reader and --explain say", async () => {
    const topic = freshTopic();
    const first = await file(topic, older);
    await write(topic, [frameOf(first, older, event("HIGH", 3))]);
    await file(topic, newer);
    const explained = await succeed(consume(topic, "--reader", "latest", "--explain"));
    const [line] = readJsonLines<{ resolution: { field: string; kind: string }[] }>(explained.stdout);
    expect(line?.resolution.map(({ field, kind }) => `${field} ${kind}`)).toEqual(
      expect.arrayContaining(["name alias", "count promoted", "tags defaulted", "gone dropped"]),
    );
    expect(line).toMatchObject({ value: { name, count: -7, tags: ["none"] } });
    const refused = await run(consume(topic, "--reader", "1"));
    expect(refused.stderr).toMatch(
      /version 2 .* cannot be read: a long was written and the reader takes an int/,
    );
    expect([refused.code, refused.stdout]).toEqual([3, ""]);
  });

  describeWith("python", "beside AvroDeserializer of confluent-kafka", (python) => {
    /** Both read with the schema in that file. */
    async function readBoth(topic: string, reader: string) {
      const script = `${repositoryRoot}integration-tests/clients/read_tweets.py`;
      const { stdout } = await execute(python, [script, bootstrap(), registryUrl(), topic, reader]);
      const ours = readJsonLines((await succeed(consume(topic, "--meta", "--reader", reader))).stdout);
      return {
        theirs: readJsonLines(stdout),
        ours: ours.map(({ partition, offset, key, value }) => ({ partition, offset, key, value })),
      };
    }

    test("tweets of versions 1, 2 and 3 are read as the same records", async () => {
      const topic = freshTopic();
      const sample = ["--replay", "docs/samples/posts.ndjson", "--topic", topic, "--partitions", "1"];
      for (const version of ["1", "2", "3"]) {
        await succeed(["produce", "--dedupe", "0", "--schema-version", version, ...sample]);
      }
      for (const version of TweetVersions) {
        const reader = join(folder, `v${version.version}.avsc`);
        await writeFile(reader, version.json);
        const { theirs, ours } = await readBoth(topic, reader);
        expect(ours).toHaveLength(36);
        expect(ours).toEqual(theirs);
      }
    });

    test("a schema with every kind of change is read as the same records", async () => {
      const topic = freshTopic();
      const first = await file(topic, older);
      const second = await file(topic, newer);
      const values = [event("LOW", null), event("NEVER", 12), event("HIGH", "text")];
      await write(topic, [
        ...values.map((value) => frameOf(first, older, value)),
        frameOf(second, newer, newEvent),
      ]);
      const reader = join(folder, "event.avsc");
      await writeFile(reader, JSON.stringify(newer));
      const { theirs, ours } = await readBoth(topic, reader);
      expect(ours).toHaveLength(4);
      expect(ours).toEqual(theirs);
    });
  });
});
