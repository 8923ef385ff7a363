/**
 * From what was asked for (`rst@after=100,flap`) and a seed to faults with a place each. The same seed gives the same
 * places; the next one gives others.
 */
import { EmulatorError } from "../../listen.ts";
import { createRandom, type Random } from "../generator/random.ts";
import { findScenario } from "./catalogue.ts";
import type { CallStrike, ConnectStrike, Scenario, StreamStrike } from "./scenario.ts";

/** When an open stream is struck: after so many of its posts, or after so long. */
export type Trigger = { readonly posts: number } | { readonly ms: number };

export type PlannedFault =
  | {
      readonly on: "stream";
      readonly scenario: Scenario;
      readonly connect: number;
      readonly trigger: Trigger;
      readonly strike: StreamStrike;
      readonly random: Random;
    }
  | {
      readonly on: "connect";
      readonly scenario: Scenario;
      /** The first of `strike.times`. */
      readonly connect: number;
      readonly strike: ConnectStrike;
    }
  | {
      readonly on: "call";
      readonly scenario: Scenario;
      readonly call: number;
      readonly strike: CallStrike;
      readonly random: Random;
    };

export interface ScenarioSpec {
  readonly scenario: Scenario;
  readonly parameters: Readonly<Partial<Record<ParameterName, number>>>;
}

/** In the order in which help names them. */
export const parameterNames = {
  connect: "the how-manieth connect is struck",
  after: "after that many posts of that connection",
  ms: "after that many milliseconds of that connection",
  call: "the how-manieth call of the rules endpoint is struck",
  times: "how often in a row",
  posts: "how many posts are in it",
  for: "for how long, in milliseconds",
} as const;
export type ParameterName = keyof typeof parameterNames;

/** Default places: after 10 to 49 posts. */
const firstAfter = 10;
const afterRange = 40;

function invalid(message: string): EmulatorError {
  return new EmulatorError("invalid-option", message);
}

/** Reads `NAME[@PARAMETER=NUMBER]...[,NAME...]`. Throws EmulatorError `invalid-option`. */
export function parseScenarios(text: string): ScenarioSpec[] {
  return text.split(",").map((entry) => {
    const [name = "", ...settings] = entry.trim().split("@");
    if (name === "") throw invalid(`${JSON.stringify(text)} names no scenario between its commas`);
    const scenario = findScenario(name);
    const allowed = parametersOf(scenario);
    const parameters: Partial<Record<ParameterName, number>> = {};
    for (const setting of settings) {
      const [key = "", value = ""] = setting.split("=");
      const known = allowed.find((parameter) => parameter === key);
      if (known === undefined) {
        throw invalid(
          `the scenario ${name} takes no @${key}; it takes ${allowed.map((p) => `@${p}=N`).join(", ")}`,
        );
      }
      const number = Number(value);
      const min = known === "after" || known === "ms" || known === "for" || known === "posts" ? 0 : 1;
      if (value.trim() === "" || !Number.isSafeInteger(number) || number < min) {
        throw invalid(`@${key}=${value} of the scenario ${name} is not a whole number from ${min}`);
      }
      if (parameters[known] !== undefined) throw invalid(`the scenario ${name} has @${key} twice`);
      parameters[known] = number;
    }
    if (parameters.after !== undefined && parameters.ms !== undefined) {
      throw invalid(`the scenario ${name} strikes after posts or after milliseconds: @after or @ms`);
    }
    const { connect = 2, after, ms } = parameters;
    if (scenario.strikes.on === "connect" && connect < 2 && (after !== undefined || ms !== undefined)) {
      throw invalid(`the scenario ${name} has no connection before connect 1 that could end after a while`);
    }
    return { scenario, parameters };
  });
}

/** The parameters that a scenario has a use for. */
export function parametersOf({ strikes }: Scenario): ParameterName[] {
  const { strike } = strikes;
  const own = (["posts"] as const).filter((name) => name in strike && strikes.on === "stream");
  const lasting = "forMs" in strike && strike.forMs !== null ? (["for"] as const) : [];
  switch (strikes.on) {
    case "stream":
      return ["connect", "after", "ms", ...own, ...lasting];
    case "connect":
      return ["connect", "after", "ms", "times", ...lasting];
    case "call":
      return ["call", "times"];
  }
}

/**
 * Faults in the order asked for: each scenario without a place of its own begins where the one before it ended. A
 * connect that is to be struck follows an end of the connection before it, unless a connect was named without more.
 * `now`, for a server that runs: the connect whose stream is open, with the posts it had, or else the next one; what
 * names no time strikes at once.
 */
export function planFaults(
  specs: readonly ScenarioSpec[],
  seed: number,
  now: { readonly connect: number; readonly posts: number; readonly isOpen: boolean } | null = null,
): PlannedFault[] {
  const faults: PlannedFault[] = [];
  /** The connection that the next scenario finds, and how many posts it has had by then. */
  let connect = now?.connect ?? 1;
  let posts = now?.posts ?? 0;
  /** Whether there will be a connection to end, before a connect is refused. */
  let isOpen = now?.isOpen ?? true;
  for (const [index, { scenario, parameters }] of specs.entries()) {
    const place = seededPlace(scenario.name, index, seed);
    const random = createRandom(place.seed);
    const { strikes } = scenario;
    const triggerFrom = (base: number): Trigger =>
      parameters.ms === undefined
        ? {
            posts: base + (parameters.after ?? (now === null ? firstAfter + (place.offset % afterRange) : 0)),
          }
        : { ms: parameters.ms };
    switch (strikes.on) {
      case "stream": {
        const own = parameters.connect;
        const trigger = triggerFrom(
          own === undefined && (now !== null || parameters.after === undefined) ? posts : 0,
        );
        const strike = withParameters(strikes.strike, parameters);
        faults.push({ on: "stream", scenario, connect: own ?? connect, trigger, strike, random });
        if (own === undefined && endsConnection(strike)) {
          connect++;
          posts = 0;
          isOpen = true;
        } else if (own === undefined && "posts" in trigger) {
          posts = trigger.posts + ("posts" in strike ? strike.posts : 1);
        }
        break;
      }
      case "connect": {
        const strike = withParameters(strikes.strike, parameters);
        const isNamed = parameters.connect !== undefined;
        const struck = parameters.connect ?? (isOpen ? connect + 1 : connect);
        if ((!isNamed && isOpen) || parameters.after !== undefined || parameters.ms !== undefined) {
          const trigger = triggerFrom(
            isNamed || (now === null && parameters.after !== undefined) ? 0 : posts,
          );
          const end = { on: "stream", scenario, connect: struck - 1, trigger, random } as const;
          faults.push({ ...end, strike: { kind: "end" } });
        }
        faults.push({ on: "connect", scenario, connect: struck, strike });
        if (!isNamed) {
          connect = struck + (strike.kind === "slow-head" ? 0 : strike.times);
          posts = 0;
          isOpen = true;
        }
        break;
      }
      case "call": {
        const strike = withParameters(strikes.strike, parameters);
        // A start takes three calls: list, try, add. Those about the added rules count only the last kind.
        const isOfAdding = strike.kind !== "refuse-call" && strike.kind !== "stall-call";
        const call = parameters.call ?? (isOfAdding ? 1 : 1 + (place.offset % 3));
        faults.push({ on: "call", scenario, call, strike, random });
        break;
      }
    }
  }
  return faults;
}

function withParameters<S extends StreamStrike | ConnectStrike | CallStrike>(
  strike: S,
  { times, posts, for: forMs }: ScenarioSpec["parameters"],
): S {
  return {
    ...strike,
    ...(times !== undefined && "times" in strike ? { times } : {}),
    ...(posts !== undefined && "posts" in strike ? { posts } : {}),
    ...(forMs !== undefined && "forMs" in strike ? { forMs } : {}),
  };
}

/** False for what a stream goes on after. */
function endsConnection({ kind }: StreamStrike): boolean {
  switch (kind) {
    case "heartbeats":
    case "line":
    case "large":
    case "cut":
    case "repeat":
    case "late":
    case "shuffle":
    case "edits":
    case "hydration":
      return false;
    default:
      return true;
  }
}

/** `offset` moves by one coprime step with each seed, so that seeds near each other never share a place. */
function seededPlace(name: string, index: number, seed: number): { seed: number; offset: number } {
  let hash = 0x811c9dc5;
  for (const char of `${name}#${index}`)
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return { seed: (hash ^ seed) >>> 0, offset: (hash % 1_000_003) + seed * 7 };
}
