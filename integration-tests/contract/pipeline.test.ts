/**
 * The way of a post from X, or from a recorded file, through Kafka to the screen, by the bin: what a person types
 * and sees.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { startXEmulator } from "../../src/emulators/x/start.ts";
import { parseTopicName } from "../../src/kernel/brand.ts";
import { readDelivered, repositoryRoot } from "../support/birdwire.ts";
import { adapterOf, read, record, send } from "../support/kafka-clients.ts";
import { describePipeline } from "../support/pipeline-targets.ts";
import { readJsonLines, readSummary, readTableIds } from "../support/screen.ts";

interface TweetLine {
  readonly id: string;
  readonly text: string;
  readonly created_at: string;
}

interface MetaLine {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly writer: { readonly id: number; readonly version: number };
  readonly value: TweetLine;
}

const sample = "docs/samples/posts.ndjson";
const all = ["consume", "--from-beginning", "--until-end", "--format", "json", "--topic"] as const;

/** The same posts once more, into a topic that has them. */
const again = ["--dedupe", "0"] as const;

const posts = readJsonLines<{ data: TweetLine }>(await readFile(`${repositoryRoot}${sample}`, "utf8")).map(
  ({ data }) => data,
);
const ids = posts.map(({ id }) => id).sort();
const idsOf = (stdout: string) => readJsonLines<TweetLine>(stdout).map(({ id }) => id);
const withoutExtras = ({ id, text, created_at }: TweetLine) => ({ id, text, created_at });

const latest = 3;
const versions = [1, 2, latest] as const;

/** The heads of the tables' columns. */
const readHeads = (stdout: string) =>
  [...stdout.matchAll(/^Batch: \d+\n-+\n\+[-+]+\+\n\|(.*)\|\n/gm)].map(([, heads]) =>
    heads?.split("|").map((head) => head.trim()),
  );

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "birdwire-pipeline-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describePipeline("birdwire", ({ test, bootstrap, registryUrl, freshTopic, run, succeed, start }) => {
  test("a new topic is one that tweets can be deleted from, and the doctor finds nothing to mend", async () => {
    const topic = freshTopic();
    await succeed(["produce", "--replay", sample, "--topic", topic, "--retention", "2d"]);
    {
      await using admin = await adapterOf(bootstrap()).openAdmin();
      expect(await admin.topicSettings(parseTopicName(topic))).toMatchObject({
        "cleanup.policy": "compact,delete",
        "max.compaction.lag.ms": "86400000",
        "retention.ms": "172800000",
      });
    }
    const state = join(folder, "state");
    const { stdout } = await succeed([
      "doctor",
      "--skip-x",
      "--topic",
      topic,
      "--state",
      state,
      "--format",
      "json",
    ]);
    const { findings } = JSON.parse(stdout) as { findings: { status: string }[] };
    expect(findings.filter(({ status }) => status !== "ok")).toEqual([]);
  });

  const readSubject = async (path: string) => (await fetch(`${registryUrl()}${path}`)).json();

  test("a recorded file is printed post by post, each once, as it was", async () => {
    const topic = freshTopic();
    const { stderr } = await succeed(["produce", "--replay", sample, "--topic", topic]);
    expect(readSummary(stderr)).toMatchObject({ received: posts.length, produced: posts.length });
    const { stdout } = await succeed([...all, topic]);
    const printed = readJsonLines<TweetLine>(stdout).map(withoutExtras);
    expect(printed.sort((a, b) => a.id.localeCompare(b.id))).toEqual(posts.map(withoutExtras));
  });

  test("a second run produces none of the posts that the topic has, unless it is to know of none", async () => {
    const topic = freshTopic();
    const produce = ["produce", "--replay", sample, "--topic", topic];
    await succeed(produce);
    const second = await succeed(produce);
    expect(readSummary(second.stderr)).toMatchObject({ produced: 0, duplicates: posts.length });
    expect(second.stderr).toContain(`posts=${posts.length}`);
    const newest = await succeed([...produce, "--dedupe", "3"]);
    expect(Number(readSummary(newest.stderr).produced)).toBeGreaterThan(0);
    const third = await succeed([...produce, ...again]);
    expect(readSummary(third.stderr)).toMatchObject({ produced: posts.length, duplicates: 0 });
  });

  test("a record's key is the id of its post, and its writer schema the one the registry holds", async () => {
    const topic = freshTopic();
    await succeed(["produce", "--replay", sample, "--topic", topic]);
    const { stdout } = await succeed([...all, topic, "--meta"]);
    const { id } = (await readSubject(`/subjects/${topic}-value/versions/${latest}`)) as { id: number };
    const records = readJsonLines<MetaLine>(stdout);
    expect(records.map(({ key }) => key).sort()).toEqual(ids);
    for (const { key, value, writer } of records) {
      expect({ key, writer }).toEqual({ key: value.id, writer: { id, version: latest } });
    }
  });

  test("versions 1, 2 and 3 of the schema lie in one topic, and a consumer reads them all", async () => {
    const topic = freshTopic();
    for (const version of [2, 1, 3]) {
      const flags = [...again, "--schema-version", String(version), "--replay", sample, "--topic", topic];
      await succeed(["produce", ...flags]);
    }
    // Numbered as the files are, whichever was written first.
    expect(await readSubject(`/subjects/${topic}-value/versions`)).toEqual([...versions]);
    const { stdout } = await succeed([...all, topic, "--meta"]);
    const records = readJsonLines<MetaLine>(stdout);
    for (const version of versions) {
      const values = records.filter(({ writer }) => writer.version === version).map(({ value }) => value);
      expect(values.map(({ id }) => id).sort()).toEqual(ids);
      const unknown = { author_id: null, lang: null, ingested_at: null, edit_history_tweet_ids: [] };
      const known = { lang: "und", ingested_at: expect.stringMatching(/^20\d\d-.*Z$/) };
      for (const value of values) {
        expect(value).toMatchObject(
          version === 1 ? unknown : { ...known, edit_history_tweet_ids: [value.id] },
        );
      }
    }
    expect(records).toHaveLength(ids.length * versions.length);
  });

  test("what version 3 has of a post from X is printed: author, entities, rules", async () => {
    const topic = freshTopic();
    await using x = await startXEmulator({
      source: { kind: "generated", seed: 3, count: 120, ratePerSecond: "max" },
    });
    const rules = ["--rule", "any=python OR BTS OR typescript OR kafka"];
    const env = { BIRDWIRE_X_URL: x.url, X_BEARER_TOKEN: "any" };
    await succeed(["produce", ...rules, "--expand", "users", "--until-idle", "1s", "--topic", topic], env);
    const tweets = readJsonLines((await succeed([...all, topic])).stdout);
    expect(tweets).toHaveLength(120);
    for (const tweet of tweets) {
      expect(tweet).toMatchObject({
        author: { id: tweet.author_id, username: expect.stringMatching(/^user_/) },
        matching_rules: [{ tag: "any" }],
        public_metrics: { like_count: expect.any(Number) },
        edit_controls: { edits_remaining: 6 - (tweet.edit_history_tweet_ids as string[]).length },
      });
    }
    for (const part of ["entities", "place", "note_text", "media", "referenced_tweets"]) {
      expect(tweets.filter((tweet) => String(tweet[part] ?? "") !== "")).not.toEqual([]);
    }
  });

  test("a table has the columns of what was written", async () => {
    const topic = freshTopic();
    const show = ["consume", "--from-beginning", "--until-end", "--topic", topic];
    await succeed(["produce", "--schema-version", "1", "--replay", sample, "--topic", topic]);
    const first = readHeads((await succeed(show)).stdout).at(-1);
    expect(first).toEqual(["created_at", "id", "text"]);
    await succeed(["produce", ...again, "--schema-version", "2", "--replay", sample, "--topic", topic]);
    const heads = readHeads((await succeed(show)).stdout).at(-1);
    expect(heads?.slice(0, 5)).toEqual(["created_at", "id", "text", "author_id", "lang"]);
    expect(heads).toHaveLength(12);
  });

  test("a version that there is not is refused, with those that there are", async () => {
    const { code, stderr } = await run(["produce", "--schema-version", "4", "--replay", sample]);
    expect(code).toBe(2);
    expect(stderr).toContain("--schema-version 4: the tweet's schema has the versions 1, 2, 3");
  });

  test("tables show the same posts, in batches", async () => {
    const topic = freshTopic();
    await succeed(["produce", "--replay", sample, "--topic", topic]);
    const { stdout } = await succeed(["consume", "--from-beginning", "--until-end", "--topic", topic]);
    expect(stdout).toContain("Batch: 0");
    expect(readTableIds(stdout).sort()).toEqual(ids);
  });

  test("what X sends for two rules is printed once each, and is what X calls delivered", async () => {
    const topic = freshTopic();
    await using x = await startXEmulator({
      source: { kind: "generated", seed: 7, count: 300, ratePerSecond: "max" },
      cut: "utf8",
    });
    const rules = ["--rule", "a=python OR kafka", "--rule", "b=BTS OR typescript OR avro"];
    const env = { BIRDWIRE_X_URL: x.url, X_BEARER_TOKEN: "any" };
    await succeed(["produce", ...rules, "--until-idle", "1s", "--topic", topic], env);
    const delivered = await readDelivered(x.controlUrl);
    const { stdout } = await succeed([...all, topic]);
    expect(delivered.length).toBeGreaterThan(200);
    expect(idsOf(stdout).sort()).toEqual([...delivered].sort());
    expect(stdout).not.toContain("\ufffd");
  });

  test("the schemas of the folder are registered under their level, once", async () => {
    const first = await succeed(["schemas", "register"]);
    const second = await succeed(["schemas", "register"]);
    expect(second.stdout).toBe(first.stdout);
    expect(await readSubject("/subjects")).toEqual(
      expect.arrayContaining(["twitter-value", "twitter.dlq-value"]),
    );
    expect(await readSubject("/config/twitter-value")).toMatchObject({
      compatibilityLevel: "FULL_TRANSITIVE",
    });
  });

  test("a group of consumers goes on where it stopped", async () => {
    const topic = freshTopic();
    await succeed(["produce", "--replay", sample, "--partitions", "1", "--topic", topic]);
    const group = [...all, topic, "--group", topic];
    const first = await succeed([...group, "--max-records", "5"]);
    const second = await succeed(group);
    const third = await succeed(group);
    expect([first, second, third].map(({ stdout }) => idsOf(stdout).length)).toEqual([5, 7, 0]);
    expect([...idsOf(first.stdout), ...idsOf(second.stdout)].sort()).toEqual(ids);
  });

  test("a consumer that is told to stop has committed what it printed", async () => {
    const topic = freshTopic();
    await succeed(["produce", "--replay", sample, "--topic", topic]);
    const follow = ["consume", "--from-beginning", "--format", "json", "--topic", topic, "--group", topic];
    await using running = start(follow);
    await running.waitFor("stdout", /(?:.*\n){12}/);
    running.process.kill("SIGTERM");
    const { code, stdout } = await running.done;
    expect(code).toBe(143);
    expect(idsOf(stdout).sort()).toEqual(ids);
    expect((await succeed([...all, topic, "--group", topic])).stdout).toBe("");
  });

  test("a record that is no frame of ours is kept as a dead letter, and the rest is printed", async () => {
    const topic = freshTopic();
    await succeed(["produce", "--replay", sample, "--topic", topic]);
    await send(adapterOf(bootstrap()), parseTopicName(topic), [
      record("not a frame", "a"),
      { key: Buffer.from("b"), value: Buffer.from([0, 0x7f, 0xff, 0xff, 0xf0, 1]) },
    ]);
    const { stdout, stderr } = await succeed([...all, topic, "--group", topic]);
    expect(idsOf(stdout).sort()).toEqual(ids);
    expect(readSummary(stderr)).toMatchObject({ "dead-lettered": 2 });
    expect(stderr).toMatch(/bad-magic/);
    expect(stderr).toMatch(/unknown-schema-id/);
    const letters = await read(adapterOf(bootstrap()), 2, { topics: [parseTopicName(`${topic}.dlq`)] });
    expect(letters.filter(({ value }) => value?.includes("not a frame"))).toHaveLength(1);
  });

  test("a post that cannot be mapped becomes a dead letter, and those around it are printed", async () => {
    const topic = freshTopic();
    const file = join(folder, "mixed.ndjson");
    const line = (id: string, time: string) => `{"data":{"id":"${id}","text":"t","created_at":${time}}}`;
    const time = '"2026-01-31T12:00:00.000Z"';
    await writeFile(file, [line("1", time), line("2", "null"), "{", line("4", time)].join("\n"));
    const { stderr } = await succeed(["produce", "--replay", file, "--topic", topic]);
    expect(readSummary(stderr)).toMatchObject({ received: 4, produced: 2, "dead-lettered": 2 });
    expect(idsOf((await succeed([...all, topic])).stdout).sort()).toEqual(["1", "4"]);
  });

  test("a post larger than a broker takes becomes a dead letter", async () => {
    const topic = freshTopic();
    const file = join(folder, "large.ndjson");
    const line = (id: string, text: string) =>
      `{"data":{"id":"${id}","text":"${text}","created_at":"2026-01-31T12:00:00.000Z"}}`;
    await writeFile(file, [line("1", "a"), line("2", "x".repeat(2_000_000)), line("3", "b")].join("\n"));
    const { stderr } = await succeed(["produce", "--replay", file, "--topic", topic]);
    expect(readSummary(stderr)).toMatchObject({ received: 3, produced: 2, "dead-lettered": 1 });
    expect(idsOf((await succeed([...all, topic])).stdout).sort()).toEqual(["1", "3"]);
  });

  test("where the subject holds a schema that ours cannot follow, nothing is produced", async () => {
    const topic = freshTopic();
    const subject = `${topic}-value`;
    const schema = JSON.stringify({
      type: "record",
      name: "Tweet",
      namespace: "birdwire",
      fields: [{ name: "id", type: { type: "array", items: "long" } }],
    });
    const registered = await fetch(`${registryUrl()}/subjects/${subject}/versions`, {
      method: "POST",
      headers: { "Content-Type": "application/vnd.schemaregistry.v1+json" },
      body: JSON.stringify({ schema }),
    });
    expect(registered.status).toBe(200);
    const { code, stderr } = await run(["produce", "--replay", sample, "--topic", topic]);
    expect({ code, named: stderr.includes(subject) }).toEqual({ code: 3, named: true });
    await using admin = await adapterOf(bootstrap()).openAdmin();
    const written = await admin.offsets(parseTopicName(topic)).catch(() => []);
    expect(written.every(({ latest }) => latest === 0)).toBe(true);
  });

  test("two consumers of a group print every post between them", async () => {
    const topic = freshTopic();
    await succeed(["produce", "--replay", sample, "--partitions", "6", "--topic", topic]);
    const follow = ["consume", "--from-beginning", "--format", "json", "--topic", topic, "--group", topic];
    await using one = start(follow);
    await using other = start(follow);
    const seen = new Set<string>();
    const look = async (each: typeof one) => {
      for (let lines = 1; seen.size < ids.length; lines++) {
        const [text] = await each.waitFor("stdout", new RegExp(`(?:.*\\n){${lines}}`));
        for (const id of idsOf(text)) seen.add(id);
      }
    };
    await Promise.race([look(one), look(other)]);
    expect([...seen].sort()).toEqual(ids);
  });
});
