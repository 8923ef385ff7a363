import { describe, expect, test } from "@jest/globals";
import { parseSchema } from "../avro/parse-schema.ts";
import {
  type CompatibilityLevel,
  checkLevel,
  compatibilityLevels,
  isTransitive,
  parseCompatibilityLevel,
} from "./levels.ts";
import { toRegistryMessage } from "./registry-message.ts";

const record = (...fields: readonly (readonly [string, unknown?])[]) =>
  parseSchema({
    type: "record",
    name: "R",
    fields: fields.map(([name, fallback]) => ({
      name,
      type: "string",
      ...(fallback !== undefined && { default: fallback }),
    })),
  });

/** Version 1 is at odds with the proposal in both directions, version 2 in neither. */
const earlier = [
  { version: 2, schema: record(["a"]) },
  { version: 1, schema: record(["b"]) },
];
const same = record(["a"]);
const added = record(["a"], ["c"]);
const removed = record();
const replaced = record(["d"]);

describe("checkLevel", () => {
  test.each<[CompatibilityLevel, string, ReturnType<typeof record>, readonly number[]]>([
    ["NONE", "everything", replaced, []],
    ["BACKWARD", "what reads the latest version", same, []],
    ["BACKWARD", "a field removed", removed, []],
    ["BACKWARD", "a field added without a default", added, [2]],
    ["FORWARD", "a field added without a default", added, []],
    ["FORWARD", "a field removed that had no default", removed, [2]],
    ["FULL", "what goes with the latest version both ways", same, []],
    ["FULL", "a field added without a default", added, [2]],
    ["FULL", "a field removed that had no default", removed, [2]],
    ["BACKWARD_TRANSITIVE", "what reads the latest version only", same, [1]],
    ["BACKWARD_TRANSITIVE", "a field removed", removed, []],
    ["FORWARD_TRANSITIVE", "what only the latest version reads", same, [1]],
    ["FULL_TRANSITIVE", "what goes with the latest version only", same, [1]],
    ["FULL_TRANSITIVE", "what goes with none, newest first", replaced, [2, 1]],
  ])("%s, given %s", (level, _what, proposed, versions) => {
    const verdict = checkLevel(level, proposed, earlier);
    expect(
      verdict.kind === "incompatible" ? verdict.conflicts.map((conflict) => conflict.version) : [],
    ).toEqual(versions);
    expect(verdict.kind).toBe(versions.length === 0 ? "compatible" : "incompatible");
  });

  test.each(compatibilityLevels)("%s allows a first version", (level) => {
    expect(checkLevel(level, same, [])).toEqual({ kind: "compatible" });
  });

  test("says for each finding who could not read whom", () => {
    const verdict = checkLevel("FULL", replaced, earlier);
    expect(
      verdict.kind === "incompatible" &&
        verdict.conflicts[0]?.findings.map(({ direction, finding }) => [direction, finding.info]),
    ).toEqual([
      ["proposed-reads-earlier", "d"],
      ["earlier-reads-proposed", "a"],
    ]);
  });
});

test("a registry's message says which of the two schemas is the new one", () => {
  const verdict = checkLevel("FULL", replaced, earlier);
  const findings = verdict.kind === "incompatible" ? (verdict.conflicts[0]?.findings ?? []) : [];
  expect(findings.map(({ finding, direction }) => toRegistryMessage(finding, direction))).toEqual([
    "{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'd' at path '/fields/0' in the new schema has no default value and is missing in the old schema', additionalInfo:'d'}",
    "{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'a' at path '/fields/0' in the old schema has no default value and is missing in the new schema', additionalInfo:'a'}",
  ]);
});

test.each([
  ["FULL", "FULL"],
  ["full_transitive", "FULL_TRANSITIVE"],
  ["None", "NONE"],
  ["", null],
  ["FULL ", null],
  [1, null],
  [undefined, null],
])("the level called %j is %j", (text, level) => {
  expect(parseCompatibilityLevel(text)).toBe(level);
});

test("only the transitive levels look further back than the latest version", () => {
  expect(compatibilityLevels.filter(isTransitive)).toEqual([
    "BACKWARD_TRANSITIVE",
    "FORWARD_TRANSITIVE",
    "FULL_TRANSITIVE",
  ]);
});
