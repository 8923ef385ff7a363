/**
 * kill -9 of the producer: what it had sent is in the topic once, and the next start repeats nothing. And of one of three
 * consumers: everything is printed, and again only what was not committed. The same with more kills and records:
 * `npm run test:evidence -- kill consume-kill`.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { createRandom } from "../../src/emulators/x/generator/random.ts";
import { startEmulators } from "../support/birdwire.ts";
import { runBirdwireHere } from "../support/birdwire-here.ts";
import { killConsumers } from "../support/kill-consumers.ts";
import { killProducer, printRecording, recordedPost } from "../support/kill-producer.ts";
import { readJsonLines } from "../support/screen.ts";

test("A producer that is killed three times with -9 leaves every post of a recording in the topic, once", async () => {
  const posts = 12_000;
  const folder = await mkdtemp(join(tmpdir(), "birdwire-kill-"));
  try {
    const file = join(folder, "posts.ndjson");
    await writeFile(file, printRecording(posts));
    await using up = await startEmulators();
    const { env, addresses } = up;
    const { killedAt, last } = await killProducer({
      topic: "twitter",
      file,
      posts,
      kills: 3,
      random: createRandom(6).next,
      brokers: addresses.brokers,
      env,
    });
    expect(killedAt).toHaveLength(3);
    const before = killedAt.at(-1) ?? 0;
    expect(last).toMatchObject({ received: posts, duplicates: before, produced: posts - before });
    const consume = ["consume", "--from-beginning", "--until-end", "--format", "json"];
    const consumed = await runBirdwireHere(consume, { env });
    const tweets = readJsonLines<{ id: string; text: string }>(consumed.stdout);
    expect(tweets).toHaveLength(posts);
    const texts = new Map(tweets.map(({ id, text }) => [id, text]));
    const wrong = Array.from({ length: posts }, (_, index) => recordedPost(index)).filter(
      ({ id, text }) => texts.get(id) !== text,
    );
    expect(wrong).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
}, 60_000);

test("Of three consumers one is killed three times with -9, and every record is printed, again only what was not committed", async () => {
  const records = 12_000;
  await using up = await startEmulators();
  const { env, addresses } = up;
  const { killedAt, ...report } = await killConsumers({
    topic: "twitter",
    records,
    kills: 3,
    spanMs: 3000,
    random: createRandom(11).next,
    brokers: addresses.brokers,
    registryUrl: addresses.registryUrl,
    env,
  });
  expect(killedAt.at(-1)).toBeGreaterThan(0);
  expect(report).toEqual({
    printed: records,
    lost: 0,
    altered: 0,
    repeats: expect.any(Number),
    foreign: [],
    codes: [143, 143, 143],
    uncommitted: 0,
  });
}, 60_000);
