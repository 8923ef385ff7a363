/**
 * Defaults that a registry takes and avsc does not: it wants a value of a union's first branch, a symbol of the enum,
 * a fixed of the right length, and refuses to load the whole schema otherwise.
 */
import type { AvroSchema, JsonValue, RecordField, RecordSchema } from "../avro/model.ts";
import { isNamed, type NamedSchema } from "../avro/model.ts";
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

/** Every default that avsc refuses, asked one by one; none when it can load the schema. */
export function findRefusedDefaults(schema: AvroSchema): readonly RefusedDefault[] {
  if (findLoadFault(schema) === null) return [];
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
    for (const [index, field] of record.fields.entries()) {
      const place = fieldPath(path, index);
      const { default: value, ...rest } = field;
      const bare = { ...rest, type: visit(field.type, `${place}/type`) };
      const withDefault = value === undefined ? bare : { ...bare, default: value };
      const reason = value === undefined ? null : faultOfDefault(bare, withDefault);
      fields.push(reason === null ? withDefault : bare);
      if (value !== undefined && reason !== null) {
        refused.push({ record, field, value, path: `${place}/default`, reason });
      }
    }
    return copy;
  };
  visit(schema, "");
  return refused;
}

function faultOfDefault(without: RecordField, withDefault: RecordField): string | null {
  const reason = findFieldFault(withDefault);
  // What avsc refuses without the default too is not the default's fault.
  return reason !== null && findFieldFault(without) === null ? reason : null;
}
