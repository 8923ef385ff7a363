/**
 * The registry that the contract is held against: an emulator of each file's own, or the one whose address the target
 * of the run gives (integration-tests/contract/target.ts). The contract changes settings of the whole registry for a
 * moment and puts them back, so that its files have to run one after the other there.
 */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe } from "@jest/globals";
import { startRegistryEmulator } from "../../src/emulators/registry/start.ts";
import { parseSubjectName, type SubjectName } from "../../src/kernel/brand.ts";
import { caseDeclarer, type DeclareCase } from "../contract/declare-case.ts";
import { readRegistryDefect } from "../contract/registry-defects.ts";
import { type ContractTarget, readTarget } from "../contract/target.ts";
import { deleteSubjects } from "./delete-subjects.ts";

export interface RegistryUnderTest {
  readonly test: DeclareCase;
  /** Without a slash at the end; known once the tests run. */
  readonly url: () => string;
  /**
   * A subject nobody has used, also when the registry outlives the run. It is deleted after the suite, the last one
   * first: what is referred to is made before what refers to it.
   */
  readonly freshSubject: () => SubjectName;
  /** Others use it after the suite: what a case leaves in it, somebody will find. */
  readonly isShared: boolean;
}

/** Where a registry answers. */
export interface RegistryAddress extends AsyncDisposable {
  /** Without a slash at the end. */
  readonly url: string;
}

/** Resolves once it answers; what the target does not own outlives the disposal. */
export async function startRegistryOf(target: ContractTarget): Promise<RegistryAddress> {
  const defect = readRegistryDefect();
  if (target.kind === "emulator") {
    return startRegistryEmulator(defect === null ? {} : { intercept: defect.intercept });
  }
  if (defect !== null) throw new Error("only the emulator plays BIRDWIRE_CONTRACT_DEFECT");
  if (target.registryUrl === null) throw new Error("BIRDWIRE_CONTRACT_REGISTRY_URL is not set");
  return { url: target.registryUrl, async [Symbol.asyncDispose]() {} };
}

/** Declares `cases` around the registry of the run's target. */
export function describeRegistry(title: string, cases: (registry: RegistryUnderTest) => void): void {
  const target = readTarget();
  describe(`${title}, on ${target.name}`, () => {
    const isShared = target.kind !== "emulator";
    const subjects: SubjectName[] = [];
    let registry: RegistryAddress | undefined;
    beforeAll(async () => {
      registry = await startRegistryOf(target);
    });
    afterAll(async () => {
      if (registry !== undefined && isShared) {
        await deleteSubjects(registry.url, subjects.reverse().map(encodeURIComponent));
      }
      await registry?.[Symbol.asyncDispose]();
    });
    cases({
      test: caseDeclarer(target, "registry"),
      isShared,
      freshSubject() {
        const subject = parseSubjectName(`contract-${randomBytes(6).toString("hex")}-value`);
        subjects.push(subject);
        return subject;
      },
      url: () => {
        if (registry === undefined) throw new Error("the registry has not started");
        return registry.url;
      },
    });
  });
}
