import { describe, expect, test } from "@jest/globals";
import { createManualClock } from "../../../kernel/clock.ts";
import { createLedger } from "../ledger.ts";
import type { StreamConnection } from "../stream-connection.ts";
import { parseScenarios, planFaults } from "./plan.ts";
import type { StreamFault } from "./scene.ts";
import { createScript } from "./script.ts";

/** A script whose fault is about to strike, and the place where it did. */
function startScript(scenario: string) {
  const clock = createManualClock(0);
  const ledger = createLedger({ clock });
  const connection = {
    ...{ number: 1, sentPosts: 0, sentBytes: 0, ledger: ledger.connect(1) },
    drained: () => Promise.resolve(),
    end: () => Promise.resolve(),
    stopHeartbeats() {},
    send() {},
  } as Partial<StreamConnection> as StreamConnection;
  const faults = planFaults(parseScenarios(scenario), 1).filter(
    (fault): fault is StreamFault => fault.on === "stream",
  );
  const struck: string[] = [];
  const script = createScript({
    ...{ faults, clock },
    isSourceEnded: () => false,
    onStrike: ({ scenario: { name } }) => struck.push(name),
    onWiderStrike: () => Promise.resolve(),
    onError(error) {
      throw error;
    },
  });
  script.start(connection);
  return { script, struck };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("a script's gate", () => {
  test.each([
    ["clean-end@after=0", "strike"],
    ["half-open@after=0@posts=0", "mute"],
  ] as const)("is open once the connection is closed, so that nobody waits at it: %s", async (name, gate) => {
    const { script, struck } = startScript(name);
    await turn();
    expect(struck).toHaveLength(1);
    expect(script.gate).toBe(gate);
    const opened = script.opened();
    script.closed();
    await opened;
    await turn();
    expect(script.gate).toBe("open");
  });

  test("stays open where the connection closes before the fault strikes", async () => {
    const { script, struck } = startScript("clean-end@after=0");
    expect(script.gate).toBe("strike");
    script.closed();
    await turn();
    expect(struck).toEqual([]);
    expect(script.gate).toBe("open");
  });
});
