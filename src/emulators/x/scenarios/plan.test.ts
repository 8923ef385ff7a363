import { describe, expect, test } from "@jest/globals";
import { scenarios } from "./catalogue.ts";
import { type PlannedFault, parseScenarios, planFaults } from "./plan.ts";

/** Where each fault strikes: `stream 1 @posts 10`, `connect 2 x3`, `call 1`. */
function placesOf(faults: readonly PlannedFault[]): string[] {
  return faults.map(placeOf);
}

function placeOf(fault: PlannedFault): string {
  switch (fault.on) {
    case "stream":
      return `${fault.strike.kind} ${fault.connect} ${JSON.stringify(fault.trigger)}`;
    case "connect":
      return `${fault.strike.kind} ${fault.connect} x${fault.strike.times}`;
    case "call":
      return `${fault.strike.kind} ${fault.call} x${fault.strike.times}`;
  }
}

const plan = (text: string, seed = 1) => placesOf(planFaults(parseScenarios(text), seed));

describe("where a scenario strikes", () => {
  test.each([
    ["rst@connect=3@after=7", ['reset 3 {"posts":7}']],
    ["rst@ms=500", ['reset 1 {"ms":500}']],
    ["rst@after=0", ['reset 1 {"posts":0}']],
    ["401-unauthorized@connect=1", ["refuse 1 x1"]],
    ["503@connect=2@after=4@times=5", ['end 1 {"posts":4}', "refuse 2 x5"]],
    ["flap@after=4@times=2", ['end 1 {"posts":4}', "flap 2 x2"]],
    ["rules-429@call=2@times=3", ["refuse-call 2 x3"]],
    ["rst@after=4,clean-end@after=5", ['reset 1 {"posts":4}', 'end 2 {"posts":5}']],
    ["503@after=4,rst@after=5", ['end 1 {"posts":4}', "refuse 2 x2", 'reset 4 {"posts":5}']],
    ["broken-json@after=4,rst@after=9", ['line 1 {"posts":4}', 'reset 1 {"posts":9}']],
  ])("%s", (text, places) => {
    expect(plan(text)).toEqual(places);
  });

  test("is the same place for the same seed, and another for each of forty", () => {
    for (const { name, strikes } of scenarios) {
      expect(plan(name, 5)).toEqual(plan(name, 5));
      const places = Array.from({ length: 40 }, (_, seed) => plan(name, seed + 1).join());
      const countsAdditions = strikes.on === "call" && !/refuse|stall/.test(strikes.strike.kind);
      // A start has three calls, and adds rules once.
      expect(new Set(places).size).toBe(strikes.on !== "call" ? 40 : countsAdditions ? 1 : 3);
    }
  });

  test("is after that of the scenario before, on the same stream where it goes on", () => {
    const faults = planFaults(parseScenarios("broken-json,late-post,rst,flap,clean-end"), 3);
    expect(faults.map((fault) => `${fault.on} ${fault.on === "call" ? "" : fault.connect}`)).toEqual([
      ...["stream 1", "stream 1", "stream 1"],
      // The flap ends connection 2, and takes 3 to 7.
      ...["stream 2", "connect 3", "stream 8"],
    ]);
    const posts = faults.flatMap((fault) =>
      fault.on === "stream" && "posts" in fault.trigger ? fault.trigger.posts : [],
    );
    const [first = 0, second = 0, third = 0] = posts;
    expect(second).toBeGreaterThan(first);
    expect(third).toBeGreaterThan(second + 25);
  });
});

describe("a scenario that cannot be read", () => {
  test.each([
    ["", "names no scenario"],
    ["rst,", "names no scenario"],
    ["rts", "did you mean rst?"],
    ["rst@aftr=3", "takes no @aftr; it takes @connect=N, @after=N, @ms=N, @posts=N"],
    ["rst@after", "@after= of the scenario rst is not a whole number from 0"],
    ["rst@after=x", "@after=x"],
    ["rst@after=-1", "@after=-1"],
    ["rst@connect=0", "@connect=0 of the scenario rst is not a whole number from 1"],
    ["rst@after=1@after=2", "has @after twice"],
    ["rst@after=1@ms=2", "@after or @ms"],
    ["rst@call=1", "takes no @call"],
    ["clean-end@posts=1", "takes no @posts"],
    ["503@connect=1@after=3", "no connection before connect 1"],
  ])("%j is refused with what is wrong", (text, why) => {
    expect(() => parseScenarios(text)).toThrow(
      expect.objectContaining({ code: "invalid-option", message: expect.stringContaining(why) }),
    );
  });
});
