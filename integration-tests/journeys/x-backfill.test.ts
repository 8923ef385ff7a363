/**
 * Cuts of an X that goes on while nobody listens, where the access level has backfill: `birdwire produce` misses nothing.
 */
import { afterAll, describe, expect, test } from "@jest/globals";
import { startKafkaEmulator } from "../../src/emulators/kafka/start.ts";
import { startRegistryEmulator } from "../../src/emulators/registry/start.ts";
import { findScenario } from "../../src/emulators/x/scenarios/catalogue.ts";
import { checkPlayed, playScenario } from "../support/play-scenario.ts";

const posts = 80;
const speed = 60;

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
