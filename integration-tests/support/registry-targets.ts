/**
 * The registries that the contract of our registry client is held against: always our emulator; and those whose
 * address BIRDWIRE_REGISTRY_TARGETS gives, as FLAVOUR=URL, separated by commas.
 *
 * A flavour's differences are data: such a case must fail there, so that a difference that is gone shows.
 */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, test } from "@jest/globals";
import { startRegistryEmulator } from "../../src/emulators/registry/start.ts";
import { parseSubjectName, type SubjectName } from "../../src/kernel/brand.ts";
import { createRegistryClient, type RegistryClient } from "../../src/registry/client.ts";
import { type RegistryFlavour, readRegistryFlavour } from "./registry-flavours.ts";

/** Title of a case to the reason why it fails there. */
const differences: Readonly<Record<RegistryFlavour, Readonly<Record<string, string>>>> = {
  confluent: {},
  apicurio: {
    "registering without a level leaves none behind":
      "GET /config of a subject without a level answers the registry's own, which is NONE",
    "what is incompatible is named by rule, the same before and at registering":
      "verbose=true gives no messages",
    "a schema's GUID that is not there has no id": "/schemas/guids is no route of its",
  },
};

export interface RegistryUnderTest {
  readonly client: RegistryClient;
  readonly url: string;
  /** A subject nobody has used, also when the registry outlives the run. */
  readonly freshSubject: () => SubjectName;
}

export type RegistryCase = (title: string, run: (registry: RegistryUnderTest) => Promise<void>) => void;

interface RegistryTarget {
  readonly name: string;
  readonly flavour: RegistryFlavour;
  readonly start: () => Promise<{ readonly url: string } & AsyncDisposable>;
}

const targets: readonly RegistryTarget[] = [
  { name: "the emulator", flavour: "confluent", start: () => startRegistryEmulator() },
  ...(process.env.BIRDWIRE_REGISTRY_TARGETS ?? "")
    .split(",")
    .filter((text) => text.includes("="))
    .map((text): RegistryTarget => {
      const [flavour, url = ""] = text.trim().split(/=(.*)/, 2);
      const start = async () => ({ url, async [Symbol.asyncDispose]() {} });
      return { name: url, flavour: readRegistryFlavour(flavour), start };
    }),
];

const freshSubject = () => parseSubjectName(`contract-${randomBytes(6).toString("hex")}-value`);

/** Declares `cases` once for each target, around one registry a target. */
export function describeRegistry(title: string, cases: (test: RegistryCase) => void): void {
  for (const { name, flavour, start } of targets) {
    describe(`${title}, on ${name}`, () => {
      let registry: Awaited<ReturnType<typeof start>> | undefined;
      beforeAll(async () => {
        registry = await start();
        // The first use loads the library; no case should pay for it.
        await createRegistryClient({ url: registry.url }).register(freshSubject(), '{"type":"string"}');
      });
      afterAll(async () => {
        await registry?.[Symbol.asyncDispose]();
      });
      cases((caseTitle, run) => {
        const reason = differences[flavour][caseTitle];
        const declare = reason === undefined ? test : test.failing;
        declare(reason === undefined ? caseTitle : `${caseTitle} [differs: ${reason}]`, async () => {
          if (registry === undefined) throw new Error("the registry has not started");
          const { url } = registry;
          await run({ client: createRegistryClient({ url }), url, freshSubject });
        });
      });
    });
  }
}
