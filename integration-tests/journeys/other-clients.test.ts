/**
 * Clients that share no code with us read what our pipeline wrote, off the broker and off the registry.
 */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { createCodec } from "../../src/avro/codec.ts";
import { TweetSchema } from "../../src/generated/tweet.ts";
import { parseFrame } from "../../src/wire/frame.ts";
import { repositoryRoot, runBirdwire, startBirdwire, startEmulators } from "../support/birdwire.ts";
import { describeWith } from "../support/requirements.ts";
import { readJsonLines, readSummary, readTableIds } from "../support/screen.ts";

const execute = promisify(execFile);
const sample = `${repositoryRoot}docs/samples/posts.ndjson`;

interface KcatRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: Buffer;
}

interface PythonRow {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: { readonly id: string; readonly text: string; readonly created_at: string };
}

/** Every record of a topic, raw. */
async function readTopic(kcat: string, brokers: string, topic: string): Promise<KcatRecord[]> {
  const args = ["-b", brokers, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-f", "%p %o %K %S %k%s\n"];
  const { stdout } = await execute(kcat, args, { encoding: "buffer", maxBuffer: 64 * 1024 * 1024 });
  const records: KcatRecord[] = [];
  for (let at = 0; at < stdout.length; ) {
    const head = /^(\d+) (\d+) (-?\d+) (-?\d+) /.exec(stdout.toString("latin1", at, at + 80));
    if (head === null) throw new Error(`kcat printed something else at byte ${at}`);
    const [whole, partition, offset, keyLength, valueLength] = head;
    const keyAt = at + whole.length;
    const valueAt = keyAt + Math.max(0, Number(keyLength));
    const end = valueAt + Math.max(0, Number(valueLength));
    records.push({
      partition: Number(partition),
      offset: Number(offset),
      key: stdout.toString("utf8", keyAt, valueAt),
      value: stdout.subarray(valueAt, end),
    });
    at = end + 1;
  }
  return records;
}

describeWith("kcat", "kcat beside birdwire", (kcat) => {
  test("reads keys, offsets and raw values as they were written", async () => {
    await using up = await startEmulators();
    await runBirdwire(["produce", "--replay", sample], { env: up.env });
    const records = await readTopic(kcat, up.addresses.brokers, "twitter");
    const posts = readJsonLines<{ data: { id: string; text: string } }>(await readFile(sample, "utf8"));
    expect(records.map(({ key }) => key).sort()).toEqual(posts.map(({ data }) => data.id).sort());

    const codec = createCodec(TweetSchema.json);
    for (const { key, value } of records) {
      const frame = parseFrame(value);
      if (frame.kind !== "framed") throw new Error(`the value of ${key} is ${frame.kind}`);
      const text = posts.find(({ data }) => data.id === key)?.data.text;
      expect(codec.decode(frame.payload)).toMatchObject({ id: key, text });
    }
    for (const partition of new Set(records.map((record) => record.partition))) {
      const offsets = records.filter((record) => record.partition === partition).map(({ offset }) => offset);
      expect(offsets).toEqual(offsets.map((_, index) => index));
    }
  });

  test("reads the tweets that the demo showed while it lingers", async () => {
    await using demo = startBirdwire(["demo", "--max-tweets", "100", "--x-rate", "max", "--linger", "30s"]);
    const [, brokers = ""] = await demo.waitFor("stderr", /Kafka (\S+),/);
    await demo.waitFor("stderr", /stay up for 30s/);
    const records = await readTopic(kcat, brokers, "twitter");
    demo.process.kill("SIGTERM");
    const { stdout } = await demo.done;
    expect(records).toHaveLength(100);
    expect(records.map(({ key }) => key).sort()).toEqual(readTableIds(stdout).sort());
  });

  test("what it writes that is not ours becomes a dead letter, and the rest flows", async () => {
    await using up = await startEmulators();
    await runBirdwire(["produce", "--replay", sample, "--partitions", "1"], { env: up.env });
    // With keys, for the topic is compacted.
    const writing = execute(kcat, ["-b", up.addresses.brokers, "-P", "-t", "twitter", "-p", "0", "-K", "="]);
    writing.child.stdin?.end("a=not a frame\nb={}\n");
    await writing;
    const consumed = await runBirdwire(
      ["consume", "--from-beginning", "--until-end", "--format", "json", "--group", "screen"],
      { env: up.env },
    );
    expect(consumed.code).toBe(0);
    expect(readJsonLines(consumed.stdout)).toHaveLength(12);
    expect(consumed.stderr).toMatch(/bad-magic.*offset=12/);
    expect(readSummary(consumed.stderr)).toMatchObject({ consumed: 14, printed: 12, "dead-lettered": 2 });
    const letters = await readTopic(kcat, up.addresses.brokers, "twitter.dlq");
    expect(letters.map(({ value }) => value.includes("not a frame"))).toEqual([true, false]);
  });
});

describeWith("python", "confluent-kafka for Python beside birdwire", (python) => {
  test("AvroDeserializer gives the tweets that our consumer prints", async () => {
    await using up = await startEmulators();
    const { brokers, registryUrl } = up.addresses;
    await runBirdwire(["produce", "--replay", sample], { env: up.env });
    const script = `${repositoryRoot}integration-tests/clients/read_tweets.py`;
    const { stdout } = await execute(python, [script, brokers, registryUrl, "twitter"]);
    const theirs = readJsonLines<PythonRow>(stdout);
    const ours = readJsonLines<PythonRow>(
      (
        await runBirdwire(["consume", "--from-beginning", "--until-end", "--format", "json", "--meta"], {
          env: up.env,
        })
      ).stdout,
    );
    const facts = (rows: readonly PythonRow[]) =>
      rows
        .map(({ partition, offset, key, value }) => ({ partition, offset, key, value }))
        .sort((one, other) => one.key.localeCompare(other.key));
    expect(facts(theirs)).toEqual(facts(ours));

    const posts = readJsonLines<{ data: PythonRow["value"] }>(await readFile(sample, "utf8"));
    expect(theirs.map(({ value }) => value.text).sort()).toEqual(posts.map(({ data }) => data.text).sort());
  });
});
