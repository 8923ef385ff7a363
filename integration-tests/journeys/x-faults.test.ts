// Each fault of X, once, from the emulator to the topic; `npm run test:evidence -- scenarios` plays each with three seeds.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { findScenario, scenarios } from "../../src/emulators/x/scenarios/catalogue.ts";
import { isHarmed, runPlainClient } from "../evidence/plain-client.ts";
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

test("twitter-api-v2's own stream loses, corrupts, repeats or hangs in at least ten of them", async () => {
  // Those in which it does so every time; the whole table is the evidence's.
  const harmful = [
    ...[
      "cut-utf8",
      "cut-crlf",
      "cut-bytes",
      "duplicates",
      "no-headers",
      "half-headers",
      "endless-error-body",
    ],
    ...["rules-deleted", "rules-deleted-quiet", "409-no-rules", "restart-rules-lost", "notice-unclosed"],
  ];
  const rows = await runPool(harmful.map(findScenario), (scenario) => runPlainClient(scenario, 1));
  expect(rows.filter(isHarmed).length).toBeGreaterThanOrEqual(10);
});
