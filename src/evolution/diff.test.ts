import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { toSchemaText } from "../avro/canonical.ts";
import { parseSchema } from "../avro/parse-schema.ts";
import { arbitrarySchemaJson } from "../avro/testing/arbitrary-schema.ts";
import { type ChangeKind, changeKinds, diffSchemas } from "./diff.ts";
import { arbitraryChange } from "./testing/arbitrary-change.ts";

interface DiffCase {
  readonly title: string;
  readonly older: unknown;
  readonly newer: unknown;
  readonly changes: readonly {
    readonly kind: ChangeKind;
    readonly path: string;
    readonly olderPath: string | null;
    /** Part of the message. */
    readonly says: string;
  }[];
}

const cases: DiffCase[] = JSON.parse(
  readFileSync(new URL("./cases/diff/cases.json", import.meta.url), "utf8"),
);

describe("what changed is told of", () => {
  test.each(cases)("$title", ({ older, newer, changes }) => {
    expect(diffSchemas(parseSchema(older), parseSchema(newer))).toEqual(
      changes.map(({ kind, path, olderPath, says }) => ({
        kind,
        path,
        olderPath,
        message: expect.stringContaining(says),
      })),
    );
  });
});

test("there is a case for every kind of change", () => {
  const kinds = new Set(cases.flatMap(({ changes }) => changes.map(({ kind }) => kind)));
  expect([...kinds].sort()).toEqual([...changeKinds].sort());
});

test("nothing changed exactly when a registry would keep the same text", () => {
  let same = 0;
  let changed = 0;
  fc.assert(
    fc.property(arbitraryChange(arbitrarySchemaJson(2)), ({ before, after }) => {
      const [older, newer] = [parseSchema(before), parseSchema(after)];
      const changes = diffSchemas(older, newer);
      const isSame = toSchemaText(older) === toSchemaText(newer);
      if (isSame) same++;
      else changed++;
      expect(changes.length === 0).toBe(isSame);
    }),
    { numRuns: 500 },
  );
  expect(same).toBeGreaterThan(10);
  expect(changed).toBeGreaterThan(100);
});
