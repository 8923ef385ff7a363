/**
 * A topic that thousands of schemas wrote, read by `birdwire consume`: how long that takes beside the same topic of one
 * writer, and its memory. All of them are versions of the topic's subject, so that the start checks each.
 *
 * Options: --writers N (default 10,000), --records N (default three for each writer).
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { readTopic } from "./consume.ts";
import { startServerProcess } from "./support/server-process.ts";
import { fillTopic } from "./support/tweet-topic.ts";

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { writers: { type: "string", default: "10000" }, records: { type: "string" } },
  });
  const writers = Number(values.writers);
  const records = Number(values.records ?? writers * 3);
  process.stdout.write(`load ${loadavg()[0]?.toFixed(1)} at the start; ${records} records\n`);
  for (const count of [1, writers]) {
    await using broker = await startServerProcess("bench/support/kafka-emulator.ts");
    await using registry = await startServerProcess("bench/support/registry-emulator.ts");
    const servers = { brokers: broker.address, registry: registry.address };
    await fillTopic({ ...servers, topic: "twitter", records, version: 1, writers: count });
    const startMs = performance.now();
    const { seconds, memory } = await readTopic([
      "birdwire",
      servers.brokers,
      servers.registry,
      "twitter",
      String(records),
    ]);
    const wholeSeconds = (performance.now() - startMs) / 1000;
    process.stdout.write(
      `${count} writers: all records printed in ${seconds.toFixed(1)} s, ${wholeSeconds.toFixed(1)} s with the checks at the start; ` +
        `at most ${memory?.highestMb.toFixed(0)} MB resident\n`,
    );
  }
}
