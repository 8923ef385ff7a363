/**
 * Whether a JavaScript value is a value of a schema, answered twice: a compiled yes or no for the hot path, and all
 * findings with their places for a person. Stricter than avsc, which drops undeclared fields, turns half a surrogate
 * pair into U+FFFD, takes a `Map` for an empty map, and believes that "constructor" is a symbol of every enum.
 */

import { isUsableDefault } from "./default-value.ts";
import {
  type AvroSchema,
  branchName,
  type EnumSchema,
  type MapSchema,
  type NamedSchema,
  type RecordField,
  type RecordSchema,
  type UnionSchema,
} from "./model.ts";
import { isInherited, ownField } from "./own-fields.ts";
import { bucketOfMapped, bucketOfValue, isWrappedUnion, type ValueBucket } from "./union-shape.ts";
import { isMappedValue, mappedTypeOf, type ValueMapping } from "./value-mapping.ts";

export type ValueCheck = (value: unknown) => boolean;

/** True when an encoder may fill the field in: it has a default that is a value of its type. */
export function isOptionalField(field: RecordField, mapping: ValueMapping = {}): boolean {
  return field.default !== undefined && isUsableDefault(field.type, field.default, mapping);
}

/** The yes-or-no check of a schema; compiled once, it looks nothing up in the schema. */
export function compileValueCheck(schema: AvroSchema, mapping: ValueMapping = {}): ValueCheck {
  return new CheckCompiler(mapping).compile(schema);
}

export function isInt(value: unknown): value is number {
  return typeof value === "number" && (value | 0) === value;
}

/** A double may be rounded on its way to 32 bits, but not turned into infinity. */
export function isFloat(value: unknown): value is number {
  return typeof value === "number" && (Number.isFinite(Math.fround(value)) || !Number.isFinite(value));
}

/** Neither an array, a Buffer, a Map, a Date nor a primitive. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && Object.prototype.toString.call(value) === "[object Object]";
}

class CheckCompiler {
  private readonly compiled = new Map<NamedSchema, ValueCheck>();
  private readonly mapping: ValueMapping;

  constructor(mapping: ValueMapping) {
    this.mapping = mapping;
  }

  compile(schema: AvroSchema): ValueCheck {
    const mapped = mappedTypeOf(schema, this.mapping);
    if (mapped !== null) return (value) => isMappedValue(mapped, value);
    switch (schema.kind) {
      case "null":
        return (value) => value === null;
      case "boolean":
        return (value) => typeof value === "boolean";
      case "int":
        return isInt;
      case "long":
        return Number.isSafeInteger;
      case "float":
        return isFloat;
      case "double":
        return (value) => typeof value === "number";
      case "string":
        // The writer looks at each string's surrogates as it goes over it anyway.
        return (value) => typeof value === "string";
      case "bytes":
        return Buffer.isBuffer;
      case "fixed":
        return (value) => Buffer.isBuffer(value) && value.length === schema.size;
      case "enum":
        return this.enum(schema);
      case "array": {
        const item = this.compile(schema.items);
        return (value) => Array.isArray(value) && everyItem(value, item);
      }
      case "map":
        return this.map(schema);
      case "union":
        return isWrappedUnion(schema, this.mapping) ? this.wrapped(schema) : this.bare(schema);
      case "record":
        return this.record(schema);
    }
  }

  private enum(schema: EnumSchema): ValueCheck {
    const symbols: ReadonlySet<unknown> = new Set(schema.symbols);
    return (value) => symbols.has(value);
  }

  private map(schema: MapSchema): ValueCheck {
    const item = this.compile(schema.values);
    return (value) => {
      if (!isPlainObject(value)) return false;
      for (const key of Object.keys(value)) if (!key.isWellFormed() || !item(value[key])) return false;
      return true;
    };
  }

  private bare(schema: UnionSchema): ValueCheck {
    const byBucket = new Map<ValueBucket, ValueCheck>();
    for (const branch of schema.branches)
      byBucket.set(bucketOfMapped(branch, this.mapping), this.compile(branch));
    const other = schema.branches.filter((branch) => branch.kind !== "null");
    const [only] = other;
    if (only !== undefined && other.length === 1) {
      // The common nullable type needs no look at the value's bucket.
      const check = this.compile(only);
      return byBucket.has("null") ? (value) => value === null || check(value) : check;
    }
    return (value) => {
      const bucket = bucketOfValue(value);
      return bucket !== null && (byBucket.get(bucket)?.(value) ?? false);
    };
  }

  private wrapped(schema: UnionSchema): ValueCheck {
    const byName = new Map(schema.branches.map((branch) => [branchName(branch), this.compile(branch)]));
    const nullable = byName.delete("null");
    return (value) => {
      if (value === null) return nullable;
      if (typeof value !== "object") return false;
      const [key, ...more] = Object.keys(value);
      if (key === undefined || more.length > 0) return false;
      return byName.get(key)?.((value as Record<string, unknown>)[key]) ?? false;
    };
  }

  private record(schema: RecordSchema): ValueCheck {
    const known = this.compiled.get(schema);
    if (known !== undefined) return known;
    const names = schema.fields.map((field) => field.name);
    const optional = schema.fields.map((field) => isOptionalField(field, this.mapping));
    const inherited = names.map(isInherited);
    // A value that lacks every field is refused by a required one; only without any must its nature be looked at.
    const looksAtNature = optional.every((isOptional) => isOptional);
    const declared: ReadonlySet<string> = new Set(names);
    const checks: ValueCheck[] = [];
    const check: ValueCheck = (value) => {
      if (typeof value !== "object" || value === null) return false;
      if (looksAtNature && !isPlainObject(value)) return false;
      const source = value as Readonly<Record<string, unknown>>;
      let present = 0;
      for (let index = 0; index < names.length; index += 1) {
        const name = names[index] as string;
        const field = inherited[index] ? ownField(source, name) : source[name];
        if (field === undefined) {
          if (!optional[index]) return false;
        } else {
          if (!checks[index]?.(field)) return false;
          present += 1;
        }
      }
      const keys = Object.keys(value);
      return keys.length === present || keys.every((key) => declared.has(key));
    };
    this.compiled.set(schema, check);
    for (const field of schema.fields) checks.push(this.compile(field.type));
    return check;
  }
}

function everyItem(items: readonly unknown[], check: ValueCheck): boolean {
  // A hole in an array is undefined here, where Array.every would pass over it.
  for (const item of items) if (!check(item)) return false;
  return true;
}
