/**
 * A producer that is killed with -9 again and again while it replays a file, and started again each time.
 */
import { setTimeout as wait } from "node:timers/promises";
import { parseTopicName } from "../../src/kernel/brand.ts";
import { startBirdwire } from "./birdwire.ts";
import { adapterOf } from "./kafka-clients.ts";
import { readSummary } from "./screen.ts";

export interface KillPlan {
  readonly topic: string;
  /** A recording of `posts` different posts. */
  readonly file: string;
  readonly posts: number;
  readonly kills: number;
  /** 0 to 1; decides where. */
  readonly random: () => number;
  readonly brokers: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface KillReport {
  /** How many records the topic had when each run was killed. */
  readonly killedAt: readonly number[];
  /** What the last run said that it did. */
  readonly last: Readonly<Record<string, number>>;
}

/** A kill comes up to so long after its mark, so that it strikes between two answers of the broker too. */
const longestDelayMs = 20;

/**
 * Kills it each time once the topic has passed a mark drawn from what is still to come, and lets the last run end.
 * Throws when that one fails, or a run ends before its mark.
 */
export async function killProducer(plan: KillPlan): Promise<KillReport> {
  const { topic, file, posts, kills, random, brokers, env } = plan;
  const args = ["produce", "--replay", file, "--topic", topic];
  const killedAt: number[] = [];
  const kafka = adapterOf(brokers);
  await using admin = await kafka.openAdmin();
  await admin.createTopic({ topic: parseTopicName(topic), partitions: 3 });
  const countRecords = async () => {
    const offsets = await admin.offsets(parseTopicName(topic));
    return offsets.reduce((sum, { latest }) => sum + latest, 0);
  };
  for (let kill = 0; kill < kills; kill++) {
    await using running = startBirdwire(args, { env });
    const ended = running.done.then(({ code, stderr }) => {
      throw new Error(`the producer ended with ${code} before it was killed:\n${stderr}`);
    });
    ended.catch(() => {});
    const there = await countRecords();
    // Some room is left for the kills to come.
    const mark = there + Math.floor((random() * (posts - there)) / (kills - kill));
    while ((await Promise.race([countRecords(), ended])) < mark);
    await Promise.race([wait(random() * longestDelayMs), ended]);
    running.process.kill("SIGKILL");
    await running.done;
    killedAt.push(await countRecords());
  }
  await using running = startBirdwire(args, { env });
  const { code, stderr } = await running.done;
  if (code !== 0) throw new Error(`the last run ended with ${code}:\n${stderr}`);
  return { killedAt, last: readSummary(stderr) };
}

/** A line of a recording, with a text that has characters of several bytes. */
export function recordedPost(index: number): { readonly id: string; readonly text: string } {
  return { id: String(1_900_000_000_000_000_000n + BigInt(index)), text: `post ${index} – ein Gruß 🐦` };
}

/** NDJSON of so many posts. */
export function printRecording(posts: number): string {
  const lines: string[] = [];
  for (let index = 0; index < posts; index++) {
    const data = { ...recordedPost(index), created_at: "2026-01-31T12:00:00.000Z" };
    lines.push(JSON.stringify({ data, matching_rules: [{ id: "1", tag: "all" }] }));
  }
  return `${lines.join("\n")}\n`;
}
