/**
 * `birdwire consume | head`, and `> file` on a disk that is full: stdout takes no more in the middle of a run.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { parseTopicName } from "../../src/kernel/brand.ts";
import { repositoryRoot, startBirdwire, testEnvironment } from "../support/birdwire.ts";
import { type EmulatedServers, startServersHere } from "../support/emulated-servers.ts";
import { adapterOf } from "../support/kafka-clients.ts";
import { startProcess } from "../support/running-process.ts";

const topic = parseTopicName("twitter");

interface Stage {
  readonly servers: EmulatedServers;
  readonly folder: string;
  /** Posts with these ids, in the topic's only partition. */
  produce(from: number, to: number, text: string): Promise<void>;
  /** Where a group stands, and how many are in it. */
  groupOf(groupId: string): Promise<{ readonly position: number | undefined; readonly members: number }>;
}

async function onStage(play: (stage: Stage) => Promise<void>): Promise<void> {
  await using servers = await startServersHere();
  await using admin = await adapterOf(servers.kafka.bootstrap).openAdmin();
  await admin.createTopic({ topic, partitions: 1 });
  const folder = await mkdtemp(join(tmpdir(), "birdwire-pipe-"));
  try {
    await play({
      servers,
      folder,
      async produce(from, to, text) {
        const file = join(folder, "posts.ndjson");
        const lines = Array.from({ length: to - from }, (_, at) =>
          JSON.stringify({ data: { id: String(from + at), text, created_at: "2026-01-31T12:00:00.000Z" } }),
        );
        await writeFile(file, `${lines.join("\n")}\n`);
        expect((await servers.run("produce", "--replay", file)).code).toBe(0);
      },
      async groupOf(groupId) {
        const [stored] = await admin.committed(groupId, topic);
        return { position: stored?.nextOffset, members: (await admin.members(groupId)).length };
      },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** All that a run says that nothing is to be said of. */
const summaryAlone = /^ {2}consumed +\d+\n {2}printed +\d+\n {2}dead-lettered +0\n(?: {2}\S.*\n)*$/;

test("a reader that has gone is noticed at the next write, which is not committed; what it was given is", async () => {
  await onStage(async ({ servers, produce, groupOf }) => {
    await produce(1, 11, "hello");
    const start = (format: string) =>
      startBirdwire(["consume", "--group", format, "--from-beginning", "--format", format], {
        env: servers.env,
      });
    await using json = start("json");
    await using table = start("table");
    for (const consumer of [json, table]) {
      await consumer.waitUntil("stdout", (text) => (text.split("hello").length === 11 ? true : null));
      consumer.process.stdout?.destroy();
    }
    await produce(11, 16, "more");
    for (const [group, consumer] of Object.entries({ json, table })) {
      const { code, signal, stderr } = await consumer.done;
      expect({ group, code, signal, ...(await groupOf(group)) }).toEqual({
        group,
        code: 0,
        signal: null,
        position: 10,
        members: 0,
      });
      expect(stderr).toMatch(summaryAlone);
      expect(stderr).toMatch(/printed +10\n/);
    }
  });
});

test("a reader that goes in the middle, and a file that is full, end the run before what they did not take", async () => {
  await onStage(async ({ servers, folder, produce, groupOf }) => {
    /** Far more than the pipe and both its ends hold, or the file. */
    const posts = 500;
    await produce(1, posts + 1, "x".repeat(4000));
    const flags = ["consume", "--from-beginning", "--until-end", "--format", "json", "--group"];

    await using piped = startBirdwire([...flags, "head"], { env: servers.env });
    const bin = process.env.BIRDWIRE_BIN ?? `${repositoryRoot}src/main.ts`;
    const out = join(folder, "out.ndjson");
    const script = 'ulimit -f 300; exec "$0" "$@" > "$OUT"';
    await using filing = startProcess("sh", ["-c", script, process.execPath, bin, ...flags, "full"], {
      env: { ...process.env, ...testEnvironment, ...servers.env, OUT: out },
      cwd: repositoryRoot,
    });
    await piped.waitFor("stdout", /\n/);
    piped.process.stdout?.destroy();

    const { code, signal, stderr } = await piped.done;
    const head = await groupOf("head");
    expect({ code, signal, members: head.members }).toEqual({ code: 0, signal: null, members: 0 });
    expect(stderr).toMatch(summaryAlone);
    expect(head.position ?? 0).toBeLessThan(posts);
    expect(Number(/printed +(\d+)/.exec(stderr)?.[1])).toBe(head.position ?? 0);

    const ended = await filing.done;
    const full = await groupOf("full");
    expect({ code: ended.code, members: full.members }).toEqual({ code: 1, members: 0 });
    expect(ended.stderr).toMatch(/\nbirdwire: cannot write to stdout: file too large \(EFBIG\)\n$/);
    const wholeLines = (await readFile(out, "utf8")).split("\n").length - 1;
    expect(wholeLines).toBeGreaterThan(0);
    expect(full.position ?? 0).toBeGreaterThan(0);
    expect(full.position ?? 0).toBeLessThanOrEqual(wholeLines);
  });
});
