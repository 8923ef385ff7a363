/**
 * Which offsets of each partition the newest N records of a topic lie at, as far as offsets tell.
 */
import type { PartitionOffsets } from "./port.ts";

export interface TailRange {
  readonly partition: number;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/**
 * At most `maxRecords` offsets, shared out evenly; what a short partition does not need goes to the longer ones.
 * Partitions of which nothing is to be read are left out.
 */
export function tailRanges(offsets: readonly PartitionOffsets[], maxRecords: number): TailRange[] {
  const byLength = [...offsets].sort((one, other) => lengthOf(one) - lengthOf(other));
  let left = maxRecords;
  const ranges = byLength.map((offset, index): TailRange => {
    const share = Math.floor(left / (byLength.length - index));
    const count = Math.min(lengthOf(offset), share);
    left -= count;
    return { partition: offset.partition, start: offset.latest - count, end: offset.latest };
  });
  return ranges.filter(({ start, end }) => start < end).sort((one, other) => one.partition - other.partition);
}

function lengthOf({ earliest, latest }: PartitionOffsets): number {
  return Math.max(0, latest - earliest);
}
