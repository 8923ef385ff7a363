/**
 * The contract of our registry client, held against a registry in a container: the cases of
 * integration-tests/contract, each reported here by its name. What differs from Confluent's in the flavour that
 * runs is data in support/registry-targets.ts.
 */
import { expect, test } from "@jest/globals";
import { startKafkaContainer, startRegistryContainer } from "../support/containers.ts";
import { type CaseReport, runContract } from "../support/contract-run.ts";
import { readRegistryFlavour } from "../support/registry-flavours.ts";
import { describeWith, findTool } from "../support/requirements.ts";

async function runOnContainer(): Promise<CaseReport[]> {
  await using kafka = await startKafkaContainer();
  await using registry = await startRegistryContainer(kafka);
  const { flavour, url } = registry;
  const env = { BIRDWIRE_REGISTRY_TARGETS: `${flavour}=${url}` };
  return await runContract("integration-tests/contract/registry-client", url, env);
}

const cases = findTool("docker").kind === "present" ? await runOnContainer() : [];

describeWith("docker", `The registry contract on a container (${readRegistryFlavour()})`, () => {
  test("has cases", () => {
    expect(cases.length).toBeGreaterThan(10);
  });

  for (const { fullName, failureMessages } of cases) {
    test(fullName, () => expect(failureMessages).toEqual([]));
  }
});
