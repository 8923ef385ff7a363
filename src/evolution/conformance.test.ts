/**
 * The engine against cases that a Confluent Schema Registry answered, where they are at hand: a folder with
 * compat_cases.json, named by BIRDWIRE_REGISTRY_CASES.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { parseSchema } from "../avro/parse-schema.ts";
import { checkLevel, parseCompatibilityLevel } from "./levels.ts";
import { describeForRegistry } from "./registry-message.ts";

interface ConformanceCase {
  readonly name: string;
  readonly mode: string;
  readonly old: readonly unknown[];
  readonly new: unknown;
  readonly compatible: boolean;
  readonly confluent_incompatibilities: readonly {
    readonly type: string;
    readonly path: string;
    readonly description: string;
    readonly info: string;
  }[];
}

const folder = process.env.BIRDWIRE_REGISTRY_CASES;

if (folder === undefined) {
  test.skip("answers as Confluent's registry did (skipped: BIRDWIRE_REGISTRY_CASES names no folder)", () => {});
} else {
  const cases: ConformanceCase[] = JSON.parse(readFileSync(join(folder, "compat_cases.json"), "utf8"));
  describe("answers as Confluent's registry did", () => {
    test.each(cases)("$name", (entry) => {
      const level = parseCompatibilityLevel(entry.mode);
      if (level === null) throw new Error(`no level is called ${entry.mode}`);
      const earlier = entry.old.map((json, index) => ({ version: index + 1, schema: parseSchema(json) }));
      const verdict = checkLevel(level, parseSchema(entry.new), earlier);
      // A registry names the newest version at odds and stops there.
      const findings = verdict.kind === "incompatible" ? (verdict.conflicts[0]?.findings ?? []) : [];
      const found = findings.map(({ direction, finding }) => ({
        type: finding.rule,
        path: finding.readerPath,
        description: describeForRegistry(finding, direction),
        info: finding.info,
      }));
      const inOrder = (list: readonly { readonly description: string; readonly info: string }[]) =>
        list.map((item) => JSON.stringify(item)).sort();
      const expected = entry.confluent_incompatibilities.map(({ type, path, description, info }) => ({
        type,
        path,
        description,
        info,
      }));
      expect(verdict.kind).toBe(entry.compatible ? "compatible" : "incompatible");
      expect(inOrder(found)).toEqual(inOrder(expected));
    });
  });
}
