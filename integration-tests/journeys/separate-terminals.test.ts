/**
 * The same way of a post as in the demo, as people run it against real services: each part a process of its own.
 */
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "@jest/globals";
import {
  readDelivered,
  repositoryRoot,
  runBirdwire,
  startBirdwire,
  startEmulators,
} from "../support/birdwire.ts";
import { readJsonLines, readSummary } from "../support/screen.ts";

interface TweetLine {
  readonly id: string;
  readonly text: string;
  readonly created_at: string;
}

const sample = `${repositoryRoot}docs/samples/posts.ndjson`;
const consumeAll = ["consume", "--from-beginning", "--until-end", "--format", "json"];

async function readSample(path = sample): Promise<Map<string, TweetLine>> {
  const posts = readJsonLines<{ data: TweetLine }>(await readFile(path, "utf8"));
  return new Map(posts.map(({ data }) => [data.id, data]));
}

describe("emulators, producer and consumer in separate processes", () => {
  test("what matches the rules is printed once, byte for byte, and agrees with the ledger", async () => {
    const file = process.env.BIRDWIRE_TEST_TWEETS ?? sample;
    const rules =
      file === sample ? ["python=python", "music=BTS OR kafka"] : ["love=love", "fun=lol OR lmao OR haha"];
    await using up = await startEmulators(["--x-replay", file, "--x-rate", "max"]);
    const flags = rules.flatMap((rule) => ["--rule", rule]);
    const produced = await runBirdwire(["produce", ...flags, "--until-idle", "1s"], { env: up.env });
    expect(produced.code).toBe(0);
    expect(produced.stderr).toMatch(/added=2 .*total=2/);
    const { code, stdout } = await runBirdwire(consumeAll, { env: up.env });
    expect(code).toBe(0);

    const printed = readJsonLines<TweetLine>(stdout);
    const delivered = await readDelivered(up.addresses.xControlUrl);
    expect(delivered.length).toBeGreaterThan(5);
    expect(printed.map(({ id }) => id).sort()).toEqual([...delivered].sort());
    const posts = await readSample(file);
    for (const { id, text, created_at } of printed) {
      expect({ id, text, created_at }).toEqual({
        id,
        text: posts.get(id)?.text,
        created_at: posts.get(id)?.created_at,
      });
    }
    expect(readSummary(produced.stderr).produced).toBe(delivered.length);
  });

  test("a group that has read nothing yet keeps its place too", async () => {
    await using up = await startEmulators();
    const { env } = up;
    await runBirdwire(["produce", "--replay", sample], { env });
    {
      await using first = startBirdwire(
        ["consume", "--format", "json", "--group", "late", "--log-level", "debug"],
        { env },
      );
      await first.waitFor("stderr", /starts are stored/);
      first.process.kill("SIGINT");
      expect((await first.done).stdout).toBe("");
    }
    const later = sample.replace("posts.ndjson", "later-posts.ndjson");
    await runBirdwire(["produce", "--replay", later], { env });
    const second = await runBirdwire(["consume", "--until-end", "--format", "json", "--group", "late"], {
      env,
    });
    const expected = [...(await readSample(later)).keys()];
    expect(
      readJsonLines<TweetLine>(second.stdout)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(expected.sort());
  });
});
