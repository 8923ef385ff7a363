/**
 * Which defaults a field may have. Two questions with two answers: what registries accept (Avro 1.12's Java
 * implementation: any branch of a union, any text for an enum or fixed), and what can really be turned into a value.
 */
import { isJsonObject } from "../kernel/json.ts";
import type { AvroSchema, JsonValue, RecordField } from "./model.ts";
import { isMappedDefault, mappedTypeOf, type ValueMapping } from "./value-mapping.ts";

/** True when a registry takes the default. */
export function isAcceptedDefault(type: AvroSchema, value: unknown): boolean {
  return matches(type, value, false);
}

/** True when the default is a value of the type: enum symbols known, fixed of the right length, bytes in Latin-1. */
export function isUsableDefault(type: AvroSchema, value: JsonValue, mapping: ValueMapping = {}): boolean {
  return matches(type, value, true, mapping);
}

/** Index of the first branch that the default is a value of; -1 when none. */
export function branchOfDefault(branches: readonly AvroSchema[], value: JsonValue): number {
  return branches.findIndex((branch) => matches(branch, value, true));
}

function matches(
  type: AvroSchema,
  value: unknown,
  strict: boolean,
  mapping: ValueMapping = {},
  filled: readonly RecordField[] = [],
): boolean {
  const mapped = mappedTypeOf(type, mapping);
  return (
    matchesBase(type, value, strict, mapping, filled) && (mapped === null || isMappedDefault(mapped, value))
  );
}

/** `filled`: fields whose own defaults the value is in. */
function matchesBase(
  type: AvroSchema,
  value: unknown,
  strict: boolean,
  mapping: ValueMapping,
  filled: readonly RecordField[],
): boolean {
  switch (type.kind) {
    case "null":
      return value === null;
    case "boolean":
      return typeof value === "boolean";
    case "int":
      return typeof value === "number" && Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31;
    case "long":
      if (typeof value !== "number" || !Number.isInteger(value)) return false;
      return strict ? Number.isSafeInteger(value) : Math.abs(value) <= 2 ** 63;
    case "float":
    case "double":
      return typeof value === "number";
    case "string":
      return typeof value === "string" && (!strict || value.isWellFormed());
    case "bytes":
      return typeof value === "string" && (!strict || isLatin1(value));
    case "fixed":
      return typeof value === "string" && (!strict || (value.length === type.size && isLatin1(value)));
    case "enum":
      return typeof value === "string" && (!strict || type.symbols.includes(value));
    case "array":
      return (
        Array.isArray(value) && value.every((item) => matches(type.items, item, strict, mapping, filled))
      );
    case "map":
      return (
        isJsonObject(value) &&
        Object.values(value).every((item) => matches(type.values, item, strict, mapping, filled))
      );
    case "union":
      return type.branches.some((branch) => matches(branch, value, strict, mapping, filled));
    case "record":
      return (
        isJsonObject(value) &&
        type.fields.every((field) => {
          if (Object.hasOwn(value, field.name)) {
            return matches(field.type, value[field.name], strict, mapping, filled);
          }
          // A default that needs itself would have no end.
          return (
            field.default !== undefined &&
            !filled.includes(field) &&
            matches(field.type, field.default, strict, mapping, [...filled, field])
          );
        })
      );
  }
}

/** Bytes are written in JSON as text, a code point from 0 to 255 for each byte. */
function isLatin1(text: string): boolean {
  return /^[\u0000-\u00ff]*$/.test(text);
}
