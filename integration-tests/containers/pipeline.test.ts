/**
 * The way of a post over Apache Kafka and a registry that are none of ours, each in a container.
 */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { repositoryRoot, runBirdwire } from "../support/birdwire.ts";
import {
  type KafkaContainer,
  type RegistryContainer,
  startKafkaContainer,
  startRegistryContainer,
} from "../support/containers.ts";
import { describeWith } from "../support/requirements.ts";
import { readJsonLines, readSummary, readTableIds } from "../support/screen.ts";

const startTimeoutMs = 240_000;
const sample = "docs/samples/posts.ndjson";

interface TweetLine {
  readonly id: string;
  readonly text: string;
}

describeWith("docker", "birdwire on Kafka and a registry in containers", () => {
  let kafka: KafkaContainer | undefined;
  let registry: RegistryContainer | undefined;
  let env: Record<string, string> = {};

  beforeAll(async () => {
    kafka = await startKafkaContainer();
    registry = await startRegistryContainer(kafka);
    env = { BIRDWIRE_BROKERS: kafka.bootstrap, BIRDWIRE_REGISTRY_URL: registry.url };
  }, startTimeoutMs);
  afterAll(async () => {
    await registry?.[Symbol.asyncDispose]();
    await kafka?.[Symbol.asyncDispose]();
  }, startTimeoutMs);

  async function run(...args: readonly string[]) {
    const result = await runBirdwire(args, { env });
    expect({ args, code: result.code, stderr: result.code === 0 ? "" : result.stderr }).toEqual({
      args,
      code: 0,
      stderr: "",
    });
    return result;
  }

  test("a recorded file is produced and consumed: every post once, text and schema as they were", async () => {
    const posts = readJsonLines<{ data: TweetLine }>(await readFile(`${repositoryRoot}${sample}`, "utf8"));
    const { stderr } = await run("produce", "--replay", sample);
    expect(readSummary(stderr)).toMatchObject({ received: posts.length, produced: posts.length });

    const { stdout } = await run("consume", "--from-beginning", "--until-end", "--format", "json", "--meta");
    const records = readJsonLines<{ key: string; writer: object; value: TweetLine }>(stdout);
    expect(records.map(({ value }) => [value.id, value.text]).sort()).toEqual(
      posts.map(({ data }) => [data.id, data.text]).sort(),
    );
    for (const { key, value, writer } of records) {
      expect(key).toBe(value.id);
      expect(writer).toEqual({ id: expect.any(Number), version: 1 });
    }

    const table = await run("consume", "--from-beginning", "--until-end");
    expect(readTableIds(table.stdout).sort()).toEqual(posts.map(({ data }) => data.id).sort());
  });

  test("the schemas of the folder are registered, and registering them again changes nothing", async () => {
    const first = await run("schemas", "register");
    const second = await run("schemas", "register");
    expect(second.stdout).toBe(first.stdout);
    const subjects = await fetch(`${registry?.url}/subjects`);
    expect(await subjects.json()).toEqual(expect.arrayContaining(["twitter-value", "twitter.dlq-value"]));
  });

  test("a group goes on where it stopped", async () => {
    const topic = ["--topic", "group-topic"];
    await run("produce", "--replay", sample, "--partitions", "1", ...topic);
    const read = (...more: string[]) =>
      run(
        "consume",
        ...topic,
        "--group",
        "g",
        "--from-beginning",
        "--until-end",
        "--format",
        "json",
        ...more,
      );
    const ids = [];
    for (const more of [["--max-records", "5"], [], []]) {
      ids.push(readJsonLines<TweetLine>((await read(...more)).stdout).map(({ id }) => id));
    }
    expect(ids.map(({ length }) => length)).toEqual([5, 7, 0]);
    expect(new Set(ids.flat()).size).toBe(12);
  });
});
