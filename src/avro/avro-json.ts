/**
 * A value as the JSON encoding of the Avro specification: a union's value is an object with its branch's name, bytes
 * are text with a code point for each byte.
 */

import { branchOfDefault } from "./default-value.ts";
import type { AvroSchema, JsonValue } from "./model.ts";
import { branchName } from "./model.ts";
import { ownField } from "./own-fields.ts";
import { bucketOfMapped, bucketOfValue, isWrappedUnion } from "./union-shape.ts";
import {
  type MappedType,
  mappedTypeOf,
  parseDecimal,
  toDecimalBytes,
  type ValueMapping,
} from "./value-mapping.ts";

/** The value must be one of the schema: check it first. One line, fields in the schema's order, defaults filled in. */
export function toAvroJsonText(schema: AvroSchema, value: unknown, mapping: ValueMapping = {}): string {
  const mapped = mappedTypeOf(schema, mapping);
  if (mapped !== null) return mappedText(schema, mapped, value);
  switch (schema.kind) {
    case "float":
    case "double":
      if (Object.is(value, -0)) return "-0.0";
      // JSON has no NaN and no infinity; Java writes them as texts.
      return Number.isFinite(value) ? JSON.stringify(value) : JSON.stringify(String(value));
    case "bytes":
    case "fixed":
      return JSON.stringify((value as Buffer).toString("latin1"));
    case "array":
      return `[${(value as readonly unknown[]).map((item) => toAvroJsonText(schema.items, item, mapping)).join(",")}]`;
    case "map":
      return `{${Object.entries(value as object)
        .map(([key, item]) => `${JSON.stringify(key)}:${toAvroJsonText(schema.values, item, mapping)}`)
        .join(",")}}`;
    case "record": {
      const source = value as Readonly<Record<string, unknown>>;
      const parts = schema.fields.map((field) => {
        const given = ownField(source, field.name);
        const text =
          given === undefined
            ? defaultText(field.type, field.default ?? null)
            : toAvroJsonText(field.type, given, mapping);
        return `${JSON.stringify(field.name)}:${text}`;
      });
      return `{${parts.join(",")}}`;
    }
    case "union": {
      if (value === null) return "null";
      if (isWrappedUnion(schema, mapping)) {
        const [name, inner] = Object.entries(value as object)[0] as [string, unknown];
        const branch = schema.branches.find((item) => branchName(item) === name) as AvroSchema;
        return `{${JSON.stringify(name)}:${toAvroJsonText(branch, inner, mapping)}}`;
      }
      const bucket = bucketOfValue(value);
      const branch = schema.branches.find((item) => bucketOfMapped(item, mapping) === bucket) as AvroSchema;
      return `{${JSON.stringify(branchName(branch))}:${toAvroJsonText(branch, value, mapping)}}`;
    }
    default:
      return JSON.stringify(value);
  }
}

/** The base type's value, written as without a mapping. */
function mappedText(schema: AvroSchema, mapped: MappedType, value: unknown): string {
  switch (mapped.kind) {
    case "bigint":
      return String(value);
    case "date":
      return String((value as Date).getTime());
    case "uuid":
      return JSON.stringify(value);
    case "decimal": {
      const size = schema.kind === "fixed" ? schema.size : null;
      const bytes = toDecimalBytes(parseDecimal(mapped, value as string) ?? 0n, size);
      return JSON.stringify(bytes.toString("latin1"));
    }
  }
}

/** A default is written as in the schema, where a union's value stands without its branch's name. */
function defaultText(schema: AvroSchema, value: JsonValue): string {
  switch (schema.kind) {
    case "array":
      return `[${(value as readonly JsonValue[]).map((item) => defaultText(schema.items, item)).join(",")}]`;
    case "map":
      return `{${Object.entries(value as { readonly [key: string]: JsonValue })
        .map(([key, item]) => `${JSON.stringify(key)}:${defaultText(schema.values, item)}`)
        .join(",")}}`;
    case "record": {
      const source = value as { readonly [key: string]: JsonValue };
      const parts = schema.fields.map((field) => {
        const given = Object.hasOwn(source, field.name) ? source[field.name] : field.default;
        return `${JSON.stringify(field.name)}:${defaultText(field.type, given ?? null)}`;
      });
      return `{${parts.join(",")}}`;
    }
    case "union": {
      const branch = schema.branches[branchOfDefault(schema.branches, value)];
      if (branch === undefined || branch.kind === "null") return "null";
      return `{${JSON.stringify(branchName(branch))}:${defaultText(branch, value)}}`;
    }
    default:
      return JSON.stringify(value);
  }
}
