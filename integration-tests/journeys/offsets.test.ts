/**
 * A group looked at and moved, and what its next run shows then.
 */
import { expect, test } from "@jest/globals";
import { parseTopicName } from "../../src/kernel/brand.ts";
import { runBirdwireHere } from "../support/birdwire-here.ts";
import { startServersHere } from "../support/emulated-servers.ts";
import { eventually } from "../support/eventually.ts";
import { adapterOf } from "../support/kafka-clients.ts";
import { readJsonLines } from "../support/screen.ts";

const topic = parseTopicName("twitter");
const posts = "docs/samples/posts.ndjson";

test("a group is shown, moved once nobody reads it, and goes on there", async () => {
  await using servers = await startServersHere();
  const { run, env } = servers;
  await using admin = await adapterOf(servers.kafka.bootstrap).openAdmin();
  await admin.createTopic({ topic, partitions: 2 });
  await run("produce", "--replay", posts);
  const ends = await admin.offsets(topic);
  const total = ends.reduce((sum, { latest }) => sum + latest, 0);
  expect(total).toBeGreaterThan(2);
  const consume = async () =>
    readJsonLines(
      (await run("consume", "--group", "g", "--from-beginning", "--until-end", "--format", "json")).stdout,
    ).length;
  const show = async () =>
    readJsonLines((await run("offsets", "show", "--group", "g", "--format", "json")).stdout);
  const reset = (...flags: readonly string[]) => run("offsets", "reset", "--group", "g", ...flags);

  const unknown = await run("offsets", "show", "--group", "nobody");
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("nobody has no members") });

  expect(await consume()).toBe(total);
  expect(await show()).toEqual(
    ends.map(({ partition, earliest, latest }) => ({
      group: "g",
      topic,
      partition,
      committed: latest,
      earliest,
      end: latest,
      lag: 0,
    })),
  );

  const dry = await reset("--to", "earliest", "--dry-run", "--format", "json");
  expect(readJsonLines(dry.stdout)).toEqual(
    ends.map(({ partition, latest }) => ({
      group: "g",
      topic,
      partition,
      from: latest,
      to: 0,
      dry_run: true,
    })),
  );
  expect(await consume()).toBe(0);

  const stop = new AbortController();
  const reading = runBirdwireHere(["consume", "--group", "g"], { env, interruption: stop.signal });
  try {
    await eventually(
      () => admin.members("g"),
      (members) => expect(members).toHaveLength(1),
    );
    const refused = await reset("--to", "earliest");
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("cannot move group g: it is read by birdwire on");
    expect((await run("offsets", "show", "--group", "g")).stdout).toContain("1 member, lag 0\n");
  } finally {
    stop.abort();
    await reading;
  }

  const moved = await reset("--to", "shift:-1");
  expect(moved).toMatchObject({ code: 0, stdout: expect.stringMatching(/partition +from +to +moved by\n/) });
  const back = ends.filter(({ latest }) => latest > 0).length;
  expect((await run("offsets", "show", "--group", "g")).stdout).toContain(`0 members, lag ${back}\n`);
  expect(await consume()).toBe(back);
  expect((await reset("--to", "1h")).code).toBe(0);
  expect(await consume()).toBe(total);
  expect((await reset("--to", "0", "--partitions", "0")).code).toBe(0);
  expect(await consume()).toBe(ends[0]?.latest);
});
