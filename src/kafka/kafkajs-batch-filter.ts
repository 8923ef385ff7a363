/**
 * What kafkajs 2.2.4 leaves out of a fetched partition: messages before the offset that was asked for, control records,
 * and messages of aborted transactions. It makes two BigInts for each message to compare offsets; here they are
 * compared as numbers wherever the one asked for is exact and no transaction was aborted.
 */
import { createRequire } from "node:module";

interface Message {
  readonly offset: string;
  readonly isControlRecord?: boolean;
}

interface PartitionData {
  readonly partition: number;
  readonly highWatermark: string;
  readonly messages: readonly Message[];
  readonly abortedTransactions?:
    | readonly { readonly producerId: string; readonly firstOffset: string }[]
    | null;
}

/** The part of kafkajs's Batch that is set when one is made. */
interface Batch {
  rawMessages: readonly Message[];
  messagesWithinOffset: readonly Message[];
  messages: readonly Message[];
}

export type BatchClass = new (topic: string, fetchedOffset: string, data: PartitionData) => Batch;

const load = createRequire(import.meta.url);
export const batchModule = "kafkajs/src/consumer/batch";

/** The class that kafkajs finds; the package is pinned to one version, and a test watches its source. */
export function loadBatch(): BatchClass {
  return load(batchModule) as BatchClass;
}

/** A Batch with the contents of one that `Original` makes, sooner. Offsets are the decimal text that kafkajs reads. */
export function createQuickBatch(Original: BatchClass): BatchClass {
  return class QuickBatch extends Original {
    constructor(topic: string, fetchedOffset: string, data: PartitionData) {
      const { messages, abortedTransactions } = data;
      const within = abortedTransactions?.length ? undefined : from(Number(fetchedOffset), messages);
      super(topic, fetchedOffset, within === undefined ? data : { ...data, messages: [] });
      if (within === undefined) return;
      this.rawMessages = messages;
      this.messagesWithinOffset = within;
      this.messages = within.filter((message) => !message.isControlRecord);
    }
  };
}

/** The messages from an offset on; undefined when it is not exact. */
function from(first: number, messages: readonly Message[]): readonly Message[] | undefined {
  if (!Number.isSafeInteger(first)) return undefined;
  // An offset that is not exact stays above one that is, or below.
  return messages.filter(({ offset }) => Number(offset) >= first);
}

let replaced = false;

/** Replaces the class once for the process; it counts where kafkajs itself is not loaded yet. */
export function replaceBatch(): void {
  if (replaced) return;
  replaced = true;
  const original = loadBatch();
  const loaded = load.cache[load.resolve(batchModule)];
  if (loaded !== undefined) loaded.exports = createQuickBatch(original);
}
