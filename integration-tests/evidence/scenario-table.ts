/**
 * Every fault scenario with three seeds, twice: Birdwire from the emulator to the topic, and beside it twitter-api-v2's
 * own stream as it comes. Holds when Birdwire loses, repeats and changes nothing, the same seed strikes the same place
 * and delivers the same posts in the same order, another seed strikes another place, and the plain client is harmed in
 * at least ten scenarios: else nothing would have been tested.
 */
import { scenarios } from "../../src/emulators/x/scenarios/catalogue.ts";
import type { Scenario } from "../../src/emulators/x/scenarios/scenario.ts";
import { isHarmed, type PlainRow, runPlainClient } from "./plain-client.ts";
import { runPool } from "./run-pool.ts";
import { openScenarioBench, type ScenarioRow } from "./scenario-bench.ts";

const seeds = [1, 2, 3] as const;
const leastHarmed = 10;

/** Prints a Markdown table; false when something does not hold. */
export async function playScenarioTable(print: (line: string) => void): Promise<boolean> {
  const runs = scenarios.flatMap((scenario) => seeds.map((seed) => ({ scenario, seed })));
  const first = await playAll(runs);
  const second = await playAll(runs);
  const plain = await runPool(runs, ({ scenario, seed }) => runPlainClient(scenario, seed));
  const wrong = runs.map(({ scenario }, index) => [
    ...(first[index]?.wrong ?? []),
    ...(second[index]?.wrong ?? []).map((what) => `again: ${what}`),
    ...compare(first[index], second[index]),
    ...compareSeeds(
      scenario,
      first.filter((row) => row.scenario === scenario.name),
    ),
  ]);

  print("| scenario | seed | struck | delivered | digest | lost by X | exit | Birdwire | twitter-api-v2 |");
  print("|---|---|---|---|---|---|---|---|---|");
  for (const [index, row] of first.entries()) {
    const { scenario, seed, place, delivered, digest, lostByX, exitCode } = row;
    const holds = wrong[index]?.length === 0 ? "holds" : `**${wrong[index]?.join("; ")}**`;
    const cells = [
      scenario,
      seed,
      place,
      delivered,
      digest,
      lostByX,
      exitCode,
      holds,
      describe(plain[index]),
    ];
    print(`| ${cells.join(" | ")} |`);
  }
  const harmed = new Set(plain.filter(isHarmed).map(({ scenario }) => scenario));
  const failed = wrong.filter((reasons) => reasons.length > 0).length;
  print("");
  print(`${first.length} runs of ${scenarios.length} scenarios, twice: ${failed} of them do not hold.`);
  print(
    `twitter-api-v2's own stream is harmed in ${harmed.size} scenarios (at least ${leastHarmed} are wanted).`,
  );
  return failed === 0 && harmed.size >= leastHarmed;
}

async function playAll(
  runs: readonly { readonly scenario: Scenario; readonly seed: number }[],
): Promise<ScenarioRow[]> {
  await using bench = await openScenarioBench();
  return await runPool(runs, ({ scenario, seed }) => bench.run(scenario, seed));
}

function compare(one: ScenarioRow | undefined, other: ScenarioRow | undefined): string[] {
  return [
    ...(one?.place === other?.place ? [] : [`struck elsewhere the second time: ${other?.place}`]),
    ...(one?.digest === other?.digest ? [] : [`delivered otherwise the second time: ${other?.digest}`]),
  ];
}

/** The first addition of rules is the one place there is: seeds choose the rule, which the place does not name. */
function compareSeeds({ strikes }: Scenario, rows: readonly ScenarioRow[]): string[] {
  const isOfAdding =
    strikes.on === "call" && strikes.strike.kind !== "refuse-call" && strikes.strike.kind !== "stall-call";
  const places = new Set(rows.map(({ place }) => place));
  return isOfAdding || places.size === rows.length ? [] : ["seeds share a place"];
}

function describe(row: PlainRow | undefined): string {
  if (row === undefined) return "";
  if (row.refused !== null) return `never began: ${row.refused}`;
  const { lost, altered, repeated, hung } = row;
  const harms = [
    ...(lost > 0 ? [`lost ${lost}`] : []),
    ...(altered > 0 ? [`altered ${altered}`] : []),
    ...(repeated > 0 ? [`repeated ${repeated}`] : []),
    ...(hung ? ["hangs"] : []),
  ];
  return harms.length === 0 ? "unharmed" : harms.join(", ");
}
