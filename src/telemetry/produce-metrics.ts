/**
 * What a producer shows to Prometheus.
 */
import { byLabel, type Metrics, type Reading } from "./metrics.ts";
import { costOf, type Reads } from "./spend.ts";
import type { DeadLetterCounts, ProduceTally, SpendTally } from "./tally.ts";

/** What a stream counts; see x/counters.ts. */
export interface StreamFigures {
  readonly connects: number;
  readonly refusals: Readonly<Record<string, number>>;
  readonly ruleRefusals: Readonly<Record<string, number>>;
  readonly disconnects: Readonly<Record<string, number>>;
  readonly heartbeats: number;
  readonly noticeTypes: Readonly<Record<string, number>>;
  readonly gaps: number;
  readonly gapsBackfilled: number;
  readonly gapMs: number;
  readonly ghostsKilled: number;
  readonly connectBudget: { readonly limit: number; readonly remaining: number } | null;
  readonly partialLines: number;
  readonly bytes: number;
  readonly pausedMs: number;
  readonly lastByteAtMs: number | null;
}

export interface WatchedStream {
  readonly counters: StreamFigures;
  /** Lines that wait to be taken. */
  readonly queueLength: number;
  readonly state: { readonly kind: string };
}

/** From a live post's creation, X's own delay of seconds included, to a backlog after an outage. */
const latencyBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 7.5, 10, 15, 30, 60, 120, 300, 900];

/** The returned function takes the seconds from an event to its acknowledgement. */
export function addProduceMetrics(metrics: Metrics, tally: ProduceTally): (latencySeconds: number) => void {
  const { counter } = metrics;
  counter(
    { name: "posts_received_total", help: "Posts taken from the source, malformed lines included." },
    () => tally.received,
  );
  counter(
    { name: "posts_matched_total", help: "Posts that named the rule, by its tag.", labels: ["tag"] },
    () => byLabel("tag", tally.matchedByTag),
  );
  counter(
    { name: "records_produced_total", help: "Tweets that the brokers acknowledged." },
    () => tally.produced,
  );
  counter(
    { name: "posts_duplicate_total", help: "Posts whose id had been seen before, which were not produced." },
    () => tally.duplicates,
  );
  counter(
    { name: "posts_beyond_limit_total", help: "Posts received after the limit of the run was reached." },
    () => tally.beyondLimit,
  );
  addDeadLetters(metrics, tally.deadLetters);
  return metrics.histogram(
    {
      name: "event_to_ack_seconds",
      help: "Seconds from a post's creation on X (for a recorded post: from when it was read) until the brokers acknowledged it.",
    },
    latencyBuckets,
  );
}

const millsOfDollar = 1000;

/** What X is estimated to bill; `spend` is null where nothing is read from X. */
export function addSpendMetrics({ counter, gauge }: Metrics, spend: () => SpendTally | null): void {
  const ofTags = (read: (reads: Readonly<Reads>) => number) => () => {
    const tally = spend();
    return tally === null
      ? null
      : byLabel(
          "tag",
          [...tally.byTag].map(([tag, reads]) => [tag, read(reads)]),
        );
  };
  counter(
    {
      name: "billed_reads_total",
      help: "Posts and users read from X in this run, each as it is billed.",
      labels: ["kind"],
    },
    () => {
      const tally = spend();
      if (tally === null) return null;
      const { posts, users } = tally.reads;
      return byLabel("kind", [
        ["post", posts],
        ["user", users],
      ]);
    },
  );
  counter(
    { name: "spend_usd_total", help: "What X is estimated to bill for this run, in US dollars." },
    () => {
      const tally = spend();
      return tally === null ? null : costOf(tally.reads) / millsOfDollar;
    },
  );
  counter(
    {
      name: "spend_by_tag_usd_total",
      help: "The same for each rule by its tag; a post that matched two rules counts for both.",
      labels: ["tag"],
    },
    ofTags((reads) => costOf(reads) / millsOfDollar),
  );
  gauge(
    { name: "spend_today_usd", help: "Estimate of this UTC day, earlier runs included, in US dollars." },
    () => {
      const tally = spend();
      return tally === null ? null : tally.todayMills / millsOfDollar;
    },
  );
  gauge({ name: "budget_usd", help: "What may be spent on one UTC day; absent without --budget." }, () => {
    const mills = spend()?.budgetMills ?? null;
    return mills === null ? null : mills / millsOfDollar;
  });
}

export function addDeadLetters(metrics: Metrics, counts: DeadLetterCounts): void {
  metrics.counter(
    {
      name: "dead_letters_total",
      help: "Posts or records kept in the dead-letter topic, by what was wrong.",
      labels: ["stage", "reason"],
    },
    () =>
      [...counts].map(([name, count]) => {
        const [stage = "", reason = ""] = name.split("/");
        return [{ stage, reason }, count] as const;
      }),
  );
}

/** `stream` is null until it is opened; `nowMs` tells the time. */
export function addStreamMetrics(
  metrics: Metrics,
  stream: () => WatchedStream | null,
  nowMs: () => number,
): void {
  const { counter, gauge } = metrics;
  const figures = () => stream()?.counters ?? null;
  const of = (read: (counters: StreamFigures) => Reading) => () => {
    const counters = figures();
    return counters === null ? null : read(counters);
  };
  gauge({ name: "stream_connected", help: "1 while posts can come from X, else 0." }, () =>
    stream()?.state.kind === "streaming" ? 1 : 0,
  );
  counter(
    {
      name: "stream_connects_total",
      help: "Connects to X's stream by outcome: connected, or why there was no stream.",
      labels: ["outcome"],
    },
    of(({ connects, refusals }) =>
      byLabel("outcome", [["connected", connects] as const, ...Object.entries(refusals)]),
    ),
  );
  counter(
    {
      name: "stream_disconnects_total",
      help: "Connections to X's stream that ended, by the reason.",
      labels: ["reason"],
    },
    of(({ disconnects }) => byLabel("reason", Object.entries(disconnects))),
  );
  counter(
    { name: "stream_heartbeats_total", help: "Empty lines, with which X says that it is there." },
    of(({ heartbeats }) => heartbeats),
  );
  counter(
    { name: "stream_notices_total", help: "Messages of X about the stream itself.", labels: ["type"] },
    of(({ noticeTypes }) => byLabel("type", Object.entries(noticeTypes))),
  );
  counter(
    {
      name: "stream_gaps_total",
      help: "Times in which the stream was away; backfilled yes where X was asked to send again what was missed.",
      labels: ["backfilled"],
    },
    of(({ gaps, gapsBackfilled }) =>
      byLabel("backfilled", [
        ["yes", gapsBackfilled],
        ["no", gaps - gapsBackfilled],
      ]),
    ),
  );
  counter(
    { name: "stream_gap_seconds_total", help: "Time in which the stream was away and that nothing filled." },
    of(({ gapMs }) => gapMs / 1000),
  );
  counter(
    {
      name: "stream_ghosts_killed_total",
      help: "Connections that X still counted after their end and was made to forget.",
    },
    of(({ ghostsKilled }) => ghostsKilled),
  );
  counter(
    {
      name: "rule_calls_failed_total",
      help: "Calls about rules that X did not answer well, by why.",
      labels: ["outcome"],
    },
    of(({ ruleRefusals }) => byLabel("outcome", Object.entries(ruleRefusals))),
  );
  gauge(
    {
      name: "x_rate_limit_connects",
      help: "Connects that X allows in its rate window of 15 minutes, when it last said so.",
    },
    () => figures()?.connectBudget?.limit ?? null,
  );
  gauge(
    {
      name: "x_rate_limit_connects_remaining",
      help: "Connects that X's rate window had left when it last said so (x-rate-limit-remaining).",
    },
    () => figures()?.connectBudget?.remaining ?? null,
  );
  counter(
    { name: "stream_partial_lines_total", help: "Lines that a disconnect cut off, which nobody can read." },
    of(({ partialLines }) => partialLines),
  );
  counter(
    { name: "stream_received_bytes_total", help: "Bytes of X's stream after decompression." },
    of(({ bytes }) => bytes),
  );
  counter(
    {
      name: "stream_paused_seconds_total",
      help: "Time in which X's stream was not read, for what takes its posts was slower.",
    },
    of(({ pausedMs }) => pausedMs / 1000),
  );
  gauge(
    { name: "stream_queue_posts", help: "Posts received that wait to be mapped and sent." },
    () => stream()?.queueLength ?? null,
  );
  gauge(
    {
      name: "stream_last_byte_age_seconds",
      help: "Since the last byte of X's stream; a heartbeat comes every 20 s.",
    },
    () => {
      const atMs = figures()?.lastByteAtMs ?? null;
      return atMs === null ? null : Math.max(0, nowMs() - atMs) / 1000;
    },
  );
}
