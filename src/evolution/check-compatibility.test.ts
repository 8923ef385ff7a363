import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { parseSchema } from "../avro/parse-schema.ts";
import { checkCompatibility } from "./check-compatibility.ts";
import { type Finding, formatFinding, ruleIds } from "./finding.ts";
import { rules } from "./rules.ts";

interface Case {
  readonly title: string;
  readonly reader: unknown;
  readonly writer: unknown;
  readonly findings: readonly {
    readonly readerPath: string;
    readonly writerPath: string;
    readonly info: string;
    readonly causes?: readonly string[];
  }[];
}

function readCases(folder: string): Case[] {
  return JSON.parse(readFileSync(new URL(`./cases/${folder}/cases.json`, import.meta.url), "utf8"));
}

function check(reader: unknown, writer: unknown): readonly Finding[] {
  return checkCompatibility({ reader: parseSchema(reader), writer: parseSchema(writer) });
}

function summarise(finding: Finding) {
  const { rule, readerPath, writerPath, info, causes } = finding;
  return {
    rule,
    readerPath,
    writerPath,
    info,
    causes: causes.map((cause) => `${cause.rule} ${cause.readerPath} ${cause.info}`),
  };
}

describe.each(ruleIds)("%s is found for", (rule) => {
  test.each(readCases(rule))("$title", ({ reader, writer, findings }) => {
    const expected = findings.map((finding) => ({ rule, causes: [], ...finding }));
    expect(check(reader, writer).map(summarise)).toEqual(expected);
  });
});

describe("nothing is found for", () => {
  test.each(readCases("compatible"))("$title", ({ reader, writer }) => {
    expect(check(reader, writer).map(formatFinding)).toEqual([]);
  });
});

test("every rule id has one rule, with its purpose", () => {
  expect(rules.map((rule) => rule.id).sort()).toEqual([...ruleIds].sort());
  for (const rule of rules) expect(rule.purpose).toMatch(/^[A-Z].*\.$/);
});

test("all findings are reported, not the first", () => {
  const record = (...fields: unknown[]) => ({ type: "record", name: "R", fields });
  const enumOf = (...symbols: string[]) => ({ type: "enum", name: "E", symbols });
  const fixed = (size: number) => ({ type: "fixed", name: "F", size });
  const findings = check(
    record(
      { name: "a", type: "int" },
      { name: "b", type: enumOf("X") },
      { name: "c", type: fixed(2) },
      { name: "d", type: ["null", "int"] },
      { name: "e", type: "long" },
      { name: "f", type: { type: "record", name: "G", fields: [] } },
    ),
    record(
      { name: "a", type: "string" },
      { name: "b", type: enumOf("X", "Y") },
      { name: "c", type: fixed(3) },
      { name: "d", type: ["null", "string"] },
      { name: "f", type: { type: "record", name: "H", fields: [] } },
    ),
  );
  expect(findings.map((finding) => finding.rule).sort()).toEqual([...ruleIds].sort());
});

describe("recursion", () => {
  const node = (name: string, ...fields: unknown[]) => ({ type: "record", name, fields });

  test("a match that rested on an outer pair that failed is compared anew", () => {
    // B matches B only if A matches A, which it does not: found inside the union first, then met directly.
    const schema = (type: string) =>
      node(
        "Root",
        {
          name: "first",
          type: [
            "null",
            node(
              "A",
              { name: "b", type: node("B", { name: "a", type: ["null", "A"] }) },
              { name: "v", type },
            ),
          ],
        },
        { name: "second", type: "B" },
      );
    const findings = check(schema("int"), schema("string"));
    expect(findings.map(({ rule, readerPath }) => `${rule} ${readerPath}`)).toEqual([
      "MISSING_UNION_BRANCH /fields/0/type/1",
      "MISSING_UNION_BRANCH /fields/1/type/fields/0/type/1",
    ]);
  });

  test("types shared along many ways are compared in linear time", () => {
    let json: unknown = node("N0", { name: "v", type: "int" });
    let other: unknown = node("N0", { name: "v", type: "string" });
    for (let level = 1; level <= 60; level++) {
      const twice = (type: unknown) =>
        node(`N${level}`, { name: "left", type }, { name: "right", type: `N${level - 1}` });
      json = twice(json);
      other = twice(other);
    }
    expect(check(json, json)).toEqual([]);
    expect(check(json, other)).toHaveLength(1);
  });
});

test("a finding reads as a sentence with its places", () => {
  const [finding] = check(
    { type: "record", name: "R", fields: [{ name: "new", type: "int", aliases: ["old"] }] },
    {
      type: "record",
      name: "R",
      fields: [
        { name: "x", type: "int" },
        { name: "old", type: "string" },
      ],
    },
  );
  expect(finding && formatFinding(finding)).toBe(
    "TYPE_MISMATCH at /fields/0/type (writer /fields/1/type): a string was written and the reader takes an int; keep the type, or add a new field with a default",
  );
});
