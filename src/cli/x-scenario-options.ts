/**
 * Which faults the X emulator plays: options of `up`. What scenarios there are is the emulator's to say.
 */
import { parseIntegerOption } from "./usage-error.ts";

const group = "X emulator:";

export const xScenarioOptions = {
  "x-scenario": {
    type: "string",
    array: true,
    nargs: 1,
    requiresArg: true,
    group,
    describe:
      "play faults of X: NAME[@PARAMETER=N]..., a list of them with commas, one after the other; may be repeated",
  },
  "x-scenario-seed": {
    type: "number",
    requiresArg: true,
    group,
    describe: "moves the places where faults strike; the same seed gives the same run [1]",
  },
} as const;

export interface XScenarioArgs {
  readonly "x-scenario"?: readonly (string | number)[] | undefined;
  readonly "x-scenario-seed"?: number | undefined;
}

export interface XScenarioSettings {
  readonly scenarios?: string;
  readonly scenarioSeed?: number;
}

/** Throws UsageError for a seed that is no whole number; the emulator refuses names that it does not know. */
export function parseXScenarioOptions(args: XScenarioArgs): XScenarioSettings {
  const names = args["x-scenario"] ?? [];
  const seed = parseIntegerOption("x-scenario-seed", args["x-scenario-seed"], { min: 0, max: 2 ** 32 - 1 });
  return {
    ...(names.length === 0 ? {} : { scenarios: names.join(",") }),
    ...(seed === undefined ? {} : { scenarioSeed: seed }),
  };
}
