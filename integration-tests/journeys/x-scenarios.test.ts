// The faults of the X emulator as a user plays them: listed, chosen by name, told of on the control port.
import { describe, expect, test } from "@jest/globals";
import { runBirdwireHere, startEmulatorsHere } from "../support/birdwire-here.ts";

describe("birdwire x-scenarios", () => {
  test("lists every scenario with what a producer has to do, one a line", async () => {
    const { code, stdout } = await runBirdwireHere(["x-scenarios"]);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^SCENARIO +PRODUCER +WHAT X DOES$/);
    expect(lines.length).toBeGreaterThan(45);
    expect(lines).toContainEqual(expect.stringMatching(/^rst +goes on +the connection is reset/));
    expect(lines).toContainEqual(expect.stringMatching(/^401-unauthorized +exit 5 +401:/));
  });

  test("lists them for programs", async () => {
    const { stdout } = await runBirdwireHere(["x-scenarios", "--format", "json"]);
    const list = JSON.parse(stdout) as Record<string, unknown>[];
    expect(list.find(({ name }) => name === "429-usage-cap")).toEqual({
      name: "429-usage-cap",
      what: expect.any(String),
      source: expect.any(String),
      strikes: "connect",
      default_place: expect.any(String),
      parameters: ["connect", "after", "ms", "times"],
      producer: "ends",
      exit_code: 6,
      ledger: "all of them settle",
    });
  });

  test("tells where one strikes, its parameters, and how the ledger counts", async () => {
    const { stdout } = await runBirdwireHere(["x-scenarios", "rst-in-flight"]);
    expect(stdout).toMatch(/strikes +connection 1, after 10 to 49 posts/);
    expect(stdout).toMatch(/ledger +those in it stay written/);
    expect(stdout).toMatch(/@posts=N +how many posts are in it/);
  });

  test.each([
    [["x-scenarios", "rts"], "did you mean rst?"],
    [["up", "--x-scenario", "rst@aftr=5"], "it takes @connect=N, @after=N"],
    [["up", "--x-scenario", "clean-ned"], "did you mean clean-end?"],
    [["up", "--x-scenario-seed", "x", "--x-scenario", "rst"], "--x-scenario-seed"],
  ])("%j is refused with what is meant", async (args, hint) => {
    const { code, stderr } = await runBirdwireHere(args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(hint) });
  });
});

describe("birdwire up --x-scenario", () => {
  test("plays lists and repeated options, and tells on the control port where they struck", async () => {
    const up = ["--x-posts", "60", "--x-rate", "max", "--x-scenario", "broken-json@after=3,rst@after=9"];
    await using emulators = await startEmulatorsHere([...up, "--x-scenario", "clean-end@after=5"]);
    const { env, addresses } = emulators;
    const rule = "all=python OR BTS OR typescript OR kafka OR avro";
    const produced = await runBirdwireHere(["produce", "--rule", rule, "--max-tweets", "60"], { env });
    expect(produced).toMatchObject({ code: 0, stderr: expect.stringMatching(/produced +60\n/) });
    const answer = await fetch(`${addresses.xControlUrl}/faults`);
    expect(await answer.json()).toMatchObject({
      planned: 3,
      struck: 3,
      waiting: 0,
      faults: [
        { scenario: "broken-json", connection: 1, message: 3 },
        { scenario: "rst", connection: 1, message: 9 },
        { scenario: "clean-end", connection: 2, message: 5 },
      ],
    });
  });
});
