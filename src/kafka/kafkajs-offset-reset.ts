/**
 * When a position is out of range (retention has deleted it, say), kafkajs 2.2.4 commits -1 or -2 for the group
 * and reads on at the end or the beginning. The group would show offsets nobody committed, and a reader that
 * started at the end would skip what is still there. Replaced by: no commit, and on at the first record there is.
 */
import { createRequire } from "node:module";

interface PartitionOffset {
  readonly partition: number;
  readonly offset: string;
}

/** The part of kafkajs's OffsetManager that a reset needs. */
interface OffsetManager {
  readonly cluster: {
    fetchTopicsOffset(
      topics: { topic: string; fromBeginning: boolean; partitions: { partition: number }[] }[],
    ): Promise<{ readonly partitions: readonly PartitionOffset[] }[]>;
  };
  clearOffsets(at: { topic: string; partition: number }): void;
  /** Where fetches start, by topic and partition. */
  committedOffsets(): Record<string, Record<number, string>>;
}

interface OffsetManagerClass {
  readonly prototype: {
    setDefaultOffset(this: OffsetManager, at: { topic: string; partition: number }): Promise<void>;
  };
}

/** The class inside kafkajs; the package is pinned to one version, and a test watches the method's source. */
export function loadOffsetManager(): OffsetManagerClass {
  return createRequire(import.meta.url)("kafkajs/src/consumer/offsetManager") as OffsetManagerClass;
}

/** Replaces the method for the process. */
export function guardOffsetReset(): void {
  loadOffsetManager().prototype.setDefaultOffset = async function (at) {
    const { topic, partition } = at;
    const [found] = await this.cluster.fetchTopicsOffset([
      { topic, fromBeginning: true, partitions: [{ partition }] },
    ]);
    const first = found?.partitions.find((one) => one.partition === partition);
    // Cleared alone, the position would be the committed offset again, and out of range again.
    this.clearOffsets(at);
    const positions = this.committedOffsets()[topic];
    if (first !== undefined && positions !== undefined) positions[partition] = first.offset;
  };
}
