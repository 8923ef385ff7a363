/**
 * `npm run test:contract` as somebody uses it who holds servers of their own against the contract.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "@jest/globals";
import { repositoryRoot, startEmulators } from "../support/birdwire.ts";

async function runContract(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^BIRDWIRE_/.test(name)));
  const child = spawn(process.execPath, ["integration-tests/contract/main.ts", ...args], {
    cwd: repositoryRoot,
    env: { ...own, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { code, stdout, stderr };
}

describe("the contract's runner", () => {
  test("holds servers at given addresses against the contract, and ends with a line for each suite", async () => {
    await using up = await startEmulators();
    const { code, stdout } = await runContract(
      ["--target", "env", "contract/kafka-admin", "contract/registry-client"],
      {
        BIRDWIRE_CONTRACT_BROKERS: up.addresses.brokers,
        BIRDWIRE_CONTRACT_REGISTRY_URL: up.addresses.registryUrl,
      },
    );
    expect(stdout).toMatch(
      /^contract\/kafka, on the servers of the environment +\d+ passed, 0 failed, 0 skipped$/m,
    );
    expect(stdout).toMatch(/^contract\/registry, on the servers of the environment +\d+ passed, 0 failed/m);
    expect(code).toBe(0);
  });

  test("ends with 1 when a case fails", async () => {
    await using up = await startEmulators();
    const { code, stdout, stderr } = await runContract(["--target", "env", "contract/registry-client"], {
      BIRDWIRE_CONTRACT_BROKERS: up.addresses.brokers,
      // A server that answers, and is no registry.
      BIRDWIRE_CONTRACT_REGISTRY_URL: up.addresses.xUrl,
    });
    expect(stdout).toMatch(/ [1-9]\d* failed/);
    expect(stderr).toMatch(/contract: \d+ cases failed/);
    expect(code).toBe(1);
  });

  test.each([
    ["a target that there is not", ["--target", "moon"], /--target moon.*emulator, containers, env/],
    ["servers whose addresses are not given", ["--target", "env"], /needs BIRDWIRE_CONTRACT_BROKERS/],
    ["a flag that there is not", ["--tarot", "env"], /--tarot/],
  ])("refuses %s, and says how it is used", async (_what, args, message) => {
    const { code, stdout, stderr } = await runContract(args);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/npm run test:contract -- /);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });
});
