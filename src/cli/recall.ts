/**
 * The ids of posts that are in the topic already, read before the first post flows; told of where it takes long, and
 * with the way out where it cannot be done.
 */
import type { ConsumedRecord, KafkaClient } from "../kafka/port.ts";
import type { PostId, TopicName } from "../kernel/brand.ts";
import { BirdwireError } from "../kernel/error.ts";
import type { DedupeWindow } from "../pipeline/dedupe-window.ts";
import { recallPosts } from "../pipeline/recall-posts.ts";
import type { Log } from "../telemetry/log.ts";
import { heed } from "./heed.ts";
import { startProgress } from "./progress.ts";

export interface RecallRun {
  readonly kafka: KafkaClient;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export interface RecallTask {
  readonly topic: TopicName;
  readonly window: DedupeWindow;
  readonly maxRecords: number;
  readonly onPost?: (id: PostId, record: ConsumedRecord) => void;
}

/** What a user may change when it fails; anything else is no matter of ours. */
const hopeless: ReadonlySet<string> = new Set(["authorization-failed", "unsupported"]);

/** Fills the window. Rejects with KafkaError, and as `heed`. */
export async function recall({ kafka, log, signal }: RecallRun, task: RecallTask): Promise<void> {
  const { topic } = task;
  const startedAt = performance.now();
  let progress = { done: 0, total: 0 };
  const stopProgress = startProgress(
    log,
    () => `reading which posts ${topic} has: ${progress.done} of ${progress.total} records`,
  );
  try {
    await using reader = await heed(signal, kafka.openReader());
    const posts = await recallPosts(
      { reader, window: task.window },
      {
        ...task,
        signal,
        onProgress: (done, total) => {
          progress = { done, total };
        },
      },
    );
    const seconds = Number(((performance.now() - startedAt) / 1000).toFixed(1));
    if (posts > 0) log.info(`${topic} has posts already; none of them is produced again`, { posts, seconds });
  } catch (error) {
    if (error instanceof BirdwireError && hopeless.has(error.code)) {
      log.error("which posts the topic has already cannot be read; --dedupe 0 goes on without knowing", {
        topic,
      });
    }
    throw error;
  } finally {
    stopProgress();
  }
}
