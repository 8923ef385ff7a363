import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { toSchemaText } from "../avro/canonical.ts";
import type { JsonValue } from "../avro/model.ts";
import { parseSchema } from "../avro/parse-schema.ts";
import { findLoadFault } from "../avro/plain-avsc.ts";
import { checkLevel, type Direction, directionsOf } from "./levels.ts";
import { isPlainDefault } from "./refused-default.ts";
import { checkDefaults, checkUnseen, findNoOp, type Warning, warningKinds } from "./warning.ts";

interface Expected {
  readonly warnings: readonly {
    readonly path: string;
    readonly olderPath: string | null;
    /** Part of the message. */
    readonly says: string;
  }[];
}
interface PairCase extends Expected {
  readonly title: string;
  readonly older: unknown;
  readonly newer: unknown;
  readonly directions?: readonly Direction[];
}
interface SchemaCase extends Expected {
  readonly title: string;
  readonly schema: unknown;
}
interface VersionsCase extends SchemaCase {
  readonly versions: readonly unknown[];
}

const ofPairs = [
  "logical-type-changed",
  "decimal-changed",
  "namespace-unresolvable",
  "rename-loses-data",
] as const;

function readCases<Case>(folder: string): Case[] {
  return JSON.parse(readFileSync(new URL(`./cases/${folder}/cases.json`, import.meta.url), "utf8"));
}

function expectWarnings(kind: string, found: readonly Warning[], { warnings }: Expected): void {
  expect(found).toEqual(
    warnings.map(({ path, olderPath, says }) => ({
      kind,
      path,
      olderPath,
      message: expect.stringContaining(says),
    })),
  );
  // Each says what to do.
  for (const { message } of found) expect(message).toMatch(/; (keep|add|give|change|move)/);
}

describe.each(ofPairs)("%s is told for", (kind) => {
  test.each(readCases<PairCase>(kind))("$title", ({ newer, older, directions, ...expected }) => {
    const pair = { newer: parseSchema(newer), older: parseSchema(older) };
    const found = checkUnseen(directions === undefined ? pair : { ...pair, directions });
    expectWarnings(
      kind,
      found.filter((warning) => warning.kind === kind),
      expected,
    );
  });
});

describe("default-refused is told for", () => {
  test.each(readCases<SchemaCase>("default-refused"))("$title", ({ schema, ...expected }) => {
    expectWarnings("default-refused", checkDefaults(parseSchema(schema)), expected);
  });
});

test("a default that avsc is not asked about is one that it takes", () => {
  const primitive = fc.constantFrom("null", "boolean", "int", "long", "float", "double", "string", "bytes");
  const type = fc.oneof(
    primitive,
    fc.uniqueArray(primitive, { minLength: 1, maxLength: 3 }),
    primitive.map((items) => ({ type: "array", items })),
    fc.constant({ type: "enum", name: "E", symbols: ["a"] }),
  );
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 1 }),
    fc.constantFrom(0, -0, 2 ** 31, 2 ** 53, 1.5, "\u00ff", "\u0100", "\ud800", [], ["a"], [null, 1]),
  );
  let plain = 0;
  fc.assert(
    fc.property(type, value, (json, given) => {
      const field = { name: "f", type: json, default: given };
      const record = parseSchema({ type: "record", name: "R", fields: [{ name: "f", type: json }] });
      const of = record.kind === "record" ? record.fields[0]?.type : undefined;
      if (of === undefined || !isPlainDefault(of, given as JsonValue)) return;
      plain += 1;
      expect(findLoadFault(parseSchema({ type: "record", name: "R", fields: [field] }))).toBeNull();
    }),
    { numRuns: 3000 },
  );
  expect(plain).toBeGreaterThan(100);
});

describe("no-op-registration is told for", () => {
  test.each(readCases<VersionsCase>("no-op-registration"))("$title", ({ schema, versions, ...expected }) => {
    const contentOf = (json: unknown) => toSchemaText(parseSchema(json));
    const live = versions.map((json, index) => ({ version: index + 1, content: contentOf(json) }));
    const found = findNoOp({ content: contentOf(schema) }, live);
    expectWarnings("no-op-registration", found === null ? [] : [found], expected);
  });
});

test("every kind of warning has a folder of cases with some that warn and some that do not", () => {
  for (const kind of warningKinds) {
    const counts = readCases<Expected>(kind).map(({ warnings }) => warnings.length);
    expect(counts).toContain(0);
    expect(Math.max(...counts)).toBeGreaterThan(0);
  }
});

test("a registry lets through what is warned of: no level finds anything", () => {
  for (const kind of ["logical-type-changed", "decimal-changed"]) {
    for (const { newer, older, warnings } of readCases<PairCase>(kind)) {
      if (warnings.length === 0) continue;
      const earlier = [{ version: 1, schema: parseSchema(older) }];
      expect(checkLevel("BACKWARD", parseSchema(newer), earlier)).toEqual({ kind: "compatible" });
    }
  }
});

test("a level says which way to look", () => {
  expect(directionsOf("NONE")).toEqual([]);
  expect(directionsOf("BACKWARD_TRANSITIVE")).toEqual(["proposed-reads-earlier"]);
  expect(directionsOf("FORWARD")).toEqual(["earlier-reads-proposed"]);
  expect(directionsOf("FULL")).toHaveLength(2);
});

test("a schema has nothing to warn of against itself", () => {
  for (const kind of ofPairs) {
    for (const { newer } of readCases<PairCase>(kind)) {
      expect(checkUnseen({ newer: parseSchema(newer), older: parseSchema(newer) })).toEqual([]);
    }
  }
});
