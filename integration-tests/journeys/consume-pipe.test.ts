/**
 * `birdwire consume | head`: the reader goes away in the middle.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { parseTopicName } from "../../src/kernel/brand.ts";
import { startBirdwire } from "../support/birdwire.ts";
import { startServersHere } from "../support/emulated-servers.ts";
import { adapterOf } from "../support/kafka-clients.ts";

const topic = parseTopicName("twitter");
/** Far more than the pipe and both its ends hold. */
const posts = 1500;
const text = "x".repeat(4000);

test("a reader that goes away ends the run quietly, and what it was not given is not committed", async () => {
  await using servers = await startServersHere();
  const folder = await mkdtemp(join(tmpdir(), "birdwire-pipe-"));
  try {
    const file = join(folder, "posts.ndjson");
    const lines = Array.from({ length: posts }, (_, id) =>
      JSON.stringify({ data: { id: String(id + 1), text, created_at: "2026-01-31T12:00:00.000Z" } }),
    );
    await writeFile(file, `${lines.join("\n")}\n`);
    await using admin = await adapterOf(servers.kafka.bootstrap).openAdmin();
    await admin.createTopic({ topic, partitions: 1 });
    expect((await servers.run("produce", "--replay", file)).code).toBe(0);

    const flags = ["--group", "head", "--from-beginning", "--until-end", "--format", "json"];
    await using consumer = startBirdwire(["consume", ...flags], { env: servers.env });
    await consumer.waitFor("stdout", /\n/);
    consumer.process.stdout?.destroy();
    const { code, signal, stderr } = await consumer.done;
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: "" });
    for (const { nextOffset } of await admin.committed("head", topic)) {
      expect(nextOffset).toBeLessThan(posts);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
