/**
 * The registry that the contract is held against: an emulator of each file's own, or the one whose address the target
 * of the run gives (integration-tests/contract/target.ts). The contract changes settings of the whole registry and
 * leaves subjects behind.
 */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe } from "@jest/globals";
import { startRegistryEmulator } from "../../src/emulators/registry/start.ts";
import { parseSubjectName, type SubjectName } from "../../src/kernel/brand.ts";
import { caseDeclarer, type DeclareCase } from "../contract/declare-case.ts";
import { type ContractTarget, readTarget } from "../contract/target.ts";

export interface RegistryUnderTest {
  readonly test: DeclareCase;
  /** Without a slash at the end; known once the tests run. */
  readonly url: () => string;
  /** A subject nobody has used, also when the registry outlives the run. */
  readonly freshSubject: () => SubjectName;
}

/** Where a registry answers. */
export interface RegistryAddress extends AsyncDisposable {
  /** Without a slash at the end. */
  readonly url: string;
}

/** Resolves once it answers; what the target does not own outlives the disposal. */
export async function startRegistryOf(target: ContractTarget): Promise<RegistryAddress> {
  if (target.kind === "emulator") return startRegistryEmulator();
  if (target.registryUrl === null) throw new Error("BIRDWIRE_CONTRACT_REGISTRY_URL is not set");
  return { url: target.registryUrl, async [Symbol.asyncDispose]() {} };
}

const freshSubject = () => parseSubjectName(`contract-${randomBytes(6).toString("hex")}-value`);

/** Declares `cases` around the registry of the run's target. */
export function describeRegistry(title: string, cases: (registry: RegistryUnderTest) => void): void {
  const target = readTarget();
  describe(`${title}, on ${target.name}`, () => {
    let registry: RegistryAddress | undefined;
    beforeAll(async () => {
      registry = await startRegistryOf(target);
    });
    afterAll(async () => {
      await registry?.[Symbol.asyncDispose]();
    });
    cases({
      test: caseDeclarer(target, "registry"),
      freshSubject,
      url: () => {
        if (registry === undefined) throw new Error("the registry has not started");
        return registry.url;
      },
    });
  });
}
