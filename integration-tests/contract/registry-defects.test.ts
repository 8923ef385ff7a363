import { readdirSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { readRegistryDefect, registryDefects } from "./registry-defects.ts";

test.each(Object.entries(registryDefects))("%s is played by its name", (name, defect) => {
  expect(readRegistryDefect({ BIRDWIRE_CONTRACT_DEFECT: name })).toBe(defect);
});

test("there is no defect where none is wanted, or one of another server", () => {
  expect(readRegistryDefect({})).toBeNull();
  expect(readRegistryDefect({ BIRDWIRE_CONTRACT_DEFECT: "kafka-lost-batch" })).toBeNull();
  expect(readRegistryDefect({ BIRDWIRE_CONTRACT_DEFECT: "" })).toBeNull();
});

test.each(["registry-nope", "registry-"])(
  "an unknown defect is an error that names those there are: %s",
  (name) => {
    expect(() => readRegistryDefect({ BIRDWIRE_CONTRACT_DEFECT: name })).toThrow(
      /registry knows registry-wrong-id, .*registry-references-that-are-lost/,
    );
  },
);

test("each defect names a suite that is there", () => {
  const files = readdirSync(import.meta.dirname).map((name) => `contract/${name}`);
  for (const { suites } of Object.values(registryDefects)) {
    expect(files.filter((file) => new RegExp(suites).test(file))).toHaveLength(1);
  }
});
