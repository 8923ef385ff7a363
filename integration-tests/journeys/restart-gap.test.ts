/**
 * A producer that was stopped and started again: what X sent in between is fetched where the access level allows it,
 * and nothing is there twice.
 */
import { expect, test } from "@jest/globals";
import { startKafkaEmulator } from "../../src/emulators/kafka/start.ts";
import { startRegistryEmulator } from "../../src/emulators/registry/start.ts";
import { startXEmulator } from "../../src/emulators/x/start.ts";
import { runBirdwireHere } from "../support/birdwire-here.ts";
import { readJsonLines } from "../support/screen.ts";
import { startSteppedClock } from "../support/stepped-clock.ts";

test.each([
  ["enterprise", /sent again by X/, 0],
  ["pay-per-use", /gap .* after post \d+, before post \d+, open: restart/, 1],
] as const)("the time between two runs is a gap: %s", async (tier, told, missing) => {
  await using kafka = await startKafkaEmulator({ port: 0 });
  await using registry = await startRegistryEmulator({ port: 0 });
  using clock = startSteppedClock(50);
  const count = 200;
  await using x = await startXEmulator({
    clock,
    tier,
    source: { kind: "generated", ratePerSecond: 10, count, goesOn: true },
    settleMs: 60,
  });
  const env = {
    BIRDWIRE_BROKERS: kafka.bootstrap,
    BIRDWIRE_REGISTRY_URL: registry.url,
    BIRDWIRE_X_URL: x.url,
    X_BEARER_TOKEN: "restart",
  };
  const produce = async (until: () => Promise<unknown>) => {
    const stop = new AbortController();
    const rules = ["--rule", "a=python OR BTS OR typescript OR kafka OR avro"];
    const running = runBirdwireHere(["produce", "--no-compression", ...rules], {
      env,
      clock,
      interruption: stop.signal,
    });
    await Promise.race([until(), running]);
    stop.abort();
    return await running;
  };
  const rows = () => x.counters().ledger.matched;
  const until = async (done: () => boolean) => {
    while (!done()) await clock.sleep(500);
  };

  const first = await produce(() => until(() => x.counters().ledger.settled >= 40));
  expect(first).toMatchObject({ code: 0 });
  expect(first.stderr).not.toMatch(/^ {2}gaps /m);
  const before = rows();
  await until(() => rows() >= before + 20);
  const second = await produce(async () => {
    await x.finished;
    await until(() => x.counters().connections.open > 0);
    await clock.sleep(10_000);
    await x.ledger.quiet();
  });
  expect(second).toMatchObject({ code: 0, stderr: expect.stringMatching(told) });

  const consume = ["consume", "--from-beginning", "--until-end", "--format", "json"];
  const { stdout } = await runBirdwireHere(consume, { env });
  const ids = readJsonLines<{ id: string }>(stdout).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  if (missing === 0) expect(ids.length).toBe(count);
  else expect(ids.length).toBeLessThanOrEqual(count - 20);
});
