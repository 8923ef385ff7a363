/**
 * Cuts of an X that goes on while nobody listens, where the access level has backfill: `birdwire produce` misses
 * nothing.
 */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { findScenario } from "../../src/emulators/x/scenarios/catalogue.ts";
import { openScenarioBench, type ScenarioBench } from "../evidence/scenario-bench.ts";
import { scenarioPosts } from "../evidence/scenario-posts.ts";

let bench: ScenarioBench;
beforeAll(async () => {
  bench = await openScenarioBench();
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

test.each(["rst-in-flight", "half-open", "slow-reader", "partial-line", "port-closed", "flap"])(
  "nothing at all is missed in %s",
  async (name) => {
    expect(await bench.run(findScenario(name), 1, { goesOn: true })).toMatchObject({
      wrong: [],
      produced: scenarioPosts,
      isBackfilled: true,
    });
  },
);
