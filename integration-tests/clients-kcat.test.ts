/**
 * kcat (librdkafka) shares no code with us: what it reads off the broker is what was written.
 */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { createCodec } from "../src/avro/codec.ts";
import { TweetSchema } from "../src/generated/tweet.ts";
import { parseFrame } from "../src/wire/frame.ts";
import { repositoryRoot, runBirdwire, startBirdwire, startEmulators } from "./support/birdwire.ts";
import { describeWith } from "./support/requirements.ts";
import { readJsonLines, readSummary, readTableIds } from "./support/screen.ts";

const execute = promisify(execFile);
const sample = `${repositoryRoot}docs/samples/posts.ndjson`;

interface KcatRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: Buffer;
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

describeWith("kcat", "kcat on the emulated broker", (kcat) => {
  test("lists the broker, the topic and its partitions", async () => {
    await using up = await startEmulators();
    await runBirdwire(["produce", "--replay", sample, "--partitions", "3"], { env: up.env });
    const { stdout } = await execute(kcat, ["-b", up.addresses.brokers, "-L"]);
    expect(stdout).toContain(`broker 1 at ${up.addresses.brokers}`);
    expect(stdout).toMatch(/topic "twitter" with 3 partitions/);
    expect(stdout).toMatch(/topic "twitter\.dlq" with 1 partitions/);
  });

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
    const writing = execute(kcat, ["-b", up.addresses.brokers, "-P", "-t", "twitter", "-p", "0"]);
    writing.child.stdin?.end("not a frame\n{}\n");
    await writing;
    const consumed = await runBirdwire(["consume", "--from-beginning", "--until-end", "--format", "json"], {
      env: up.env,
    });
    expect(consumed.code).toBe(0);
    expect(readJsonLines(consumed.stdout)).toHaveLength(12);
    expect(consumed.stderr).toMatch(/bad-magic.*offset=12/);
    expect(readSummary(consumed.stderr)).toMatchObject({ consumed: 14, printed: 12, "dead-lettered": 2 });
    const letters = await readTopic(kcat, up.addresses.brokers, "twitter.dlq");
    expect(letters.map(({ value }) => value.includes("not a frame"))).toEqual([true, false]);
  });
});
