/**
 * Which records `consume` shows: from a time, an offset, the end; of some partitions; with and without a group.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parseTopicName } from "../../src/kernel/brand.ts";
import { type EmulatedServers, startServersHere } from "../support/emulated-servers.ts";
import { adapterOf } from "../support/kafka-clients.ts";
import { readJsonLines, readSummary } from "../support/screen.ts";

interface Shown {
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: string;
  readonly value: { readonly id: string };
}

const topic = parseTopicName("twitter");
let folder = "";
let servers: EmulatedServers;
/** All there is. */
let all: readonly Shown[] = [];
/** Between the first ten posts and the last ten. */
let between = "";

async function produce(name: string, from: number, to: number) {
  const ids = Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
  const posts = ids.map((id) =>
    JSON.stringify({ data: { id, text: "t", created_at: "2026-01-31T12:00:00.000Z" } }),
  );
  const file = join(folder, name);
  await writeFile(file, `${posts.join("\n")}\n`);
  expect((await servers.run("produce", "--replay", file)).code).toBe(0);
}

async function consume(...flags: readonly string[]) {
  const { code, stdout, stderr } = await servers.run(
    "consume",
    "--until-end",
    "--format",
    "json",
    "--meta",
    ...flags,
  );
  return { code, stderr, shown: code === 0 ? readJsonLines<Shown & Record<string, unknown>>(stdout) : [] };
}
const placesOf = (shown: readonly Shown[]) =>
  shown.map(({ partition, offset }) => `${partition}:${offset}`).sort();
const committed = async (group: string) => {
  await using admin = await adapterOf(servers.kafka.bootstrap).openAdmin();
  return (await admin.committed(group, topic)).map(({ nextOffset }) => nextOffset);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "birdwire-select-"));
  servers = await startServersHere();
  await using admin = await adapterOf(servers.kafka.bootstrap).openAdmin();
  await admin.createTopic({ topic, partitions: 3 });
  await produce("first.ndjson", 1, 10);
  const lastMs = Date.now();
  while (Date.now() === lastMs);
  between = new Date().toISOString();
  await produce("second.ndjson", 11, 20);
  all = (await consume("--from-beginning")).shown;
});
afterAll(async () => {
  await servers[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe("birdwire consume", () => {
  test("has records in several partitions to choose from", () => {
    expect(all.map(({ value }) => value.id).sort()).toEqual(
      Array.from({ length: 20 }, (_, index) => String(index + 1)).sort(),
    );
    expect(new Set(all.map(({ partition }) => partition)).size).toBeGreaterThan(1);
  });

  test("--from-time shows what came then or later", async () => {
    const { shown } = await consume("--from-time", between);
    expect(shown.map(({ value }) => Number(value.id)).sort((one, other) => one - other)).toEqual(
      Array.from({ length: 10 }, (_, index) => 11 + index),
    );
    expect((await consume("--from-time", "15m")).shown).toHaveLength(20);
  });

  test("--last shows the newest of each partition", async () => {
    const { shown } = await consume("--last", "5");
    expect(shown).toHaveLength(5);
    for (const { partition, offset } of shown) {
      const later = all.filter((other) => other.partition === partition && other.offset > offset);
      const laterShown = shown.filter((other) => other.partition === partition && other.offset > offset);
      expect(placesOf(laterShown)).toEqual(placesOf(later));
    }
    expect((await consume("--last", "1000")).shown).toHaveLength(20);
  });

  test("--from-offset shows what lies there and behind, in every partition or in the named one", async () => {
    const behind = await consume("--from-offset", "2");
    expect(placesOf(behind.shown)).toEqual(placesOf(all.filter(({ offset }) => offset >= 2)));
    const partition = all[0]?.partition ?? 0;
    const named = await consume("--from-offset", `${partition}:1`);
    expect(placesOf(named.shown)).toEqual(
      placesOf(all.filter((record) => record.partition === partition && record.offset >= 1)),
    );
  });

  test("--partitions shows only theirs, --max-records no more than that", async () => {
    const partition = all[0]?.partition ?? 0;
    const ofPartition = all.filter((record) => record.partition === partition);
    const { shown } = await consume("--from-beginning", "--partitions", String(partition));
    expect(placesOf(shown)).toEqual(placesOf(ofPartition));
    const two = await consume("--from-beginning", "--partitions", String(partition), "--max-records", "2");
    expect(placesOf(two.shown)).toEqual(placesOf(ofPartition.slice(0, 2)));
    // Of its own partition alone.
    expect(readSummary(two.stderr)).toMatchObject({ "version 3": 2, lag: ofPartition.length - 2 });
  });

  test("a group starts where it was told, and then goes on where it stopped, and says so", async () => {
    const first = await consume("--group", "told", "--last", "4", "--max-records", "1");
    expect(first.shown).toHaveLength(1);
    const rest = await consume("--group", "told", "--last", "4");
    expect(rest.shown).toHaveLength(3);
    expect(rest.stderr).toContain("group told goes on where it stopped: --last counts");
  });

  test.each([
    ["--last", ["--last", "4"], 4],
    ["--from-beginning", ["--from-beginning"], 20],
  ])("members of a new group that start at once share what %s shows, and all end", async (...row) => {
    const [name, flags, count] = row;
    const crowd = [...flags, "--group", `crowd${name}`, "--session-timeout", "6s"];
    const members = await Promise.all([1, 2, 3].map(() => consume(...crowd)));
    expect(members.map(({ code }) => code)).toEqual([0, 0, 0]);
    const places = new Set(placesOf(members.flatMap(({ shown }) => shown)));
    const { shown } = await consume(...flags);
    expect([...places].sort()).toEqual(placesOf(shown));
    expect(shown).toHaveLength(count);
    // Nobody has taken the group back to where it started.
    expect((await consume("--group", `crowd${name}`)).shown).toEqual([]);
  });

  test("--no-commit leaves the group where it is, or without a position", async () => {
    const look = () => consume("--group", "looked", "--from-beginning", "--no-commit");
    expect((await look()).shown).toHaveLength(20);
    expect(await committed("looked")).toEqual([]);
    await consume("--group", "looked", "--last", "4", "--max-records", "1");
    const before = await committed("looked");
    expect((await consume("--group", "looked", "--no-commit")).shown).toHaveLength(3);
    expect(await committed("looked")).toEqual(before);
  });

  test("members of a group that look at once share out the partitions, show all and end", async () => {
    const look = ["--group", "lookers", "--from-beginning", "--no-commit", "--session-timeout", "6s"];
    const members = await Promise.all([1, 2, 3].map(() => consume(...look)));
    expect(members.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect([...new Set(placesOf(members.flatMap(({ shown }) => shown)))]).toEqual(placesOf(all));
    expect(await committed("lookers")).toEqual([]);
  });

  test.each([
    [["--partitions", "0,9"], "topic twitter has no partition 9: it has 3"],
    [["--from-offset", "9:0"], "no partition 9"],
    [["--last", "3", "--from-beginning"], "not both"],
    [["--group", "g", "--partitions", "0"], "exclude each other"],
    [["--session-timeout", "6s"], "name it with --group"],
    [["--from-time", "tomorrow"], "neither a time"],
  ])("refuses %j", async (flags, message) => {
    const { code, stderr } = await consume(...flags);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });
});
