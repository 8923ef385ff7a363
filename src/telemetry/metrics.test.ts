import { describe, expect, test } from "@jest/globals";
import { addConsumeMetrics } from "./consume-metrics.ts";
import { createMetrics } from "./metrics.ts";
import {
  addProduceMetrics,
  addSpendMetrics,
  addStreamMetrics,
  type WatchedStream,
} from "./produce-metrics.ts";
import { addTo, createConsumeTally, createProduceTally, createSpendTally, type SpendTally } from "./tally.ts";
import { parseExposition, readSample } from "./testing/exposition.ts";

const build = { version: "1.2.3", command: "test" };

async function scrape(metrics: ReturnType<typeof createMetrics>) {
  return parseExposition(await metrics.render());
}

describe("a producer", () => {
  test("shows what its tally counts, each time as it is then", async () => {
    const metrics = createMetrics(build);
    const tally = createProduceTally();
    const observe = addProduceMetrics(metrics, tally);
    expect(readSample(await scrape(metrics), "birdwire_posts_received_total")).toBe(0);
    tally.received = 7;
    tally.produced = 5;
    tally.duplicates = 1;
    addTo(tally.matchedByTag, 'say "hi"\\\n', 4);
    addTo(tally.matchedByTag, "", 1);
    addTo(tally.deadLetters, "map/missing-field", 2);
    observe(0.3);
    observe(1000);
    for (let times = 0; times < 2; times++) {
      const families = await scrape(metrics);
      expect(readSample(families, "birdwire_posts_received_total")).toBe(7);
      expect(readSample(families, "birdwire_records_produced_total")).toBe(5);
      expect(readSample(families, "birdwire_posts_duplicate_total")).toBe(1);
      expect(readSample(families, "birdwire_posts_matched_total", { tag: 'say "hi"\\\n' })).toBe(4);
      expect(readSample(families, "birdwire_posts_matched_total", { tag: "" })).toBe(1);
      expect(
        readSample(families, "birdwire_dead_letters_total", { stage: "map", reason: "missing-field" }),
      ).toBe(2);
      const latency = families.get("birdwire_event_to_ack_seconds")?.samples ?? [];
      expect(latency.find(({ labels }) => labels.le === "0.25")?.value).toBe(0);
      expect(latency.find(({ labels }) => labels.le === "0.5")?.value).toBe(1);
      expect(latency.find(({ name }) => name.endsWith("_count"))?.value).toBe(2);
    }
  });

  test("shows its stream once there is one", async () => {
    const metrics = createMetrics(build);
    let stream: WatchedStream | null = null;
    addStreamMetrics(
      metrics,
      () => stream,
      () => 10_000,
    );
    expect(readSample(await scrape(metrics), "birdwire_stream_connected")).toBe(0);
    stream = {
      queueLength: 12,
      state: { kind: "streaming" },
      counters: {
        connects: 3,
        refusals: { "rate-limit": 2 },
        disconnects: { idle: 1 },
        heartbeats: 4,
        ruleRefusals: { timeout: 8 },
        noticeTypes: { SlowReader: 5 },
        gaps: 3,
        gapsBackfilled: 1,
        gapMs: 4500,
        ghostsKilled: 1,
        connectBudget: { limit: 50, remaining: 47 },
        partialLines: 6,
        bytes: 700,
        pausedMs: 1500,
        lastByteAtMs: 7500,
      },
    };
    const families = await scrape(metrics);
    expect(readSample(families, "birdwire_stream_connected")).toBe(1);
    expect(readSample(families, "birdwire_stream_connects_total", { outcome: "connected" })).toBe(3);
    expect(readSample(families, "birdwire_stream_connects_total", { outcome: "rate-limit" })).toBe(2);
    expect(readSample(families, "birdwire_stream_disconnects_total", { reason: "idle" })).toBe(1);
    expect(readSample(families, "birdwire_stream_paused_seconds_total")).toBe(1.5);
    expect(readSample(families, "birdwire_stream_queue_posts")).toBe(12);
    expect(readSample(families, "birdwire_stream_notices_total", { type: "SlowReader" })).toBe(5);
    expect(readSample(families, "birdwire_stream_gaps_total", { backfilled: "yes" })).toBe(1);
    expect(readSample(families, "birdwire_stream_gaps_total", { backfilled: "no" })).toBe(2);
    expect(readSample(families, "birdwire_stream_gap_seconds_total")).toBe(4.5);
    expect(readSample(families, "birdwire_stream_ghosts_killed_total")).toBe(1);
    expect(readSample(families, "birdwire_rule_calls_failed_total", { outcome: "timeout" })).toBe(8);
    expect(readSample(families, "birdwire_x_rate_limit_connects_remaining")).toBe(47);
    expect(readSample(families, "birdwire_stream_last_byte_age_seconds")).toBe(2.5);
  });
});

test("what X bills is shown in dollars, in all and for each rule", async () => {
  const metrics = createMetrics(build);
  let spend: SpendTally | null = null;
  addSpendMetrics(metrics, () => spend);
  expect((await scrape(metrics)).get("birdwire_budget_usd")?.samples).toEqual([]);
  spend = createSpendTally(5000);
  spend.reads.posts = 300;
  spend.reads.users = 10;
  spend.byTag.set("python", { posts: 200, users: 0 });
  spend.todayMills = 2600;
  const families = await scrape(metrics);
  expect(readSample(families, "birdwire_billed_reads_total", { kind: "user" })).toBe(10);
  expect(readSample(families, "birdwire_spend_usd_total")).toBe(1.6);
  expect(readSample(families, "birdwire_spend_by_tag_usd_total", { tag: "python" })).toBe(1);
  expect(readSample(families, "birdwire_spend_today_usd")).toBe(2.6);
  expect(readSample(families, "birdwire_budget_usd")).toBe(5);
});

describe("a consumer", () => {
  test("shows its tally, versions and lag; the lag known last while the brokers are away", async () => {
    const metrics = createMetrics(build);
    const tally = createConsumeTally();
    let ends: { partition: number; latest: number }[] | null = [
      { partition: 0, latest: 30 },
      { partition: 1, latest: 9 },
    ];
    addConsumeMetrics(metrics, tally, async () => {
      if (ends === null) throw new Error("no broker answers");
      return ends;
    });
    tally.consumed = 20;
    addTo(tally.versions, "2", 19);
    tally.positions.set(0, 25);
    for (const seen of [ends, null]) {
      ends = seen;
      const families = await scrape(metrics);
      expect(readSample(families, "birdwire_records_consumed_total")).toBe(20);
      expect(readSample(families, "birdwire_records_decoded_total", { version: "2" })).toBe(19);
      expect(readSample(families, "birdwire_consumer_lag_records", { partition: "0" })).toBe(5);
      expect(readSample(families, "birdwire_consumer_lag_records", { partition: "1" })).toBeUndefined();
      expect(readSample(families, "birdwire_consumer_position", { partition: "0" })).toBe(25);
    }
  });
});

test("every metric of ours is described, and the process tells of itself", async () => {
  const metrics = createMetrics(build);
  addProduceMetrics(metrics, createProduceTally());
  addStreamMetrics(
    metrics,
    () => null,
    () => 0,
  );
  const families = await scrape(metrics);
  expect(families.get("birdwire_build_info")?.samples).toEqual([
    { name: "birdwire_build_info", labels: build, value: 1 },
  ]);
  expect(readSample(families, "process_resident_memory_bytes")).toBeGreaterThan(1e6);
  for (const [name, { help }] of families)
    expect([name, help]).toEqual([name, expect.stringMatching(/.{8,}/)]);
  expect(metrics.contentType).toMatch(/^text\/plain; version=0\.0\.4/);
});
