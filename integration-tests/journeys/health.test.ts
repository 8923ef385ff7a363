/**
 * `--http`: what a running producer and consumer tell Prometheus and whoever starts and stops them.
 */

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { expect, test } from "@jest/globals";
import { createSystemClock } from "../../src/kernel/clock.ts";
import { readSample } from "../../src/telemetry/testing/exposition.ts";
import { repositoryRoot } from "../support/birdwire.ts";
import { runBirdwireHere, startEmulatorsHere } from "../support/birdwire-here.ts";
import { eventually } from "../support/eventually.ts";
import { type Families, watchHealth } from "../support/watched-health.ts";

const rule = "a=python OR BTS OR typescript OR kafka OR avro";

test("a producer and a consumer count what went through them, and are ready while it does", async () => {
  const clock = createSystemClock(20);
  const generator = ["--x-posts", "300", "--x-seed", "3", "--x-rate", "max"];
  await using up = await startEmulatorsHere(generator, { clock });
  await using producer = watchHealth(["produce", "--rule", rule], up.env, { clock });
  const produced = await producer.metricsWhen(
    (families) => (readSample(families, "birdwire_records_produced_total") ?? 0) >= 300,
  );
  expect(readSample(produced, "birdwire_posts_received_total")).toBe(300);
  expect(readSample(produced, "birdwire_posts_matched_total", { tag: "a" })).toBe(300);
  expect(readSample(produced, "birdwire_stream_connects_total", { outcome: "connected" })).toBe(1);
  expect(readSample(produced, "birdwire_stream_connected")).toBe(1);
  expect(readSample(produced, "birdwire_stream_received_bytes_total")).toBeGreaterThan(100_000);
  expect(readSample(produced, "birdwire_stream_last_byte_age_seconds")).toBeLessThan(600);
  const acknowledged = produced.get("birdwire_event_to_ack_seconds")?.samples;
  expect(acknowledged?.find(({ name }) => name.endsWith("_count"))?.value).toBe(300);
  expect(await producer.get("/readyz")).toEqual({ status: 200, text: "ok\n" });

  await using consumer = watchHealth(["consume", "--from-beginning", "--format", "json"], up.env, { clock });
  const consumed = await consumer.metricsWhen(
    (families) => (readSample(families, "birdwire_records_printed_total") ?? 0) >= 300,
  );
  expect(readSample(consumed, "birdwire_records_consumed_total")).toBe(300);
  const versions = consumed.get("birdwire_records_decoded_total")?.samples;
  expect(versions?.map(({ value }) => value)).toEqual([300]);
  const drained = await consumer.metricsWhen(
    (families) =>
      families.get("birdwire_consumer_lag_records")?.samples.every(({ value }) => value === 0) ?? false,
  );
  expect(readSample(drained, "birdwire_ready")).toBe(1);
  expect(await consumer.get("/readyz")).toEqual({ status: 200, text: "ok\n" });

  for (const each of [producer, consumer]) expect((await each.stop()).code).toBe(0);
  await expect(producer.get("/livez")).rejects.toThrow();
});

test("the documentation names every metric, and none that there is not", async () => {
  const clock = createSystemClock(20);
  await using up = await startEmulatorsHere(["--x-rate", "10"], { clock });
  await using producer = watchHealth(["produce", "--rule", rule], up.env, { clock });
  const served = new Set<string>();
  const add = (families: Families) => {
    for (const name of families.keys()) if (name.startsWith("birdwire_")) served.add(name);
  };
  add(
    await producer.metricsWhen(
      (families) => (readSample(families, "birdwire_records_produced_total") ?? 0) > 0,
    ),
  );
  await using consumer = watchHealth(["consume", "--from-beginning", "--format", "json"], up.env, { clock });
  add(await consumer.metrics());
  const text = await readFile(`${repositoryRoot}docs/operations.md`, "utf8");
  const tables = text.split("\n").filter((line) => line.startsWith("| `birdwire_"));
  const named = tables.flatMap((line) => [...line.matchAll(/`(birdwire_\w+)/g)].map(([, name]) => name));
  expect([...new Set(named)].sort()).toEqual([...served].sort());
});

test("until a server answers it is alive, not ready, and says why; Ctrl-C ends it at once", async () => {
  const env = {
    BIRDWIRE_REGISTRY_URL: "http://127.0.0.1:1",
    BIRDWIRE_BROKERS: "127.0.0.1:1",
    BIRDWIRE_WAIT_FOR_SERVERS: "1h",
  };
  await using producer = watchHealth(["produce", "--rule", rule], env);
  await eventually(
    () => producer.get("/readyz"),
    ({ status, text }) => {
      expect(status).toBe(503);
      expect(text).toMatch(/^registry: .*127\.0\.0\.1:1/m);
    },
  );
  expect(await producer.get("/livez")).toMatchObject({ status: 200 });
  const { code, stderr } = await producer.stop();
  expect(stderr).toMatch(/127\.0\.0\.1:1.*waiting for it.*birdwire up/);
  expect(code).toBe(0);
});

test.each([
  ["a port in use", "PORT", /--http \d+: port \d+ of 127\.0\.0\.1 is in use.*--http 0/s],
  ["no port", "70000", /--http: "70000" is not a port/],
])("%s ends with 2 before anything is connected", async (_what, given, message) => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  const line = [
    "produce",
    "--replay",
    "docs/samples/posts.ndjson",
    "--http",
    given.replace("PORT", String(port)),
  ];
  const { code, stderr } = await runBirdwireHere(line);
  other.close();
  expect(stderr).toMatch(message);
  expect(code).toBe(2);
});
