/**
 * Every fault scenario of the X emulator against `birdwire produce`: it recovers, or ends with the exit code that says
 * why; what arrived is in the topic, once, as it was sent.
 */
import { afterAll, describe, expect, test } from "@jest/globals";
import { startKafkaEmulator } from "../../src/emulators/kafka/start.ts";
import { startRegistryEmulator } from "../../src/emulators/registry/start.ts";
import { findScenario, scenarios } from "../../src/emulators/x/scenarios/catalogue.ts";
import { checkPlayed, type Played, playScenario } from "../support/play-scenario.ts";

const posts = 80;
const speed = 60;
/** Most of each run is waiting. */
const atOnce = 12;

const kafka = await startKafkaEmulator({ port: 0 });
const registry = await startRegistryEmulator({ port: 0 });
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await kafka[Symbol.asyncDispose]();
});
const common = {
  posts,
  speed,
  seed: 1,
  env: { BIRDWIRE_BROKERS: kafka.bootstrap, BIRDWIRE_REGISTRY_URL: registry.url },
};

/** A scenario that makes posts its own way; only their ids can be compared. */
const rewrites = new Set(["edit-chain", "one-megabyte", "data-with-errors"]);

const unharmed = playScenario({ ...common, scenario: null, topic: "unharmed" });
const runs = startAll();

/** Begins all runs, some at once; they go on while tests wait for theirs. */
function startAll(): ReadonlyMap<string, Promise<Played>> {
  const waiting: (() => void)[] = [];
  let free = atOnce;
  const turn = async () => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const leave = () => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };
  return new Map(
    scenarios.map((scenario) => {
      const run = turn()
        .then(() => playScenario({ ...common, scenario, topic: `x-${scenario.name}` }))
        .finally(leave);
      // Its test hears of it.
      run.catch(() => {});
      return [scenario.name, run];
    }),
  );
}

describe("birdwire produce", () => {
  test.each(scenarios.map((scenario) => [scenario.name, scenario] as const))(
    "lives through %s",
    async (name, scenario) => {
      const texts = rewrites.has(name)
        ? []
        : (await unharmed).tweets.map(({ id, text }) => [id, text] as const);
      const played = (await runs.get(name)) as Played;
      const findings = checkPlayed(played, scenario, new Map(texts));
      expect({ findings, stderr: findings.length === 0 ? "" : played.stderr }).toEqual({
        findings: [],
        stderr: "",
      });
    },
  );
});

describe("birdwire produce with backfill", () => {
  test.each(["rst-in-flight", "half-open", "slow-reader", "partial-line", "port-closed", "flap"])(
    "misses nothing at all in %s, though X goes on while nobody listens",
    async (name) => {
      const scenario = findScenario(name);
      const played = await playScenario({
        ...common,
        scenario,
        enterprise: true,
        topic: `backfilled-${name}`,
      });
      const ids = new Set(played.tweets.map(({ id }) => id));
      expect({ findings: checkPlayed(played, scenario, new Map()), produced: ids.size }).toEqual({
        findings: [],
        produced: posts,
      });
      expect(played.stderr).toMatch(/sent again by X/);
    },
  );
});
