/**
 * Everything that keeps a value from being a value of a schema, each with its place. The slow twin of `value-check.ts`.
 */
import {
  type AvroSchema,
  branchName,
  type EnumSchema,
  fullNameText,
  type RecordSchema,
  type UnionSchema,
} from "./model.ts";
import { ownField } from "./own-fields.ts";
import { childPointer } from "./pointer.ts";
import { bucketOfMapped, bucketOfValue, isWrappedUnion } from "./union-shape.ts";
import { isFloat, isInt, isOptionalField, isPlainObject } from "./value-check.ts";
import { describeMapped, isMappedValue, mappedTypeOf, type ValueMapping } from "./value-mapping.ts";

export interface ValueFinding {
  readonly code: "invalid-value" | "unpaired-surrogate";
  /** JSON pointer into the value; "" is the value itself. A wrapped union's branch name is a segment. */
  readonly path: string;
  readonly message: string;
}

/** All findings, in the order of the schema; none when the value can be encoded. Holds no part of a text or of bytes. */
export function findValueFaults(
  schema: AvroSchema,
  value: unknown,
  mapping: ValueMapping = {},
): ValueFinding[] {
  const findings: ValueFinding[] = [];
  visit(schema, value, "", findings, mapping);
  return findings;
}

function visit(
  schema: AvroSchema,
  value: unknown,
  path: string,
  findings: ValueFinding[],
  mapping: ValueMapping,
): void {
  const expect = (what: string): void => {
    findings.push({ code: "invalid-value", path, message: `expected ${what}, got ${describe(value)}` });
  };
  const mapped = mappedTypeOf(schema, mapping);
  if (mapped !== null) {
    if (!isMappedValue(mapped, value)) expect(describeMapped(mapped));
    return;
  }
  switch (schema.kind) {
    case "null":
      if (value !== null) expect("null");
      return;
    case "boolean":
      if (typeof value !== "boolean") expect("a boolean");
      return;
    case "int":
      if (!isInt(value)) expect("a whole number from -2^31 to 2^31-1");
      return;
    case "long":
      if (!Number.isSafeInteger(value)) expect("a whole number from -(2^53-1) to 2^53-1");
      return;
    case "float":
      if (!isFloat(value)) expect("a number that 32 bits can hold");
      return;
    case "double":
      if (typeof value !== "number") expect("a number");
      return;
    case "string":
      if (typeof value !== "string") expect("a string");
      else visitText(value, path, "the string", findings);
      return;
    case "bytes":
      if (!Buffer.isBuffer(value)) expect("a Buffer");
      return;
    case "fixed":
      if (!Buffer.isBuffer(value)) expect(`a Buffer of ${schema.size} bytes`);
      else if (value.length !== schema.size) expect(`a Buffer of ${schema.size} bytes`);
      return;
    case "enum":
      if (!isSymbolOf(schema, value)) expect(`one of the symbols of ${fullNameText(schema.fullName)}`);
      return;
    case "array":
      if (!Array.isArray(value)) expect("an array");
      else
        Array.from(value, (item: unknown, index) =>
          visit(schema.items, item, childPointer(path, index), findings, mapping),
        );
      return;
    case "map":
      if (!isPlainObject(value)) {
        expect("an object, one property for each entry");
        return;
      }
      for (const key of Object.keys(value)) {
        const place = childPointer(path, key.toWellFormed());
        visitText(key, place, "the key", findings);
        visit(schema.values, value[key], place, findings, mapping);
      }
      return;
    case "union":
      visitUnion(schema, value, path, findings, mapping, expect);
      return;
    case "record":
      visitRecord(schema, value, path, findings, mapping);
      return;
  }
}

function visitText(text: string, path: string, what: string, findings: ValueFinding[]): void {
  if (text.isWellFormed()) return;
  const message = `${what} has half of a surrogate pair, which UTF-8 cannot carry`;
  findings.push({ code: "unpaired-surrogate", path, message });
}

function visitUnion(
  schema: UnionSchema,
  value: unknown,
  path: string,
  findings: ValueFinding[],
  mapping: ValueMapping,
  expect: (what: string) => void,
): void {
  if (!isWrappedUnion(schema, mapping)) {
    const bucket = bucketOfValue(value);
    const branch = schema.branches.find((candidate) => bucketOfMapped(candidate, mapping) === bucket);
    if (branch === undefined) expect(schema.branches.map(branchName).join(" or "));
    else visit(branch, value, path, findings, mapping);
    return;
  }
  if (value === null && schema.branches.some((branch) => branch.kind === "null")) return;
  const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
  const name = keys.length === 1 ? keys[0] : undefined;
  const branch = schema.branches.find((item) => item.kind !== "null" && branchName(item) === name);
  if (branch === undefined || name === undefined) {
    expect(
      schema.branches
        .map((item) => (item.kind === "null" ? "null" : `{${JSON.stringify(branchName(item))}: ...}`))
        .join(" or "),
    );
    return;
  }
  visit(branch, (value as Record<string, unknown>)[name], childPointer(path, name), findings, mapping);
}

function visitRecord(
  schema: RecordSchema,
  value: unknown,
  path: string,
  findings: ValueFinding[],
  mapping: ValueMapping,
): void {
  const name = fullNameText(schema.fullName);
  if (!isPlainObject(value)) {
    findings.push({
      code: "invalid-value",
      path,
      message: `expected an object with the fields of ${name}, got ${describe(value)}`,
    });
    return;
  }
  for (const field of schema.fields) {
    const given = ownField(value, field.name);
    const place = childPointer(path, field.name);
    if (given !== undefined) visit(field.type, given, place, findings, mapping);
    else if (!isOptionalField(field, mapping)) {
      findings.push({
        code: "invalid-value",
        path: place,
        message: `the field is missing, and has no default`,
      });
    }
  }
  const declared = new Set(schema.fields.map((field) => field.name));
  for (const key of Object.keys(value)) {
    if (declared.has(key)) continue;
    const place = childPointer(path, key.toWellFormed());
    findings.push({ code: "invalid-value", path: place, message: `${name} has no such field` });
  }
}

function isSymbolOf(schema: EnumSchema, value: unknown): boolean {
  return typeof value === "string" && schema.symbols.includes(value);
}

/** Names the nature of a value, never its content. */
function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  if (Buffer.isBuffer(value)) return `a Buffer of ${value.length} bytes`;
  switch (typeof value) {
    case "number":
      return `the number ${value}`;
    case "boolean":
      return `${value}`;
    case "string":
      return "a string";
    case "bigint":
      return "a bigint";
    case "object":
      return isPlainObject(value) ? "an object" : `a ${Object.prototype.toString.call(value).slice(8, -1)}`;
    default:
      return `a ${typeof value}`;
  }
}
