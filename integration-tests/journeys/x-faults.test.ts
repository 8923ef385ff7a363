// Each fault of X, once, from the emulator to the topic; `npm run test:evidence -- scenarios` plays each with three seeds.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { scenarios } from "../../src/emulators/x/scenarios/catalogue.ts";
import { runPool } from "../evidence/run-pool.ts";
import { openScenarioBench, type ScenarioBench, type ScenarioRow } from "../evidence/scenario-bench.ts";

let bench: ScenarioBench;
let rows: ReadonlyMap<string, ScenarioRow>;
beforeAll(async () => {
  bench = await openScenarioBench();
  // Most of a run is waiting, and each has an emulator and a topic of its own.
  const played = await runPool(scenarios, (scenario) => bench.run(scenario, 1));
  rows = new Map(played.map((row) => [row.scenario, row]));
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

test.each(scenarios.map(({ name, what }) => ({ name, what })))(
  "nothing that X delivered is lost, repeated or changed under $name: $what",
  ({ name }) => {
    expect(rows.get(name)).toMatchObject({ scenario: name, wrong: [] });
  },
);
