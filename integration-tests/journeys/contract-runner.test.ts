/**
 * `npm run test:contract` as somebody uses it who holds servers of their own against the contract.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "@jest/globals";
import { repositoryRoot, startEmulators } from "../support/birdwire.ts";
import { findFreePort } from "../support/containers.ts";

function startContract(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^BIRDWIRE_/.test(name)));
  return spawn(process.execPath, ["integration-tests/contract/main.ts", ...args], {
    cwd: repositoryRoot,
    env: { ...own, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function runContract(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = startContract(args, env);
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

  test.each([
    ["Kafka", "BIRDWIRE_CONTRACT_BROKERS", (port: number) => `127.0.0.1:${port}`],
    ["registry", "BIRDWIRE_CONTRACT_REGISTRY_URL", (port: number) => `http://127.0.0.1:${port}/`],
  ])("says at once which %s does not answer, and runs no case", async (_what, variable, addressAt) => {
    await using up = await startEmulators();
    const address = addressAt(await findFreePort());
    const { code, stdout, stderr } = await runContract(["--target", "env", "contract/registry-client"], {
      BIRDWIRE_CONTRACT_BROKERS: up.addresses.brokers,
      BIRDWIRE_CONTRACT_REGISTRY_URL: up.addresses.registryUrl,
      [variable]: address,
    });
    expect(stderr).toContain(`contract: ${variable}: nobody answers at ${address}`);
    expect(stderr).not.toContain("npm run test:contract -- [");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });

  test("names the image of a container that cannot start, and says nothing of how it is used", async () => {
    const { code, stdout, stderr } = await runContract(["--target", "containers"], {
      BIRDWIRE_KAFKA_IMAGE: "birdwire-test/no-such-image:0",
      DOCKER_HOST: "tcp://127.0.0.1:1",
    });
    expect(stderr).toMatch(/no container of birdwire-test\/no-such-image:0 starts .*Docker/);
    expect(stderr).not.toContain("npm run test:contract -- [");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("ends what it started on %s, and leaves no file behind", async (signal, expected) => {
    const folder = await mkdtemp(join(tmpdir(), "birdwire-runner-"));
    try {
      const child = startContract(["contract/kafka-retention"], { TMPDIR: folder });
      child.stdout.resume();
      let said = "";
      child.stderr.on("data", (chunk: Buffer) => {
        said += chunk.toString();
        // Once: the second ends it where it stands.
        if (!child.killed && said.includes("opening emulator")) child.kill(signal);
      });
      const [code] = await once(child, "close");
      expect(code).toBe(expected);
      expect(said).toContain(`contract: stopped by ${signal}`);
      expect((await readdir(folder)).filter((name) => name.startsWith("birdwire-"))).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
