/**
 * Defaults that a registry takes and avsc does not: it wants a value of a union's first branch, a symbol of the enum,
 * a fixed of the right length, and refuses to load the whole schema otherwise.
 */
import { isUsableDefault } from "../avro/default-value.ts";
import type { AvroSchema, JsonValue, RecordField, RecordSchema } from "../avro/model.ts";
import { isNamed, type NamedSchema } from "../avro/model.ts";
import { namedTypesOf } from "../avro/parse-schema.ts";
import { findFieldFault, findLoadFault } from "../avro/plain-avsc.ts";
import { fieldPath } from "./alignment.ts";

export interface RefusedDefault {
  readonly record: RecordSchema;
  readonly field: RecordField;
  readonly value: JsonValue;
  /** JSON pointer to the default. */
  readonly path: string;
  /** avsc's own words. */
  readonly reason: string;
}

const askedAtOnce = 50;

/** Every default that avsc refuses, asked one by one; none when it can load the schema. */
export function findRefusedDefaults(schema: AvroSchema): readonly RefusedDefault[] {
  if (namedTypesOf(schema).every(hasPlainDefaults)) return [];
  // avsc takes a time with a wide record that grows with the square of its width.
  const isWide = namedTypesOf(schema).some(
    (type) => type.kind === "record" && type.fields.length > askedAtOnce,
  );
  if (!isWide && findLoadFault(schema) === null) return [];
  const refused: RefusedDefault[] = [];
  const copies = new Map<NamedSchema, NamedSchema>();

  // Types come out without the defaults that are refused, the inner ones first: a record's default may rest on those
  // of its fields, and one refused default must not make avsc refuse those around it.
  const visit = (type: AvroSchema, path: string): AvroSchema => {
    if (isNamed(type)) {
      const known = copies.get(type);
      if (known !== undefined) return known;
    }
    switch (type.kind) {
      case "array":
        return { ...type, items: visit(type.items, `${path}/items`) };
      case "map":
        return { ...type, values: visit(type.values, `${path}/values`) };
      case "union":
        return {
          ...type,
          branches: type.branches.map((branch, index) => visit(branch, `${path}/${index}`)),
        };
      case "enum":
      case "fixed":
        copies.set(type, type);
        return type;
      case "record":
        return visitRecord(type, path);
      default:
        return type;
    }
  };
  const visitRecord = (record: RecordSchema, path: string): RecordSchema => {
    const fields: RecordField[] = [];
    const copy: RecordSchema = { ...record, fields };
    copies.set(record, copy);
    const drafts = record.fields.map((field, index) => {
      const { default: value, ...rest } = field;
      const place = fieldPath(path, index);
      const bare: RecordField = { ...rest, type: visit(field.type, `${place}/type`) };
      return { field, bare, value, asked: value === undefined ? bare : { ...bare, default: value }, place };
    });
    for (let start = 0; start < drafts.length; start += askedAtOnce) {
      const some = drafts.slice(start, start + askedAtOnce);
      const isSound = findFieldFault(...some.map(({ asked }) => asked)) === null;
      for (const { field, bare, value, asked, place } of some) {
        const reason = isSound || value === undefined ? null : faultOfDefault(bare, asked);
        fields.push(reason === null ? asked : bare);
        if (value !== undefined && reason !== null) {
          refused.push({ record, field, value, path: `${place}/default`, reason });
        }
      }
    }
    return copy;
  };
  visit(schema, "");
  return refused;
}

function hasPlainDefaults(type: NamedSchema): boolean {
  return (
    type.kind !== "record" ||
    type.fields.every(({ type: of, default: value }) => value === undefined || isPlainDefault(of, value))
  );
}

/** True for what avsc surely takes, so that it need not be asked; false says nothing. */
export function isPlainDefault(type: AvroSchema, value: JsonValue): boolean {
  switch (type.kind) {
    case "union": {
      const [first] = type.branches;
      return first !== undefined && isPlainDefault(first, value);
    }
    case "array":
      return Array.isArray(value) && value.every((item: JsonValue) => isPlainDefault(type.items, item));
    case "record":
    case "enum":
    case "fixed":
    case "map":
      return false;
    default:
      return isUsableDefault(type, value);
  }
}

function faultOfDefault(without: RecordField, withDefault: RecordField): string | null {
  const reason = findFieldFault(withDefault);
  // What avsc refuses without the default too is not the default's fault.
  return reason !== null && findFieldFault(without) === null ? reason : null;
}
