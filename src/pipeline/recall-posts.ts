/**
 * What was produced before this run, from the topic itself: its records' keys are the ids of posts. So a run that was
 * killed is repeated by nobody, whatever it had kept in memory.
 */
import type { ConsumedRecord, TopicReader } from "../kafka/port.ts";
import { isPostId, type PostId, type TopicName } from "../kernel/brand.ts";
import type { DedupeWindow } from "./dedupe-window.ts";

export interface RecallOptions {
  readonly topic: TopicName;
  /** Of the newest records, all partitions together. */
  readonly maxRecords: number;
  /** Called for each record of a post, tombstones included. */
  readonly onPost?: (id: PostId, record: ConsumedRecord) => void;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/** Looks at the end again for what a killed process had sent and the brokers had not taken yet; so often at most. */
const maxRounds = 4;

/**
 * Fills the window, oldest records first, and resolves with the number of posts found. A tombstone counts: what was
 * forgotten on purpose is not produced again. Records with other keys are passed over. Rejects with KafkaError.
 */
export async function recallPosts(
  { reader, window }: { readonly reader: TopicReader; readonly window: DedupeWindow },
  { topic, maxRecords, onPost, onProgress, signal }: RecallOptions,
): Promise<number> {
  const from = new Map<number, number>();
  let posts = 0;
  for (let round = 0; round < maxRounds; round++) {
    let isMore = false;
    for await (const batch of reader.tail(topic, { maxRecords, from, signal })) {
      isMore = true;
      from.set(batch.partition, batch.nextOffset);
      for (const record of batch.records) {
        const id = record.key?.toString("latin1");
        if (!isPostId(id)) continue;
        posts++;
        window.add(id);
        onPost?.(id, record);
      }
      onProgress?.(batch.done, batch.total);
    }
    if (!isMore || signal.aborted) break;
  }
  return posts;
}
