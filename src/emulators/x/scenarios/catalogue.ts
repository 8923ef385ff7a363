/**
 * Every scenario by name, in the order of the list that `birdwire x-scenarios` prints.
 */
import { closest, distance } from "fastest-levenshtein";
import { EmulatorError } from "../../listen.ts";
import { bodyScenarios } from "./catalogue/bodies.ts";
import { endingScenarios } from "./catalogue/endings.ts";
import { noticeScenarios } from "./catalogue/notices.ts";
import { postScenarios } from "./catalogue/posts.ts";
import { refusalScenarios } from "./catalogue/refusals.ts";
import { ruleScenarios } from "./catalogue/rules.ts";
import type { Scenario } from "./scenario.ts";

export const scenarios: readonly Scenario[] = [
  ...endingScenarios,
  ...noticeScenarios,
  ...bodyScenarios,
  ...postScenarios,
  ...refusalScenarios,
  ...ruleScenarios,
];

const byName: ReadonlyMap<string, Scenario> = new Map(scenarios.map((scenario) => [scenario.name, scenario]));

/** Throws EmulatorError `invalid-option` that names the nearest one there is. */
export function findScenario(name: string): Scenario {
  const scenario = byName.get(name);
  if (scenario !== undefined) return scenario;
  throw new EmulatorError(
    "invalid-option",
    `there is no X scenario ${JSON.stringify(name)}${suggest(name)}`,
    {
      details: { name },
    },
  );
}

function suggest(name: string): string {
  const names = [...byName.keys()];
  const starts = names.filter((known) => name.length > 2 && known.startsWith(name));
  if (starts.length > 1) return `; there are ${starts.join(", ")}`;
  const best = starts[0] ?? closest(name, names);
  return starts.length === 1 || distance(name, best) <= Math.max(2, Math.floor(name.length / 3))
    ? `; did you mean ${best}?`
    : "; `birdwire x-scenarios` lists all of them";
}
