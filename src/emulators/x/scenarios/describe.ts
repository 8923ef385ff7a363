/**
 * The catalogue as people read it, and as programs do.
 */
import { parameterNames, parametersOf } from "./plan.ts";
import type { Scenario } from "./scenario.ts";

const defaultPlaces = {
  stream: "connection 1, after 10 to 49 posts",
  connect: "connection 1 ends after 10 to 49 posts, and the next connect is struck",
  call: "one of the first three calls of the rules endpoint",
} as const;

/** When it strikes unless told: the seed chooses within it. */
export function defaultPlaceOf({ strikes }: Scenario): string {
  const isOfAdding =
    strikes.on === "call" && strikes.strike.kind !== "refuse-call" && strikes.strike.kind !== "stall-call";
  return isOfAdding ? "the first addition of rules" : defaultPlaces[strikes.on];
}

function clientOf({ client }: Scenario): string {
  return client.kind === "recovers" ? "goes on" : `exit ${client.exitCode}`;
}

/** One line a scenario: name, what a client does, what X does. */
export function printScenarios(scenarios: readonly Scenario[]): string {
  const rows = scenarios.map((scenario) => [scenario.name, clientOf(scenario), scenario.what] as const);
  const head = ["SCENARIO", "PRODUCER", "WHAT X DOES"] as const;
  const widths = [0, 1].map((column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  return [head, ...rows]
    .map(
      ([name, client, what]) => `${name.padEnd(widths[0] ?? 0)}  ${client.padEnd(widths[1] ?? 0)}  ${what}\n`,
    )
    .join("");
}

/** All there is to know of one. */
export function printScenario(scenario: Scenario): string {
  const parameters = parametersOf(scenario);
  const width = Math.max(...parameters.map((name) => name.length));
  return [
    scenario.name,
    `  ${scenario.what}.`,
    "",
    `  strikes   ${defaultPlaceOf(scenario)}`,
    `  producer  ${scenario.client.kind === "recovers" ? "goes on without a loss of its own" : `ends with exit ${scenario.client.exitCode}`}`,
    `  ledger    ${scenario.posts}`,
    `  source    x-api facts ${scenario.source}`,
    "",
    ...parameters.map((name) => `  @${`${name}=N`.padEnd(width + 2)}  ${parameterNames[name]}`),
    "",
  ].join("\n");
}

/** As `--format json` prints it. */
export function scenarioAsJson(scenario: Scenario) {
  const { name, what, source, client, posts, strikes } = scenario;
  return {
    name,
    what,
    source,
    strikes: strikes.on,
    default_place: defaultPlaceOf(scenario),
    parameters: parametersOf(scenario),
    producer: client.kind,
    exit_code: client.kind === "ends" ? client.exitCode : null,
    ledger: posts,
  };
}
