/**
 * What a consumer shows to Prometheus.
 */
import { byLabel, type Metrics } from "./metrics.ts";
import { addDeadLetters } from "./produce-metrics.ts";
import type { ConsumeTally } from "./tally.ts";

export interface PartitionEnd {
  readonly partition: number;
  /** Offset after its last record. */
  readonly latest: number;
}

/** `ends` asks the brokers; null while nobody can, and what it was told last is shown then. */
export function addConsumeMetrics(
  metrics: Metrics,
  tally: ConsumeTally,
  ends: () => Promise<readonly PartitionEnd[] | null>,
): void {
  const { counter, gauge } = metrics;
  counter({ name: "records_consumed_total", help: "Records taken from the topic." }, () => tally.consumed);
  counter({ name: "records_printed_total", help: "Records written to stdout." }, () => tally.printed);
  counter(
    { name: "records_hidden_total", help: "Records beyond the rows that a table shows." },
    () => tally.hidden,
  );
  counter({ name: "records_filtered_total", help: "Records that a filter left out." }, () => tally.filtered);
  counter(
    { name: "tombstones_consumed_total", help: "Records without a value: tweets that were deleted." },
    () => tally.tombstones,
  );
  counter(
    {
      name: "records_decoded_total",
      help: "Records decoded, by the version of the schema that they were written with.",
      labels: ["version"],
    },
    () => byLabel("version", tally.versions),
  );
  counter(
    {
      name: "records_undecodable_total",
      help: "Records that could not be decoded, in a run that keeps no dead letters.",
    },
    () => tally.undecodable,
  );
  addDeadLetters(metrics, tally.deadLetters);
  gauge(
    {
      name: "consumer_position",
      help: "Offset of the next record to read of the partition; absent before its first one.",
      labels: ["partition"],
    },
    () =>
      [...tally.positions].map(([partition, offset]) => [{ partition: String(partition) }, offset] as const),
  );
  let known: readonly PartitionEnd[] = [];
  gauge(
    {
      name: "consumer_lag_records",
      help: "Records of the partition that are not read yet; absent for a partition of another member.",
      labels: ["partition"],
    },
    async () => {
      known = (await ends().catch(() => null)) ?? known;
      return known.flatMap(({ partition, latest }) => {
        const position = tally.positions.get(partition);
        return position === undefined
          ? []
          : [[{ partition: String(partition) }, Math.max(0, latest - position)] as const];
      });
    },
  );
}
