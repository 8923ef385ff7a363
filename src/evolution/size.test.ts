/**
 * Schemas larger, deeper and more oddly named than anybody writes: no crash, and time that grows with their size.
 */
import { describe, expect, test } from "@jest/globals";
import { AvroError } from "../avro/error.ts";
import { parseSchema, parseSchemaText } from "../avro/parse-schema.ts";
import { checkCompatibility } from "./check-compatibility.ts";
import { diffSchemas } from "./diff.ts";
import { checkDefaults, checkUnseen } from "./warning.ts";

function findAll(older: unknown, newer: unknown) {
  const [before, after] = [parseSchema(older), parseSchema(newer)];
  return {
    findings: checkCompatibility({ reader: after, writer: before }).map(({ rule }) => rule),
    warnings: [...checkUnseen({ newer: after, older: before }), ...checkDefaults(after)].map(
      ({ kind }) => kind,
    ),
    changes: diffSchemas(before, after).map(({ kind, path }) => `${kind} ${path}`),
  };
}

function nested(levels: number, leaf: unknown): unknown {
  let type = leaf;
  for (let level = 0; level < levels; level++) {
    type = {
      type: "record",
      name: `N${level}`,
      fields: [{ name: "f", type: ["null", type], default: null }],
    };
  }
  return type;
}

test("200 levels of nesting are followed to the last", () => {
  const found = findAll(nested(200, "int"), nested(200, "long"));
  expect(found).toEqual({
    findings: [],
    warnings: [],
    changes: [`widened ${"/fields/0/type/1".repeat(200)}`],
  });
});

test.each([1000, 100_000])("%i levels of nesting are refused as a schema, not by a full stack", (levels) => {
  const text = `${'{"type":"array","items":'.repeat(levels)}"int"${"}".repeat(levels)}`;
  expect(() => parseSchemaText(text)).toThrow(AvroError);
});

test("5 MB in one record are gone over in time that grows with the size", () => {
  const fields = Array.from({ length: 40_000 }, (_, index) => ({
    name: `field_number_${index}`,
    type: ["null", "string"],
    doc: "a text of no great length at all, once for a field",
    default: null,
  }));
  const older = { type: "record", name: "R", fields };
  expect(JSON.stringify(older).length).toBeGreaterThan(5_000_000);
  const started = performance.now();
  const before = parseSchema(older);
  const after = parseSchema({ ...older, fields: fields.toReversed() });
  const parsed = performance.now();
  expect(checkCompatibility({ reader: after, writer: before })).toEqual([]);
  const checked = performance.now();
  expect(checkUnseen({ newer: after, older: before })).toEqual([]);
  expect(diffSchemas(before, after).map(({ kind }) => kind)).toEqual(["reordered"]);
  // It takes less than parsing does; ten times as long when each field is looked for among all.
  expect(checked - parsed).toBeLessThan(4 * (parsed - started));
});

describe.each(["constructor", "__proto__", "toString", "hasOwnProperty"])(
  "%s is a name like any other",
  (name) => {
    const record = (...fields: unknown[]) => ({ type: "record", name: "R", fields });

    test("of a field", () => {
      const found = findAll(record(), record({ name, type: "int" }));
      expect(found.findings).toEqual(["READER_FIELD_MISSING_DEFAULT_VALUE"]);
      expect(found.changes).toEqual(["added /fields/0"]);
      expect(findAll(record({ name, type: "int" }), record()).changes).toEqual(["removed "]);
    });

    test("of a type, a symbol and an attribute", () => {
      const symbols = (...list: string[]) => ({ type: "enum", name, symbols: list });
      expect(findAll(symbols("A", name), symbols("A")).findings).toEqual(["MISSING_ENUM_SYMBOLS"]);
      const marked = JSON.parse(`{"type":"int",${JSON.stringify(name)}:1}`);
      expect(findAll("int", marked).changes).toEqual(["attribute-changed "]);
      expect(findAll("string", { type: "string", logicalType: name }).warnings).toEqual([
        "logical-type-changed",
      ]);
    });
  },
);
