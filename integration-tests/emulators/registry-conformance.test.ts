/**
 * The registry emulator against recorded answers of the Confluent Schema Registry: data of its own, which is not part
 * of this project (BIRDWIRE_REGISTRY_CASES), with a runner that holds any registry against it.
 */
import { execFile } from "node:child_process";
import { expect, test } from "@jest/globals";
import { startRegistryEmulator } from "../../src/emulators/registry/start.ts";
import { describeWith } from "../support/requirements.ts";

interface Run {
  readonly code: number;
  readonly output: string;
}

/** Resolves whether the run passes or not. */
function run(command: string, args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(command, [...args], { timeout: 60_000, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr }),
    );
  });
}

describeWith("registry-cases", "recorded answers of a real registry", (runner) => {
  test.each<[string, number]>([
    ["compat", 295],
    ["rest", 239],
  ])(
    "the emulator gives them all, word for word: %s",
    async (kind, count) => {
      await using emulator = await startRegistryEmulator();
      const { code, output } = await run("python3", [runner, emulator.url, "--exact", "-v", "--only", kind]);
      expect(output).toContain(`${kind}: ${count} cases, ${count} passed, 0 failed, 0 skipped`);
      expect(code).toBe(0);
    },
    60_000,
  );
});
