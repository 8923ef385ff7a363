/**
 * One `forget`: tombstones first, then what still holds the posts, then, if asked for, the wait.
 */

import { KafkaError } from "../kafka/error.ts";
import { partitionOfKey } from "../kafka/kafkajs-partitioner.ts";
import type { KafkaAdmin } from "../kafka/port.ts";
import type { PostId, TopicName } from "../kernel/brand.ts";
import type { Clock } from "../kernel/clock.ts";
import { describeSource } from "../operations/dead-letters.ts";
import {
  findHoldingLetters,
  findMisplaced,
  findRemaining,
  readDeletionPolicy,
  settleForgotten,
  waitUntilGone,
  writeTombstones,
} from "../operations/forget.ts";
import { printPlace } from "../operations/receipt.ts";
import type { Log } from "../telemetry/log.ts";
import { heed } from "./heed.ts";
import type { Connections } from "./open-clients.ts";
import { openLetters } from "./open-letters.ts";
import { findInRecording, openRecordings } from "./search-recordings.ts";

export interface ForgetRun extends Connections {
  readonly ids: readonly PostId[];
  readonly recordings: readonly string[];
  /** Waits until they are gone, for at most that long; undefined does not wait. */
  readonly waitMs: number | undefined;
  readonly clock: Clock;
  /** Told, in a sentence each, of what was done and of what still holds a post. */
  readonly tell: (line: string) => Promise<void>;
  readonly signal: AbortSignal;
}

export async function runForget(run: ForgetRun): Promise<void> {
  const { ids, tell, clock, log, signal } = run;
  await using recordings = await openRecordings(run.recordings, log);
  await using letters = await openLetters(run);
  const { kafka, topic, deadLetterTopic, reader } = letters;
  await using admin = await heed(signal, kafka.openAdmin());
  // Fails where there is no such topic, before anything is written.
  const partitions = await heed(signal, admin.offsets(topic));
  await using producer = await heed(signal, kafka.openProducer());
  const partitionOf = (id: PostId) => partitionOfKey(Buffer.from(id), partitions.length);
  await writeTombstones(
    producer,
    topic,
    ids.map((id) => ({ id })),
  );
  for (const id of ids) await tell(`${id}: tombstone written to partition ${partitionOf(id)} of ${topic}`);
  await warnOfPolicy(admin, topic, log);

  if ((await admin.topics()).includes(deadLetterTopic)) {
    const found = await findHoldingLetters(letters, ids, { topic: deadLetterTopic, signal });
    for (const { id, place, letter, isThePost } of found) {
      const how = isThePost ? "is still in" : "is referred to by";
      await tell(
        `${id}: ${how} dead letter ${printPlace(place)} of ${deadLetterTopic} (${describeSource(letter.source)})`,
      );
    }
    const settled = await settleForgotten(producer, deadLetterTopic, found);
    if (settled > 0) log.info("these dead letters will not be redriven", { letters: settled });
    if (found.length > 0) {
      log.warn(
        `${deadLetterTopic} keeps its letters until its retention takes them; kafka-delete-records does so at once`,
      );
    }
  }
  for (const recording of recordings.list) {
    for await (const { id, line } of findInRecording(recording, ids, signal)) {
      await tell(`${id}: is still in recording ${recording.file}, line ${line}`);
    }
  }

  if (run.waitMs === undefined) return;
  const misplaced = findMisplaced(await findRemaining(reader, topic, { ids, signal }), partitionOf);
  await writeTombstones(producer, topic, misplaced);
  for (const { id, partition } of misplaced) {
    await tell(
      `${id}: tombstone written to partition ${partition} of ${topic}, too, where an older record lies`,
    );
  }
  let told = "";
  const isGone = await waitUntilGone(reader, topic, {
    ids,
    timeoutMs: run.waitMs,
    clock,
    onRemaining(remaining) {
      const count = remaining.length === 1 ? "1 record is" : `${remaining.length} records are`;
      const now = `waiting for ${topic} to be compacted: ${count} left`;
      if (now !== told) log.info(now);
      told = now;
    },
    signal,
  });
  if (isGone) for (const id of ids) await tell(`${id}: gone from ${topic}`);
}

async function warnOfPolicy(admin: KafkaAdmin, topic: TopicName, log: Log): Promise<void> {
  try {
    const policy = readDeletionPolicy(await admin.topicSettings(topic));
    if (!policy.isCompacted) {
      const until =
        policy.retentionMs === null
          ? "for ever"
          : `for ${policy.retentionMs / 3_600_000} h after they were written`;
      log.warn(
        `topic ${topic} is not compacted: readers learn of the deletion, but the records stay ${until}; cleanup.policy=compact,delete takes them away`,
      );
    } else if (policy.maxCompactionLagMs === null) {
      log.warn(
        `topic ${topic} promises no time of compaction: max.compaction.lag.ms=86400000 takes deleted posts away within a day`,
      );
    }
  } catch (error) {
    if (!(error instanceof KafkaError) || error.code !== "authorization-failed") throw error;
    log.warn(`the settings of topic ${topic} may not be read, so it is not certain that it is compacted`);
  }
}
