/**
 * Where the partitions of a topic start to be read: what was asked for, brought into what the topic holds.
 */
import type { KafkaAdmin, PartitionOffsets } from "../kafka/port.ts";
import { tailRanges } from "../kafka/tail-ranges.ts";
import type { TopicName } from "../kernel/brand.ts";
import type { Log } from "../telemetry/log.ts";
import { UsageError } from "./usage-error.ts";

/** `flag` is the option that asks for it. */
export type StartChoice =
  | { readonly kind: "time"; readonly flag: string; readonly timeMs: number }
  | { readonly kind: "last"; readonly flag: string; readonly records: number }
  | {
      readonly kind: "offset";
      readonly flag: string;
      /** Of the partitions that are not named; without it they start at their ends. */
      readonly everywhere?: number | undefined;
      readonly byPartition: ReadonlyMap<number, number>;
    };

/** Those of `offsets` that are to be read. Throws UsageError for partitions that there are not. */
export function pickPartitions(
  topic: TopicName,
  offsets: readonly PartitionOffsets[],
  { partitions, from }: { partitions?: readonly number[] | undefined; from?: StartChoice | undefined },
): readonly PartitionOffsets[] {
  const named = from?.kind === "offset" ? [...from.byPartition.keys()] : [];
  const there = new Set(offsets.map(({ partition }) => partition));
  const missing = [...(partitions ?? []), ...named].find((partition) => !there.has(partition));
  if (missing !== undefined) {
    throw new UsageError(
      "usage",
      `topic ${topic} has no partition ${missing}: it has ${there.size}, numbered from 0`,
    );
  }
  return partitions === undefined
    ? offsets
    : offsets.filter(({ partition }) => partitions.includes(partition));
}

/** The first offset to read of each partition in `offsets`. Rejects with KafkaError. */
export async function chooseStarts(
  { admin, topic, log }: { admin: Pick<KafkaAdmin, "offsetsAt">; topic: TopicName; log: Log },
  offsets: readonly PartitionOffsets[],
  choice: StartChoice,
): Promise<ReadonlyMap<number, number>> {
  switch (choice.kind) {
    case "time": {
      const found = await admin.offsetsAt(topic, choice.timeMs);
      const byPartition = new Map(found.map(({ partition, nextOffset }) => [partition, nextOffset]));
      return new Map(
        offsets.map(({ partition, latest }) => [partition, byPartition.get(partition) ?? latest]),
      );
    }
    case "last": {
      const ranges = new Map(
        tailRanges(offsets, choice.records).map(({ partition, start }) => [partition, start]),
      );
      return new Map(offsets.map(({ partition, latest }) => [partition, ranges.get(partition) ?? latest]));
    }
    case "offset":
      return new Map(
        offsets.map(({ partition, earliest, latest }) => {
          const wanted = choice.byPartition.get(partition) ?? choice.everywhere ?? latest;
          const start = Math.min(Math.max(wanted, earliest), latest);
          if (start !== wanted) {
            const held = earliest === latest ? "no record" : `offsets ${earliest} to ${latest - 1}`;
            log.warn(`partition ${partition} holds ${held}: it is read from ${start}, not from ${wanted}`);
          }
          return [partition, start];
        }),
      );
  }
}
