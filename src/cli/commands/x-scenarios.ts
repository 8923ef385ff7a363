/**
 * `birdwire x-scenarios`: the faults that the X emulator can play.
 */
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { writeAll } from "../host.ts";

export const xScenariosCommand = defineCommand({
  name: "x-scenarios",
  operands: "[scenario]",
  describe: "list the faults of X that `up --x-scenario` plays, or tell all of one",
  options: {
    scenario: { type: "string", describe: "name of one, as rst" },
    format: { choices: ["text", "json"], default: "text", requiresArg: true, describe: "how it is printed" },
  },
  examples: [
    ["x-scenarios", "all of them"],
    ["x-scenarios rst-in-flight", "one: where it strikes, and its parameters"],
    ["up --x-scenario rst@after=100,flap --x-scenario-seed 7", "two of them, one after the other"],
  ],
  async run({ host }, args) {
    const { findScenario, scenarios } = await import("../../emulators/x/scenarios/catalogue.ts");
    const { printScenario, printScenarios, scenarioAsJson } = await import(
      "../../emulators/x/scenarios/describe.ts"
    );
    const one = args.scenario === undefined ? undefined : findScenario(args.scenario);
    const json = () => (one === undefined ? scenarios.map(scenarioAsJson) : scenarioAsJson(one));
    const text = () => (one === undefined ? printScenarios(scenarios) : printScenario(one));
    await writeAll(host.stdout, args.format === "json" ? `${JSON.stringify(json(), null, 2)}\n` : text());
    return exitCodes.ok;
  },
});
