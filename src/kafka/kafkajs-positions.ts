/**
 * How far a consumer that commits nothing has come, by partition: kept in this process, since the group has no memory
 * of it.
 */
import type { ConsumedBatch, Position, TopicPartition } from "./port.ts";

export interface PositionKeeper {
  /** The batch was handled, and reading goes on behind it. */
  handled(batch: ConsumedBatch): void;
  /** Where partitions start of which nothing has been handled. Of no effect after `forget`. */
  keep(starts: readonly Position[]): void;
  /** The next offset to read; undefined where it is not known. */
  positionOf(at: TopicPartition): number | undefined;
  /** What was known may be of another topic of the same name. */
  forget(): void;
}

export function createPositionKeeper(): PositionKeeper {
  const reached = new Map<string, number>();
  let forgot = false;
  const keyOf = ({ topic, partition }: TopicPartition) => `${topic}/${partition}`;
  return {
    handled: (batch) => void reached.set(keyOf(batch), batch.nextOffset),
    keep(starts) {
      if (forgot) return;
      for (const start of starts) {
        const key = keyOf(start);
        if (!reached.has(key)) reached.set(key, start.nextOffset);
      }
    },
    positionOf: (at) => reached.get(keyOf(at)),
    forget() {
      reached.clear();
      forgot = true;
    },
  };
}
