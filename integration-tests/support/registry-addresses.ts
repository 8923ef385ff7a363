/**
 * The registries that the registry contract is held against: always our emulator, and the one whose address
 * BIRDWIRE_REGISTRY_TARGET is. The contract changes settings of the whole registry and leaves subjects behind.
 */
import { afterAll, beforeAll, describe } from "@jest/globals";
import { type RegistryEmulator, startRegistryEmulator } from "../../src/emulators/registry/start.ts";
import type { RegistryTargetKind } from "../contract/registry-cases/differences.ts";

export interface RegistryUnderTest {
  readonly kind: RegistryTargetKind;
  /** Without a slash at the end; known once the tests run. */
  readonly url: () => string;
}

/** Declares `cases` once for each target, around one registry a target. */
export function describeRegistry(title: string, cases: (target: RegistryUnderTest) => void): void {
  describe(`${title}, on the emulator`, () => {
    let emulator: RegistryEmulator | undefined;
    beforeAll(async () => {
      emulator = await startRegistryEmulator();
    });
    afterAll(async () => {
      await emulator?.[Symbol.asyncDispose]();
    });
    cases({
      kind: "emulator",
      url: () => {
        if (emulator === undefined) throw new Error("the emulator has not started");
        return emulator.url;
      },
    });
  });
  const address = process.env.BIRDWIRE_REGISTRY_TARGET?.replace(/\/$/, "");
  if (address === undefined || address === "") return;
  describe(`${title}, on the registry of BIRDWIRE_REGISTRY_TARGET`, () =>
    cases({ kind: "address", url: () => address }));
}
